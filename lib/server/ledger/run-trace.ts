import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { getRun, type RunRow } from "../run/runs";
import { type StepRow, stepsOfRun } from "../run/steps";

const NS_PER_MS = 1e6;

/** In the manner of OpenTelemetry: times in nanoseconds since 1970, attributes by its conventions for generative AI. */
export type Span = {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  kind: "internal" | "client";
  start_time_ns: number;
  end_time_ns: number;
  duration_ns: number;
  status: { code: "unset" | "error"; message: string | null };
  attributes: Record<string, unknown>;
};

type CallRow = {
  id: string;
  step_id: string | null;
  kind: string;
  handle: string;
  attempts: number;
  started_at: Date;
  duration_ms: number;
  usage: { input: number; output: number } | null;
  error: { kind: string; message: string } | null;
};
type WriteRow = {
  id: string;
  step_id: string | null;
  operation: string;
  store: string | null;
  record: string | null;
  label: string | null;
  cause: Cause;
  at: Date;
};
type CompactionRow = { id: string; step_id: string | null; trigger: string; mode: string; created_at: Date };

/**
 * A run as spans, in the order in which they began: the run, its steps, in each how its context was put together, the
 * calls of the model with their first word, the calls of tools and what these wrote to memory or looked for in it; and
 * compactions. At most `limit`.
 *
 * @throws ApiError `not-found`.
 */
export async function runTrace(ctx: Ctx, runId: string, limit: number): Promise<Span[]> {
  const run = await getRun(ctx, runId);
  const [steps, calls, writes, compactions] = await Promise.all([
    stepsOfRun(ctx, runId),
    ctx.db.query<CallRow>(
      `SELECT id, step_id, kind, handle, attempts, started_at, duration_ms, usage, error FROM model_call
       WHERE run_id = $1 ORDER BY seq`,
      [runId],
    ),
    ctx.db.query<WriteRow>(WRITES, [runId]),
    ctx.db.query<CompactionRow>(
      "SELECT id, step_id, trigger, mode, created_at FROM compaction WHERE run_id = $1 ORDER BY seq",
      [runId],
    ),
  ]);
  const make = spanMaker(runId);
  const inStep = steps.flatMap((step) => [
    ...stepSpans(make, step, runId),
    ...calls
      .filter((call) => call.step_id === step.id && call.kind === "step")
      .map((call) => chatSpan(make, call, step.id)),
    ...writes.filter((write) => write.step_id === step.id).map((write) => memorySpan(make, write, step.id)),
  ]);
  const summaries = calls.filter((call) => call.kind === "compaction");
  const spans = [
    rootSpan(make, run),
    ...inStep,
    ...compactions.map((compaction) => compactionSpan(make, compaction, runId)),
    ...summaries.map((call) => chatSpan(make, call, call.step_id ?? runId)),
  ];
  const [root, ...rest] = spans;
  return [root!, ...rest.sort((a, b) => a.start_time_ns - b.start_time_ns)].slice(0, limit);
}

/** Versions of blocks, and passages that were inserted or searched for, with the calls that did it. */
const WRITES = `
SELECT v.id, v.step_id, v.operation, v.block_id AS store, v.id AS record, v.label, v.cause, v.created_at AS at, v.seq
  FROM block_version v WHERE v.run_id = $1
UNION ALL
SELECT e.id, e.step_id, e.type, e.archive_id, e.passage_id, NULL, e.cause, e.created_at, e.seq
  FROM passage_event e JOIN step s ON s.id = e.step_id WHERE s.run_id = $1
ORDER BY seq`;

type Make = ReturnType<typeof spanMaker>;
type Shape = Pick<Span, "name" | "attributes"> &
  Partial<Pick<Span, "kind" | "status">> & { id: string; parent: string | null; startMs: number; endMs: number };

function spanMaker(runId: string) {
  const traceId = runId.replace(/^run-/, "").replaceAll("-", "");
  return ({ id, parent, startMs, endMs, name, attributes, kind = "internal", status }: Shape): Span => ({
    trace_id: traceId,
    span_id: id,
    parent_span_id: parent,
    name,
    kind,
    start_time_ns: Math.round(startMs * NS_PER_MS),
    end_time_ns: Math.round(endMs * NS_PER_MS),
    duration_ns: Math.round((endMs - startMs) * NS_PER_MS),
    status: status ?? { code: "unset", message: null },
    attributes,
  });
}

