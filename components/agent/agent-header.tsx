"use client";
import { useQuery } from "@tanstack/react-query";
import { Check, ChevronDown, Download, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import type { Agent, Run } from "@/lib/client/api/wire";
import { runsQuery } from "@/lib/client/run/run-queries";
import { formatDuration } from "@/lib/client/screen/format";
import { usePlace } from "@/lib/client/time/use-moment";
import { RunStatus } from "../run/run-status";
import { AppHeader } from "../shell/app-header";
import { MoreItem } from "../shell/more-item";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/menu";
import { SkeletonRows } from "../ui/skeleton";
import { ExportAgent } from "./export-agent";

/** Which agent this is, and how its last run went. */
export function AgentHeader({ agent }: { agent: Agent }) {
  const runs = useQuery(runsQuery({ agentId: agent.id, limit: 1 }));
  const last = runs.data?.[0];
  return (
    <AppHeader
      compact
      code={[
        operation("agents.retrieve", {
          method: "get",
          path: "/v1/agents/{agent_id}",
          params: { agent_id: agent.id },
        }),
        operation("agents.messages.create", {
          method: "post",
          path: "/v1/agents/{agent_id}/messages",
          params: { agent_id: agent.id },
          body: { input: "Hello!" },
        }),
        operation("agents.timeline", {
          method: "get",
          path: "/v1/agents/{agent_id}/timeline",
          params: { agent_id: agent.id },
          named: false,
        }),
        operation("conversations.compaction.preview", {
          method: "post",
          path: "/v1/conversations/{conversation_id}/compaction/preview",
          params: { conversation_id: "default" },
          body: { agent_id: agent.id, summarize: false },
          named: false,
        }),
      ]}
    >
      <AgentSwitcher agent={agent} />
      <span className="hidden truncate text-muted text-sm md:inline">
        {agent.agent_type} · {agent.model}
      </span>
      {last && <LastRun run={last} />}
    </AppHeader>
  );
}

function AgentSwitcher({ agent }: { agent: Agent }) {
  const router = useRouter();
  const [place] = usePlace();
  const [exporting, setExporting] = useState(false);
  return (
    <>
      <h1 className="sr-only">{agent.name}</h1>
      <Menu
        className="w-64"
        trigger={
          <Button tone="ghost" className="min-w-0 shrink text-foreground" aria-label={`Agent ${agent.name}: switch`}>
            <span className="truncate font-semibold">{agent.name}</span> <ChevronDown />
          </Button>
        }
      >
        <MenuLabel>Agents</MenuLabel>
        <AgentItems current={agent.id} />
        <MenuSeparator />
        <MenuItem needs="agents.create" onSelect={() => router.push("/agents?new=1")}>
          <Plus /> New agent
        </MenuItem>
        <MenuItem onSelect={() => router.push("/agents")}>All agents</MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => setExporting(true)}>
          <Download /> Export {agent.name}…
        </MenuItem>
      </Menu>
      <ExportAgent
        agent={exporting ? agent : null}
        conversationId={place.conversation}
        onClose={() => setExporting(false)}
      />
    </>
  );
}

/** Loaded when the menu opens, not before. */
function AgentItems({ current }: { current: string }) {
  const router = useRouter();
  const agents = usePaged(agentsList());
  if (agents.error) return <Problem error={agents.error} onRetry={agents.refetch} />;
  if (!agents.items) return <SkeletonRows rows={4} label="Loading agents" />;
  return (
    <>
      {agents.items.map((one) => (
        <MenuItem key={one.id} onSelect={() => router.push(`/agents/${one.id}`)}>
          <span className="size-3.5">{one.id === current && <Check />}</span>
          <span className="min-w-0 flex-1 truncate">{one.name}</span>
        </MenuItem>
      ))}
      <MoreItem list={agents} />
    </>
  );
}

function LastRun({ run }: { run: Run }) {
  return (
    <Link
      href={`/runs?run=${run.id}`}
      className="ml-auto hidden h-7 shrink-0 items-center gap-2 rounded-md px-2 text-sm hover:bg-hover sm:flex"
      aria-label="The last run: open its waterfall"
    >
      <span className="text-muted">last run</span>
      <RunStatus run={run} />
      {run.total_duration_ns !== null && <span>{formatDuration(run.total_duration_ns / 1e6)}</span>}
    </Link>
  );
}
