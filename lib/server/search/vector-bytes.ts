import type { Ctx } from "../core/core";
import { vectorTables } from "./search-index";

/** Bytes that the vectors of the actor's messages, passages and files take, without their indexes. */
export async function vectorBytes(ctx: Ctx): Promise<number> {
  const tables = await vectorTables(ctx.db);
  if (tables.length === 0) return 0;
  const sizes = tables.map(
    (table) =>
      `SELECT coalesce(sum(pg_column_size(v.vec)), 0) AS bytes FROM ${table} v WHERE v.scope_id IN (SELECT id FROM scope)`,
  );
  const [row] = await ctx.db.query<{ bytes: number }>(
    `WITH scope AS (SELECT id FROM agent WHERE organization_id = $1 UNION ALL SELECT id FROM archive WHERE organization_id = $1
       UNION ALL SELECT id FROM folder WHERE organization_id = $1)
     SELECT sum(bytes)::int8 AS bytes FROM (${sizes.join(" UNION ALL ")}) s`,
    [ctx.actor.organizationId],
  );
  return row?.bytes ?? 0;
}
