"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect } from "react";
import { agentQuery } from "@/lib/client/agent/agent-queries";
import { writeLastAgent } from "@/lib/client/agent/last-agent";
import { ApiError } from "@/lib/client/api/api-error";
import { AppHeader } from "../shell/app-header";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { AgentHeader } from "./agent-header";
import { WorkbenchPanes } from "./workbench-panes";

/** One agent, through time: what it is, what is said, what it remembers. */
export function Workbench({ agentId }: { agentId: string }) {
  const agent = useQuery(agentQuery(agentId));
  const name = agent.data?.name;
  useEffect(() => {
    if (!name) return;
    writeLastAgent(agentId);
    document.title = `${name} · Memoir`;
  }, [agentId, name]);

  if (agent.data) {
    return (
      <>
        <AgentHeader agent={agent.data} />
        <WorkbenchPanes agent={agent.data} />
      </>
    );
  }
  const gone = agent.error instanceof ApiError && [404, 422].includes(agent.error.status);
  return (
    <>
      <AppHeader compact />
      <main className="min-h-0 flex-1">
        {agent.isError ? (
          <>
            <Problem error={agent.error} {...(gone ? {} : { onRetry: () => void agent.refetch() })} />
            <Button asChild className="ml-3">
              <Link href="/agents">All agents</Link>
            </Button>
          </>
        ) : (
          <SkeletonRows rows={14} label="Loading the agent" />
        )}
      </main>
    </>
  );
}
