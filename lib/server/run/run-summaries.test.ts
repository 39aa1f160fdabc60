import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { RunSummary } from "@/lib/api/run-summaries";
import { calls, fails, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
let agentId: string;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
  const { body } = await t.api<WireAgent>("POST", "/v1/agents/", {
    name: "Gardener",
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
  });
  agentId = body.id;
  const args = { label: "human", new_string: "Grows mint" };
  t.push(calls({ id: "a", name: "memory_insert", args }), says("Mint it is."));
  await t.say({ agentId }, "I grow 100% mint");
  t.push([fails("llm_error")]);
  await t.say({ agentId }, "And roses");
});
afterAll(() => t.close());

const list = async (query = "") => (await t.api<RunSummary[]>("GET", `/v1/runs/summaries?${query}`)).body;
const askedOf = (runs: RunSummary[]) => runs.map(({ asked }) => asked);

test("a run is told in a line: what was asked and answered, what failed, steps, calls, tokens", async () => {
  const [failed, done] = await list();
  expect(done).toMatchObject({
    ...{ status: "completed", agent_name: "Gardener", asked: "I grow 100% mint", answered: "Mint it is.", error: null },
    ...{ steps: 2, tool_calls: 1, models: ["openai/gpt-4o-mini"] },
  });
  expect(done!.prompt_tokens).toBeGreaterThan(0);
  expect(done!.duration_ms).toEqual(expect.any(Number));
  expect(failed).toMatchObject({ status: "failed", asked: "And roses", answered: null, error: expect.any(String) });
});

test("runs are found by what was said in them, whatever its signs, and by agent, status, time, model and tool", async () => {
  expect(askedOf(await list("search=MINT%20it"))).toEqual(["I grow 100% mint"]);
  expect(askedOf(await list(`search=${encodeURIComponent("100% m")}`))).toEqual(["I grow 100% mint"]);
  expect(await list(`search=${encodeURIComponent("1%mint")}`)).toEqual([]);
  expect(askedOf(await list("statuses=failed"))).toEqual(["And roses"]);
  expect(askedOf(await list("tool=memory_insert"))).toEqual(["I grow 100% mint"]);
  expect(await list("model=openai/other")).toEqual([]);
  expect(await list("end_date=2000-01-01")).toEqual([]);
  expect(await list("start_date=2000-01-01")).toHaveLength(2);
  expect(await list(`agent_id=${agentId}`)).toHaveLength(2);
  expect(await list("agent_id=agent-00000000-0000-4000-8000-000000000000")).toEqual([]);
});
