"use client";
import { formatCount, formatDuration } from "@/lib/client/format";
import { type RunState, timeToFirstToken, tokenRate } from "@/lib/client/run-state";

const PHASES: Record<RunState["phase"], string | null> = {
  idle: null,
  sending: "Sending…",
  streaming: "Working…",
  reconnecting: "Taking up the stream again…",
  done: "Done",
  failed: null,
};

/** What the run is doing, how fast, and since when. It keeps its height so that nothing jumps. */
export function LiveLine({ run }: { run: RunState }) {
  const phase = run.stop === "cancelled" ? "Stopped" : PHASES[run.phase];
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
