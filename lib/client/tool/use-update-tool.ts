"use client";
import type { z } from "@hono/zod-openapi";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { updateToolBody } from "@/lib/api/tools";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

type Change = z.input<typeof updateToolBody>;

/** Changes a tool; what it now is comes back and is shown at once, also where agents have it. */
export function useUpdateTool(toolId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      unwrap(api.PATCH("/v1/tools/{tool_id}", { params: { path: { tool_id: toolId } }, body: change })),
    onSuccess: async (tool) => {
      client.setQueryData(queryKeys.tool(toolId), tool);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
        client.invalidateQueries({ queryKey: ["agent"] }),
        client.invalidateQueries({ queryKey: ["context"] }),
      ]);
    },
  });
}
