"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { isAtWork, NO_CALLS, type RunningCalls } from "@/lib/client/run/running-calls";
import type { Row } from "@/lib/client/run/transcript-rows";
import { formatDay } from "@/lib/client/screen/format";
import { useToggled } from "@/lib/client/screen/use-toggled";
import { Button } from "../ui/button";
import { outputKey, type RowActions, RowView } from "./row-view";

type TranscriptListProps = {
  rows: readonly Row[];
  agentName: string;
  /** Keys of rows that may still grow. */
  liveFrom: number;
  durations: ReadonlyMap<string, number>;
  /** Calls that are at work. */
  running?: RunningCalls["calls"];
  actions: RowActions;
  /** Shown above the oldest row: that there is more, that it failed, that this is the beginning. */
  top: ReactNode;
  onNearTop?: () => void;
};

const ESTIMATED_PX = 56;
const NEAR = 12;
const AT_END_PX = 64;

/**
 * The rows of a transcript, of which only those in sight are in the page. It opens at its end, stays there while text
 * streams in, and keeps what is being read where it is when older rows come in above.
 */
export function TranscriptList(props: TranscriptListProps) {
  const { rows, agentName, liveFrom, durations, running = NO_CALLS.calls, actions, top, onNearTop } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [expanded, toggle] = useToggled();

  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_PX,
    getItemKey: (index) => rows[index]!.key,
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    paddingStart: 40,
    paddingEnd: 8,
  });

  const opened = useRef(false);
  useLayoutEffect(() => {
    if (opened.current || rows.length === 0) return;
    opened.current = true;
    list.scrollToEnd();
  }, [list, rows.length]);

  // The list grows and shrinks with what stands below it: whoever was at its end stays there.
  const atEndBefore = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (atEndBefore.current) list.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [list]);

  const queued = isAtWork(running);
  const items = list.getVirtualItems();
  const first = items[0]?.index ?? 0;
  useEffect(() => {
    if (opened.current && first < NEAR) onNearTop?.();
  }, [first, onNearTop]);

  const atEnd = list.isAtEnd(200);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={() => {
          atEndBefore.current = list.isAtEnd(AT_END_PX);
        }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label="Messages"
        aria-live="off"
        className="h-full overflow-auto"
      >
        <div className="relative w-full" style={{ height: list.getTotalSize() }}>
          <div className="absolute inset-x-0 top-0 flex h-10 items-center justify-center text-muted text-sm">{top}</div>
          {items.map((item) => {
            const row = rows[item.index]!;
            const previous = rows[item.index - 1];
            return (
              <div
                key={item.key}
                ref={list.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {isNewDay(row, previous) && <DayLine at={row.at} />}
                <RowView
                  row={row}
                  agentName={agentName}
                  expanded={expanded.has(row.key)}
                  onToggle={toggle}
                  live={item.index >= liveFrom}
                  durationMs={row.type === "tool" ? (durations.get(row.call.id) ?? null) : null}
                  running={row.type === "tool" ? (running.get(row.call.id) ?? null) : null}
                  queued={queued}
                  outputHidden={expanded.has(outputKey(row.key))}
                  actions={actions}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!atEnd && rows.length > 0 && (
        <Button
          size="sm"
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-lg"
          onClick={() => list.scrollToEnd()}
        >
          <ArrowDown /> Newest
        </Button>
      )}
    </div>
  );
}

function isNewDay(row: Row, previous: Row | undefined): boolean {
  return previous !== undefined && new Date(row.at).toDateString() !== new Date(previous.at).toDateString();
}

function DayLine({ at }: { at: string }) {
  return (
    <div className="flex items-center gap-3 px-3 pt-3 pb-1 text-muted text-xs">
      <span className="h-px flex-1 bg-line" />
      {formatDay(at)}
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}
