"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { McpServer } from "@/lib/client/tool/tool-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type DeleteServerProps = { server: McpServer | null; onClose: () => void };

/** Asks before a server goes, with its tools. */
export function DeleteServer({ server, onClose }: DeleteServerProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: async (serverId: string) => {
      // What is not there any more must not be asked for: not by what is under way, nor by its row, which goes at once.
      await Promise.all(
        [queryKeys.mcpStatus(serverId), queryKeys.mcpTools(serverId)].map((queryKey) =>
          client.cancelQueries({ queryKey }),
        ),
      );
      return unwrap(api.DELETE("/v1/mcp-servers/{mcp_server_id}", { params: { path: { mcp_server_id: serverId } } }));
    },
    onSuccess: async (_, serverId) => {
      onClose();
      client.setQueryData<McpServer[]>(queryKeys.mcpServers(), (all) => all?.filter(({ id }) => id !== serverId));
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.mcpServers(), exact: true }),
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
        client.invalidateQueries({ queryKey: ["agent"] }),
      ]);
    },
  });
  return (
    <Dialog
      open={server !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${server?.server_name ?? "the server"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="mcpServers.delete"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => server && remove.mutate(server.id)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">Its tools go with it: agents that have them lose them. The server itself is not touched.</p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
