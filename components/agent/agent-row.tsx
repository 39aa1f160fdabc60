"use client";
import { Download, Trash2 } from "lucide-react";
import Link from "next/link";
import { type Agent, DEMO_MODEL } from "@/lib/client/api/wire";
import { formatDuration } from "@/lib/client/screen/format";
import { Ago } from "../shell/bits";
import { DemoLabel } from "../shell/demo-label";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";

type AgentRowProps = { agent: Agent; onExport: () => void; onDelete: () => void };

export function AgentRow({ agent, onExport, onDelete }: AgentRowProps) {
  return (
    <tr className="group border-line border-b hover:bg-hover">
      <td className="max-w-0 py-2 pr-3 sm:max-w-64">
        <Link href={`/agents/${agent.id}`} className="block truncate font-medium hover:underline">
          {agent.name}
        </Link>
        <span className="block truncate text-muted text-sm">
          {agent.description ?? agent.agent_type} <span className="sm:hidden">· {agent.model}</span>
        </span>
      </td>
      <td className="hidden py-2 pr-3 sm:table-cell">
        {agent.model === DEMO_MODEL ? (
          <DemoLabel model={agent.model} />
        ) : (
          <span className="text-sm">{agent.model}</span>
        )}
      </td>
      <td className="hidden py-2 pr-3 md:table-cell">
        <span className="flex flex-wrap gap-1">
          {agent.tags.map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
        </span>
      </td>
      <td className="whitespace-nowrap py-2 pr-3 text-right text-sm">
        {agent.last_run_completion ? <Ago at={agent.last_run_completion} /> : <span className="text-muted">never</span>}
        {agent.last_run_duration_ms !== null && (
          <span className="block text-muted">{formatDuration(agent.last_run_duration_ms)}</span>
        )}
      </td>
      <td className="whitespace-nowrap py-2">
        <Button tone="ghost" size="icon-sm" aria-label={`Export ${agent.name}`} onClick={onExport}>
          <Download />
        </Button>
        <Button
          needs="agents.delete"
          tone="ghost"
          size="icon-sm"
          aria-label={`Delete ${agent.name}`}
          onClick={onDelete}
        >
          <Trash2 />
        </Button>
      </td>
    </tr>
  );
}
