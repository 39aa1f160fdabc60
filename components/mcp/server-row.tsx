"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plug, RotateCw, Trash2 } from "lucide-react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { placeOf, reportOf, SERVER_TYPES, STATE_NAMES } from "@/lib/client/mcp/mcp";
import { useConnect } from "@/lib/client/mcp/use-connect";
import { type McpServer, type McpStatus, mcpStatusQuery } from "@/lib/client/tool/tool-queries";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge, type Tone } from "../ui/badge";
import { Button } from "../ui/button";
import { ConnectState } from "./connect-state";
import { ServerTools } from "./server-tools";

type ServerRowProps = { server: McpServer; onEdit: () => void; onDelete: () => void };

/** A server: how it was found, its tools, and ways to connect to it, to bring its tools up to date and to change it. */
export function ServerRow({ server, onEdit, onDelete }: ServerRowProps) {
  const status = useQuery(mcpStatusQuery(server.id));
  const connecting = useConnect(server.id);
  const resync = useResync(server.id);
  const phase = connecting.state?.phase;
  const name = server.server_name;
  const wantsPerson = status.data?.state === "needs_authorization" && phase !== "connected";
  return (
    <li className="flex flex-col gap-1 border-line border-b py-2">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1 basis-52">
          <p className="flex items-center gap-2">
            <span className="truncate font-medium">{name}</span>
            {status.data && <State status={status.data} />}
          </p>
          <p className="truncate text-muted text-sm" title={placeOf(server)}>
            {SERVER_TYPES[server.mcp_server_type].split(" (")[0]} · <span className="font-mono">{placeOf(server)}</span>
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {status.data?.synced_at && (
            <span className="text-muted text-sm">
              asked <Ago at={status.data.synced_at} />
            </span>
          )}
          <Button
            needs="mcpServers.connect"
            size="sm"
            tone={wantsPerson ? "primary" : "plain"}
            disabled={phase === "connecting" || phase === "waiting"}
            aria-label={`Connect to ${name}`}
            onClick={() => void connecting.start()}
          >
            <Plug /> Connect
          </Button>
          <Button
            needs="mcpServers.refresh"
            size="sm"
            disabled={resync.isPending}
            aria-label={`Resync the tools of ${name}`}
            onClick={() => resync.mutate()}
          >
            <RotateCw className={resync.isPending ? "animate-spin" : ""} /> Resync
          </Button>
          <Button
            needs="mcpServers.update"
            tone="ghost"
            size="icon-sm"
            aria-label={`Change ${name}`}
            title="Change it"
            onClick={onEdit}
          >
            <Pencil />
          </Button>
          <Button
            needs="mcpServers.delete"
            tone="ghost"
            size="icon-sm"
            aria-label={`Delete ${name}`}
            title="Delete it"
            onClick={onDelete}
          >
            <Trash2 />
          </Button>
        </div>
      </div>
      {status.isError && <Problem error={status.error} onRetry={() => void status.refetch()} className="mx-0 my-1" />}
      {status.data?.error && !connecting.state && !resync.isPending && !resync.isError && (
        <p
          className={
            status.data.state === "failed" ? "break-words text-error text-sm" : "break-words text-sm text-tools"
          }
        >
          {status.data.error}
        </p>
      )}
      {connecting.state && <ConnectState state={connecting.state} onGiveUp={connecting.giveUp} />}
      {resync.isError && <Problem error={resync.error} className="mx-0 my-1" />}
      {resync.data && (
        <p role="status" className="break-words text-sm">
          {reportOf(resync.data)}
        </p>
      )}
      <ServerTools server={server} count={status.data?.tools ?? null} />
    </li>
  );
}

const TONES: Record<NonNullable<McpStatus["state"]>, Tone> = {
  connected: "files",
  needs_authorization: "tools",
  failed: "error",
};

function State({ status: { state, authorized } }: { status: McpStatus }) {
  return (
    <>
      {state && <Badge tone={TONES[state]}>{STATE_NAMES[state]}</Badge>}
      {authorized && <Badge>signed in</Badge>}
    </>
  );
}

function useResync(serverId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.PATCH("/v1/mcp-servers/{mcp_server_id}/refresh", { params: { path: { mcp_server_id: serverId } } })),
    // What failed is kept with the server too.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.mcpStatus(serverId) }),
        client.invalidateQueries({ queryKey: queryKeys.mcpTools(serverId) }),
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
      ]),
  });
}
