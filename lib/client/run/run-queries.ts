import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged";
import { queryKeys } from "../api/query-keys";
import type { Run } from "../api/wire";

export type RunFilter = { agentId?: string; status?: string; active?: boolean; limit?: number };

export function runsQuery({ agentId, status, active = false, limit = 100 }: RunFilter = {}) {
  const query = {
    limit,
    active: String(active),
    ...(agentId ? { agent_id: agentId } : {}),
    ...(status ? { statuses: [status] } : {}),
  };
  return queryOptions({
    queryKey: queryKeys.runs(query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/runs", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

const RUNS_A_PAGE = 50;

/** Runs, newest first. */
export function runsList({ agentId, status }: Omit<RunFilter, "active" | "limit">): PagedList<Run> {
  const wanted = { ...(agentId ? { agent_id: agentId } : {}), ...(status ? { statuses: [status] } : {}) };
  return {
    queryKey: queryKeys.runList(wanted),
    size: RUNS_A_PAGE,
    load: (page, signal) => unwrap(api.GET("/v1/runs", { params: { query: { ...page, ...wanted } }, signal })),
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
