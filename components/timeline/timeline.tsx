"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { formatCount, formatExact } from "@/lib/client/screen/format";
import { type Column, describeColumn, type MarkKind, markKinds } from "@/lib/client/time/timeline";
import { cn } from "../ui/cn";

type TimelineProps = {
  columns: readonly Column[];
  /** Place of the step that is shown; null is now. */
  at: number | null;
  /** Place of the step that it is compared with. */
  other: number | null;
  onScrub: (index: number | null) => void;
  /** Shift and a click choose the step to compare with. */
  onCompare: (index: number) => void;
  onNearStart: () => void;
};

const COLUMN_PX = 12;
const NEAR = 20;

/**
 * Every step of the agent as a column: its height is what the model was shown, in tokens; above it stand the marks of
 * what the step did. It is one slider: drag or use the arrow keys. Its last position is now.
 */
export function TimelineStrip({ columns, at, other, onScrub, onCompare, onNearStart }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const tallest = useMemo(
    () => columns.reduce((tokens, column) => Math.max(tokens, column.step.context_tokens), 1),
    [columns],
  );
  const strip = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => COLUMN_PX,
    getItemKey: (index) => columns[index]!.step.id,
    overscan: 40,
    anchorTo: "end",
    followOnAppend: true,
    paddingStart: 8,
    paddingEnd: 8,
  });

  const target = at ?? columns.length - 1;
  useEffect(() => {
    if (target >= 0) strip.scrollToIndex(target, { align: "auto" });
  }, [strip, target]);

  const items = strip.getVirtualItems();
  const first = items[0]?.index ?? 0;
  useEffect(() => {
    if (columns.length > 0 && first < NEAR) onNearStart();
  }, [columns.length, first, onNearStart]);

  const drag = useScrub({ scroller, columns: columns.length, onScrub, onCompare });
  const shown = hovered ?? at ?? columns.length - 1;
  return (
    <div className="min-w-0 flex-1">
      <p className="flex h-5 gap-2 overflow-hidden whitespace-nowrap px-2 text-sm" aria-hidden>
        <Caption column={columns[shown]} />
      </p>
      <div
        ref={scroller}
        role="slider"
        tabIndex={0}
        aria-label="Time line"
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={columns.length}
        aria-valuenow={target + 1}
        aria-valuetext={at === null ? "now" : describeColumn(columns[at]!)}
        onKeyDown={(event) => {
          const next = keyTarget(event.key, target, columns.length);
          if (next === undefined) return;
          event.preventDefault();
          onScrub(next);
        }}
        className="h-14 touch-pan-x select-none overflow-x-auto overflow-y-hidden"
        {...drag}
        onPointerLeave={() => setHovered(null)}
      >
        <div className="relative h-full" style={{ width: strip.getTotalSize() }}>
          {items.map((item) => (
            <ColumnView
              key={item.key}
              column={columns[item.index]!}
              left={item.start}
              height={columns[item.index]!.step.context_tokens / tallest}
              selected={item.index === at}
              compared={item.index === other}
              isNow={item.index === columns.length - 1}
              isFork={isForkAt(columns, item.index)}
              future={at !== null && item.index > at}
              onHover={() => setHovered(item.index)}
            />
          ))}
        </div>
      </div>
    </div>
  );
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
  column: Column;
  left: number;
  height: number;
  selected: boolean;
  compared: boolean;
  isNow: boolean;
  /** The first step of a fork's own, after those of its original. */
  isFork: boolean;
  future: boolean;
  onHover: () => void;
};

const BAR_PX = 24;

function ColumnView({ column, left, height, selected, compared, isNow, isFork, future, onHover }: ColumnViewProps) {
  return (
    <div
      data-step={column.step.id}
      onPointerEnter={onHover}
      className={cn(
        "absolute inset-y-0 left-0 flex w-3 cursor-pointer flex-col items-center justify-end pb-1 hover:bg-hover",
        future && "opacity-40",
        isFork && "border-messages border-l",
        compared && "bg-summary/20",
        selected && "bg-messages/20",
      )}
      style={{ transform: `translateX(${left}px)` }}
    >
      <span className="flex flex-col items-center gap-px pb-1">
        {markKinds(column).map((kind) => (
          <MarkShape key={kind} kind={kind} />
        ))}
      </span>
      <span
        className={cn("w-1.5 rounded-t-[1px]", barColor(column, selected, isNow))}
        style={{ height: Math.max(3, height * BAR_PX) }}
      />
    </div>
  );
}

/** Steps of the original are hollow: they are another agent's. */
function barColor({ step }: Column, selected: boolean, isNow: boolean): string {
  if (selected) return "bg-messages";
  if (isNow) return "bg-foreground";
  return step.origin_agent_id ? "border border-line-strong border-dashed" : "bg-line-strong";
}

function isForkAt(columns: readonly Column[], index: number): boolean {
  const before = columns[index - 1]?.step.origin_agent_id;
  return before !== undefined && before !== columns[index]!.step.origin_agent_id;
}

const SHAPES: Record<MarkKind, { path: string; color: string; name: string }> = {
  memory: { path: "M4 0 L8 7 L0 7 Z", color: "text-memory", name: "memory write" },
  compaction: { path: "M4 0 L8 4 L4 8 L0 4 Z", color: "text-summary", name: "compaction" },
  error: { path: "M0.5 0.5 H7.5 V7.5 H0.5 Z", color: "text-error", name: "error" },
  passage: { path: "M4 0.5 A3.5 3.5 0 1 1 3.99 0.5 Z", color: "text-files", name: "archive" },
  agent: { path: "M3 0 H5 V3 H8 V5 H5 V8 H3 V5 H0 V3 H3 Z", color: "text-instructions", name: "agent changed" },
};

export function MarkShape({ kind }: { kind: MarkKind }) {
  const shape = SHAPES[kind];
  return (
    <svg viewBox="0 0 8 8" className={cn("size-[7px] shrink-0", shape.color)} aria-hidden>
      <path d={shape.path} fill="currentColor" />
    </svg>
  );
}

/** What the marks mean. */
export function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-3 text-muted text-xs" aria-label="Marks of the time line">
      {(Object.keys(SHAPES) as MarkKind[]).map((kind) => (
        <li key={kind} className="flex items-center gap-1 whitespace-nowrap">
          <MarkShape kind={kind} />
          {SHAPES[kind].name}
        </li>
      ))}
    </ul>
  );
}
