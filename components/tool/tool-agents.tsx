"use client";
import { Plus, X } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { ToolStats } from "@/lib/client/tool/tool-queries";
import { useAttachTool } from "@/lib/client/tool/use-attach-tool";
import { AgentPicker } from "../folder/agent-picker";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";

type ToolAgentsProps = { stats: ToolStats; canAttach: boolean };

/** The agents that have a tool; attach it to another, take it from one. */
export function ToolAgents({ stats: { tool_id, agents, agent_count: count }, canAttach }: ToolAgentsProps) {
  const [picking, setPicking] = useState(false);
  const link = useAttachTool();
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-2">
        <p className="text-muted text-xs">{sayCount(count)}</p>
        {canAttach && (
          <Button
            needs="agents.tools.attach"
            size="sm"
            className="ml-auto"
            disabled={link.isPending}
            onClick={() => setPicking(true)}
          >
            <Plus /> Attach
          </Button>
        )}
      </div>
      {link.isError && <Problem error={link.error} className="m-0" />}
      {count > 0 && (
        <ul aria-label="Agents that have it" className="flex max-h-40 flex-wrap gap-x-3 overflow-auto">
          {agents.map((agent) => (
            <li key={agent.id} className="flex min-w-0 max-w-full items-center">
              <Link
                href={`/agents/${agent.id}`}
                className="min-w-0 truncate underline decoration-line-strong hover:decoration-foreground"
              >
                {agent.name}
              </Link>
              {canAttach && (
                <Button
                  needs="agents.tools.detach"
                  tone="ghost"
                  size="icon-sm"
                  aria-label={`Detach from ${agent.name}`}
                  disabled={link.isPending}
                  onClick={() => link.mutate({ toolId: tool_id, agentId: agent.id, attach: false })}
                >
                  <X />
                </Button>
              )}
            </li>
          ))}
          {count > agents.length && <li className="text-muted">and {count - agents.length} more</li>}
        </ul>
      )}
      {canAttach && (
        <AgentPicker
          open={picking}
          onOpenChange={setPicking}
          without={agents.map((agent) => agent.id)}
          onPick={(agentId) => link.mutate({ toolId: tool_id, agentId, attach: true })}
        />
      )}
    </div>
  );
}

function sayCount(count: number): string {
  if (count === 0) return "No agent has it";
  return count === 1 ? "Attached to one agent" : `Attached to ${count} agents`;
}
