import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

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

export function runStepsQuery(runId: string) {
  return queryOptions({
    queryKey: queryKeys.runSteps(runId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/runs/{run_id}/steps", { params: { path: { run_id: runId }, query: { order: "asc" } }, signal }),
      ),
  });
}
