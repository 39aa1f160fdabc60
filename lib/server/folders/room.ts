import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import { fileLimitsOf } from "./directories";

/** How many files each agent of a folder may have open. Read before a transaction: models are asked. */
export async function roomOfAgents(ctx: Ctx, folderId: string): Promise<{ agentId: string; maxFilesOpen: number }[]> {
  const agents = await ctx.db.query<{ id: string; config: AgentConfig }>(
    `SELECT a.id, v.config FROM agent_folder l JOIN agent a ON a.id = l.agent_id JOIN agent_version v ON v.id = a.version_id
     WHERE l.folder_id = $1 ORDER BY a.id`,
    [folderId],
  );
  return Promise.all(
    agents.map(async ({ id, config }) => ({
      agentId: id,
      maxFilesOpen: (await fileLimitsOf(ctx, config)).maxFilesOpen,
    })),
  );
}
