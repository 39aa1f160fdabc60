"use client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useCallback, useEffect } from "react";
import type { Column } from "@/lib/client/time/timeline";
import type { Move, Place } from "@/lib/client/time/use-moment";
import type { useTimeline } from "@/lib/client/time/use-timeline";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Skeleton } from "../ui/skeleton";
import { Legend, TimelineStrip } from "./timeline";

type TimelinePaneProps = { timeline: ReturnType<typeof useTimeline>; place: Place; move: Move };

const MAX_AUTO_COLUMNS = 4000;

/** The agent's time line under the panes: back, forward, and every step between. */
export function TimelinePane({ timeline, place, move }: TimelinePaneProps) {
  const { columns, hasOlder, loadOlder, loadingOlder } = timeline;
  const at = indexOf(columns, place.step);
  const other = indexOf(columns, place.with);
  const target = at ?? columns.length - 1;

  const scrub = useCallback(
    (index: number | null) => {
      const step = index === null ? null : (columns[index]?.step.id ?? null);
      move({ step, with: step === null ? null : place.with }, { replace: place.step !== null });
    },
    [columns, move, place.step, place.with],
  );
  const compare = useCallback(
    (index: number) => {
      const step = columns[index]?.step.id;
      if (step && place.step && step !== place.step) move({ with: step });
    },
    [columns, move, place.step],
  );
  const more = useCallback(() => {
    if (hasOlder && !loadingOlder) void loadOlder();
  }, [hasOlder, loadOlder, loadingOlder]);
  // Steps are numbered from the first: a history of a usual length is loaded whole.
  useEffect(() => {
    if (columns.length < MAX_AUTO_COLUMNS) more();
  }, [columns.length, more]);

  return (
    <section aria-label="Time line" className="shrink-0 border-line border-t bg-panel">
      {timeline.status === "error" ? (
        <Problem error={timeline.error} onRetry={() => void timeline.refetch()} className="m-2" />
      ) : timeline.status === "pending" ? (
        <div role="status" aria-label="Loading the time line" className="flex h-[76px] flex-col gap-2 p-2">
          <Skeleton className="h-4 w-64" />
          <Skeleton className="h-10" />
        </div>
      ) : columns.length === 0 ? (
        <p className="flex h-[76px] items-center justify-center px-4 text-center text-muted">
          No steps yet. Each turn of the model becomes a step here, and every step can be gone back to.
        </p>
      ) : (
        <>
          <div className="flex h-[76px] items-stretch">
            <Button
              tone="ghost"
              className="h-full w-8 rounded-none p-0"
              aria-label="Step back (←)"
              disabled={target <= 0}
              onClick={() => scrub(target - 1)}
            >
              <ChevronLeft />
            </Button>
            <TimelineStrip
              columns={columns}
              at={at}
              other={other}
              onScrub={scrub}
              onCompare={compare}
              onNearStart={more}
            />
            <Button
              tone="ghost"
              className="h-full w-8 rounded-none p-0"
              aria-label="Step forward (→)"
              disabled={at === null}
              onClick={() => scrub(target + 1 >= columns.length ? null : target + 1)}
            >
              <ChevronRight />
            </Button>
          </div>
          <div className="hidden px-10 pb-1 sm:block">
            <Legend />
          </div>
        </>
      )}
    </section>
  );
}

/** The place of a step among the columns; null where it is none of them. */
export function indexOf(columns: readonly Column[], stepId: string | null): number | null {
  if (stepId === null) return null;
  const index = columns.findIndex((column) => column.step.id === stepId);
  return index === -1 ? null : index;
}
