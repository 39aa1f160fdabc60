"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

/** Opens and closes an agent's files; `closed` names those that had to make room for the last one. */
export function useOpenFile(agentId: string) {
  const client = useQueryClient();
  const [closed, setClosed] = useState<readonly string[]>([]);
  const toggle = useMutation({
    mutationFn: async ({ fileId, open }: { fileId: string; open: boolean }): Promise<string[]> => {
      const params = { path: { agent_id: agentId, file_id: fileId } };
      if (open) return unwrap(api.PATCH("/v1/agents/{agent_id}/files/{file_id}/open", { params }));
      await unwrap(api.PATCH("/v1/agents/{agent_id}/files/{file_id}/close", { params }));
      return [];
    },
    onSuccess: async (names) => {
      setClosed(names);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.agentFiles(agentId) }),
        client.invalidateQueries({ queryKey: queryKeys.context(agentId) }),
      ]);
    },
  });
  return { toggle, closed };
}
