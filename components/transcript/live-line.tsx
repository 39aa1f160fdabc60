"use client";
import { type RunState, timeToFirstToken, tokenRate } from "@/lib/client/run/run-state";
import { type RunningCalls, runningLabel } from "@/lib/client/run/running-calls";
import { formatCount, formatDuration } from "@/lib/client/screen/format";
import { useSettled } from "@/lib/client/screen/use-settled";

const PHASES: Record<RunState["phase"], string | null> = {
  idle: null,
  sending: "Sending…",
  streaming: "Working…",
  reconnecting: "Taking up the stream again…",
  done: "Done",
  failed: null,
};

/** Tools that are quicker than this, in milliseconds, are not announced. */
const ANNOUNCED_AFTER_MS = 1000;

type LiveLineProps = { run: RunState; running: RunningCalls["calls"] };

/** What the run is doing, how fast, and since when. It keeps its height so that nothing jumps. */
export function LiveLine({ run, running }: LiveLineProps) {
  const label = runningLabel(running);
  const tools = useSettled(label, ANNOUNCED_AFTER_MS) === label ? label : null;
  const phase = run.stop === "cancelled" ? "Stopped" : (tools ?? PHASES[run.phase]);
  const rate = tokenRate(run);
  const first = timeToFirstToken(run);
  const tokens = run.usage?.completionTokens || run.fragments;
  return (
    <div className="flex h-6 shrink-0 items-center gap-3 overflow-hidden whitespace-nowrap px-3 text-muted text-sm">
      <span role="status">{phase}</span>
      {first !== null && <span title="Time to first token">first token {formatDuration(first)}</span>}
      {rate !== null && <span>{rate.toFixed(0)} tokens/s</span>}
      {tokens > 0 && <span>{formatCount(tokens)} tokens</span>}
    </div>
  );
}
