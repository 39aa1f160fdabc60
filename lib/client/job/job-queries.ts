import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import { isUnderWay } from "./schedule";

/** While something is under way its page looks again this often; nothing tells the browser of it. */
const BUSY_MS = 1500;
const IDLE_MS = 15_000;

export function schedulesQuery(agentId: string | null) {
  return queryOptions({
    queryKey: queryKeys.schedules(agentId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/schedules", {
          params: { query: { limit: 200, ...(agentId ? { agent_id: agentId } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.some(({ last_firing }) => last_firing && isUnderWay(last_firing)) ? BUSY_MS : IDLE_MS,
  });
}

export function firingsQuery(agentId: string, scheduleId: string) {
  const path = { agent_id: agentId, scheduled_message_id: scheduleId };
  return queryOptions({
    queryKey: queryKeys.firings(scheduleId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/schedule/{scheduled_message_id}/firings", {
          params: { path, query: { limit: 50 } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? BUSY_MS : IDLE_MS),
  });
}

const isActive = (status: string) => status === "created" || status === "running" || status === "pending";

export function batchesQuery() {
  return queryOptions({
    queryKey: queryKeys.batches(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/messages/batches", { params: { query: { limit: 100 } }, signal })),
    refetchInterval: ({ state }) => (state.data?.some((batch) => isActive(batch.status)) ? BUSY_MS : IDLE_MS),
  });
}

export function batchItemsQuery(batchId: string, active: boolean) {
  return queryOptions({
    queryKey: queryKeys.batchItems(batchId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/messages/batches/{batch_id}/items", {
          params: { path: { batch_id: batchId }, query: { limit: 1000 } },
          signal,
        }),
      ),
    refetchInterval: active ? BUSY_MS : false,
  });
}
