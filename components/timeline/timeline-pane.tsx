"use client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useCallback } from "react";
import type { Agent } from "@/lib/client/api/wire";
import { indexOf } from "@/lib/client/time/timeline";
import type { TimelineFilter } from "@/lib/client/time/timeline-filter";
import type { Move, Place } from "@/lib/client/time/use-moment";
import { type GoTo, lastBefore } from "@/lib/client/time/use-time-travel";
import type { Timeline } from "@/lib/client/time/use-timeline";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Skeleton } from "../ui/skeleton";
import { TimelineStrip } from "./timeline";
import { FilterBar } from "./timeline-filter";

type TimelinePaneProps = { agent: Agent; timeline: Timeline; place: Place; move: Move; goTo: GoTo };

/** The agent's time line under the panes: back, forward, and every step between, or those that pass a filter. */
export function TimelinePane({ agent, timeline, place, move, goTo }: TimelinePaneProps) {
  const { columns, isFiltered, hasOlder } = timeline;
  const at = indexOf(columns, place.step);
  const target = lastBefore(timeline, place.step);
  // With a filter, the step that is shown may be none of those that pass: one step back is the last one before it.
  const isBetween = isFiltered && at === null && place.step !== null;
  const compare = useCallback(
    (index: number) => {
      const step = columns[index]?.step.id;
      if (step && place.step && step !== place.step) move({ with: step });
    },
    [columns, move, place.step],
  );
  const narrow = (filter: TimelineFilter) => move({ filter }, { replace: true });
  const count =
    isFiltered && timeline.status === "success"
      ? `${columns.length}${hasOlder ? "+" : ""} ${columns.length === 1 ? "step" : "steps"}`
      : null;

  return (
    <section aria-label="Time line" className="shrink-0 border-line border-t bg-panel">
      {timeline.status === "error" ? (
        <Problem error={timeline.error} onRetry={timeline.refetch} className="m-2" />
      ) : timeline.status === "pending" ? (
        <div role="status" aria-label="Loading the time line" className="flex h-[76px] flex-col gap-2 p-2">
          <Skeleton className="h-4 w-64" />
          <Skeleton className="h-10" />
        </div>
      ) : columns.length === 0 ? (
        <p className="flex h-[76px] items-center justify-center px-4 text-center text-muted">
          {isFiltered
            ? "No step passes this filter."
            : "No steps yet. Each turn of the model becomes a step here, and every step can be gone back to."}
        </p>
      ) : (
        <div className="flex items-stretch">
          <Button
            tone="ghost"
            className="h-auto w-8 rounded-none p-0"
            aria-label="Step back (←)"
            disabled={target === null || (target <= 0 && at !== null)}
            onClick={() => target !== null && goTo(isBetween ? target : target - 1)}
          >
            <ChevronLeft />
          </Button>
          <TimelineStrip
            agentId={agent.id}
            columns={columns}
            endsNow={!isFiltered}
            at={at}
            target={target}
            other={indexOf(columns, place.with)}
            onScrub={goTo}
            onCompare={compare}
            onShow={timeline.show}
            lane={place.filter.lane}
            onLane={(lane) => narrow({ ...place.filter, lane })}
          />
          <Button
            tone="ghost"
            className="h-auto w-8 rounded-none p-0"
            aria-label="Step forward (→)"
            disabled={place.step === null || target === null}
            onClick={() => target !== null && goTo(target + 1)}
          >
            <ChevronRight />
          </Button>
        </div>
      )}
      {(columns.length > 0 || isFiltered) && (
        <FilterBar agent={agent} filter={place.filter} count={count} onChange={narrow} />
      )}
    </section>
  );
}
