import type { Ctx } from "../core/core";
import { computedSql, computedToolsSql, TOOL_COLUMNS, USAGE_COLUMNS } from "./compute";
import { HOUR_MS } from "./roll-up";
import type { Span } from "./span";

/**
 * How far back hours are computed that are not added up yet. After an upgrade, what is older is missing until the jobs have
 * come to it.
 */
export const LIVE_HOURS = 48;

const NOT_YET = "run.created_at >= (SELECT rolled_to FROM progress)";

/** Which rows: those of a span in their grains, and, in the same snapshot, the hours that are not added up yet. */
const given = (columns: string, table: string, computed: string, source: string) => `
WITH progress AS MATERIALIZED (SELECT coalesce((SELECT rolled_to FROM usage_progress WHERE organization_id = $1), to_timestamp(0)) AS rolled_to),
${computed},
given AS (SELECT ${columns} FROM ${table} u JOIN unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) AS q(q_grain, q_from, q_to)
    ON u.organization_id = $1 AND u.grain = q.q_grain AND u.at >= q.q_from AND u.at < q.q_to
  UNION ALL SELECT ${columns} FROM ${source})`;

/** A CTE `given` with the rows of `usage` of a span; see `cellParams`. */
export const GIVEN_USAGE = given(USAGE_COLUMNS, "usage", computedSql(NOT_YET), "computed");
/** As `GIVEN_USAGE`, of `tool_usage`. */
export const GIVEN_TOOLS = given(TOOL_COLUMNS, "tool_usage", computedToolsSql(NOT_YET), "computed_tools");

type Piece = { grain: string; from: number; to: number };

/** The first six parameters of a statement that begins with `GIVEN_USAGE` or `GIVEN_TOOLS`. */
export function cellParams(ctx: Ctx, span: Span, pieces: readonly Piece[]): unknown[] {
  const now = Math.floor(ctx.now().getTime() / HOUR_MS) * HOUR_MS;
  const iso = (time: number) => new Date(time).toISOString();
  return [
    ctx.actor.organizationId,
    iso(Math.max(span.from, now - LIVE_HOURS * HOUR_MS)),
    iso(Math.min(span.to, now + HOUR_MS)),
    pieces.map(({ grain }) => grain),
    pieces.map(({ from }) => iso(from)),
    pieces.map(({ to }) => iso(to)),
  ];
}
