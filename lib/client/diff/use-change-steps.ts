"use client";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** What a change carries in the page, so that one can go from change to change. */
export const CHANGE = "data-change";
const CHANGES = `[${CHANGE}]`;

/**
 * The changes that stand in a frame that scrolls, and the way through them. The first is brought into sight when the frame
 * first has one; where one is comes from the frame itself, since what is in it folds and unfolds.
 */
export function useChangeSteps(frame: RefObject<HTMLElement | null>): {
  count: number;
  /** From 0; null before the first step. */
  at: number | null;
  go: (by: 1 | -1) => void;
} {
  const [count, setCount] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const seen = useRef(false);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => {
      const changes = element.querySelectorAll<HTMLElement>(CHANGES);
      setCount(changes.length);
      if (seen.current || !changes[0]) return;
      seen.current = true;
      bringIntoSight(element, changes[0]);
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [frame]);

  const go = useCallback(
    (by: 1 | -1) => {
      const element = frame.current;
      if (!element) return;
      const changes = [...element.querySelectorAll<HTMLElement>(CHANGES)];
      const here = changes.findIndex((change) => change.contains(document.activeElement));
      const from = here >= 0 ? here : (at ?? (by === 1 ? -1 : changes.length));
      const next = Math.min(Math.max(from + by, 0), changes.length - 1);
      const change = changes[next];
      if (!change) return;
      bringIntoSight(element, change);
      change.focus({ preventScroll: true });
      setAt(next);
    },
    [at, frame],
  );
  return { count, at: at === null ? null : Math.min(at, count - 1), go };
}

/** Scrolls the frame, and nothing around it, until the change is in its upper third. What is in sight stays. */
function bringIntoSight(frame: HTMLElement, change: HTMLElement): void {
  const [outer, inner] = [frame.getBoundingClientRect(), change.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  frame.scrollTop += inner.top - outer.top - outer.height / 3;
}
