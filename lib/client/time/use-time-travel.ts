"use client";
import { useCallback, useRef } from "react";
import { indexOf } from "./timeline";
import type { Move, Place } from "./use-moment";
import type { Timeline } from "./use-timeline";

/** Goes to the step at a place of the time line; null, and what is beyond the last, is now. */
export type GoTo = (index: number | null) => void;

/** Goes through the steps of a time line, which may have to be loaded first; the last place that was asked for counts. */
export function useGoTo(timeline: Timeline, place: Place, move: Move): GoTo {
  const { columns, stepAt } = timeline;
  const asked = useRef(0);
  return useCallback(
    (index) => {
      const turn = ++asked.current;
      const go = (step: string | null) =>
        move({ step, with: step === null ? null : place.with }, { replace: place.step !== null });
      if (index === null || index >= columns.length) {
        go(null);
        return;
      }
      const at = Math.max(index, 0);
      const loaded = columns[at]?.step.id;
      if (loaded) go(loaded);
      else
        void stepAt(at).then(
          (step) => step && turn === asked.current && go(step),
          () => {},
        );
    },
    [columns, move, place.step, place.with, stepAt],
  );
}

/** The place of a step, or of the last that passes before it; of the newest if it is now; null while it is not known yet. */
export function lastBefore(timeline: Timeline, stepId: string | null): number | null {
  const { columns, stepOf } = timeline;
  const last = columns.length - 1;
  if (stepId === null) return last;
  const index = indexOf(columns, stepId);
  if (index !== null) return index;
  const number = stepOf(stepId)?.number;
  return number === undefined ? null : columns.findLastIndex((column, at) => (column?.step.number ?? at + 1) <= number);
}
