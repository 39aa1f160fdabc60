import type { AgentConfig } from "../agent-config/agent-config";
import type { Sql } from "../db/database";
import { type ShownDirectories, unsealDirectories } from "../folders/directories";
import type { StepRow } from "../run/steps";
import type { Attached, Bound } from "./attached";

/** A folder as an agent had it, with its files as the prompt in force showed them. */
export type FolderAt = Attached & { files: { id: string; name: string; is_open: boolean }[] };

/** The attached folders as a prompt shows them; null for none. */
export async function directoriesOf(sql: Sql, compileId: string): Promise<ShownDirectories | null> {
  const [compile] = await sql.query<{ agent_id: string; directories_hash: string | null }>(
    "SELECT agent_id, directories_hash FROM compile WHERE id = $1",
    [compileId],
  );
  return compile ? unsealDirectories(sql, compile.agent_id, compile.directories_hash) : null;
}

/** The folders of a version of an agent. Versions that are older than folders do not say: the links do, and are assumed. */
export async function foldersAt(
  sql: Sql,
  step: Pick<StepRow, "compile_id">,
  config: AgentConfig,
  { agentId, at }: Bound,
): Promise<FolderAt[]> {
  const assumed = config.folderIds === undefined;
  const ids = config.folderIds ?? (await linkedBy(sql, agentId, at));
  if (ids.length === 0) return [];
  const shown = await directoriesOf(sql, step.compile_id);
  const names = await namesOf(sql, agentId, ids);
  return ids.map((id) => {
    const directory = shown?.directories.find((one) => one.id === id);
    const files = (directory?.files ?? []).map((file) => ({
      id: file.id,
      name: file.name,
      is_open: file.value !== null,
    }));
    return { id, name: directory?.name ?? names.get(id) ?? "", assumed, files };
  });
}

async function linkedBy(sql: Sql, agentId: string, at: Date): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT folder_id AS id FROM agent_folder WHERE agent_id = $1 AND created_at <= $2::timestamptz
     ORDER BY created_at, folder_id`,
    [agentId, at.toISOString()],
  );
  return rows.map((row) => row.id);
}

/** What folders are called, or were when they were deleted. */
async function namesOf(sql: Sql, agentId: string, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; name: string }>(
    `SELECT resource_id AS id, name FROM resource_event WHERE agent_id = $2 AND resource_id = ANY($1::text[])
     UNION ALL SELECT id, name FROM folder WHERE id = ANY($1::text[])`,
    [ids, agentId],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}
