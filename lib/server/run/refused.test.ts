import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { ModelFailure } from "@/lib/engine/model";
import { says } from "@/lib/engine/testing/scripted-model";
import { textOf } from "@/lib/stream/message";
import { replayRun } from "../ledger/replay";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
});
afterAll(() => t.close());

const failing = (failure: Partial<ModelFailure>) => [
  {
    type: "error" as const,
    error: {
      kind: "llm_bad_request" as const,
      message: "Could not process image",
      detail: null,
      status: 400,
      ...failure,
    },
  },
];
const shown = () => t.requests.at(-1)!.messages.map(textOf);

async function refusedBy(failure: Partial<ModelFailure>) {
  const body = { model: "openai/gpt-4o-mini", include_base_tools: false };
  const { body: agent } = await t.api<WireAgent>("POST", "/v1/agents/", body);
  t.push(says("Hello."));
  await t.say({ agentId: agent.id }, "first");
  t.push(failing(failure), says("On we go."));
  const refused = await t.say({ agentId: agent.id }, "poison");
  const after = await t.say({ agentId: agent.id }, "next");
  return { agent, refused, after };
}

test.each([[{}], [{ status: 422 }], [{ status: 413, kind: "context_window_exceeded" as const }]])(
  "a message that the provider refused (%j) fails its run, stays in the record and is shown no more",
  async (failure) => {
    // Each refusal of a size is tried again after a compaction, as far as there is something to compact.
    t.otherwise.script = failing(failure);
    const { agent, refused, after } = await refusedBy(failure);
    t.otherwise.script = null;
    expect(refused.stopReason).not.toBe("end_turn");
    expect(JSON.stringify(refused.items)).toContain("left out of what the model is shown");
    const { body: run } = await t.api<{ status: string; metadata: unknown }>("GET", `/v1/runs/${refused.runId}`);
    expect(run.status).toBe("failed");
    expect(JSON.stringify(run)).toContain("left out of what the model is shown");
    const { body: list } = await t.api<{ content?: unknown; id: string }[]>(
      "GET",
      `/v1/agents/${agent.id}/messages?limit=50`,
    );
    expect(JSON.stringify(list)).toContain("poison");
    if (after.stopReason === "end_turn") {
      expect(shown()).toContain("next");
      expect(shown()).not.toContain("poison");
      expect(await replayRun({ ...t.ctx }, after.runId)).toMatchObject({ identical: true });
    }
  },
);

test.each([
  [{ status: 401, kind: "llm_authentication" as const }],
  [{ status: 429, kind: "llm_rate_limit" as const }],
  [{ status: 503, kind: "llm_error" as const }],
  [{ status: 404, kind: "llm_bad_request" as const }],
])("a message whose run failed for another reason (%j) is shown again", async (failure) => {
  await refusedBy(failure);
  expect(shown()).toEqual(expect.arrayContaining(["first", "poison", "next"]));
});
