import { afterAll, beforeAll, expect, test } from "vitest";
import { says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
});
afterAll(() => t.close());

type Usage = { cost: number | null; known_cost: number; steps: number; unpriced_steps: number; prompt_tokens: number };

test("a cost is kept with its step, and summed up by run and by agent as far as it is known of every step", async () => {
  const { body: agent } = await t.api<{ id: string }>("POST", "/v1/agents/", { name: "it" });
  const usage = async (path: string) => (await t.api<Usage>("GET", path)).body;
  const of = `/v1/agents/${agent.id}/usage`;
  expect(await usage(of)).toMatchObject({ cost: null, steps: 0, unpriced_steps: 0, prompt_tokens: 0 });

  t.push(says("One.", { cost: 0.01, cachedInput: 60, cacheWrite: 20 }));
  const first = await t.say({ agentId: agent.id }, "Hi");
  expect(await usage(`/v1/runs/${first.runId}/usage`)).toMatchObject({
    cost: 0.01,
    prompt_tokens: 100,
    prompt_tokens_details: { cached_tokens: 60, cache_read_tokens: 60, cache_creation_tokens: 20 },
  });
  const { body: steps } = await t.api<{ id: string }[]>("GET", `/v1/runs/${first.runId}/steps`);
  const { body: step } = await t.api<object>("GET", `/v1/steps/${steps[0]!.id}`);
  expect(step).toMatchObject({ cost: 0.01, cached_input_tokens: 60, cache_write_tokens: 20 });
  expect(await usage(of)).toMatchObject({ cost: 0.01, known_cost: 0.01, steps: 1, unpriced_steps: 0 });

  t.push(says("Two."));
  const second = await t.say({ agentId: agent.id }, "And?");
  expect(await usage(`/v1/runs/${second.runId}/usage`)).toMatchObject({ cost: null });
  expect(await usage(of)).toMatchObject({
    cost: null,
    known_cost: 0.01,
    steps: 2,
    unpriced_steps: 1,
    prompt_tokens: 200,
  });
});
