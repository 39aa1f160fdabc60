"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Agent } from "@/lib/client/api/wire";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type DeleteAgentProps = { agent: Agent | null; onClose: () => void; onDeleted?: () => void };

/** Asks before an agent is deleted with all that was recorded of it. */
export function DeleteAgent({ agent, onClose, onDeleted }: DeleteAgentProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (agentId: string) =>
      unwrap(api.DELETE("/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } } })),
    onSuccess: async () => {
      onClose();
      onDeleted?.();
      await client.invalidateQueries({ queryKey: queryKeys.agents() });
    },
  });
  return (
    <Dialog
      open={agent !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${agent?.name ?? "the agent"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="agents.delete"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => agent && remove.mutate(agent.id)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">
        Its messages, memory, versions and steps go with it: nothing of them can be brought back. Blocks that other
        agents share stay.
      </p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
