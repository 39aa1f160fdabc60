"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { formatCount, formatExact } from "@/lib/client/screen/format";
import { useSettled } from "@/lib/client/screen/use-settled";
import { lanesOf } from "@/lib/client/time/lanes";
import { type Column, type Columns, describeColumn, markKinds } from "@/lib/client/time/timeline";
import { cn } from "../ui/cn";
import { LaneNames } from "./lane-names";
import { MarkShape } from "./mark-shape";

type TimelineProps = {
  agentId: string;
  columns: Columns;
  /** Whether the last column is the newest step, and not only the last that passes a filter. */
  endsNow: boolean;
  /** Place of the step that is shown; null is now, or a step that is none of these. */
  at: number | null;
  /** From where keys go on: as `at`, or where that would be; null while that is not known. */
  target: number | null;
  /** Place of the step that it is compared with. */
  other: number | null;
  onScrub: (index: number | null) => void;
  /** Shift and a click choose the step to compare with. */
  onCompare: (index: number) => void;
  /** The places that are in sight. */
  onShow: (first: number, last: number) => void;
  /** The one conversation that is shown, if others are left out. */
  lane: string | null;
  onLane: (conversationId: string | null) => void;
};

const COLUMN_PX = 12;
/** After so long without scrolling, what is in sight is loaded. */
const SETTLED_MS = 120;
/** For the marks above the bars. */
const MARKS_PX = 30;
const ONE_LANE_PX = 26;
const LANE_PX = 16;

/**
 * Every step of the agent as a column: its height is what the model was shown, in tokens; above it stand the marks of
 * what the step did, hollow ones for what others did after it. Each conversation is a lane. It is one slider: drag or use
 * the arrow keys. Its last position is now.
 */
export function TimelineStrip(props: TimelineProps) {
  const { agentId, columns, endsNow, at, target, other, onScrub, onCompare, onShow, lane, onLane } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const tallest = useMemo(
    () => columns.reduce((tokens, column) => Math.max(tokens, column?.step.context_tokens ?? 0), 1),
    [columns],
  );
  const strip = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => COLUMN_PX,
    getItemKey: (index) => columns[index]?.step.id ?? index,
    overscan: 40,
    anchorTo: "end",
    followOnAppend: true,
    paddingStart: 8,
    paddingEnd: 8,
  });

  useEffect(() => {
    if (target !== null && target >= 0) strip.scrollToIndex(target, { align: "auto" });
  }, [strip, target]);

  const items = strip.getVirtualItems();
  const first = useSettled(items[0]?.index ?? 0, SETTLED_MS);
  const last = useSettled(items.at(-1)?.index ?? 0, SETTLED_MS);
  useEffect(() => {
    if (columns.length > 0) onShow(first, last);
  }, [columns.length, first, last, onShow]);

  const { lanes, laneOf } = useMemo(() => lanesOf(columns), [columns]);
  const lanePx = lanes.length > 1 ? LANE_PX : ONE_LANE_PX;

  const drag = useScrub({ scroller, columns: columns.length, onScrub, onCompare });
  const shown = hovered ?? at ?? columns.length - 1;
  const height = MARKS_PX + lanePx * Math.max(lanes.length, 1);
  return (
    <div className="min-w-0 flex-1">
      <p className="flex h-5 gap-2 overflow-hidden whitespace-nowrap px-2 text-sm" aria-hidden>
        <Caption column={columns[shown] ?? undefined} />
      </p>
      <div className="relative flex">
        {lanes.length > 1 && (
          <LaneNames agentId={agentId} lanes={lanes} laneOnly={lane} lanePx={LANE_PX} top={MARKS_PX} onLane={onLane} />
        )}
        <div
          ref={scroller}
          role="slider"
          tabIndex={0}
          aria-label="Time line"
          aria-orientation="horizontal"
          aria-valuemin={1}
          aria-valuemax={columns.length}
          aria-valuenow={(target ?? columns.length - 1) + 1}
          aria-valuetext={at === null ? "now" : inWords(columns, at)}
          onKeyDown={(event) => {
            const next = target === null ? undefined : keyTarget(event.key, target, columns.length);
            if (next === undefined) return;
            event.preventDefault();
            onScrub(next);
          }}
          className="min-w-0 flex-1 touch-pan-x select-none overflow-x-auto overflow-y-hidden"
          style={{ height }}
          {...drag}
          onPointerLeave={() => setHovered(null)}
        >
          <div className="relative h-full" style={{ width: strip.getTotalSize() }}>
            {items.map((item) => (
              <ColumnView
                key={item.key}
                column={columns[item.index] ?? null}
                left={item.start}
                lane={laneOf(columns[item.index]?.step.conversation_id ?? "")}
                lanePx={lanePx}
                height={(columns[item.index]?.step.context_tokens ?? 0) / tallest}
                selected={item.index === at}
                compared={item.index === other}
                isNow={endsNow && item.index === columns.length - 1}
                isFork={isForkAt(columns, item.index)}
                future={at !== null && item.index > at}
                onHover={() => setHovered(item.index)}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function inWords(columns: Columns, at: number): string {
  const column = columns[at];
  return column ? describeColumn(column) : `Step ${at + 1}`;
}

function keyTarget(key: string, at: number, count: number): number | null | undefined {
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1, PageUp: at - 10, PageDown: at + 10 }[
    key
  ];
  if (next === undefined) return undefined;
  const clamped = Math.min(Math.max(next, 0), count - 1);
  return clamped === count - 1 && (key === "ArrowRight" || key === "End") ? null : clamped;
}

/** Pressing and dragging goes to the step under the pointer. */
function useScrub({
  scroller,
  columns,
  onScrub,
  onCompare,
}: Pick<TimelineProps, "onScrub" | "onCompare"> & { scroller: RefObject<HTMLDivElement | null>; columns: number }) {
  const dragging = useRef(false);
  const last = useRef<number | null>(null);
  function go(clientX: number, choose: (index: number) => void) {
    const element = scroller.current;
    if (!element || columns === 0) return;
    const x = clientX - element.getBoundingClientRect().left + element.scrollLeft - COLUMN_PX / 2 - 2;
    const index = Math.min(Math.max(Math.round(x / COLUMN_PX), 0), columns - 1);
    if (last.current === index) return;
    last.current = index;
    choose(index);
  }
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0) return;
      last.current = null;
      if (event.shiftKey) {
        go(event.clientX, onCompare);
        return;
      }
      dragging.current = event.pointerType !== "touch";
      if (dragging.current) event.currentTarget.setPointerCapture(event.pointerId);
      go(event.clientX, onScrub);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      if (dragging.current) go(event.clientX, onScrub);
    },
    onPointerUp: () => {
      dragging.current = false;
    },
    onPointerCancel: () => {
      dragging.current = false;
    },
  };
}

