"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { type Folder, folderAgentsQuery } from "@/lib/client/folder/folder-queries";
import { linkFolder } from "@/lib/client/folder/link-folder";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { AgentPicker } from "./agent-picker";

/** The agents that have a folder; attach it to another, take it from one. */
export function FolderAgents({ folder }: { folder: Folder }) {
  const client = useQueryClient();
  const agents = useQuery(folderAgentsQuery(folder.id));
  const [picking, setPicking] = useState(false);
  const link = useMutation({
    mutationFn: ({ agentId, attach }: { agentId: string; attach: boolean }) =>
      linkFolder(client, { agentId, folderId: folder.id, attach }),
  });
  return (
    <section aria-label="Agents with the folder" className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <h2 className="font-medium text-lg">Agents</h2>
        <Button needs="agents.folders.attach" size="sm" className="ml-auto" onClick={() => setPicking(true)}>
          <Plus /> Attach
        </Button>
      </div>
      {link.isError && <Problem error={link.error} className="m-0" />}
      {agents.isError && <Problem error={agents.error} onRetry={() => void agents.refetch()} className="m-0" />}
      {agents.isPending && <SkeletonRows rows={2} label="Loading agents" />}
      {agents.data?.length === 0 && (
        <p className="text-muted">No agent has it. Attached, its files can be opened and searched by the agent.</p>
      )}
      <ul>
        {agents.data?.map((agent) => (
          <li key={agent.id} className="flex items-center gap-1 border-line border-b py-1">
            <Link href={`/agents/${agent.id}?pane=agent`} className="min-w-0 flex-1 truncate hover:underline">
              {agent.name}
            </Link>
            <Button
              needs="agents.folders.detach"
              tone="ghost"
              size="icon-sm"
              aria-label={`Detach from ${agent.name}`}
              disabled={link.isPending}
              onClick={() => link.mutate({ agentId: agent.id, attach: false })}
            >
              <X />
            </Button>
          </li>
        ))}
      </ul>
      <AgentPicker
        open={picking}
        onOpenChange={setPicking}
        without={agents.data?.map((agent) => agent.id) ?? []}
        onPick={(agentId) => link.mutate({ agentId, attach: true })}
      />
    </section>
  );
}
