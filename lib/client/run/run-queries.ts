import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList, PageRequest } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { RunSummary, RunView } from "../api/wire";
import { type RunFilter, runFilterQuery } from "./run-filter";

/** Runs as the contract lists them, newest first. */
export function runsQuery({ agentId, active = false, limit }: { agentId: string; active?: boolean; limit: number }) {
  const query = { limit, active: String(active), agent_id: agentId };
  return queryOptions({
    queryKey: queryKeys.runs(query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/runs", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

const ACTIVE_MS = 5000;
const MOST_ACTIVE = 100;

/** What runs now, newest first. */
export function activeRunsQuery() {
  const query = { limit: MOST_ACTIVE, statuses: ["created" as const, "running" as const] };
  return queryOptions({
    queryKey: queryKeys.runs({ active: true }),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/runs/summaries", { params: { query }, signal })),
    refetchInterval: ACTIVE_MS,
  });
}

const RUNS_A_PAGE = 50;

/** A page of runs, newest first. */
export function loadRuns(filter: RunFilter, page: PageRequest, signal?: AbortSignal) {
  const query = { ...page, ...runFilterQuery(filter) };
  return unwrap(api.GET("/v1/runs/summaries", { params: { query }, ...(signal ? { signal } : {}) }));
}

/** Runs, newest first. */
export function runsList(filter: RunFilter): PagedList<RunSummary> {
  return {
    queryKey: queryKeys.runList(filter),
    size: RUNS_A_PAGE,
    load: (page, signal) => loadRuns(filter, page, signal),
    keepsPrevious: true,
  };
}

/** One run, by its id. */
export function runQuery(runId: string) {
  return queryOptions({
    queryKey: queryKeys.run(runId),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
  });
}

export function runStepsQuery(runId: string) {
  return queryOptions({
    queryKey: queryKeys.runSteps(runId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/runs/{run_id}/steps", { params: { path: { run_id: runId }, query: { order: "asc" } }, signal }),
      ),
  });
}

/** The views of runs that who is signed in keeps. */
export function runViewsQuery() {
  return queryOptions({
    queryKey: queryKeys.runViews(),
    queryFn: async ({ signal }): Promise<RunView[]> => unwrap(api.GET("/v1/runs/views", { signal })),
  });
}
