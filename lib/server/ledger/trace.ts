import type { ModelEvent, TokenLogprob } from "@/lib/engine/model";
import type { AgentConfig } from "../agent-config/agent-config";
import { modelIndex } from "../agent-config/model-choice";
import { deriveLlmConfig } from "../agent-config/model-settings";
import type { Ctx } from "../core/core";
import { type PackedEvent, unpackEvents } from "../records/cassette";
import { getStep, type StepRow } from "../run/steps";
import { readSnapshot, requestOf } from "./step-request";

type CassetteRow = {
  id: string;
  handle: string;
  kind: string;
  request_hash: string;
  response: PackedEvent[];
  usage: Record<string, unknown> | null;
  error: Record<string, unknown> | null;
  attempts: number;
  started_at: Date;
  duration_ms: number;
};

/** What the model was sent in a step, built again from its snapshot, and what it answered; null if it was not asked. */
export async function stepTrace(ctx: Ctx, stepId: string): Promise<Record<string, unknown> | null> {
  const step = await getStep(ctx, stepId);
  const [cassette] = await ctx.db.query<CassetteRow>(
    "SELECT * FROM model_call WHERE step_id = $1 AND kind = 'step' ORDER BY attempts DESC LIMIT 1",
    [stepId],
  );
  if (!cassette) return null;
  const [snapshot, owner, models] = await Promise.all([readSnapshot(ctx, step), ownerOf(ctx, step), modelIndex(ctx)]);
  const request = requestOf(step, snapshot);
  const config = owner.config && { ...owner.config, model: cassette.handle };
  return {
    created_by_id: null,
    last_updated_by_id: null,
    updated_at: null,
    id: cassette.id.replace(/^cassette-/, "provider_trace-"),
    request_json: {
      model: cassette.handle,
      messages: [
        { role: "system", content: request.system },
        ...request.messages.map((message) => ({ role: message.role, content: message.parts })),
      ],
      tools: request.tools.map((tool) => ({ type: "function", function: tool })),
      ...request.settings,
    },
    response_json: answerOf(unpackEvents(cassette.response), cassette),
    step_id: stepId,
    agent_id: step.agent_id,
    agent_tags: owner.tags,
    call_type: "agent_step",
    run_id: step.run_id,
    source: "memoir",
    org_id: step.organization_id,
    user_id: ctx.actor.userId,
    compaction_settings: null,
    llm_config: config && deriveLlmConfig(models.find(cassette.handle), config),
    billing_context: null,
    latency_ms: Math.round(cassette.duration_ms),
    request_hash: cassette.request_hash,
    created_at: cassette.started_at.toISOString(),
  };
}

/** The agent's tags, and what it was in the step. */
async function ownerOf(ctx: Ctx, step: StepRow): Promise<{ tags: string[]; config: AgentConfig | null }> {
  const [row] = await ctx.db.query<{ tags: string[]; config: AgentConfig | null }>(
    `SELECT ARRAY(SELECT tag FROM agent_tag WHERE agent_id = $1 ORDER BY tag) AS tags,
       (SELECT config FROM agent_version WHERE id = $2) AS config`,
    [step.agent_id, step.agent_version_id],
  );
  return row ?? { tags: [], config: null };
}

/** The events of an answer as one message. */
function answerOf(events: readonly ModelEvent[], cassette: CassetteRow): Record<string, unknown> {
  let content = "";
  let reasoning = "";
  const calls = new Map<string, { id: string; name: string; arguments: string }>();
  let finish: string | null = null;
  let logprobs: TokenLogprob[] | null = null;
  for (const event of events) {
    if (event.type === "text") content += event.text;
    if (event.type === "reasoning") reasoning += event.text;
    if (event.type === "tool-call") calls.set(event.id, { id: event.id, name: event.name, arguments: "" });
    if (event.type === "tool-call-arguments") {
      const call = calls.get(event.id);
      if (call) call.arguments += event.text;
    }
    if (event.type === "finish") {
      finish = event.reason;
      logprobs = event.logprobs ?? null;
    }
  }
  return {
    content,
    reasoning,
    tool_calls: [...calls.values()],
    finish_reason: finish,
    usage: cassette.usage,
    ...(logprobs && { logprobs }),
    error: cassette.error,
    attempts: cassette.attempts,
  };
}