function Caption({ column }: { column: Column | undefined }) {
  if (!column) return null;
  return (
    <>
      <span className="shrink-0 font-medium">{describeColumn(column)}</span>
      <span className="shrink-0 text-muted">{formatCount(column.step.context_tokens)} tokens in context</span>
      <span className="shrink-0 text-muted">{formatExact(column.step.created_at)}</span>
      <span className="truncate text-muted">{column.step.preview}</span>
    </>
  );
}

type ColumnViewProps = {
  /** Null where it is not loaded. */
  column: Column | null;
  left: number;
  lane: number;
  lanePx: number;
  height: number;
  selected: boolean;
  compared: boolean;
  isNow: boolean;
  isFork: boolean;
  future: boolean;
  onHover: () => void;
};

function ColumnView(props: ColumnViewProps) {
  const { column, left, lane, lanePx, height, selected, compared, isNow, isFork, future, onHover } = props;
  return (
    <div
      data-step={column?.step.id}
      onPointerEnter={onHover}
      className={cn(
        "absolute inset-y-0 left-0 w-3 cursor-pointer hover:bg-hover",
        future && "opacity-40",
        isFork && "border-messages border-l",
        compared && "bg-summary/20",
        selected && "bg-messages/20",
      )}
      style={{ transform: `translateX(${left}px)` }}
    >
      <span className="flex flex-col items-center justify-end gap-px pb-1" style={{ height: MARKS_PX }}>
        {column && markKinds(column).map(({ kind, own }) => <MarkShape key={kind} kind={kind} hollow={!own} />)}
      </span>
      <span
        className={cn("absolute left-[3px] w-1.5 rounded-t-[1px]", barColor(column, selected, isNow))}
        style={barAt(lane, lanePx, height)}
      />
    </div>
  );
}

/** Steps of the original are hollow: they are another agent's. */
function barColor(column: Column | null, selected: boolean, isNow: boolean): string {
  if (column === null) return "bg-line";
  if (selected) return "bg-messages";
  if (isNow) return "bg-foreground";
  return column.step.origin_agent_id ? "border border-line-strong border-dashed" : "bg-line-strong";
}

/** Whether a fork began between the step before a place and the one there. */
function isForkAt(columns: Columns, index: number): boolean {
  const [before, here] = [columns[index - 1]?.step, columns[index]?.step];
  return before !== undefined && here !== undefined && before.origin_agent_id !== here.origin_agent_id;
}

/** A bar stands on the floor of its lane. */
function barAt(lane: number, lanePx: number, height: number) {
  const px = Math.max(3, height * (lanePx - 3));
  return { height: px, top: MARKS_PX + (lane + 1) * lanePx - px - 2 };
}
