import type { Ctx } from "../core/core";
import type { Sql, Statement } from "../db/database";

/** Those of the ids that are folders, in their order; they and their files can't change before the transaction ends. */
export async function lockFolders(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await sql.query<{ id: string }>(
    "SELECT id FROM folder WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR SHARE",
    [[...new Set(ids)], ctx.actor.organizationId],
  );
  const found = new Set(rows.map((row) => row.id));
  return [...new Set(ids)].filter((id) => found.has(id));
}

/** Makes an agent have these folders, and their files, and no others. Files that come are closed. */
export async function writeFolderLinks(ctx: Ctx, sql: Sql, agentId: string, folderIds: readonly string[]) {
  await sql.query(SET_FOLDERS, [agentId, folderIds, ctx.now().toISOString()]);
}

// Each a millisecond after the one before, so that a list by time has them in order.
const SET_FOLDERS: Statement = {
  name: "agent-set-folders",
  text: `
WITH gone AS (DELETE FROM agent_folder WHERE agent_id = $1 AND folder_id <> ALL($2::text[])),
  closed AS (DELETE FROM agent_file a USING file f
    WHERE a.agent_id = $1 AND f.id = a.file_id AND f.folder_id <> ALL($2::text[])),
  added AS (INSERT INTO agent_folder (agent_id, folder_id, created_at)
    SELECT $1, x.id, $3::timestamptz + x.n * interval '1 millisecond' FROM unnest($2::text[]) WITH ORDINALITY AS x(id, n)
    ON CONFLICT DO NOTHING)
INSERT INTO agent_file (id, agent_id, file_id, created_at)
  SELECT 'file_agent-' || gen_random_uuid(), $1, f.id,
    $3::timestamptz + row_number() OVER (ORDER BY f.created_at, f.id) * interval '1 millisecond'
  FROM file f WHERE f.folder_id = ANY($2::text[])
ON CONFLICT (agent_id, file_id) DO NOTHING`,
};

/** Gives a file to every agent that has its folder, closed. */
export async function linkFile(ctx: Ctx, sql: Sql, folderId: string, fileId: string): Promise<void> {
  await sql.query(
    `INSERT INTO agent_file (id, agent_id, file_id, created_at)
     SELECT 'file_agent-' || gen_random_uuid(), agent_id, $2, $3::timestamptz FROM agent_folder WHERE folder_id = $1
     ON CONFLICT (agent_id, file_id) DO NOTHING`,
    [folderId, fileId, ctx.now().toISOString()],
  );
}

/**
 * Opens files of folders that the agent has never looked at, oldest first, as far as there is room: what is attached is
 * in view, as in Letta. @returns whether any was opened.
 */
export async function openWhereRoom(
  ctx: Ctx,
  sql: Sql,
  { agentId, folderIds, maxFilesOpen }: { agentId: string; folderIds: readonly string[]; maxFilesOpen: number },
): Promise<boolean> {
  const opened = await sql.query(OPEN_WHERE_ROOM, [agentId, folderIds, maxFilesOpen, ctx.now().toISOString()]);
  return opened.length > 0;
}

const OPEN_WHERE_ROOM: Statement = {
  name: "agent-files-open-where-room",
  text: `
UPDATE agent_file SET is_open = true, last_accessed_at = $4::timestamptz
WHERE id IN (SELECT a.id FROM agent_file a JOIN file f ON f.id = a.file_id
    WHERE a.agent_id = $1 AND f.folder_id = ANY($2::text[]) AND f.content IS NOT NULL
      AND NOT a.is_open AND a.last_accessed_at IS NULL
    ORDER BY f.created_at, f.id
    LIMIT greatest($3::int - (SELECT count(*) FROM agent_file WHERE agent_id = $1 AND is_open), 0))
RETURNING id`,
};
