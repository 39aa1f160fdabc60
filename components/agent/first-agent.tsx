"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { agentsQuery } from "@/lib/client/agent/agent-queries";
import { readLastAgent } from "@/lib/client/agent/last-agent";
import { AppHeader } from "../shell/app-header";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";

/** Opens the agent that was open last, or the newest; the agents list where there is none. */
export function FirstAgent() {
  const router = useRouter();
  const agents = useQuery(agentsQuery({ query: "", tag: null }));

  useEffect(() => {
    if (!agents.data) return;
    const last = readLastAgent();
    const agent = agents.data.find((one) => one.id === last) ?? agents.data[0];
    router.replace(agent ? `/agents/${agent.id}` : "/agents");
  }, [agents.data, router]);

  return (
    <>
      <AppHeader />
      <main>
        {agents.isError ? (
          <Problem error={agents.error} onRetry={() => void agents.refetch()} />
        ) : (
          <SkeletonRows rows={8} label="Opening an agent" />
        )}
      </main>
    </>
  );
}
