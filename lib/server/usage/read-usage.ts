import type { Query } from "@/lib/api/endpoint";
import type { USAGE_ENDPOINTS, UsageFigures, WireUsage, WireUsageGroups } from "@/lib/api/usage";
import type { Ctx } from "../core/core";
import { invalid } from "../core/errors";
import { msOfBucket, percentilesSql } from "./buckets";
import { cellParams, givenUsage, LIVE_HOURS } from "./cells";
import { HOUR_MS } from "./roll-up";
import { beginnings, intervalOf, piecesOf, type Span, spanBefore, spanOf } from "./span";

type UsageQuery<Id extends string> = Query<Extract<(typeof USAGE_ENDPOINTS)[number], { id: Id }>>;
type Of = { agent_id?: string | null | undefined; model?: string | null | undefined };

/** What a span used, beside the one before. @throws ApiError `invalid` for a span that is none, or too long. */
export async function readUsage(ctx: Ctx, query: UsageQuery<"usage.retrieve">): Promise<WireUsage> {
  const asked = spanOf(ctx, query);
  const interval = intervalOf(asked, query.interval);
  const span = spanOf(ctx, query, interval);
  const [[totals], [before], rows, complete] = await Promise.all([
    figuresOf(ctx, span, piecesOf(span), "'all'", query),
    figuresOf(ctx, spanBefore(span), piecesOf(spanBefore(span)), "'all'", query),
    figuresOf(ctx, span, [{ grain: interval, ...span }], AT[interval], query),
    isComplete(ctx, spanBefore(span).from),
  ]);
  const byTime = new Map(rows.map((row) => [row.key, row]));
  return {
    ...datesOf(span),
    interval,
    is_complete: complete,
    totals: toFigures(totals),
    before: toFigures(before),
    series: beginnings(span, interval).map((at) => ({ at, ...toFigures(byTime.get(String(Date.parse(at) / 1000))) })),
  };
}

/** Who used the most in a span. @throws ApiError `invalid`. */
export async function readUsageGroups(ctx: Ctx, query: UsageQuery<"usage.groups">): Promise<WireUsageGroups> {
  if (query.by === "user" && (query.agent_id || query.model))
    throw invalid("by: users can't be told apart by agent or model; leave agent_id and model out");
  const span = spanOf(ctx, query);
  const rows = await figuresOf(ctx, span, piecesOf(span), COLUMN[query.by], query, query);
  const names = await namesOf(
    ctx,
    query.by,
    rows.map((row) => row.key),
  );
  return {
    ...datesOf(span),
    count: rows[0]?.of ?? 0,
    groups: rows.map((row) => ({ key: row.key, name: names.get(row.key) ?? null, ...toFigures(row) })),
  };
}

export const datesOf = ({ from, to }: Span) => ({
  start_date: new Date(from).toISOString(),
  end_date: new Date(to).toISOString(),
});

const COLUMN = { agent: "agent_id", model: "model", user: "user_id" } as const;
const ORDER = { runs: "runs", failed: "failed", tokens: "prompt + completion", cost: "coalesce(cost, 0)" } as const;
/** Of live hours too, which have no grain but the hour. */
const AT = {
  hour: "extract(epoch FROM at)::bigint::text",
  day: "extract(epoch FROM date_trunc('day', at, 'UTC'))::bigint::text",
} as const;

type Row = {
  key: string;
  of: number;
  runs: number;
  failed: number;
  cancelled: number;
  steps: number;
  prompt: number;
  completion: number;
  cached: number | null;
  cost: number | null;
  unpriced: number;
  writes: number;
  compactions: number;
  searches: number;
  empty_searches: number;
} & Record<`${"first" | "whole"}_${"p50" | "p95" | "p99"}`, number | null>;

type Choice = { by: keyof typeof COLUMN; order_by: keyof typeof ORDER; limit: number };

