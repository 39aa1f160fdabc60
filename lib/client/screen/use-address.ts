"use client";
import { usePathname, useSearchParams } from "next/navigation";

/**
 * What the page's address says, and a way to change it at once, without asking the server. The change is made of what the
 * address says at that moment, not when the page was last drawn.
 */
export function useAddress(): [
  { get(name: string): string | null },
  (change: (params: URLSearchParams) => URLSearchParams) => void,
] {
  const params = useSearchParams();
  const path = usePathname();
  return [
    params,
    (change) => {
      const next = change(new URLSearchParams(window.location.search)).toString();
      window.history.replaceState(null, "", next ? `${path}?${next}` : path);
    },
  ];
}
