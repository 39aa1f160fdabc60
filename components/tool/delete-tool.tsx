"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Tool } from "@/lib/client/api/wire";
import { toolStatsQuery } from "@/lib/client/tool/tool-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type DeleteToolProps = { tool: Tool | null; onClose: () => void; onDeleted: () => void };

/** Asks before a tool is deleted, and says how many agents lose it. */
export function DeleteTool({ tool, onClose, onDeleted }: DeleteToolProps) {
  const client = useQueryClient();
  const stats = useQuery({ ...toolStatsQuery(tool?.id ?? ""), enabled: tool !== null });
  const remove = useMutation({
    mutationFn: (toolId: string) =>
      unwrap(api.DELETE("/v1/tools/{tool_id}", { params: { path: { tool_id: toolId } } })),
    onSuccess: async () => {
      onClose();
      onDeleted();
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
        client.invalidateQueries({ queryKey: ["agent"] }),
      ]);
    },
  });
  const agents = stats.data?.agent_count;
  return (
    <Dialog
      open={tool !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${tool?.name ?? "the tool"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="tools.delete"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => tool && remove.mutate(tool.id)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">
        Its source and its secrets go with it.{" "}
        {agents === undefined
          ? "Agents that have it lose it."
          : agents === 0
            ? "No agent has it."
            : `${agents === 1 ? "One agent loses" : `${agents} agents lose`} it.`}{" "}
        What was recorded of its calls stays.
      </p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
