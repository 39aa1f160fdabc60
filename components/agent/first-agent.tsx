"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { agentNameQuery, agentsList } from "@/lib/client/agent/agent-queries";
import { readLastAgent } from "@/lib/client/agent/last-agent";
import { usePaged } from "@/lib/client/api/paged";
import { AppHeader } from "../shell/app-header";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";

/** Opens the agent that was open last, or the newest; the agents list where there is none. */
export function FirstAgent() {
  const router = useRouter();
  const [last] = useState(readLastAgent);
  const agents = usePaged(agentsList());
  const isAmong = agents.items?.some((agent) => agent.id === last) ?? false;
  // The last one may be older than the first page.
  const isAsked = last !== null && !isAmong && agents.hasMore;
  const found = useQuery({ ...agentNameQuery(last ?? ""), enabled: isAsked });
  const isReady = agents.items !== undefined && !(isAsked && found.isPending);
  const first = isAmong || found.data ? last : agents.items?.[0]?.id;

  useEffect(() => {
    if (isReady) router.replace(first ? `/agents/${first}` : "/agents");
  }, [isReady, first, router]);

  return (
    <>
      <AppHeader />
      <main>
        {agents.error ? (
          <Problem error={agents.error} onRetry={agents.refetch} />
        ) : (
          <SkeletonRows rows={8} label="Opening an agent" />
        )}
      </main>
    </>
  );
}
