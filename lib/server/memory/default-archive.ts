import type { Ctx } from "../core";
import { newId } from "../ids";

/** The archive that an agent's notes go to: its first, made and attached when there is none yet. */
export async function defaultArchive(ctx: Ctx, agentId: string): Promise<string> {
  const [row] = await ctx.db.query<{ id: string }>(
    `WITH agent_row AS (SELECT id, organization_id, name FROM agent WHERE id = $1),
       known AS (SELECT aa.archive_id AS id FROM agent_archive aa JOIN archive a ON a.id = aa.archive_id
         WHERE aa.agent_id = $1 ORDER BY aa.is_owner DESC, a.created_at, a.id LIMIT 1),
       made AS (INSERT INTO archive (id, organization_id, name, created_by_id, created_at)
         SELECT $2, organization_id, name || '''s Archive', $3, $4::timestamptz FROM agent_row
         WHERE NOT EXISTS (SELECT 1 FROM known) RETURNING id),
       attached AS (INSERT INTO agent_archive (agent_id, archive_id, is_owner) SELECT $1, id, true FROM made)
     SELECT id FROM known UNION ALL SELECT id FROM made`,
    [agentId, newId("archive"), ctx.actor.userId, ctx.now().toISOString()],
  );
  if (!row) throw new Error(`agent ${agentId} is gone`);
  return row.id;
}
