import type { UpdateToolSecrets, WireToolSecret } from "@/lib/api/tool-runs";
import type { Ctx } from "../core/core";
import { transact } from "../db/transact";
import { getTool } from "./tools";

/** The keys of a tool's secrets, in order. @throws ApiError `not-found`. */
export async function listToolSecrets(ctx: Ctx, toolId: string): Promise<WireToolSecret[]> {
  await getTool(ctx, toolId);
  const rows = await ctx.db.prisma.toolSecret.findMany({ where: { toolId }, orderBy: { key: "asc" } });
  return rows.map(({ key, createdAt, updatedAt }) => ({
    key,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }));
}

/** Sets those that have a value, takes away those with null, leaves the others. @throws ApiError `not-found`. */
export async function updateToolSecrets(
  ctx: Ctx,
  toolId: string,
  secrets: UpdateToolSecrets["secrets"],
): Promise<WireToolSecret[]> {
  await getTool(ctx, toolId);
  const entries = Object.entries(secrets);
  const gone = entries.flatMap(([key, value]) => (value === null ? [key] : []));
  const set = entries.flatMap(([key, value]) => (value === null ? [] : [{ key, value: ctx.vault.encrypt(value) }]));
  await transact(ctx, async (sql) => {
    await sql.query("DELETE FROM tool_secret WHERE tool_id = $1 AND key = ANY($2::text[])", [toolId, gone]);
    await sql.query(
      `INSERT INTO tool_secret (tool_id, key, value_enc, created_at, updated_at)
       SELECT $1, x.key, x.value, $3::timestamptz, $3::timestamptz FROM jsonb_to_recordset($2::jsonb) AS x(key text, value text)
       ON CONFLICT (tool_id, key) DO UPDATE SET value_enc = EXCLUDED.value_enc, updated_at = EXCLUDED.updated_at`,
      [toolId, JSON.stringify(set), ctx.now().toISOString()],
    );
  });
  return listToolSecrets(ctx, toolId);
}
