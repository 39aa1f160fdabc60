import type { ModelEvent } from "@/lib/engine/model";
import type { Ctx } from "../core";
import { getRun } from "../runs";
import { getStep, listSteps, type StepRow } from "../steps";
import { type PackedEvent, unpackEvents } from "./cassette";
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
  const request = requestOf(step, await readSnapshot(ctx, step));
  return {
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
    agent_tags: null,
    call_type: "agent_step",
    run_id: step.run_id,
    source: "memoir",
    org_id: step.organization_id,
    user_id: ctx.actor.userId,
    compaction_settings: null,
    llm_config: null,
    billing_context: null,
    latency_ms: Math.round(cassette.duration_ms),
    request_hash: cassette.request_hash,
    created_at: cassette.started_at.toISOString(),
  };
}

/** The events of an answer as one message. */
function answerOf(events: readonly ModelEvent[], cassette: CassetteRow): Record<string, unknown> {
  let content = "";
  let reasoning = "";
  const calls = new Map<string, { id: string; name: string; arguments: string }>();
  let finish: string | null = null;
  for (const event of events) {
    if (event.type === "text") content += event.text;
    if (event.type === "reasoning") reasoning += event.text;
    if (event.type === "tool-call") calls.set(event.id, { id: event.id, name: event.name, arguments: "" });
    if (event.type === "tool-call-arguments") {
      const call = calls.get(event.id);
      if (call) call.arguments += event.text;
    }
    if (event.type === "finish") finish = event.reason;
  }
  return {
    content,
    reasoning,
    tool_calls: [...calls.values()],
    finish_reason: finish,
    usage: cassette.usage,
    error: cassette.error,
    attempts: cassette.attempts,
  };
}

const NS_PER_MS = 1e6;

type Span = Record<string, unknown>;

/** A run as spans in the manner of OpenTelemetry: the run, its steps, and in each the model call and the tool calls. */
export async function runTrace(ctx: Ctx, runId: string, limit: number): Promise<Span[]> {
  const run = await getRun(ctx, runId);
  const steps = await listSteps(ctx, { run_id: runId, limit, order: "asc" });
  const rows = await Promise.all(steps.map((step) => getStep(ctx, step.id)));
  const start = run.createdAt.getTime();
  const end = run.completedAt?.getTime() ?? start;
  const root: Span = span("agent_run", runId, null, [start, end], {
    "gen_ai.agent.id": run.agentId,
    stop_reason: run.stopReason,
  });
  return [root, ...rows.flatMap((step) => stepSpans(step, runId))].slice(0, limit);
}

function span(
  name: string,
  id: string,
  parent: string | null,
  [startMs, endMs]: [number, number],
  attributes: Span,
): Span {
  return {
    name,
    span_id: id,
    parent_span_id: parent,
    start_time_ns: Math.round(startMs * NS_PER_MS),
    end_time_ns: Math.round(endMs * NS_PER_MS),
    duration_ns: Math.round((endMs - startMs) * NS_PER_MS),
    attributes,
  };
}

function stepSpans(step: StepRow, runId: string): Span[] {
  const start = step.created_at.getTime();
  const { contextMs = 0, modelMs = 0, toolsMs = 0 } = step.timings;
  const modelStart = start + contextMs;
  return [
    span("agent_step", step.id, runId, [start, start + contextMs + modelMs + toolsMs], {
      status: step.status,
      stop_reason: step.stop_reason,
    }),
    span("chat", `${step.id}:model`, step.id, [modelStart, modelStart + modelMs], {
      "gen_ai.request.model": step.model_handle,
      "gen_ai.usage.input_tokens": step.prompt_tokens,
      "gen_ai.usage.output_tokens": step.completion_tokens,
    }),
    ...(step.calls ?? []).map((call) =>
      span(
        "execute_tool",
        `${step.id}:${call.call_id}`,
        step.id,
        [Date.parse(call.started_at), Date.parse(call.ended_at ?? call.started_at)],
        {
          "gen_ai.tool.name": call.name,
          "gen_ai.tool.call.id": call.call_id,
          status: call.status,
        },
      ),
    ),
  ];
}
