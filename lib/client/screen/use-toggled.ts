"use client";
import { useCallback, useState } from "react";

/** Which of some things a person has opened, by key, and a way to open or close one. */
export function useToggled(): [ReadonlySet<string>, (key: string) => void] {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => {
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  return [toggled, toggle];
}
