import type { Query } from "@/lib/api/endpoint";
import type { RUN_SUMMARY_ENDPOINTS, RunSummary } from "@/lib/api/run-summaries";
import { storable } from "@/lib/engine/storable";
import type { Ctx } from "../core/core";
import { messageTextSql } from "../search/search-text";
import { UNPRICED } from "../usage/unpriced";
import { runCursor } from "./internal-runs";
import { whatFailed } from "./runs";

type SummaryQuery = Query<(typeof RUN_SUMMARY_ENDPOINTS)[number]>;
type Param = (value: unknown) => string;

/**
 * A page of runs, each in a line: what was asked and answered, what failed, what it used.
 *
 * @throws ApiError `not-found` for an unknown cursor.
 */
export async function listRunSummaries(ctx: Ctx, query: SummaryQuery): Promise<RunSummary[]> {
  const params: unknown[] = [];
  const param: Param = (value) => `$${params.push(value)}`;
  const where = conditions(ctx, query, param);
  for (const [id, side] of [
    [query.after, query.order === "asc" ? ">" : "<"],
    [query.before, query.order === "asc" ? "<" : ">"],
  ] as const) {
    if (id)
      where.push(
        `(r.created_at, r.id) ${side} (SELECT created_at, id FROM run WHERE id = ${param(await runCursor(ctx, id))})`,
      );
  }
  // With only `before`, the page is the one that ends at the cursor.
  const reverse = Boolean(query.before && !query.after);
  const direction = (query.order === "asc") === reverse ? "DESC" : "ASC";
  const rows = await ctx.db.query<Row>(
    `WITH page AS (SELECT r.*, a.name AS agent_name FROM run r JOIN agent a ON a.id = r.agent_id
       WHERE ${where.join(" AND ")} ORDER BY r.created_at ${direction}, r.id ${direction} LIMIT ${param(query.limit)})
     ${SUMMARY} ORDER BY p.created_at ${direction}, p.id ${direction}`,
    params,
  );
  const summaries = rows.map(toSummary);
  return reverse ? summaries.toReversed() : summaries;
}

function conditions(ctx: Ctx, query: SummaryQuery, param: Param): string[] {
  const found = [`r.organization_id = ${param(ctx.actor.organizationId)}`];
  found.push(query.agent_id ? `r.agent_id = ${param(query.agent_id)}` : "r.suite_run_id IS NULL");
  if (query.statuses?.length) found.push(`r.status = ANY(${param(query.statuses)}::text[])`);
  if (query.start_date) found.push(`r.created_at >= ${param(query.start_date)}::timestamptz`);
  if (query.end_date) found.push(`r.created_at <= ${param(query.end_date)}::timestamptz`);
  if (query.model)
    found.push(`EXISTS (SELECT 1 FROM step s WHERE s.run_id = r.id AND s.model_handle = ${param(query.model)})`);
  if (query.tool)
    found.push(`EXISTS (SELECT 1 FROM tool_call c WHERE c.run_id = r.id AND c.name = ${param(query.tool)})`);
  if (query.user_id) found.push(`r.created_by_id = ${param(query.user_id)}`);
  const search = storable(query.search ?? "").trim();
  if (search) {
    const pattern = param(`%${search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`);
    found.push(`EXISTS (SELECT 1 FROM message m WHERE m.run_id = r.id AND ${messageTextSql("m")} ILIKE ${pattern})`);
  }
  return found;
}

type Row = {
  id: string;
  status: RunSummary["status"];
  stop_reason: string | null;
  awaits_approval: boolean;
  error: { message: string; detail?: string | null } | null;
  created_at: Date;
  completed_at: Date | null;
  agent_id: string;
  agent_name: string;
  conversation_id: string;
  background: boolean;
  ttft_ms: number | null;
  duration_ms: number | null;
  models: string[] | null;
  steps: number;
  tool_calls: number;
  prompt: number;
  completion: number;
  cached: number | null;
  cost: number | null;
  unpriced: number;
  asked: string | null;
  answered: string | null;
};

const said = (role: "user" | "assistant", direction: "ASC" | "DESC") =>
  `(SELECT left(${messageTextSql("m")}, 300) FROM message m WHERE m.run_id = p.id AND m.role = '${role}'
     AND ${messageTextSql("m")} IS NOT NULL ORDER BY m.seq ${direction} LIMIT 1)`;

const SUMMARY = `SELECT p.id, p.status, p.stop_reason,
    (coalesce(p.stop_reason, '') = 'requires_approval'
      AND EXISTS (SELECT 1 FROM tool_call c WHERE c.run_id = p.id AND c.status = 'awaiting')) AS awaits_approval, p.error, p.created_at, p.completed_at, p.agent_id, p.agent_name,
    p.conversation_id, p.background, p.ttft_ns::float / 1000000 AS ttft_ms, p.total_duration_ns::float / 1000000 AS duration_ms,
    u.*, (SELECT count(*)::int FROM tool_call c WHERE c.run_id = p.id) AS tool_calls,
    ${said("user", "ASC")} AS asked, ${said("assistant", "DESC")} AS answered
  FROM page p CROSS JOIN LATERAL (SELECT count(*)::int AS steps, array_agg(DISTINCT s.model_handle) AS models,
      coalesce(sum(s.prompt_tokens), 0)::float AS prompt, coalesce(sum(s.completion_tokens), 0)::float AS completion,
      sum(s.cached_tokens)::float AS cached, sum(s.cost) AS cost,
      ${UNPRICED} AS unpriced
    FROM step s WHERE s.run_id = p.id) u`;

function toSummary(row: Row): RunSummary {
  return {
    id: row.id,
    status: row.status,
    stop_reason: row.stop_reason,
    awaits_approval: row.awaits_approval,
    error: row.error && whatFailed(row.error),
    created_at: row.created_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    agent_id: row.agent_id,
    agent_name: row.agent_name,
    conversation_id: row.conversation_id,
    background: row.background,
    models: (row.models ?? []).filter(Boolean),
    steps: row.steps,
    tool_calls: row.tool_calls,
    prompt_tokens: row.prompt,
    completion_tokens: row.completion,
    cached_input_tokens: row.cached,
    cost: row.unpriced === 0 ? row.cost : null,
    ttft_ms: row.ttft_ms,
    duration_ms: row.duration_ms,
    asked: row.asked,
    answered: row.answered,
  };
}
