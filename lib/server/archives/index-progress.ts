import type { Reply } from "@/lib/api/endpoint";
import type { SEARCH_ENDPOINTS } from "@/lib/api/search";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { archivesOfAgent } from "../search/search";
import { readProgress } from "../search/search-index";

type Row = Extract<(typeof SEARCH_ENDPOINTS)[number], { id: "agents.index.retrieve" }>;

/** `GET /v1/agents/{agent_id}/index`. @throws ApiError `not-found`. */
export async function retrieveIndexProgress(ctx: Ctx, agentId: string): Promise<Reply<Row>> {
  await getAgentRow(ctx, agentId);
  const folders = await ctx.db.query<{ id: string }>(
    "SELECT folder_id AS id FROM agent_folder WHERE agent_id = $1 ORDER BY folder_id",
    [agentId],
  );
  const archiveIds = await archivesOfAgent(ctx, agentId);
  const [messages, passages, files] = [
    await readProgress(ctx.db, "messages", [agentId]),
    await readProgress(ctx.db, "passages", archiveIds),
    await readProgress(
      ctx.db,
      "chunks",
      folders.map((folder) => folder.id),
    ),
  ];
  return { messages, passages, files };
}
