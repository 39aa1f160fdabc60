import type { CreateKey, WireKey } from "@/lib/api/keys";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";

export type Key = WireKey;
export type NewKey = Pick<CreateKey, "name" | "role" | "kind"> & { days: number | null };

const PAGE = 50;
const DAY_MS = 24 * 60 * 60_000;

/** Keys of programs that are not revoked, newest first. */
export const keysList = (): PagedList<Key> => ({
  queryKey: queryKeys.keys(),
  size: PAGE,
  load: ({ limit, after }, signal) =>
    unwrap(api.GET("/v1/keys", { params: { query: { limit, ...(after ? { after } : {}) } }, signal })),
});

/** Makes a key. @returns the key itself, which is shown this once. @throws ApiError */
export async function createKey({ days, ...body }: NewKey): Promise<string> {
  const expires_at = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
  return (await unwrap(api.POST("/v1/keys", { body: { ...body, expires_at } }))).key;
}

/** @throws ApiError */
export async function revokeKey(id: string): Promise<void> {
  await unwrap(api.DELETE("/v1/keys/{key_id}", { params: { path: { key_id: id } } }));
}

/** Whether it opens something still. */
export const hasExpired = (key: Key, now: number) => key.expires_at !== null && Date.parse(key.expires_at) <= now;
