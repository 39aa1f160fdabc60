import type { Query } from "@/lib/api/endpoint";
import type { RUN_ENDPOINTS, WireStep } from "@/lib/api/runs";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";

type StepQuery<Id extends string> = Query<Extract<(typeof RUN_ENDPOINTS)[number], { id: Id }>>;

/** A row of `step`, with its tool calls, as raw SQL gives it. */
export type StepRow = {
  id: string;
  seq: number;
  organization_id: string;
  agent_id: string;
  conversation_id: string;
  run_id: string;
  position: number;
  status: WireStep["status"];
  stop_reason: string | null;
  model_handle: string;
  context_window: number;
  settings: Record<string, unknown>;
  agent_version_id: string;
  compile_id: string;
  block_version_ids: string[];
  context_hash: string;
  context_ranges: [number, number][];
  context_tokens: { prompt: number; messages: number; total: number; estimated: boolean };
  prompt_tokens: number | null;
  completion_tokens: number | null;
  cached_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  cost: number | null;
  timings: { contextMs?: number; ttftMs?: number | null; modelMs?: number; toolsMs?: number };
  error: { kind: string; message: string; detail: string | null } | null;
  feedback: "positive" | "negative" | null;
  tags: string[];
  created_at: Date;
  completed_at: Date | null;
  calls: { call_id: string; name: string; status: string; started_at: string; ended_at: string | null }[] | null;
};

const WITH_CALLS = `SELECT s.*, (SELECT jsonb_agg(jsonb_build_object('call_id', t.call_id, 'name', t.name, 'status', t.status,
    'started_at', t.started_at, 'ended_at', t.ended_at) ORDER BY t.seq) FROM tool_call t WHERE t.step_id = s.id) AS calls FROM step s`;

export function toWireStep(row: StepRow): WireStep {
  const slash = row.model_handle.indexOf("/");
  const total = row.prompt_tokens === null ? null : row.prompt_tokens + (row.completion_tokens ?? 0);
  return {
    id: row.id,
    origin: null,
    provider_id: null,
    run_id: row.run_id,
    agent_id: row.agent_id,
    provider_name: row.model_handle.slice(0, slash),
    provider_category: "base",
    model: row.model_handle.slice(slash + 1),
    model_handle: row.model_handle,
    model_endpoint: null,
    context_window_limit: row.context_window,
    completion_tokens: row.completion_tokens,
    prompt_tokens: row.prompt_tokens,
    total_tokens: total,
    cached_input_tokens: row.cached_tokens,
    cache_write_tokens: row.cache_write_tokens,
    reasoning_tokens: row.reasoning_tokens,
    cost: row.cost,
    completion_tokens_details: row.reasoning_tokens === null ? null : { reasoning_tokens: row.reasoning_tokens },
    prompt_tokens_details: row.cached_tokens === null ? null : { cached_tokens: row.cached_tokens },
    stop_reason: row.stop_reason,
    tags: row.tags,
    tid: null,
    trace_id: null,
    request_id: null,
    messages: [],
    feedback: row.feedback,
    project_id: null,
    error_type: row.error?.kind ?? null,
    error_data: row.error,
    status: row.status,
    created_at: row.created_at.toISOString(),
    conversation_id: row.conversation_id,
    timings: row.timings,
    tool_calls: (row.calls ?? []).map((call) => ({
      ...call,
      started_at: new Date(call.started_at).toISOString(),
      ended_at: call.ended_at && new Date(call.ended_at).toISOString(),
    })),
  };
}

/** @throws ApiError `not-found`. */
export async function getStep(ctx: Ctx, id: string, sql: Sql = ctx.db): Promise<StepRow> {
  const [row] = await sql.query<StepRow>(`${WITH_CALLS} WHERE s.id = $1 AND s.organization_id = $2`, [
    id,
    ctx.actor.organizationId,
  ]);
  if (!row) throw notFound("step", id);
  return row;
}

