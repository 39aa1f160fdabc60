"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { type McpServer, mcpServersQuery } from "@/lib/client/tool/tool-queries";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteServer } from "./delete-server";
import { ServerDialog } from "./server-dialog";
import { ServerRow } from "./server-row";

/** The MCP servers that tools come from: a new one, whether each can be reached, what it offers. */
export function McpManager() {
  const servers = useQuery(mcpServersQuery());
  const [edited, setEdited] = useState<McpServer | "new" | null>(null);
  const [doomed, setDoomed] = useState<McpServer | null>(null);
  const add = (
    <Button needs="mcpServers.create" onClick={() => setEdited("new")}>
      <Plus /> Add a server
    </Button>
  );
  return (
    <div className="flex flex-col gap-2 px-4 pt-3 pb-6">
      {servers.isError && !servers.data && <Problem error={servers.error} onRetry={() => void servers.refetch()} />}
      {servers.isPending && <SkeletonRows rows={4} label="Loading MCP servers" />}
      {servers.data?.length === 0 && (
        <Empty title="No MCP servers yet" action={add}>
          A server that speaks the Model Context Protocol brings tools: add its address, and its tools can be attached
          to agents.
        </Empty>
      )}
      {servers.data && servers.data.length > 0 && (
        <>
          <div>{add}</div>
          <ul aria-label="MCP servers" className="border-line border-t">
            {servers.data.map((server) => (
              <ServerRow
                key={server.id}
                server={server}
                onEdit={() => setEdited(server)}
                onDelete={() => setDoomed(server)}
              />
            ))}
          </ul>
        </>
      )}
      {edited && <ServerDialog server={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      <DeleteServer server={doomed} onClose={() => setDoomed(null)} />
    </div>
  );
}
