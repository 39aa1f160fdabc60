"use client";
import { useSyncExternalStore } from "react";

const listen = (onChange: () => void) => {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
};

/** What a link brought along after its #, which no server sees; null until the page is in a browser. */
export function useLinkToken(): string | null {
  return useSyncExternalStore(
    listen,
    () => window.location.hash.slice(1),
    () => null,
  );
}