/** All steps of a run, in order. */
export function stepsOfRun(ctx: Ctx, runId: string): Promise<StepRow[]> {
  return ctx.db.query<StepRow>(`${WITH_CALLS} WHERE s.run_id = $1 AND s.organization_id = $2 ORDER BY s.position`, [
    runId,
    ctx.actor.organizationId,
  ]);
}

export type StepFilter = Partial<StepQuery<"steps.list">> & { run_id?: string; limit: number; order: "asc" | "desc" };

/** That a row is of no agent that a run of tests made. */
const NO_TEST = (row: string) =>
  `NOT EXISTS (SELECT 1 FROM agent a WHERE a.id = ${row}.agent_id AND a.suite_run_id IS NOT NULL)`;

export async function listSteps(ctx: Ctx, query: StepFilter): Promise<WireStep[]> {
  const seqOf = async (id: string | null | undefined) => (id ? (await getStep(ctx, id)).seq : null);
  const [first, last] = query.order === "asc" ? [query.after, query.before] : [query.before, query.after];
  const backwards = Boolean(query.before && !query.after);
  const ascending = (query.order === "asc") !== backwards;
  const rows = await ctx.db.query<StepRow>(
    `${WITH_CALLS} WHERE s.organization_id = $1 AND ($2::text IS NOT NULL OR $3::text IS NOT NULL OR ${NO_TEST("s")})
       AND ($2::text IS NULL OR s.agent_id = $2) AND ($3::text IS NULL OR s.run_id = $3)
       AND ($4::text IS NULL OR s.feedback = $4) AND ($5::boolean IS NULL OR (s.feedback IS NOT NULL) = $5)
       AND ($6::text[] IS NULL OR s.tags && $6) AND ($7::timestamptz IS NULL OR s.created_at >= $7)
       AND ($8::timestamptz IS NULL OR s.created_at <= $8) AND ($9::text IS NULL OR s.model_handle = $9 OR s.model_handle LIKE '%/' || $9)
       AND ($10::bigint IS NULL OR s.seq > $10) AND ($11::bigint IS NULL OR s.seq < $11)
       AND ($12::text[] IS NULL)
     ORDER BY s.seq ${ascending ? "ASC" : "DESC"} LIMIT $13`,
    [
      ctx.actor.organizationId,
      query.agent_id ?? null,
      query.run_id ?? null,
      query.feedback ?? null,
      query.has_feedback ?? null,
      query.tags?.length ? query.tags : null,
      query.start_date ?? null,
      query.end_date ?? null,
      query.model ?? null,
      await seqOf(first),
      await seqOf(last),
      // No step has a trace id: none is found by one.
      query.trace_ids?.length ? query.trace_ids : null,
      query.limit,
    ],
  );
  return (backwards ? rows.toReversed() : rows).map(toWireStep);
}

const NS_PER_MS = 1e6;

export async function getStepMetrics(ctx: Ctx, id: string) {
  const row = await getStep(ctx, id);
  const startNs = row.created_at.getTime() * NS_PER_MS;
  const { contextMs = 0, modelMs = 0, toolsMs = 0 } = row.timings;
  return {
    id: row.id,
    organization_id: row.organization_id,
    provider_id: null,
    run_id: row.run_id,
    agent_id: row.agent_id,
    step_start_ns: startNs,
    llm_request_start_ns: Math.round(startNs + contextMs * NS_PER_MS),
    llm_request_ns: Math.round(modelMs * NS_PER_MS),
    tool_execution_ns: Math.round(toolsMs * NS_PER_MS),
    step_ns: Math.round((contextMs + modelMs + toolsMs) * NS_PER_MS),
    base_template_id: null,
    template_id: null,
    project_id: null,
  };
}

export async function setFeedback(
  ctx: Ctx,
  id: string,
  body: { feedback?: "positive" | "negative" | null | undefined; tags?: string[] | null | undefined },
): Promise<WireStep> {
  await getStep(ctx, id);
  await ctx.db.query("UPDATE step SET feedback = $2, tags = coalesce($3::text[], tags) WHERE id = $1", [
    id,
    body.feedback ?? null,
    body.tags ?? null,
  ]);
  return toWireStep(await getStep(ctx, id));
}
