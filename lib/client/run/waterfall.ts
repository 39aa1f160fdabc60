import type { Step } from "../api/wire";

type Phase = "context" | "model" | "tools" | "save";

/** One phase of a step, in milliseconds from the beginning of the run. */
export type Bar = { phase: Phase; startMs: number; ms: number };
export type WaterfallRow = { step: Step; bars: Bar[]; ttftMs: number | null; firstTokenMs: number | null };

const PHASES: readonly Phase[] = ["context", "model", "tools", "save"];

/** Steps, oldest first, each from when it began; a phase that was not timed makes no bar. */
export function waterfallOf(steps: readonly Step[]): { rows: WaterfallRow[]; totalMs: number } {
  const begun = steps[0] ? Date.parse(steps[0].created_at) : 0;
  let clock = 0;
  const rows = steps.map((step): WaterfallRow => {
    let at = Math.max(clock, Date.parse(step.created_at) - begun || 0);
    const ttftMs = timing(step, "ttft");
    let firstTokenMs: number | null = null;
    const bars: Bar[] = [];
    for (const phase of PHASES) {
      const ms = timing(step, phase);
      if (ms === null) continue;
      if (phase === "model" && ttftMs !== null) firstTokenMs = at + ttftMs;
      bars.push({ phase, startMs: at, ms });
      at += ms;
    }
    clock = at;
    return { step, bars, ttftMs, firstTokenMs };
  });
  return { rows, totalMs: clock };
}

/** A step's timings say their unit or, in the contract's words, do not. */
function timing(step: Step, name: Phase | "ttft"): number | null {
  const value = step.timings[`${name}Ms`] ?? step.timings[name];
  return typeof value === "number" ? value : null;
}
