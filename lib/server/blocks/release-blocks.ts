import { apiCause, type Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { changeBlockIn } from "./change-block";

/** Blocks that an agent has or ever had, and those that were made for it. */
export async function formerBlocks(sql: Sql, agentId: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT id FROM block WHERE made_for_agent_id = $1
     UNION SELECT b.id FROM agent_version v, jsonb_array_elements_text(v.config->'blockIds') AS b(id) WHERE v.agent_id = $1`,
    [agentId],
  );
  return rows.map((row) => row.id);
}

type Left = { id: string; is_deleted: boolean; is_held: boolean; was_held: boolean };

/**
 * Lets go of the blocks of an agent whose versions are gone: those that were made for it, or that are deleted, go too,
 * unless another agent holds them. One that another agent held once is hidden, for that one's past.
 */
export async function releaseBlocks(ctx: Ctx, sql: Sql, agentId: string, ids: readonly string[]): Promise<void> {
  const left = await sql.query<Left>(
    `SELECT b.id, b.deleted_at IS NOT NULL AS is_deleted,
       EXISTS (SELECT FROM agent_block WHERE block_id = b.id) AS is_held,
       EXISTS (SELECT FROM agent_version v WHERE v.config->'blockIds' ? b.id) AS was_held
     FROM block b WHERE b.id = ANY($1::text[]) AND (b.made_for_agent_id = $2 OR b.deleted_at IS NOT NULL) ORDER BY b.id`,
    [ids, agentId],
  );
  const gone = left.filter((block) => !block.is_held && !block.was_held).map((block) => block.id);
  await sql.query("DELETE FROM block WHERE id = ANY($1::text[])", [gone]);
  await sql.query("DELETE FROM block_version WHERE block_id = ANY($1::text[])", [gone]);
  await sql.query("DELETE FROM memory_proposal WHERE block_id = ANY($1::text[])", [gone]);
  await sql.query("UPDATE block SET made_for_agent_id = NULL WHERE made_for_agent_id = $1", [agentId]);
  for (const { id, is_deleted, is_held, was_held } of left) {
    if (is_deleted || is_held || !was_held) continue;
    await changeBlockIn(ctx, sql, id, { changes: {}, operation: "delete", cause: apiCause(ctx), always: true });
    await sql.query("UPDATE block SET deleted_at = $2::timestamptz WHERE id = $1", [id, ctx.now().toISOString()]);
  }
}
