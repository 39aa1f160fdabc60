import type { WireToolStats } from "@/lib/api/tool-runs";
import type { Ctx } from "../core/core";
import { getTool } from "./tools";

type Totals = Pick<WireToolStats, "calls" | "failures" | "denied" | "median_ms" | "p95_ms"> & {
  last_used_at: Date | null;
};
type AttachedRow = { id: string; name: string; total: number };

// A call that nobody has answered yet counts for nothing.
const TOTALS = `
SELECT count(*) FILTER (WHERE status IN ('success', 'error', 'interrupted')) AS calls,
  count(*) FILTER (WHERE status IN ('error', 'interrupted')) AS failures,
  count(*) FILTER (WHERE status = 'denied') AS denied, max(started_at) AS last_used_at,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE status IN ('success', 'error')) AS median_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) FILTER (WHERE status IN ('success', 'error')) AS p95_ms
FROM (SELECT status, started_at, (extract(epoch FROM ended_at - started_at) * 1000)::float8 AS ms FROM tool_call
  WHERE organization_id = $1 AND name = $2) AS calls`;

const DAYS = `
SELECT to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date, count(*) AS calls,
  count(*) FILTER (WHERE status IN ('error', 'interrupted')) AS failures
FROM tool_call WHERE organization_id = $1 AND name = $2 AND started_at > $3::timestamptz - interval '30 days'
  AND status IN ('success', 'error', 'interrupted')
GROUP BY 1 ORDER BY 1`;

const ATTACHED = `
SELECT a.id, a.name, count(*) OVER () AS total FROM agent_tool l JOIN agent a ON a.id = l.agent_id
WHERE l.tool_id = $1 ORDER BY a.created_at DESC, a.id LIMIT 100`;

/** How often a tool was called in runs, by its name as it is now, and where it is attached. @throws ApiError `not-found`. */
export async function toolStats(ctx: Ctx, toolId: string): Promise<WireToolStats> {
  const { name } = await getTool(ctx, toolId);
  const { organizationId } = ctx.actor;
  const [[totals], days, attached] = await Promise.all([
    ctx.db.query<Totals>(TOTALS, [organizationId, name]),
    ctx.db.query<WireToolStats["days"][number]>(DAYS, [organizationId, name, ctx.now().toISOString()]),
    ctx.db.query<AttachedRow>(ATTACHED, [toolId]),
  ]);
  const { last_used_at, ...counts } = totals!;
  return {
    tool_id: toolId,
    ...counts,
    last_used_at: last_used_at?.toISOString() ?? null,
    days,
    agents: attached.map((agent) => ({ id: agent.id, name: agent.name })),
    agent_count: attached[0]?.total ?? 0,
  };
}
