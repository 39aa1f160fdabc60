"use client";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { formatCount, formatDuration, formatShare } from "@/lib/client/screen/format";
import { type ToolStats, toolStatsQuery } from "@/lib/client/tool/tool-queries";
import { daysOfUse } from "@/lib/client/tool/tool-usage";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";
import { ToolAgents } from "./tool-agents";

type ToolUsageProps = { toolId: string; canAttach?: boolean };

/** How often a tool was called, how that went, and the agents that have it. */
export function ToolUsage({ toolId, canAttach = false }: ToolUsageProps) {
  const stats = useQuery(toolStatsQuery(toolId));
  if (!stats.data) {
    return stats.isError ? (
      <Problem error={stats.error} onRetry={() => void stats.refetch()} className="m-0" />
    ) : (
      <SkeletonRows rows={3} label="Loading its use" />
    );
  }
  const { calls, failures, denied, median_ms, p95_ms, last_used_at } = stats.data;
  return (
    <div className="flex flex-col gap-3">
      {calls + denied === 0 ? (
        <p className="text-muted">Not called yet.</p>
      ) : (
        <>
          <dl className="flex flex-wrap gap-x-6 gap-y-2">
            <Fact name="Calls">{formatCount(calls)}</Fact>
            <Fact name="Failed">
              <span className={failures > 0 ? "text-error" : ""}>
                {formatCount(failures)} {calls > 0 && `(${formatShare(failures, calls)})`}
              </span>
            </Fact>
            <Fact name="Denied">{formatCount(denied)}</Fact>
            <Fact name="Median">{median_ms === null ? "–" : formatDuration(median_ms)}</Fact>
            <Fact name="95 of 100 within">{p95_ms === null ? "–" : formatDuration(p95_ms)}</Fact>
            <Fact name="Last call">{last_used_at ? <Ago at={last_used_at} /> : "–"}</Fact>
          </dl>
          <Days stats={stats.data} />
        </>
      )}
      <ToolAgents stats={stats.data} canAttach={canAttach} />
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="whitespace-nowrap">{children}</dd>
    </div>
  );
}

/** Calls of each of the last thirty days; the failed part of a day stands at its foot. */
function Days({ stats }: { stats: ToolStats }) {
  const days = daysOfUse(stats.days, new Date());
  const most = Math.max(1, ...days.map((day) => day.calls));
  return (
    <figure className="max-w-80">
      <div
        role="img"
        aria-label={`Calls of the last ${days.length} days, at most ${most} in one`}
        className="flex h-10 items-end gap-px border-line border-b"
      >
        {days.map((day) => (
          <div
            key={day.date}
            title={`${day.date}: ${day.calls} calls, ${day.failures} failed`}
            className="flex h-full flex-1 flex-col justify-end"
          >
            <div className="bg-tools" style={{ height: `${((day.calls - day.failures) / most) * 100}%` }} />
            <div className="bg-error" style={{ height: `${(day.failures / most) * 100}%` }} />
          </div>
        ))}
      </div>
      <figcaption className="flex justify-between text-muted text-xs">
        <span>30 days ago</span>
        <span>most in a day: {most}</span>
        <span>today</span>
      </figcaption>
    </figure>
  );
}
