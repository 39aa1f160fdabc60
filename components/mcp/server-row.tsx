"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plug, RotateCw, Trash2 } from "lucide-react";
import Link from "next/link";
import { api, unwrap } from "@/lib/client/api";
import { type Connecting, placeOf, reportOf, SERVER_TYPES } from "@/lib/client/mcp";
import { queryKeys } from "@/lib/client/query-keys";
import { type McpServer, mcpStatusQuery, mcpToolsQuery } from "@/lib/client/tool-queries";
import { useConnect } from "@/lib/client/use-connect";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

type ServerRowProps = { server: McpServer; onDelete: () => void };

/** A server: whether it could be reached, its tools, and a way to connect to it and to bring its tools up to date. */
export function ServerRow({ server, onDelete }: ServerRowProps) {
  const status = useQuery(mcpStatusQuery(server.id));
  const connecting = useConnect(server.id);
  const resync = useResync(server.id);
  const phase = connecting.state?.phase;
  return (
    <li className="flex flex-col gap-1 border-line border-b py-2">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1 basis-52">
          <p className="flex items-center gap-2">
            <span className="truncate font-medium">{server.server_name}</span>
            {status.data?.authorized && <Badge>signed in</Badge>}
            {status.data?.error && <Badge tone="error">not reached</Badge>}
          </p>
          <p className="truncate text-muted text-sm" title={placeOf(server)}>
            {SERVER_TYPES[server.mcp_server_type].split(" (")[0]} · <span className="font-mono">{placeOf(server)}</span>
          </p>
        </div>
        {status.data?.synced_at && (
          <span className="text-muted text-sm">
            asked <Ago at={status.data.synced_at} />
          </span>
        )}
        <Button
          size="sm"
          disabled={phase === "connecting" || phase === "waiting"}
          aria-label={`Connect to ${server.server_name}`}
          onClick={() => void connecting.start()}
        >
          <Plug /> Connect
        </Button>
        <Button
          size="sm"
          disabled={resync.isPending}
          aria-label={`Resync the tools of ${server.server_name}`}
          onClick={() => resync.mutate()}
        >
          <RotateCw className={resync.isPending ? "animate-spin" : ""} /> Resync
        </Button>
        <Button tone="ghost" size="icon-sm" aria-label={`Delete ${server.server_name}`} onClick={onDelete}>
          <Trash2 />
        </Button>
      </div>
      {status.data?.error && !connecting.state && !resync.isPending && (
        <p className="break-words text-error text-sm">{status.data.error}</p>
      )}
      {connecting.state && <ConnectState state={connecting.state} onGiveUp={connecting.giveUp} />}
      {resync.isError && <Problem error={resync.error} className="mx-0 my-1" />}
      {resync.data && (
        <p role="status" className="break-words text-sm">
          {reportOf(resync.data)}
        </p>
      )}
      <ServerTools serverId={server.id} count={status.data?.tools ?? null} />
    </li>
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
        client.invalidateQueries({ queryKey: queryKeys.tools(), exact: true }),
      ]),
  });
}

function ConnectState({ state, onGiveUp }: { state: Connecting; onGiveUp: () => void }) {
  if (state.phase === "connecting") return <p role="status">Connecting…</p>;
  if (state.phase === "connected") {
    return (
      <p role="status" className="text-files">
        Connected: it offers {state.tools === 1 ? "one tool" : `${state.tools} tools`}.
      </p>
    );
  }
  if (state.phase === "failed") {
    return (
      <p role="alert" className="break-words text-error">
        Not connected: {state.message}
      </p>
    );
  }
  return (
    <div role="status" className="flex flex-wrap items-center gap-2">
      <span>This server wants you to sign in.</span>
      {state.url && (
        <Button asChild tone="primary" size="sm">
          <a href={state.url} target="_blank" rel="noopener noreferrer">
            Sign in at {new URL(state.url).host}
          </a>
        </Button>
      )}
      <Button size="sm" onClick={onGiveUp}>
        Give up
      </Button>
      <span className="text-muted text-sm">It goes on here by itself when you have.</span>
    </div>
  );
}

function ServerTools({ serverId, count }: { serverId: string; count: number | null }) {
  if (count === 0) return <p className="text-muted text-sm">No tools known. Connect, or resync, to ask for them.</p>;
  return (
    <details>
      <summary className="text-muted text-sm">
        {count === null ? "Tools" : count === 1 ? "1 tool" : `${count} tools`}
      </summary>
      <ToolNames serverId={serverId} />
    </details>
  );
}

function ToolNames({ serverId }: { serverId: string }) {
  const tools = useQuery(mcpToolsQuery(serverId));
  if (tools.isError) return <Problem error={tools.error} onRetry={() => void tools.refetch()} className="mx-0" />;
  if (!tools.data) return <SkeletonRows rows={2} label="Loading its tools" />;
  return (
    <ul className="pt-1 pl-4">
      {tools.data.map((tool) => (
        <li key={tool.id} className="flex min-w-0 gap-2">
          <Link href={`/tools/${tool.id}`} className="shrink-0 font-mono text-sm text-tools hover:underline">
            {tool.name}
          </Link>
          <span className="truncate text-muted text-sm">{tool.description}</span>
        </li>
      ))}
    </ul>
  );
}
