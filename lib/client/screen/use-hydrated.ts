"use client";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Whether the browser draws: what depends on its clock, zone or window is not what the server would have written. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
