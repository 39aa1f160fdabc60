import { queryOptions } from "@tanstack/react-query";
import type { FairLimits, WireFairUse } from "@/lib/api/limits-of-use";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export type FairUse = WireFairUse;
export type Limits = FairLimits;
export type LimitName = keyof Limits;

/** In the order in which they are shown. */
export const LIMITS: readonly { name: LimitName; label: string; unit: string }[] = [
  { name: "requests_per_minute", label: "Requests a minute", unit: "in this minute" },
  { name: "runs_at_once", label: "Runs at once", unit: "at work" },
  { name: "tokens_per_day", label: "Tokens a day", unit: "today, UTC" },
  { name: "dollars_per_month", label: "Dollars a month", unit: "this month, UTC" },
];

const LOOK_AGAIN_MS = 15_000;

/** What the organization, or a key, may use and has used. */
export function fairUseQuery(keyId: string | null) {
  return queryOptions({
    queryKey: queryKeys.fairUse(keyId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/limits", { params: { query: keyId === null ? {} : { key_id: keyId } }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

/** @throws ApiError */
export async function setLimits(keyId: string | null, limits: Limits): Promise<void> {
  const query = keyId === null ? {} : { key_id: keyId };
  await unwrap(api.PUT("/v1/limits", { params: { query }, body: limits }));
}

/** What a field says: a number above nothing, or null for as much as one likes; undefined for neither. */
export function readLimit(name: LimitName, text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  if (!(value > 0 && value <= 1e9)) return undefined;
  return name === "dollars_per_month" || Number.isInteger(value) ? value : undefined;
}

const NEARLY = 0.8;

/** Which limits are used up, or nearly so, the fullest first. */
export function nearlyUsedUp({ limits, used }: FairUse): { label: string; share: number }[] {
  return LIMITS.flatMap(({ name, label }) => {
    const limit = limits[name];
    return limit === null ? [] : [{ label, share: used[name] / limit }];
  })
    .filter(({ share }) => share >= NEARLY)
    .toSorted((a, b) => b.share - a.share);
}
