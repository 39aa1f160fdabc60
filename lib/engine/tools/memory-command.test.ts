import { describe, expect, it } from "vitest";
import type { Block } from "../memory";
import { runMemoryCommand } from "./memory-command";
import { ToolFailure } from "./tool-args";

function block(label: string, value: string, readOnly = false): Block {
  return { id: `block-${label}`, versionId: `v-${label}`, label, value, description: null, limitChars: 100, readOnly };
}

const BLOCKS = [block("human", "Name: Bob\nLikes: tea"), block("persona", "I am Sam.", true), block("empty", "")];

function call(args: Record<string, unknown>) {
  return runMemoryCommand(args, BLOCKS);
}

function update(label: string, changes: Record<string, unknown>) {
  return {
    type: "block-update",
    blockId: `block-${label}`,
    baseVersionId: `v-${label}`,
    operation: "memory",
    changes: expect.objectContaining(changes),
  };
}

describe("the memory tool", () => {
  it("creates a block under a label with slashes", () => {
    const args = { command: "create", path: "/memories/projects/garden", description: "Plans.", file_text: "Cedar." };
    expect(call(args)).toEqual({
      status: "success",
      content:
        "Successfully created memory block 'projects/garden'. Your system prompt has been recompiled with the new memory block and is now active in your context.",
      writes: [
        {
          type: "block-create",
          label: "projects/garden",
          description: "Plans.",
          value: "Cedar.",
          operation: "memory",
        },
      ],
    });
  });

  it("edits by path and returns the new value", () => {
    const replaced = call({
      command: "str_replace",
      path: "/memories/human",
      old_string: "tea",
      new_string: "coffee",
    });
    expect(replaced.content).toBe("Name: Bob\nLikes: coffee");
    expect(replaced.writes).toEqual([update("human", { value: "Name: Bob\nLikes: coffee" })]);
    const args = { command: "insert", path: "/memories/human", insert_line: 1, insert_text: "Age: 40" };
    expect(call(args).content).toBe("Name: Bob\nAge: 40\nLikes: tea");
  });

  it("takes the names that Anthropic's own memory tool has for the two texts", () => {
    const names = [
      { old_str: "tea", new_str: "coffee" },
      { old_string: "tea", new_str: "coffee" },
    ];
    const [one, other] = names.map((texts) => call({ command: "str_replace", path: "/memories/human", ...texts }));
    expect(one).toEqual(
      call({ command: "str_replace", path: "/memories/human", old_string: "tea", new_string: "coffee" }),
    );
    expect(other).toEqual(one);
  });

  it("detaches a block on delete", () => {
    const outcome = call({ command: "delete", path: "/memories/human" });
    expect(outcome.content).toMatch(/^Successfully deleted memory block 'human'/);
    expect(outcome.writes).toEqual([
      { type: "block-detach", blockId: "block-human", baseVersionId: "v-human", operation: "memory" },
    ]);
  });

  it("renames by old and new path, and changes the description by path", () => {
    const renamed = call({ command: "rename", old_path: "/memories/human", new_path: "/memories/bob" });
    expect(renamed.content).toMatch(/^Successfully renamed memory block 'human' to 'bob'/);
    expect(renamed.writes).toEqual([update("human", { label: "bob" })]);
    const described = call({ command: "rename", path: "/memories/human", description: "About Bob." });
    expect(described.content).toMatch(/^Successfully updated description of memory block 'human'/);
    expect(described.writes).toEqual([update("human", { description: "About Bob." })]);
  });

  it.each([
    [{ command: "create" }, "Error: path is required for create command"],
    [{ command: "create", path: "/memories/x" }, "Error: description is required for create command"],
    [{ command: "str_replace", path: "/memories/human" }, "Error: old_string is required for str_replace command"],
    [{ command: "insert", path: "/memories/human" }, "Error: insert_text is required for insert command"],
    [{ command: "delete" }, "Error: path is required for delete command"],
    [{ command: "z" }, "Error: Unknown command 'z'. Supported commands: create, str_replace, insert, delete, rename"],
    [{ command: "toString" }, "Unknown command 'toString'"],
    [{}, "Unknown command ''"],
    [{ command: "rename" }, "old_path and new_path"],
    [{ command: "create", path: "/memories/a b", description: "d" }, "not a valid block label"],
    [{ command: "create", path: "/memories/", description: "d" }, "not a path"],
    [{ command: "create", path: "/memories/human", description: "d" }, "already exists"],
    [{ command: "rename", old_path: "/memories/human", new_path: "/memories/empty" }, "already exists"],
    [{ command: "delete", path: "/memories/persona" }, "Error This block is read-only and cannot be edited."],
    [
      { command: "rename", path: "/memories/persona", description: "d" },
      "Error This block is read-only and cannot be edited.",
    ],
    [{ command: "delete", path: "/memories/x" }, "Block field x does not exist"],
  ])("answers %j with an error", (args, text) => {
    expect(() => call(args)).toThrow(ToolFailure);
    expect(() => call(args)).toThrow(text);
  });
});
