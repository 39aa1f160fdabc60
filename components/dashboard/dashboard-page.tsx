"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { useAddress } from "@/lib/client/screen/use-address";
import {
  type DashboardFilter,
  dashboardParams,
  datesOf,
  readDashboardFilter,
} from "@/lib/client/usage/dashboard-filter";
import { usageQuery } from "@/lib/client/usage/usage-queries";
import { AppHeader } from "../shell/app-header";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";
import { DashboardCharts } from "./dashboard-charts";
import { FilterBar } from "./filter-bar";
import { GroupsPart } from "./groups-part";
import { MemoryPart } from "./memory-part";
import { Tiles } from "./tiles";
import { ToolsPart } from "./tools-part";
import { UsedUpNote } from "./used-up-note";

const MINUTE_MS = 60_000;

/** What agents did and used in a span, beside the span before. */
export function DashboardPage() {
  const [filter, setFilter] = useFilter();
  // One moment for all questions, so that they are of one span.
  const [now] = useState(() => Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS);
  const usage = useQuery(usageQuery(filter, now));
  const shown = usage.data;
  const query = { ...datesOf(filter, now), ...(filter.agentId ? { agent_id: filter.agentId } : {}) };
  return (
    <>
      <AppHeader
        code={[
          operation("usage.retrieve", { method: "get", path: "/v1/usage", query, named: false }),
          operation("usage.groups", {
            method: "get",
            path: "/v1/usage/groups",
            query: { ...query, by: "model" },
            named: false,
          }),
        ]}
      />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
          <FilterBar filter={filter} onChange={setFilter} />
          <UsedUpNote />
          {usage.isError ? (
            <Problem error={usage.error} onRetry={() => void usage.refetch()} className="m-0" />
          ) : !shown ? (
            <SkeletonRows rows={10} label="Adding up" />
          ) : (
            <>
              {!shown.is_complete && (
                <p role="status" className="rounded-md border border-line p-2 text-muted text-sm">
                  Hours of the past are still being added up; what is shown of them is not all yet.
                </p>
              )}
              <Tiles usage={shown} />
              {shown.totals.runs === 0 ? (
                <Empty title="No runs in this span">
                  Each message to an agent starts a run; what it took and used is added up here.
                </Empty>
              ) : (
                <>
                  <DashboardCharts usage={shown} filter={filter} />
                  <GroupsPart filter={filter} now={now} />
                  <ToolsPart filter={filter} now={now} />
                </>
              )}
              <MemoryPart filter={filter} />
            </>
          )}
        </div>
      </main>
    </>
  );
}

/** The filter in the address. */
function useFilter(): [DashboardFilter, (filter: DashboardFilter) => void] {
  const [params, change] = useAddress();
  return [readDashboardFilter(params), (filter) => change(() => dashboardParams(filter))];
}
