"use client";
import { ChevronRight, Square } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RunningCall } from "@/lib/client/run/running-calls";
import { useCancelCall } from "@/lib/client/run/use-running-calls";
import { formatCount, formatDuration } from "@/lib/client/screen/format";
import { Problem } from "../shell/problem";
import { Elapsed } from "../tool/elapsed";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { LiveText } from "./live-text";

/** How long a call has run, or took. */
export function CallTime({ call }: { call: RunningCall }) {
  return (
    <span className="shrink-0 text-muted text-sm tabular-nums">
      {call.tookMs === null ? <Elapsed since={call.since} /> : formatDuration(call.tookMs)}
    </span>
  );
}

/** A call that is over sooner than this, in milliseconds, shows no panel: nothing jumps. */
const PANEL_AFTER_MS = 600;

type RunningPanelProps = { call: RunningCall; open: boolean; onToggle: () => void };

/** What a call prints while it runs, and the way to end it. */
export function RunningPanel({ call, open, onToggle }: RunningPanelProps) {
  const isDue = useDue(call.since + PANEL_AFTER_MS);
  const frame = useRef<HTMLElement>(null);
  const cancel = useCancelCall(call.runId, call.callId);
  const isAsked = cancel.isPending || cancel.isSuccess;
  const shown = isDue || call.output.length > 0;
  useFocusKept(frame, shown);
  if (!shown) return null;
  return (
    <figure
      ref={frame}
      aria-label={`Output of ${call.name}`}
      className="my-1 ml-5 min-w-0 overflow-hidden rounded-md border border-line"
    >
      <figcaption className={cn("flex h-7 items-center gap-2 bg-panel pr-0.5 pl-1", open && "border-line border-b")}>
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          className="flex h-6 min-w-0 flex-1 items-center gap-1 rounded-sm text-left text-muted text-sm hover:text-foreground"
        >
          <ChevronRight className={cn("size-3.5 shrink-0 transition-transform", open && "rotate-90")} aria-hidden />
          <span className="truncate">Output{sizeOf(call)}</span>
        </button>
        {call.status === "running" ? (
          <CancelButton name={call.name} isAsked={isAsked} onCancel={() => cancel.mutate()} />
        ) : (
          <span className="shrink-0 pr-1.5 text-muted text-sm">returns with the other calls</span>
        )}
      </figcaption>
      {cancel.error && <Problem error={cancel.error} className="mb-0" />}
      {open && <LiveText name={call.name} output={call.output} from={call.outputFrom} />}
    </figure>
  );
}

type CancelButtonProps = { name: string; isAsked: boolean; onCancel: () => void };

/** When it goes away with the focus, since its call is over and waits for the others, the panel keeps the focus. */
function CancelButton({ name, isAsked, onCancel }: CancelButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current;
    return () => {
      if (!own || document.activeElement !== own) return;
      own.closest("figure")?.querySelector<HTMLElement>("button[aria-expanded]")?.focus();
    };
  }, []);
  return (
    <Button
      needs="runs.toolCalls.cancel"
      ref={button}
      tone="ghost"
      size="sm"
      aria-label={`${isAsked ? "Cancelling" : "Cancel"} ${name}`}
      // Not `disabled`: the focus stays where it is.
      aria-disabled={isAsked}
      onClick={() => !isAsked && onCancel()}
      className="hover:text-error"
    >
      <Square aria-hidden /> {isAsked ? "Cancelling…" : "Cancel"}
    </Button>
  );
}

function sizeOf({ output, outputFrom }: RunningCall): string {
  if (output.length === 0) return "";
  if (outputFrom > 0) return `, after the first ${formatCount(outputFrom)} characters`;
  const text = output.map((one) => one.text).join("");
  const lines = text.replace(/\n$/, "").split("\n").length;
  return `, ${formatCount(lines)} ${lines === 1 ? "line" : "lines"}`;
}

/** Whether a moment has come. @param at milliseconds of the epoch */
function useDue(at: number): boolean {
  const [isDue, setDue] = useState(() => Date.now() >= at);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  }, [at]);
  return isDue;
}

/** When a panel that has the focus goes away, the focus goes to its row. */
function useFocusKept(frame: { current: HTMLElement | null }, shown: boolean): void {
  useLayoutEffect(() => {
    const panel = frame.current;
    if (!shown || !panel) return;
    return () => {
      if (!panel.contains(document.activeElement)) return;
      panel.parentElement?.querySelector<HTMLElement>("button[aria-expanded]")?.focus();
    };
  }, [frame, shown]);
}
