import { queryOptions } from "@tanstack/react-query";
import type { WireSession } from "@/lib/api/sessions";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export type Session = WireSession;

/** How the server runs, and the session of this browser. */
export function accessQuery() {
  return queryOptions({
    queryKey: queryKeys.access(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/sessions/current", { signal })),
  });
}

const PAGE = 1000;

/** Browsers that are signed in, newest first. */
export function sessionsQuery() {
  return queryOptions({
    queryKey: queryKeys.sessions(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/sessions", { params: { query: { limit: PAGE } }, signal })),
  });
}

/** Ends this browser's session; the sign-in is shown then. @throws ApiError */
export async function signOut(): Promise<void> {
  await unwrap(api.DELETE("/v1/sessions/current"));
  window.location.assign("/");
}

export async function endSession(id: string): Promise<void> {
  await unwrap(api.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: id } } }));
}

/** Ends all sessions but this browser's. @throws ApiError */
export async function endOtherSessions(): Promise<void> {
  await unwrap(api.DELETE("/v1/sessions"));
}