const failed = (message: string | null): Span["status"] => ({ code: "error", message });

function rootSpan(make: Make, run: RunRow): Span {
  const startMs = run.createdAt.getTime();
  const error = run.error as { message?: string } | null;
  return make({
    name: "agent_run",
    id: run.id,
    parent: null,
    startMs,
    endMs: run.completedAt?.getTime() ?? startMs,
    ...(error ? { status: failed(error.message ?? null) } : {}),
    attributes: {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.id": run.agentId,
      "gen_ai.conversation.id": run.conversationId,
      status: run.status,
      stop_reason: run.stopReason,
    },
  });
}

function stepSpans(make: Make, step: StepRow, runId: string): Span[] {
  const startMs = step.created_at.getTime();
  const { contextMs = 0, ttftMs, modelMs = 0, toolsMs = 0 } = step.timings;
  const askedMs = startMs + contextMs;
  const error = step.error ? { status: failed(step.error.message) } : {};
  const spans = [
    make({
      name: "agent_step",
      id: step.id,
      parent: runId,
      startMs,
      endMs: askedMs + modelMs + toolsMs,
      ...error,
      attributes: { status: step.status, stop_reason: step.stop_reason, position: step.position },
    }),
    make({
      name: "build_context",
      id: `${step.id}:context`,
      parent: step.id,
      startMs,
      endMs: askedMs,
      attributes: { tokens: step.context_tokens.total, estimated: step.context_tokens.estimated },
    }),
  ];
  if (ttftMs != null) {
    const attributes = { "gen_ai.response.time_to_first_chunk": ttftMs / 1000 };
    const times = { startMs: askedMs, endMs: askedMs + ttftMs };
    spans.push(make({ name: "time_to_first_token", id: `${step.id}:ttft`, parent: step.id, ...times, attributes }));
  }
  return [...spans, ...(step.calls ?? []).map((call) => toolSpan(make, call, step.id))];
}

function toolSpan(make: Make, call: NonNullable<StepRow["calls"]>[number], stepId: string): Span {
  return make({
    name: "execute_tool",
    id: `${stepId}:${call.call_id}`,
    parent: stepId,
    startMs: Date.parse(call.started_at),
    endMs: Date.parse(call.ended_at ?? call.started_at),
    ...(call.status === "error" ? { status: failed(null) } : {}),
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": call.name,
      "gen_ai.tool.call.id": call.call_id,
      status: call.status,
    },
  });
}

function chatSpan(make: Make, call: CallRow, parent: string): Span {
  const startMs = call.started_at.getTime();
  return make({
    name: "chat",
    kind: "client",
    id: call.id,
    parent,
    startMs,
    endMs: startMs + call.duration_ms,
    ...(call.error ? { status: failed(call.error.message) } : {}),
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": call.handle,
      "gen_ai.usage.input_tokens": call.usage?.input ?? null,
      "gen_ai.usage.output_tokens": call.usage?.output ?? null,
      purpose: call.kind,
      attempt: call.attempts,
    },
  });
}

/** A write has no length of its own: it is kept with its tool's return. */
function memorySpan(make: Make, write: WriteRow, stepId: string): Span {
  const at = write.at.getTime();
  const names: Record<string, string> = { insert: "create_memory", search: "search_memory", delete: "delete_memory" };
  const name = write.label === null ? (names[write.operation] ?? "update_memory") : "update_memory";
  return make({
    name,
    id: write.id,
    parent: write.cause.toolCall ? `${stepId}:${write.cause.toolCall}` : stepId,
    startMs: at,
    endMs: at,
    attributes: {
      "gen_ai.operation.name": name,
      "gen_ai.memory.store.id": write.store,
      "gen_ai.memory.record.id": write.record,
      operation: write.operation,
      label: write.label,
    },
  });
}

function compactionSpan(make: Make, compaction: CompactionRow, runId: string): Span {
  const at = compaction.created_at.getTime();
  const { id, step_id: stepId, trigger, mode } = compaction;
  return make({
    name: "compaction",
    id,
    parent: stepId ?? runId,
    startMs: at,
    endMs: at,
    attributes: { trigger, mode },
  });
}
