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

/** One parameter of the address, null where it is not there, and a way to change it. */
export function useAddressParam(name: string): [string | null, (value: string | null) => void] {
  const [params, change] = useAddress();
  return [
    params.get(name),
    (value) =>
      change((now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      }),
  ];
}
