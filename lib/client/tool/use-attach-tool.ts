"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

type Link = { toolId: string; agentId: string; attach: boolean };

/** Gives a tool to an agent, or takes it away; what shows either is loaded again. */
export function useAttachTool() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ toolId, agentId, attach }: Link) => {
      const params = { path: { agent_id: agentId, tool_id: toolId } };
      return attach
        ? unwrap(api.PATCH("/v1/agents/{agent_id}/tools/attach/{tool_id}", { params }))
        : unwrap(api.PATCH("/v1/agents/{agent_id}/tools/detach/{tool_id}", { params }));
    },
    onSuccess: (_, { toolId, agentId }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.toolStats(toolId) }),
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
        client.invalidateQueries({ queryKey: queryKeys.agent(agentId) }),
        client.invalidateQueries({ queryKey: queryKeys.context(agentId) }),
      ]),
  });
}
