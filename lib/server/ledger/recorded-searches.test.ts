import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { RecordedSearch } from "@/lib/api/recorded-searches";
import type { WireStep } from "@/lib/api/runs";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

test("a search that an agent made is explained: candidates in rank order, their scores by part, and where they were cut", async () => {
  const { body: agent } = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    tools: ["archival_memory_search"],
  });
  const texts = ["Basil and mint, basil.", "Mint by the wall.", "A cat named Basil slept all day long."];
  for (const text of texts) await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text });
  t.push(calls({ id: "one", name: "archival_memory_search", args: { query: "basil", top_k: 1 } }), says("The first."));
  await t.say({ agentId: agent.id }, "Basil?");
  const { body: steps } = await t.api<WireStep[]>("GET", `/v1/steps?agent_id=${agent.id}&order=asc`);
  const { status, body } = await t.api<RecordedSearch[]>("GET", `/v1/steps/${steps[0]!.id}/searches`);
  expect([status, body.length]).toEqual([200, 1]);
  const [search] = body;
  expect(search).toMatchObject({ query: "basil", mode: "text", limit: 1, cause: { kind: "agent", toolCall: "one" } });
  expect(search!.candidates.map(({ rank, returned }) => [rank, returned])).toEqual([
    [1, true],
    [2, false],
  ]);
  const [best, cut] = search!.candidates;
  expect(best).toMatchObject({ text: texts[0], deleted: false, by_words: { rank: 1 }, by_meaning: null });
  expect(best!.score).toBeGreaterThan(cut!.score);
  // A candidate that is deleted later is still told of.
  await t.api("DELETE", `/v1/agents/${agent.id}/archival-memory/${cut!.id}`);
  const after = await t.api<RecordedSearch[]>("GET", `/v1/steps/${steps[0]!.id}/searches`);
  expect(after.body[0]!.candidates[1]).toMatchObject({ id: cut!.id, deleted: true });
  expect((await t.api<RecordedSearch[]>("GET", `/v1/steps/${steps[1]!.id}/searches`)).body).toEqual([]);
});
