import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import { applyCallEvents, type CallEvent, joinSnapshot, NO_CALLS, type RunningCalls } from "./running-calls";

/** The tool calls that a run is at: asked for once, and kept true by events. */
export function runningCallsQuery(client: QueryClient, runId: string) {
  const queryKey = queryKeys.runningCalls(runId);
  const known = () => client.getQueryData<RunningCalls>(queryKey) ?? NO_CALLS;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<RunningCalls> => {
      const before = known();
      const params = { path: { run_id: runId } };
      const snapshot = await unwrap(api.GET("/v1/runs/{run_id}/tool-calls", { params, signal }));
      return joinSnapshot(before, known(), snapshot, { runId, heardAt: Date.now() });
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
}

/** Puts events to the calls of the runs that a page shows. */
export function tellRunningCalls(client: QueryClient, events: readonly CallEvent[]): void {
  for (const runId of new Set(events.map((event) => event.run_id))) {
    const queryKey = queryKeys.runningCalls(runId);
    if (!client.getQueryCache().find({ queryKey })) continue;
    const own = events.filter((event) => event.run_id === runId);
    client.setQueryData<RunningCalls>(queryKey, (state) => applyCallEvents(state ?? NO_CALLS, own));
  }
}
