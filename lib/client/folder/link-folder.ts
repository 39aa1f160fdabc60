import type { QueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

type Link = { agentId: string; folderId: string; attach: boolean };

/** Attaches a folder to an agent, or takes it from the agent. @throws ApiError as `unwrap`. */
export async function linkFolder(client: QueryClient, { agentId, folderId, attach }: Link): Promise<void> {
  const params = { path: { agent_id: agentId, folder_id: folderId } };
  await unwrap(
    attach
      ? api.PATCH("/v1/agents/{agent_id}/folders/attach/{folder_id}", { params })
      : api.PATCH("/v1/agents/{agent_id}/folders/detach/{folder_id}", { params }),
  );
  await Promise.all([
    client.invalidateQueries({ queryKey: queryKeys.folderAgents(folderId) }),
    client.invalidateQueries({ queryKey: queryKeys.agentFiles(agentId) }),
    client.invalidateQueries({ queryKey: queryKeys.agent(agentId) }),
    client.invalidateQueries({ queryKey: queryKeys.context(agentId) }),
  ]);
}
