import type { Step } from "./wire";

/** One phase of a step, in milliseconds from the beginning of the run. */
export type Bar = { phase: "context" | "model" | "tools" | "save"; startMs: number; ms: number };
export type WaterfallRow = { step: Step; bars: Bar[]; ttftMs: number | null; firstTokenMs: number | null };

const PHASES = ["context", "model", "tools", "save"] as const;

/** Steps, oldest first, one after the other as they ran; a phase that was not timed makes no bar. */
export function waterfallOf(steps: readonly Step[]): { rows: WaterfallRow[]; totalMs: number } {
  const begun = steps[0] ? Date.parse(steps[0].created_at) - sum(steps[0]) : 0;
  let clock = 0;
  const rows = steps.map((step): WaterfallRow => {
    // A step is written when it ends: what lies between it and the step before is shown as a gap.
    const ended = Date.parse(step.created_at) - begun;
    let at = Math.max(clock, Number.isFinite(ended) ? ended - sum(step) : clock);
    const bars: Bar[] = [];
    let firstTokenMs: number | null = null;
    const ttftMs = timing(step, "ttft");
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

function timing(step: Step, name: string): number | null {
  const value = step.timings[name];
  return typeof value === "number" ? value : null;
}

function sum(step: Step): number {
  return PHASES.reduce((total, phase) => total + (timing(step, phase) ?? 0), 0);
}
