import type { Query } from "@/lib/api/endpoint";
import type { USAGE_ENDPOINTS, WireFullBlocks, WireToolUsage } from "@/lib/api/usage";
import type { Ctx } from "../core/core";
import { msOfBucket, percentilesSql } from "./buckets";
import { cellParams, givenTools } from "./cells";
import { datesOf } from "./read-usage";
import { piecesOf, spanOf } from "./span";

type UsageQuery<Id extends string> = Query<Extract<(typeof USAGE_ENDPOINTS)[number], { id: Id }>>;

type Row = { key: string; of: number; calls: number; failures: number; denied: number } & Record<
  "p50" | "p95" | "p99",
  number | null
>;

const ORDER = { calls: "calls DESC", failures: "failures DESC, calls DESC", slowest: "p95 DESC NULLS LAST" } as const;

const toolsSql = (of: string) => `
keyed AS MATERIALIZED (SELECT *, tool AS key FROM given WHERE ${of}),
${percentilesSql("took", "keyed", "times")}
SELECT s.*, p50, p95, p99 FROM (SELECT key, sum(calls)::int AS calls, sum(failures)::int AS failures, sum(denied)::int AS denied,
    count(*) OVER ()::int AS of FROM keyed GROUP BY key) AS s LEFT JOIN took USING (key)`;

/** How tools did in a span. @throws ApiError `invalid`. */
export async function readToolUsage(ctx: Ctx, query: UsageQuery<"usage.tools">): Promise<WireToolUsage> {
  const span = spanOf(ctx, query);
  const pieces = piecesOf(span);
  const params = cellParams(ctx, span, pieces);
  const param = (value: unknown) => `$${params.push(value)}`;
  const of = `agent_id = ${param(query.agent_id ?? "")}`;
  const rows = await ctx.db.query<Row>(
    `${givenTools(pieces)}, ${toolsSql(of)} ORDER BY ${ORDER[query.order_by]}, key LIMIT ${param(query.limit)}`,
    params,
  );
  return {
    ...datesOf(span),
    count: rows[0]?.of ?? 0,
    tools: rows.map(({ key, calls, failures, denied, p50, p95, p99 }) => ({
      name: key,
      calls,
      failures,
      denied,
      duration_ms: { p50: msOfBucket(p50), p95: msOfBucket(p95), p99: msOfBucket(p99) },
    })),
  };
}

/** Of so many agents, those that ran last. */
const AGENTS = 200;

const FULLEST = `
SELECT b.id AS block_id, v.label, a.id AS agent_id, a.name AS agent_name, char_length(v.value)::int AS chars, v.limit_chars AS "limit"
FROM (SELECT id, name FROM agent WHERE organization_id = $1 AND last_run_completion IS NOT NULL AND ($2::text IS NULL OR id = $2)
    ORDER BY last_run_completion DESC, id DESC LIMIT ${AGENTS}) AS a
  JOIN agent_block l ON l.agent_id = a.id JOIN block b ON b.id = l.block_id AND b.deleted_at IS NULL
  JOIN block_version v ON v.id = b.head_version_id
WHERE v.limit_chars > 0 AND NOT v.read_only
ORDER BY char_length(v.value)::float / v.limit_chars DESC, b.id, a.id LIMIT $3`;

/** The blocks that are nearest to their limit, once for each agent that has them. */
export async function readFullBlocks(ctx: Ctx, query: UsageQuery<"usage.blocks">): Promise<WireFullBlocks> {
  const params = [ctx.actor.organizationId, query.agent_id ?? null, query.limit];
  return { blocks: await ctx.db.query<WireFullBlocks["blocks"][number]>(FULLEST, params) };
}