/** Figures by a key; with a choice, of those that come first. */
async function figuresOf(
  ctx: Ctx,
  span: Span,
  pieces: ReturnType<typeof piecesOf>,
  key: string,
  of: Of,
  choice?: Choice,
): Promise<Row[]> {
  const params = cellParams(ctx, span, pieces);
  const param = (value: unknown) => `$${params.push(value)}`;
  // Each row is of one agent or all, one model or all, one user or all; of a group, each but "all".
  const which = (["agent", "model", "user"] as const).map((one) => {
    if (choice?.by === one) return `${COLUMN[one]} <> ''`;
    const value = one === "user" ? "" : ((one === "agent" ? of.agent_id : of.model) ?? "");
    return `${COLUMN[one]} = ${param(value)}`;
  });
  if (choice?.by === "agent" && of.agent_id) which.push(`agent_id = ${param(of.agent_id)}`);
  if (choice?.by === "model" && of.model) which.push(`model = ${param(of.model)}`);
  const limit = choice ? `ORDER BY ${ORDER[choice.order_by]} DESC, key LIMIT ${param(choice.limit)}` : "";
  return ctx.db.query<Row>(
    `${givenUsage(pieces)},
keyed AS MATERIALIZED (SELECT *, ${key} AS key FROM given WHERE ${which.join(" AND ")}),
sums AS MATERIALIZED (SELECT * FROM (SELECT key, ${SUMS}, count(*) OVER ()::int AS of FROM keyed GROUP BY key) AS one ${limit}),
chosen AS (SELECT key, firsts, wholes FROM keyed WHERE key IN (SELECT key FROM sums)),
${percentilesSql("first", "chosen", "firsts")},
${percentilesSql("whole", "chosen", "wholes")}
SELECT s.*, f.p50 AS first_p50, f.p95 AS first_p95, f.p99 AS first_p99, w.p50 AS whole_p50, w.p95 AS whole_p95, w.p99 AS whole_p99
FROM sums s LEFT JOIN first f USING (key) LEFT JOIN whole w USING (key) ${limit.split(" LIMIT")[0]}`,
    params,
  );
}

const SUMS = `sum(runs)::int AS runs, sum(failed)::int AS failed, sum(cancelled)::int AS cancelled, sum(steps)::int AS steps,
    sum(prompt)::float AS prompt, sum(completion)::float AS completion, sum(cached)::float AS cached, sum(cost) AS cost,
    sum(unpriced)::int AS unpriced, sum(writes)::int AS writes, sum(compactions)::int AS compactions,
    sum(searches)::int AS searches, sum(empty_searches)::int AS empty_searches`;

function toFigures(row: Row | undefined): UsageFigures {
  const times = (of: "first" | "whole") => ({
    p50: msOfBucket(row?.[`${of}_p50`] ?? null),
    p95: msOfBucket(row?.[`${of}_p95`] ?? null),
    p99: msOfBucket(row?.[`${of}_p99`] ?? null),
  });
  return {
    runs: row?.runs ?? 0,
    failed: row?.failed ?? 0,
    cancelled: row?.cancelled ?? 0,
    steps: row?.steps ?? 0,
    prompt_tokens: row?.prompt ?? 0,
    completion_tokens: row?.completion ?? 0,
    cached_input_tokens: row?.cached ?? null,
    cost: row?.unpriced === 0 ? row.cost : null,
    known_cost: row?.cost ?? null,
    unpriced_steps: row?.unpriced ?? 0,
    first_token_ms: times("first"),
    duration_ms: times("whole"),
    memory_writes: row?.writes ?? 0,
    compactions: row?.compactions ?? 0,
    searches: row?.searches ?? 0,
    empty_searches: row?.empty_searches ?? 0,
  };
}

/** Whether everything since a time is added up, or so young that it is computed. */
export async function isComplete(ctx: Ctx, since: number): Promise<boolean> {
  const live = Math.floor(ctx.now().getTime() / HOUR_MS - LIVE_HOURS) * HOUR_MS;
  const [row] = await ctx.db.query<{ missing: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM run WHERE organization_id = $1 AND created_at < $2::timestamptz AND created_at >= greatest(
       coalesce((SELECT rolled_to FROM usage_progress WHERE organization_id = $1), to_timestamp(0)), $3::timestamptz)) AS missing`,
    [ctx.actor.organizationId, new Date(live).toISOString(), new Date(since).toISOString()],
  );
  return !row!.missing;
}

async function namesOf(ctx: Ctx, by: keyof typeof COLUMN, keys: string[]): Promise<Map<string, string>> {
  if (by === "model" || keys.length === 0) return new Map(keys.map((key) => [key, key]));
  const table = by === "agent" ? "agent" : "app_user";
  const rows = await ctx.db.query<{ id: string; name: string }>(
    `SELECT id, name FROM ${table} WHERE organization_id = $1 AND id = ANY($2::text[])`,
    [ctx.actor.organizationId, keys],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
