"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { formatCount, formatDollars, formatDuration, formatShort, shortId } from "@/lib/client/screen/format";
import { type DashboardFilter, runsOf } from "@/lib/client/usage/dashboard-filter";
import { type GroupsBy, usageGroupsQuery } from "@/lib/client/usage/usage-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

const WAYS: readonly { by: GroupsBy; name: string }[] = [
  { by: "agent", name: "Agents" },
  { by: "model", name: "Models" },
  { by: "user", name: "People" },
];
const WIDE = "hidden sm:table-cell";

/** Who used the most: agents, models, or people. */
export function GroupsPart({ filter, now }: { filter: DashboardFilter; now: number }) {
  const [chosen, setBy] = useState<GroupsBy>("agent");
  const ofOne = filter.agentId !== undefined || filter.model !== undefined;
  const by = ofOne && chosen === "user" ? "agent" : chosen;
  const groups = useQuery(usageGroupsQuery(filter, now, by));
  const title = WAYS.find((way) => way.by === by)!.name;
  const most = Math.max(1, ...(groups.data?.groups.map(({ runs }) => runs) ?? []));
  const keyOf = (key: string) => ({ agent: { agentId: key }, model: { model: key }, user: { userId: key } })[by];
  return (
    <section aria-label="Who used the most" className="rounded-md border border-line p-3">
      <div className="mb-1 flex flex-wrap items-center gap-1">
        <h2 className="mr-auto font-medium">Who used the most</h2>
        {WAYS.filter((way) => !(ofOne && way.by === "user")).map((way) => (
          <Button
            key={way.by}
            size="sm"
            tone={way.by === by ? "primary" : "plain"}
            aria-pressed={way.by === by}
            onClick={() => setBy(way.by)}
          >
            {way.name}
          </Button>
        ))}
      </div>
      {groups.isError ? (
        <Problem error={groups.error} onRetry={() => void groups.refetch()} className="m-0" />
      ) : !groups.data ? (
        <SkeletonRows rows={4} label={`Loading ${title}`} />
      ) : groups.data.groups.length === 0 ? (
        <p className="text-muted">{by === "user" ? "No run of this span says for whom it was." : "Nothing yet."}</p>
      ) : (
        <table aria-label={title} className="w-full text-left">
          <thead className="text-muted text-sm">
            <tr>
              <th className="font-normal">{title}</th>
              <th className="pl-2 text-right font-normal">Runs</th>
              <th className="pl-2 text-right font-normal">Failed</th>
              <th className={cn("pl-2 text-right font-normal", WIDE)}>p95</th>
              <th className={cn("pl-2 text-right font-normal", WIDE)}>Tokens</th>
              <th className="pl-2 text-right font-normal">Cost</th>
            </tr>
          </thead>
          <tbody>
            {groups.data.groups.map((group) => {
              const href = runsOf(filter, groups.data.start_date, groups.data.end_date, keyOf(group.key));
              return (
                <tr key={group.key} className="border-line border-t">
                  <th scope="row" className="w-2/5 max-w-0 py-1 font-normal">
                    <Link href={href} className="block truncate hover:underline">
                      {group.name ?? shortId(group.key)}
                    </Link>
                    <span
                      aria-hidden
                      className="block h-1 rounded-sm bg-messages"
                      style={{ width: `${(group.runs / most) * 100}%` }}
                    />
                  </th>
                  <td className="pl-2 text-right">{formatCount(group.runs)}</td>
                  <td className={cn("pl-2 text-right", group.failed > 0 && "text-error")}>
                    {formatCount(group.failed)}
                  </td>
                  <td className={cn("whitespace-nowrap pl-2 text-right", WIDE)}>
                    {group.duration_ms.p95 === null ? "–" : formatDuration(group.duration_ms.p95)}
                  </td>
                  <td className={cn("pl-2 text-right", WIDE)}>
                    {formatShort(group.prompt_tokens + group.completion_tokens)}
                  </td>
                  <td className="whitespace-nowrap pl-2 text-right" title={knownOf(group.cost, group.known_cost)}>
                    {group.cost === null ? "unknown" : formatDollars(group.cost)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {groups.data && groups.data.count > groups.data.groups.length && (
        <p className="mt-1 text-muted text-sm">
          The first {groups.data.groups.length} of {formatCount(groups.data.count)}, by runs.
        </p>
      )}
    </section>
  );
}

const knownOf = (cost: number | null, known: number | null) =>
  cost === null && known !== null ? `${formatDollars(known)} of it is known` : undefined;
