import { apiCause, type Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { deleteScope } from "../search/search-index";

/** Erases archives with their passages, what happened to these, and their search index. */
export async function eraseArchives(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await deleteScope(sql, ids);
  for (const statement of OF_ARCHIVES) await sql.query(statement, [ids]);
}

const OF_ARCHIVES = [
  "DELETE FROM passage_event WHERE archive_id = ANY($1::text[])",
  "DELETE FROM archive WHERE id = ANY($1::text[])",
];

/** Whether an agent has or ever had the archive: then it is part of a past. */
export async function isRemembered(sql: Sql, id: string): Promise<boolean> {
  const [row] = await sql.query<{ remembered: boolean }>(
    `SELECT EXISTS (SELECT FROM agent_archive WHERE archive_id = $1)
       OR EXISTS (SELECT FROM resource_event WHERE resource_id = $1 AND agent_id IS NOT NULL) AS remembered`,
    [id],
  );
  return row?.remembered ?? false;
}

/** Takes an archive and its passages out of the present; what was, stays to be read as of then. */
export async function hideArchive(ctx: Ctx, sql: Sql, id: string): Promise<void> {
  await deleteScope(sql, [id]);
  const at = ctx.now().toISOString();
  await sql.query(DELETE_PASSAGES, [id, JSON.stringify(apiCause(ctx)), at]);
  await sql.query("UPDATE archive SET deleted_at = $2::timestamptz, updated_at = $2::timestamptz WHERE id = $1", [
    id,
    at,
  ]);
}

/** Each passage ends with an event that says why. */
const DELETE_PASSAGES = `
WITH gone AS (UPDATE passage SET deleted_at = $3::timestamptz, updated_at = $3::timestamptz
    WHERE archive_id = $1 AND deleted_at IS NULL RETURNING id, organization_id)
INSERT INTO passage_event (id, organization_id, archive_id, passage_id, type, cause, created_at)
  SELECT 'event-' || gen_random_uuid(), organization_id, $1, id, 'delete', $2::jsonb, $3::timestamptz FROM gone`;

/**
 * What an agent's deletion does to archives: those that it owns, or that are deleted already, go with it, unless another
 * agent has them; one that another agent had is hidden, for that one's past.
 */
export async function releaseArchives(ctx: Ctx, sql: Sql, agentId: string): Promise<void> {
  const rows = await sql.query<{ id: string; remembered: boolean }>(
    `WITH had AS (SELECT archive_id AS id FROM agent_archive WHERE agent_id = $1
         UNION SELECT resource_id FROM resource_event WHERE agent_id = $1 AND resource = 'archive')
     SELECT r.id, EXISTS (SELECT FROM resource_event e
         WHERE e.resource_id = r.id AND e.agent_id IS NOT NULL AND e.agent_id <> $1) AS remembered
     FROM had JOIN archive r ON r.id = had.id LEFT JOIN agent_archive mine ON mine.archive_id = r.id AND mine.agent_id = $1
     WHERE (mine.is_owner OR r.deleted_at IS NOT NULL OR (mine.agent_id IS NOT NULL AND r.copied_from_id IS NOT NULL))
       AND NOT EXISTS (SELECT FROM agent_archive other WHERE other.archive_id = r.id AND other.agent_id <> $1)
     ORDER BY r.id`,
    [agentId],
  );
  await eraseArchives(
    sql,
    rows.flatMap((row) => (row.remembered ? [] : [row.id])),
  );
  for (const row of rows) if (row.remembered) await hideArchive(ctx, sql, row.id);
}
