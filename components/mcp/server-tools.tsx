"use client";
import { useQuery } from "@tanstack/react-query";
import { Play, Plus } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { Tool } from "@/lib/client/api/wire";
import { type McpServer, mcpToolsQuery } from "@/lib/client/tool/tool-queries";
import { useAttachTool } from "@/lib/client/tool/use-attach-tool";
import { AgentPicker } from "../folder/agent-picker";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** What a server offers: each tool can be looked at, run, and given to an agent. */
export function ServerTools({ server, count }: { server: McpServer; count: number | null }) {
  const [isOpen, setOpen] = useState(false);
  if (count === 0) return <p className="text-muted text-sm">No tools known. Connect, or resync, to ask for them.</p>;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-muted text-sm">
        {count === null ? "Tools" : count === 1 ? "1 tool" : `${count} tools`}
      </summary>
      {isOpen && <ToolList server={server} />}
    </details>
  );
}

function ToolList({ server }: { server: McpServer }) {
  const tools = useQuery(mcpToolsQuery(server.id));
  const [picked, setPicked] = useState<Tool | null>(null);
  const [given, setGiven] = useState<string | null>(null);
  const link = useAttachTool();
  if (tools.isError) return <Problem error={tools.error} onRetry={() => void tools.refetch()} className="mx-0" />;
  if (!tools.data) return <SkeletonRows rows={2} label="Loading its tools" />;
  const attach = (tool: Tool, agentId: string, agentName: string) => {
    setGiven(null);
    link.mutate(
      { toolId: tool.id, agentId, attach: true },
      { onSuccess: () => setGiven(`${agentName} has ${tool.name} now.`) },
    );
  };
  return (
    <>
      <ul aria-label={`Tools of ${server.server_name}`} className="mt-1 ml-4 border-line border-t">
        {tools.data.map((tool) => (
          <li key={tool.id} className="flex min-w-0 items-center gap-2 border-line border-b py-1">
            <div className="min-w-0 flex-1 sm:flex sm:gap-2">
              <Link
                href={`/tools/${tool.id}`}
                className="block shrink-0 truncate font-mono text-sm text-tools hover:underline"
              >
                {tool.name}
              </Link>
              <span className="block truncate text-muted text-sm" title={tool.description ?? undefined}>
                {tool.description}
              </span>
            </div>
            <Button asChild size="sm" tone="ghost">
              <Link href={`/tools/${tool.id}`} aria-label={`Run ${tool.name}`}>
                <Play /> Run
              </Link>
            </Button>
            <Button
              needs="agents.tools.attach"
              size="sm"
              tone="ghost"
              aria-label={`Attach ${tool.name} to an agent`}
              disabled={link.isPending}
              onClick={() => setPicked(tool)}
            >
              <Plus /> Attach
            </Button>
          </li>
        ))}
      </ul>
      {given && (
        <p role="status" className="ml-4 pt-1 text-files text-sm">
          {given}
        </p>
      )}
      {link.isError && <Problem error={link.error} className="mx-0" />}
      <AgentPicker
        title={`Attach ${picked?.name ?? "the tool"} to an agent`}
        open={picked !== null}
        onOpenChange={(open) => !open && setPicked(null)}
        without={[]}
        onPick={(agentId, agentName) => picked && attach(picked, agentId, agentName)}
      />
    </>
  );
}
