import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { joinItems } from "@/lib/engine/whole-items";
import type { Item } from "@/lib/stream/item";
import type { Ctx } from "../core/core";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { followRun } from "./follow";

let t: RunningCore;
let agentId: string;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
  });
  agentId = made.body.id;
});
afterAll(() => t.close());

type Batch = { first_seq: number; last_seq: number; items: Item[] };

/** As another process sees a run: by what was saved. */
const elsewhere = (): Ctx => ({ ...t.ctx, runs: { ...t.ctx.runs, find: () => null } });

async function all(runId: string, after = 0): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of await followRun(elsewhere(), runId, after)) items.push(item);
  return items;
}

/** What a stream says, without the numbers. */
const said = (items: readonly Item[]) =>
  joinItems(items).map((item) => ("seqId" in item ? { ...item, seqId: null } : item));

async function runOnce(maxSteps: number): Promise<{ runId: string; journal: Item[] }> {
  const insert = { label: "human", new_string: "Likes tea" };
  t.push(
    calls({ id: `a${maxSteps}`, name: "memory_insert", args: { ...insert, new_string: `Likes tea ${maxSteps}` } }),
    says("Noted, thank you."),
  );
  const { runId } = await t.say({ agentId }, "I like tea", { background: true, maxSteps });
  await Promise.all(t.ctx.runs.active().map((run) => run.done));
  const batches = await t.core.db.query<Batch>(
    "SELECT first_seq, last_seq, items FROM journal WHERE run_id = $1 ORDER BY first_seq",
    [runId],
  );
  const journal: Item[] = [];
  for (const batch of batches) for (const [at, item] of batch.items.entries()) journal[batch.first_seq - 1 + at] = item;
  return { runId, journal };
}

/** Leaves of the journal what a process had written that ended then. */
async function cutJournal(runId: string, items: readonly Item[]): Promise<void> {
  await t.core.db.query("DELETE FROM journal WHERE run_id = $1", [runId]);
  if (items.length === 0) return;
  await t.core.db.query("INSERT INTO journal (run_id, first_seq, last_seq, items) VALUES ($1, 1, $2, $3::jsonb)", [
    runId,
    items.length,
    JSON.stringify(items),
  ]);
}

const isEnd = (item: Item) => item.type === "stop" || item.type === "usage" || item.type === "error";

describe("the stream of a run whose process ended before it wrote the journal's rest", () => {
  test.each([
    ["that ended with words", 10],
    ["that ended with a tool's return", 1],
  ])("is whole again, from wherever it is asked for: a run %s", async (_, maxSteps) => {
    const { runId, journal } = await runOnce(maxSteps);
    expect(journal.at(-1)!.type).toBe("usage");
    const whole = said(journal);
    // Everything up to a commit is kept with it: what can be missing are whole messages, and the end.
    const messageIds = journal.map((item) => ("id" in item ? item.id : null));
    const cuts = journal.flatMap((item, at) => (isEnd(item) || messageIds[at] !== messageIds[at - 1] ? [at] : []));
    expect(cuts.length).toBeGreaterThan(3);
    for (const cut of [...cuts, journal.length]) {
      await cutJournal(runId, journal.slice(0, cut));
      const found = await all(runId);
      expect(said(found), `cut at ${cut}`).toEqual(whole);
      expect(found.slice(0, cut)).toEqual(journal.slice(0, cut));
      expect(await all(runId)).toEqual(found);
      for (let after = 0; after <= found.length; after++) expect(await all(runId, after)).toEqual(found.slice(after));
      const numbers = found.flatMap((item) => ("seqId" in item && item.seqId !== null ? [item.seqId] : []));
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    }
  });

  test("goes on from a stream that its client had in part, though the lost items were given out twice", async () => {
    const { runId, journal } = await runOnce(9);
    await t.core.db.query("DELETE FROM journal WHERE run_id = $1", [runId]);
    const put = (first: number, last: number) =>
      t.core.db.query("INSERT INTO journal (run_id, first_seq, last_seq, items) VALUES ($1, $2, $3, $4::jsonb)", [
        runId,
        first,
        last,
        JSON.stringify(journal.slice(first - 1, last)),
      ]);
    await put(1, 2);
    await put(2, 3);
    await put(3, journal.length);
    expect(await all(runId)).toEqual(journal);
    expect(await all(runId, 2)).toEqual(journal.slice(2));
  });
});
