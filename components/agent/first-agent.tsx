"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { agentNameQuery, newestAgentQuery } from "@/lib/client/agent/agent-queries";
import { readLastAgent } from "@/lib/client/agent/last-agent";
import { AppHeader } from "../shell/app-header";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";

/** Opens the agent that was open last, or the newest; the agents list where there is none. */
export function FirstAgent() {
  const router = useRouter();
  const [last] = useState(readLastAgent);
  const isThere = useQuery({ ...agentNameQuery(last ?? ""), enabled: last !== null });
  const newest = useQuery(newestAgentQuery());
  const isReady = newest.data !== undefined && !isThere.isLoading;
  const first = isThere.data ? last : newest.data;

  useEffect(() => {
    if (isReady) router.replace(first ? `/agents/${first}` : "/agents");
  }, [isReady, first, router]);

  return (
    <>
      <AppHeader />
      <main>
        {newest.error ? (
          <Problem error={newest.error} onRetry={() => void newest.refetch()} />
        ) : (
          <SkeletonRows rows={8} label="Opening an agent" />
        )}
      </main>
    </>
  );
}
