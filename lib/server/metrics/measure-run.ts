import type { RunEnd, Store } from "@/lib/engine/ports";
import { log } from "../core/log";
import { modelCalls, modelLabels, modelTokens, runsEnded, runsStarted, toolCalls } from "./metrics";

/** Counts what a run's store keeps, once it is kept: the same moments that spans are made of. */
export function measureRun(store: Store): Store {
  runsStarted.inc();
  return {
    ...store,
    saveTurn: async (record) => {
      const kept = await store.saveTurn(record);
      quietly(() => {
        const labels = modelLabels(record.model.provider, record.model.name);
        for (const { failure, durationMs, usage } of record.attempts) {
          modelCalls.observe({ ...labels, outcome: failure ? failure.kind : "success" }, durationMs / 1000);
          if (!usage) continue;
          modelTokens.inc({ ...labels, kind: "input" }, usage.input);
          modelTokens.inc({ ...labels, kind: "cached" }, usage.cachedInput ?? 0);
          modelTokens.inc({ ...labels, kind: "output" }, usage.output);
        }
        tellEnd(record.end);
      });
      return kept;
    },
    saveReturns: async (record) => {
      const kept = await store.saveReturns(record);
      // What was not kept is run again.
      if (kept.conflict) return kept;
      quietly(() => {
        for (const { status, startedAt, endedAt } of record.returns) {
          toolCalls.observe({ outcome: status }, Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
        }
        tellEnd(record.end);
      });
      return kept;
    },
    finish: async (end) => {
      const kept = await store.finish(end);
      quietly(() => tellEnd(end));
      return kept;
    },
  };
}

/** A run that could not end as runs do. */
export function tellBrokenRun(): void {
  runsEnded.inc({ stop_reason: "error" });
}

function tellEnd(end: RunEnd | null): void {
  if (end) runsEnded.inc({ stop_reason: end.stopReason });
}

/** A run does not fail for its figures. */
function quietly(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    log.error({ err: error }, "metrics failed");
  }
}
