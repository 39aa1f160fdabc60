import type { Query } from "@/lib/api/endpoint";
import type { INTERNAL_RUN_ENDPOINTS } from "@/lib/api/internal-runs";
import type { WireRun } from "@/lib/api/runs";
import type { Ctx } from "../core/core";
import { invalid, notFound } from "../core/errors";
import { wireRunsOf } from "./runs";

type InternalQuery = Query<(typeof INTERNAL_RUN_ENDPOINTS)[number]>;

const OPERATORS = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/**
 * A page of runs by many filters, ordered by time or by duration; a run that is not over counts as the shortest.
 *
 * @throws ApiError `not-found` for an unknown cursor, 422 for a duration without an operator.
 */
export async function listInternalRuns(ctx: Ctx, query: InternalQuery): Promise<WireRun[]> {
  const params: unknown[] = [];
  const param = (value: unknown) => `$${params.push(value)}`;
  const where = conditions(ctx, query, param);
  const order = query.ascending == null ? query.order : query.ascending ? "asc" : "desc";
  const by = query.order_by === "duration" ? "duration" : "created_at";
  const bounds = [
    ...(query.duration_percentile == null ? [] : [slowerThan(param(query.duration_percentile / 100))]),
    ...(query.after ? [beyond(by, param(await runCursor(ctx, query.after)), order === "asc" ? ">" : "<")] : []),
    ...(query.before ? [beyond(by, param(await runCursor(ctx, query.before)), order === "asc" ? "<" : ">")] : []),
  ];
  // With only `before`, the page is the one that ends at the cursor.
  const reverse = Boolean(query.before && !query.after);
  const direction = (order === "asc") === reverse ? "DESC" : "ASC";
  const rows = await ctx.db.query<{ id: string }>(
    `WITH matching AS (SELECT r.id, r.created_at, coalesce(r.total_duration_ns, -1) AS duration
       FROM run r JOIN agent a ON a.id = r.agent_id WHERE ${where.join(" AND ")})
     SELECT id FROM matching WHERE ${["true", ...bounds].join(" AND ")}
     ORDER BY ${by} ${direction}, id ${direction} LIMIT ${param(query.limit)}`,
    params,
  );
  const ids = rows.map((row) => row.id);
  return wireRunsOf(ctx, reverse ? ids.toReversed() : ids);
}

type Param = (value: unknown) => string;

function conditions(ctx: Ctx, query: InternalQuery, param: Param): string[] {
  const agents = [...(query.agent_ids ?? []), ...(query.agent_id ? [query.agent_id] : [])];
  const found = [`r.organization_id = ${param(ctx.actor.organizationId)}`];
  if (query.run_id) found.push(`r.id = ${param(query.run_id)}`);
  if (agents.length > 0) found.push(`r.agent_id = ANY(${param(agents)}::text[])`);
  else if (!query.run_id && !query.conversation_id) found.push("r.suite_run_id IS NULL");
  if (query.statuses?.length) found.push(`r.status = ANY(${param(query.statuses)}::text[])`);
  if (query.active) found.push("r.status IN ('created', 'running')");
  if (query.background != null) found.push(`r.background = ${param(query.background)}`);
  if (query.stop_reason) found.push(`r.stop_reason = ${param(query.stop_reason)}`);
  if (query.conversation_id) found.push(`r.conversation_id = ${param(query.conversation_id)}`);
  if (query.project_id) found.push(`a.project_id = ${param(query.project_id)}`);
  if (query.template_family) found.push(`a.base_template_id = ${param(query.template_family)}`);
  if (query.start_date) found.push(`r.created_at >= ${param(query.start_date)}::timestamptz`);
  if (query.end_date) found.push(`r.created_at <= ${param(query.end_date)}::timestamptz`);
  if (query.step_count != null) {
    const steps = "(SELECT count(*) FROM step s WHERE s.run_id = r.id)";
    found.push(`${steps} ${OPERATORS[query.step_count_operator]} ${param(query.step_count)}`);
  }
  if (query.duration_value != null) {
    if (!query.duration_operator) throw invalid("duration_value needs duration_operator");
    found.push(`r.total_duration_ns ${OPERATORS[query.duration_operator]} ${param(query.duration_value)}::bigint`);
  }
  if (query.tools_used?.length) {
    const tools = param(query.tools_used);
    found.push(`EXISTS (SELECT 1 FROM tool_call c WHERE c.run_id = r.id AND (c.name = ANY(${tools}::text[]) OR c.name IN
      (SELECT t.name FROM tool t WHERE t.id = ANY(${tools}::text[]) AND t.organization_id = r.organization_id)))`);
  }
  return found;
}

function slowerThan(fraction: string): string {
  return `duration > (SELECT percentile_cont(${fraction}::float8) WITHIN GROUP (ORDER BY duration) FROM matching
    WHERE duration >= 0)`;
}

function beyond(by: string, id: string, side: "<" | ">"): string {
  const at = by === "duration" ? "coalesce(total_duration_ns, -1)" : "created_at";
  return `(${by}, id) ${side} (SELECT ${at}, id FROM run WHERE id = ${id})`;
}

/** A cursor of a list of runs. @throws ApiError `not-found` for one that there is not. */
export async function runCursor(ctx: Ctx, id: string): Promise<string> {
  const row = await ctx.db.prisma.run.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("run", id);
  return id;
}
