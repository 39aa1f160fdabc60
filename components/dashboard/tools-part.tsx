"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { formatCount, formatDuration, formatShare } from "@/lib/client/screen/format";
import { type DashboardFilter, runsOf } from "@/lib/client/usage/dashboard-filter";
import { toolUsageQuery } from "@/lib/client/usage/usage-queries";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";

type PartProps = { filter: DashboardFilter; now: number };

/** The slowest tools and those that fail the most. A tool is called by an agent, whatever its model. */
export function ToolsPart({ filter, now }: PartProps) {
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
      <ToolList title="Slowest tools" orderBy="slowest" filter={filter} now={now} />
      <ToolList title="Most failing tools" orderBy="failures" filter={filter} now={now} />
    </div>
  );
}

function ToolList({ title, orderBy, filter, now }: PartProps & { title: string; orderBy: "slowest" | "failures" }) {
  const usage = useQuery(toolUsageQuery(filter, now, orderBy));
  const tools = usage.data?.tools.filter((tool) => orderBy === "slowest" || tool.failures > 0);
  return (
    <section aria-label={title} className="min-w-0 rounded-md border border-line p-3">
      <h2 className="mb-1 font-medium">{title}</h2>
      {usage.isError ? (
        <Problem error={usage.error} onRetry={() => void usage.refetch()} className="m-0" />
      ) : !tools ? (
        <SkeletonRows rows={4} label={`Loading ${title}`} />
      ) : tools.length === 0 ? (
        <p className="text-muted">{orderBy === "slowest" ? "No tool was called." : "No call failed."}</p>
      ) : (
        <table aria-label={title} className="w-full text-left">
          <thead className="text-muted text-sm">
            <tr>
              <th className="font-normal">Tool</th>
              <th className="pl-2 text-right font-normal">Calls</th>
              <th className="pl-2 text-right font-normal">Failed</th>
              <th className="pl-2 text-right font-normal">p50</th>
              <th className="pl-2 text-right font-normal">p95</th>
            </tr>
          </thead>
          <tbody>
            {tools.map((tool) => (
              <tr key={tool.name} className="border-line border-t">
                <th scope="row" className="w-2/5 max-w-0 truncate py-1 font-normal">
                  <Link
                    href={runsOf({ days: 1, agentId: filter.agentId }, usage.data!.start_date, usage.data!.end_date, {
                      tool: tool.name,
                    })}
                    className="font-mono text-sm hover:underline"
                  >
                    {tool.name}
                  </Link>
                </th>
                <td className="pl-2 text-right">{formatCount(tool.calls)}</td>
                <td className="whitespace-nowrap pl-2 text-right">
                  {tool.failures === 0
                    ? "0"
                    : `${formatCount(tool.failures)} (${formatShare(tool.failures, tool.calls)})`}
                </td>
                <td className="whitespace-nowrap pl-2 text-right">{duration(tool.duration_ms.p50)}</td>
                <td className="whitespace-nowrap pl-2 text-right">{duration(tool.duration_ms.p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const duration = (ms: number | null) => (ms === null ? "–" : formatDuration(ms));
