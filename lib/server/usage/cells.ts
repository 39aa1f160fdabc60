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

type Piece = { grain: string; from: number; to: number };

/**
 * Which rows: those of a span in their grains, and, in the same snapshot, the hours that are not added up yet. Each piece is
 * a selection of its own, by which the database knows how few rows it has.
 */
const given = (columns: string, table: string, computed: string, source: string) => (pieces: readonly Piece[]) =>
  `
WITH progress AS MATERIALIZED (SELECT coalesce((SELECT rolled_to FROM usage_progress WHERE organization_id = $1), to_timestamp(0)) AS rolled_to),
${computed},
given AS (${pieces
    .map(
      (_, n) =>
        `SELECT ${columns} FROM ${table} WHERE organization_id = $1 AND grain = $${4 + 3 * n} AND at >= $${5 + 3 * n}::timestamptz AND at < $${6 + 3 * n}::timestamptz UNION ALL `,
    )
    .join("")}SELECT ${columns} FROM ${source})`;

/** The beginning of a statement, with a CTE `given` of the rows of `usage`; see `cellParams`. */
export const givenUsage = given(USAGE_COLUMNS, "usage", computedSql(NOT_YET), "computed");
/** As `givenUsage`, of `tool_usage`. */
export const givenTools = given(TOOL_COLUMNS, "tool_usage", computedToolsSql(NOT_YET), "computed_tools");

/** The first parameters of a statement that begins with `givenUsage` or `givenTools` of the same pieces. */
export function cellParams(ctx: Ctx, span: Span, pieces: readonly Piece[]): unknown[] {
  const now = Math.floor(ctx.now().getTime() / HOUR_MS) * HOUR_MS;
  const iso = (time: number) => new Date(time).toISOString();
  return [
    ctx.actor.organizationId,
    iso(Math.max(span.from, now - LIVE_HOURS * HOUR_MS)),
    iso(Math.min(span.to, now + HOUR_MS)),
    ...pieces.flatMap(({ grain, from, to }) => [grain, iso(from), iso(to)]),
  ];
}
