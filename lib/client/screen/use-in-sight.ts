"use client";
import { type RefCallback, useCallback, useRef } from "react";

/** For the end of a list: what is called each time that it comes into sight. */
export function useInSight(onSight: () => void): RefCallback<HTMLElement> {
  const latest = useRef(onSight);
  latest.current = onSight;
  return useCallback((element: HTMLElement | null) => {
    if (!element) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) latest.current();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}
