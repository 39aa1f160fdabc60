import { ERASED } from "@/lib/text/erased";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { decodeBytes } from "../core/decode";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { pathOf } from "../workspaces/files";
import { GIT_FOLDER, isGitOwn } from "../workspaces/paths";
import { readBlobs } from "../workspaces/workspace";
import { start } from "./acts";

type Version = { id: string; agent_id: string; path: string; hash: string | null };

/**
 * Erases files of a workspace with all that they ever were, in the agent and in its forks, and what else says the same
 * word for word. Where a repository has them, its records hold copies that can't be taken out of it: it goes as a whole,
 * while the files that it kept versions of stay.
 *
 * @throws ApiError `not-found`; `conflict` while the agent is running.
 */
export async function eraseWorkspaceFiles(ctx: Ctx, agentId: string, given: string): Promise<void> {
  await getAgentRow(ctx, agentId);
  const path = pathOf(given);
  let versions: Version[] = [];
  await start(ctx, {
    resource: "file",
    resourceId: agentId,
    find: async (sql) => {
      versions = await versionsOf(sql, agentId, path);
      if (versions.length === 0) throw notFound("workspace file", path);
      return { agentIds: [...new Set(versions.map((one) => one.agent_id))], texts: await textsOf(sql, versions) };
    },
    also: async (sql) => {
      const ids = versions.map((one) => one.id);
      await sql.query(
        "UPDATE workspace_version SET path = $2 || ' ' || id, hash = NULL, size = 0, operation = 'erase' WHERE id = ANY($1::text[])",
        [ids, ERASED],
      );
      await sql.query(
        `DELETE FROM workspace_part p WHERE agent_id = ANY($1::text[])
           AND NOT EXISTS (SELECT FROM workspace_version v WHERE v.agent_id = p.agent_id AND v.hash = p.hash)`,
        [[...new Set(versions.map((one) => one.agent_id))]],
      );
      return ids;
    },
  });
}

/** All versions at the path or within it, with those of repositories around it, and their copies in forks. */
async function versionsOf(sql: Sql, agentId: string, path: string): Promise<Version[]> {
  const repositories = path.split("/").map((_, depth, parts) => [...parts.slice(0, depth), GIT_FOLDER].join("/"));
  const folders = isGitOwn(path) ? [path] : [path, ...repositories];
  return sql.query<Version>(
    `WITH RECURSIVE one AS (SELECT v.* FROM workspace_version v
         WHERE v.agent_id = $1 AND EXISTS (SELECT FROM unnest($2::text[]) f WHERE v.path = f OR starts_with(v.path, f || '/'))
       UNION SELECT c.* FROM one JOIN workspace_version c ON c.copied_from_id = one.id),
       -- What a fork made of a copy is the file still.
       later AS (SELECT v.* FROM one JOIN workspace_version v ON v.agent_id = one.agent_id AND v.path = one.path)
     SELECT DISTINCT id, agent_id, path, hash FROM (SELECT * FROM one UNION ALL SELECT * FROM later) x`,
    [agentId, folders],
  );
}

/** What the files said: of a repository's own records, which are packed, nothing can be read. */
async function textsOf(sql: Sql, versions: readonly Version[]): Promise<string[]> {
  const texts: string[] = [];
  for (const agentId of new Set(versions.map((one) => one.agent_id))) {
    const own = versions.filter((one) => one.agent_id === agentId && one.hash !== null && !isGitOwn(one.path));
    const blobs = await readBlobs(sql, agentId, [...new Set(own.map((one) => one.hash!))]);
    for (const bytes of blobs.values()) {
      const text = bytes.includes(0) ? null : decodeBytes(new Uint8Array(bytes));
      if (text !== null) texts.push(text);
    }
  }
  return texts;
}
