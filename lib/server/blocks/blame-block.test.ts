import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
});
afterAll(() => t?.close());

type Segment = {
  text: string;
  number: number;
  cause: { kind: string };
  moved_by: { number: number } | null;
  restored_by: { number: number } | null;
};

async function blockWith(...values: string[]): Promise<string> {
  const [first, ...later] = values;
  const { id } = (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "human", value: first })).body;
  for (const value of later) await t.api("PATCH", `/v1/blocks/${id}`, { value });
  return id;
}

const versionsOf = async (id: string) =>
  (await t.api<WireBlockVersion[]>("GET", `/v1/blocks/${id}/versions?order=asc`)).body;

/** Number of the version that wrote it, text, and what moved or restored it. */
async function blamed(id: string, query = "") {
  const { body } = await t.api<{ segments: Segment[] }>("GET", `/v1/blocks/${id}/blame${query}`);
  return body.segments.map(({ text, number, moved_by, restored_by }) => [
    number,
    text,
    ...(moved_by ? [`moved in ${moved_by.number}`] : []),
    ...(restored_by ? [`restored in ${restored_by.number}`] : []),
  ]);
}

describe("what comes back keeps its author", () => {
  test("by a revert, as far as the revert brought it back", async () => {
    const id = await blockWith("Name: Mara\nLikes tea", "Name: Mara\nLikes tea\nRuns", "Nobody");
    const [, second] = await versionsOf(id);
    await t.api("POST", `/v1/blocks/${id}/revert`, { version_id: second!.id });
    expect(await blamed(id)).toEqual([
      [1, "Name: Mara\nLikes tea", "restored in 4"],
      [2, "\nRuns", "restored in 4"],
    ]);
    await t.api("PATCH", `/v1/blocks/${id}`, { value: "Name: Mara\nLikes tea\nRuns far" });
    expect((await blamed(id)).at(-1)).toEqual([5, " far"]);
  });

  test("by an undo and by the restoring of a line, with what was written since", async () => {
    const id = await blockWith(
      "Name: Mara\nALLERGY: nuts\nLikes green tea",
      "Mara, who likes tea.",
      "Mara, who likes tea.\nMoved to Malmö",
    );
    const [, harm] = await versionsOf(id);
    await t.api("POST", `/v1/blocks/${id}/undo`, { version_id: harm!.id });
    const pieces = await blamed(id);
    const by = (number: number) =>
      pieces
        .filter(([one]) => one === number)
        .map(([, text]) => text)
        .join("|");
    expect(by(1).replaceAll("|", "")).toBe("Name: Mara\nALLERGY: nuts\nLikes green tea");
    expect(by(3)).toBe("\nMoved to Malmö");
    expect(pieces.filter((piece) => piece[2] === "restored in 4").join()).toContain("ALLERGY: nuts");
    const other = await blockWith("Name: Mara\nALLERGY: nuts\nLikes tea", "Name: Mara\nLikes tea");
    const [, loss] = await versionsOf(other);
    await t.api("POST", `/v1/blocks/${other}/undo`, { version_id: loss!.id, line: 2 });
    expect(await blamed(other)).toEqual([
      [1, "Name: Mara\n"],
      [1, "ALLERGY: nuts\n", "restored in 3"],
      [1, "Likes tea"],
    ]);
  });

  test("in a copy, where the original had it brought back", async () => {
    const id = await blockWith("Name: Mara\nLikes tea", "Nobody");
    const [first] = await versionsOf(id);
    await t.api("POST", `/v1/blocks/${id}/revert`, { version_id: first!.id });
    const agent = (
      await t.api<WireAgent>("POST", "/v1/agents", {
        model: "openai/gpt-4o-mini",
        block_ids: [id],
        include_base_tools: false,
      })
    ).body;
    t.push(says("Hello."));
    await t.api("POST", `/v1/agents/${agent.id}/messages`, { input: "Hi" });
    const [step] = (await t.api<{ id: string }[]>("GET", `/v1/steps?agent_id=${agent.id}`)).body;
    const fork = (await t.api<{ agent_id: string }>("POST", `/v1/steps/${step!.id}/fork`, {})).body;
    const forked = (await t.api<WireAgent>("GET", `/v1/agents/${fork.agent_id}`)).body;
    const copy = forked.blocks.find((block) => block.label === "human")!;
    expect(await blamed(copy.id)).toEqual([[1, "Name: Mara\nLikes tea", "restored in 3"]]);
  });
});

test("a tool's insertion among lines that are alike is blamed to the character", async () => {
  const agent = (
    await t.api<WireAgent>("POST", "/v1/agents", {
      model: "openai/gpt-4o-mini",
      include_base_tools: false,
      tools: ["memory_insert", "memory_replace", "memory_apply_patch"],
      memory_blocks: [{ label: "human", value: "- tea\n- tea\n- tea" }],
    })
  ).body;
  const id = agent.blocks[0]!.id;
  t.push(
    calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "- tea", insert_line: 1 } }),
    calls({ id: "b", name: "memory_apply_patch", args: { label: "human", patch: "@@ -4,1 +4,2 @@\n - tea\n+- tea" } }),
    says("Done."),
  );
  await t.api("POST", `/v1/agents/${agent.id}/messages`, { input: "Tea" });
  expect(await blamed(id)).toEqual([
    [1, "- tea\n"],
    [2, "- tea\n"],
    [1, "- tea\n- tea"],
    [3, "\n- tea"],
  ]);
});
