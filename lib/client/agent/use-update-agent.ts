"use client";
import type { z } from "@hono/zod-openapi";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { updateAgentBody } from "@/lib/api/agents";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

type Change = z.input<typeof updateAgentBody>;

/** Changes an agent; what it now is comes back and is shown at once. */
export function useUpdateAgent(agentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      unwrap(api.PATCH("/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } }, body: change })),
    onSuccess: async (agent) => {
      client.setQueryData(queryKeys.agent(agentId), agent);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.agent(agentId) }),
        client.invalidateQueries({ queryKey: queryKeys.agents() }),
        client.invalidateQueries({ queryKey: queryKeys.context(agentId) }),
        client.invalidateQueries({ queryKey: queryKeys.timeline(agentId) }),
      ]);
    },
  });
}
