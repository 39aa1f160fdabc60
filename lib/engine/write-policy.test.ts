import { describe, expect, test } from "vitest";
import type { Block, WritePolicy } from "./memory";
import { callMemoryTool } from "./testing/call-memory-tool";
import type { ToolOutcome } from "./tool";
import { underPolicies } from "./write-policy";

const REVIEW: WritePolicy = { writes: "review", lockedLines: [], expiresAfterHours: 24 };
const locked = (...lockedLines: string[]): WritePolicy => ({ writes: "at-once", lockedLines, expiresAfterHours: null });

const block = (writePolicy: WritePolicy | null, changes: Partial<Block> = {}): Block => ({
  id: "block-1",
  versionId: "version-1",
  label: "human",
  value: "Bob\nAllergy: nuts\nLives in Oslo",
  description: null,
  limitChars: 1000,
  readOnly: false,
  writePolicy,
  ...changes,
});

const update = (value: string, blockId = "block-1") => ({
  type: "block-update" as const,
  blockId,
  baseVersionId: "version-1",
  operation: "tool",
  changes: { value },
});
const wrote = (...writes: NonNullable<ToolOutcome["writes"]>): ToolOutcome => ({
  status: "success",
  content: "done",
  writes,
});

describe("a block whose writes are for review", () => {
  test("turns a write into a proposal that keeps what the tool knew, and says so in place of the new value", () => {
    const edits: [number, number, number][] = [[31, 0, 5]];
    const write = { ...update("Bob\nAllergy: nuts\nLives in Oslo\ntea"), changes: { value: "…", edits } };
    const judged = underPolicies(wrote(write), [block(REVIEW)]);
    expect(judged).toMatchObject({ status: "success" });
    expect(judged.writes).toEqual([
      {
        type: "block-propose",
        blockId: "block-1",
        baseVersionId: "version-1",
        operation: "tool",
        changes: { value: "…", edits },
        expiresAfterHours: 24,
      },
    ]);
    expect(judged.content).toMatch(/^Not changed yet: writes to memory block 'human' wait for a person's review\./);
  });

  test("leaves what the same call wrote elsewhere, and says that it was kept", () => {
    const other = block(null, { id: "block-2", label: "persona" });
    const judged = underPolicies(wrote(update("new"), update("else", "block-2")), [block(REVIEW), other]);
    expect(judged.writes?.map(({ type }) => type)).toEqual(["block-update", "block-propose"]);
    expect(judged.content).toContain("Everything else that this call wrote to memory was kept.");
  });

  test("makes one proposal of all that one call wrote, without places in a value that was never there", () => {
    const first = { ...update("a"), changes: { value: "a", edits: [[0, 1, 1] as [number, number, number]] } };
    const judged = underPolicies(wrote(first, update("b")), [block(REVIEW)]);
    expect(judged.writes).toMatchObject([{ type: "block-propose", changes: { value: "b" } }]);
    expect(judged.writes?.[0]).not.toHaveProperty("changes.edits");
  });

  test("proposes that the block goes, where the agent gives it up", () => {
    const detach = {
      type: "block-detach" as const,
      blockId: "block-1",
      baseVersionId: "version-1",
      operation: "memory",
    };
    expect(underPolicies(wrote(detach), [block(REVIEW)]).writes).toMatchObject([
      { type: "block-propose", changes: null },
    ]);
  });

  test("leaves what code returned in front of what is said of it, and asks again after a rebase", () => {
    const outcome: ToolOutcome = { ...wrote(update("new")), rebase: () => wrote(update("newer")) };
    const judged = underPolicies(outcome, [block(null)]);
    expect(judged.writes).toEqual([update("new")]);
    const rebased = judged.rebase!([block(REVIEW)]);
    expect(rebased.writes).toMatchObject([{ type: "block-propose", changes: { value: "newer" } }]);
    expect(underPolicies(outcome, [block(REVIEW)]).content).toMatch(/^done\n\nNot changed yet: /);
  });

  test.each([
    ["memory_insert", { label: "human", new_string: "Likes tea" }],
    ["memory_replace", { label: "human", old_string: "Oslo", new_string: "Lisbon" }],
    ["memory_rethink", { label: "human", new_memory: "Nothing" }],
    ["memory_apply_patch", { label: "human", patch: "@@\n-Bob\n+Rob" }],
    ["memory", { command: "insert", path: "/memories/human", insert_text: "Likes tea" }],
    ["memory", { command: "delete", path: "/memories/human" }],
    ["memory", { command: "rename", old_path: "/memories/human", new_path: "/memories/person" }],
    ["core_memory_append", { label: "human", content: "Likes tea" }],
    ["core_memory_replace", { label: "human", old_content: "Oslo", new_content: "Lisbon" }],
  ] as const)("holds what %s %j writes", async (name, args) => {
    const blocks = [block(REVIEW)];
    const outcome = await callMemoryTool(name, args, blocks);
    expect(outcome.writes, String(outcome.content)).toHaveLength(1);
    expect(underPolicies(outcome, blocks).writes).toMatchObject([{ type: "block-propose", blockId: "block-1" }]);
  });
});

describe("a locked line", () => {
  const blocks = [block(locked("Allergy: nuts"))];

  test.each([
    ["is changed", update("Bob\nAllergy: none\nLives in Oslo")],
    ["is removed", update("Bob")],
    ["gains a word", update("Bob\nAllergy: nuts?\nLives in Oslo")],
    [
      "goes with its block",
      { type: "block-detach" as const, blockId: "block-1", baseVersionId: "version-1", operation: "memory" },
    ],
  ])("that %s makes the call an error in a sentence, and nothing of it is kept", (_, write) => {
    const insert = { type: "passage-insert" as const, text: "t", tags: [] };
    const judged = underPolicies({ ...wrote(insert, write), rebase: () => wrote() }, blocks);
    expect(judged.status).toBe("error");
    expect(judged.writes).toBeUndefined();
    expect(judged.content).toContain(
      "locked, and only a person may change or remove it: 'Allergy: nuts' in memory block 'human'",
    );
  });

  test("leaves all other changes alone, and may move", () => {
    const write = update("Allergy: nuts\nBob lives in Lisbon");
    expect(underPolicies(wrote(write), blocks)).toEqual(wrote(write));
  });

  test("that the block does not have holds nothing up; one that it has twice stays twice", () => {
    expect(underPolicies(wrote(update("x")), [block(locked("Never was"))]).status).toBe("success");
    const twice = [block(locked("a"), { value: "a\na" })];
    expect(underPolicies(wrote(update("a\nb")), twice).status).toBe("error");
  });

  test("is judged by what the whole call leaves, not by what it did on the way", () => {
    const judged = underPolicies(wrote(update("Bob"), update("Allergy: nuts\nRob")), blocks);
    expect(judged.status).toBe("success");
  });

  test("is not proposed away either", () => {
    const both = [block({ ...REVIEW, lockedLines: ["Bob"] })];
    expect(underPolicies(wrote(update("x")), both).status).toBe("error");
  });
});
