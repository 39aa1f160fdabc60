import type { CatalogueQuery, ToolOrigin, ToolType, WireCatalogueEntry, WireOriginCounts } from "@/lib/api/tools";
import type { Ctx } from "../core/core";
import { ensureBuiltinTools } from "./builtin-tools";
import { getTool } from "./tools";

const ORIGIN = `CASE WHEN t.tool_type = 'external_mcp' THEN 'mcp' WHEN t.tool_type <> 'custom' THEN 'built-in'
    WHEN t.source_type = 'json' THEN 'client' ELSE 'custom' END`;
const TEXT = "concat_ws(' ', t.name, t.description, array_to_string(t.tags, ' '))";
/** The order of the catalogue: tools whose names have all the words first, then by name. */
const PLACE = "NOT (t.name ILIKE ALL($2::text[])), lower(t.name), t.name";

const CATALOGUE = `
WITH page AS (SELECT t.id, t.name, t.description, t.tags, t.tool_type, t.source_type, t.default_requires_approval,
    row_number() OVER (ORDER BY ${PLACE}) AS place
  FROM tool t
  WHERE t.organization_id = $1 AND ${TEXT} ILIKE ALL($2::text[]) AND ($3::text IS NULL OR ${ORIGIN} = $3)
    AND ($4::text IS NULL OR (${PLACE}) > (SELECT ${PLACE} FROM tool t WHERE t.organization_id = $1 AND t.id = $4))
  ORDER BY ${PLACE} LIMIT $5::int)
SELECT page.id, page.name, page.description, page.tags, page.tool_type, page.source_type, page.default_requires_approval,
  used.calls, used.failures, used.last_used_at, (SELECT count(*) FROM agent_tool l WHERE l.tool_id = page.id) AS agent_count
FROM page CROSS JOIN LATERAL (SELECT count(*) AS calls,
    count(*) FILTER (WHERE c.status IN ('error', 'interrupted')) AS failures, max(c.started_at) AS last_used_at
  FROM tool_call c WHERE c.organization_id = $1 AND c.name = page.name
    AND c.started_at > $6::timestamptz - interval '30 days' AND c.status IN ('success', 'error', 'interrupted')) used
ORDER BY page.place`;

type Row = Omit<WireCatalogueEntry, "last_used_at" | "tool_type"> & { tool_type: string; last_used_at: Date | null };

/**
 * A page of the catalogue, in one statement whatever its length.
 *
 * @throws ApiError `not-found` for a cursor that is no tool.
 */
export async function listCatalogue(ctx: Ctx, query: CatalogueQuery): Promise<WireCatalogueEntry[]> {
  await ensureBuiltinTools(ctx);
  if (query.after) await getTool(ctx, query.after);
  const rows = await ctx.db.query<Row>(CATALOGUE, [
    ctx.actor.organizationId,
    patternsOf(query.search ?? ""),
    query.origin ?? null,
    query.after ?? null,
    query.limit,
    ctx.now().toISOString(),
  ]);
  return rows.map((row) => ({
    ...row,
    tool_type: row.tool_type as ToolType,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }));
}

const COUNTS = `
SELECT ${ORIGIN} AS origin, count(*) AS count FROM tool t
WHERE t.organization_id = $1 AND ${TEXT} ILIKE ALL($2::text[]) GROUP BY 1`;

/** How many tools of each origin a search finds. */
export async function countOrigins(ctx: Ctx, search: string): Promise<WireOriginCounts> {
  await ensureBuiltinTools(ctx);
  const rows = await ctx.db.query<{ origin: ToolOrigin; count: number }>(COUNTS, [
    ctx.actor.organizationId,
    patternsOf(search),
  ]);
  const counts: WireOriginCounts = { "built-in": 0, custom: 0, mcp: 0, client: 0 };
  for (const { origin, count } of rows) counts[origin] = count;
  return counts;
}

/** Each word as a pattern of LIKE in which no character means another. */
const patternsOf = (search: string): string[] =>
  search
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`);
