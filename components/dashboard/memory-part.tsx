"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { formatCount, formatShare } from "@/lib/client/screen/format";
import type { DashboardFilter } from "@/lib/client/usage/dashboard-filter";
import { fullBlocksQuery } from "@/lib/client/usage/usage-queries";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";

/** The blocks that are nearest to their limit, of the agents that ran last. */
export function MemoryPart({ filter }: { filter: DashboardFilter }) {
  const blocks = useQuery(fullBlocksQuery(filter.agentId));
  return (
    <section aria-label="Fullest blocks" className="rounded-md border border-line p-3">
      <h2 className="mb-1 font-medium">Fullest blocks now</h2>
      {blocks.isError ? (
        <Problem error={blocks.error} onRetry={() => void blocks.refetch()} className="m-0" />
      ) : !blocks.data ? (
        <SkeletonRows rows={3} label="Loading blocks" />
      ) : blocks.data.blocks.length === 0 ? (
        <p className="text-muted">No agent has run yet.</p>
      ) : (
        <ul className="grid grid-cols-1 gap-x-6 gap-y-2 sm:grid-cols-2">
          {blocks.data.blocks.map((block) => (
            <li key={`${block.block_id} ${block.agent_id}`} className="min-w-0">
              <div className="flex gap-2">
                <Link href={`/agents/${block.agent_id}`} className="min-w-0 truncate hover:underline">
                  {block.agent_name} <span className="text-muted">· {block.label}</span>
                </Link>
                <span className="ml-auto whitespace-nowrap text-muted text-sm">
                  {formatShare(block.chars, block.limit)} of {formatCount(block.limit)}
                </span>
              </div>
              <div aria-hidden className="h-1 rounded-sm bg-active">
                <div
                  className="h-1 rounded-sm bg-memory"
                  style={{ width: `${Math.min(100, (block.chars / block.limit) * 100)}%` }}
                />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
