import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { Batch, BatchItem, Schedule } from "../api/wire";
import { isUnderWay } from "./schedule";

/** While something is under way its page looks again this often; nothing tells the browser of it. */
const BUSY_MS = 1500;
const IDLE_MS = 15_000;

const A_PAGE = 50;

/** Schedules, newest first; of one agent, or of all. */
export function schedulesList(agentId: string | null): PagedList<Schedule> {
  const wanted = agentId ? { agent_id: agentId } : {};
  return {
    queryKey: queryKeys.schedules(agentId),
    size: A_PAGE,
    load: (page, signal) => unwrap(api.GET("/v1/schedules", { params: { query: { ...page, ...wanted } }, signal })),
    keepsPrevious: true,
    lookAgainMs: (items) =>
      items.some(({ last_firing }) => last_firing && isUnderWay(last_firing)) ? BUSY_MS : IDLE_MS,
  };
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

/** Batches, newest first. */
export function batchesList(): PagedList<Batch> {
  return {
    queryKey: queryKeys.batches(),
    size: A_PAGE,
    load: (query, signal) => unwrap(api.GET("/v1/messages/batches", { params: { query }, signal })),
    lookAgainMs: (items) => (items.some((batch) => isActive(batch.status)) ? BUSY_MS : IDLE_MS),
  };
}

const ITEMS_A_PAGE = 200;

/** What became of the requests of a batch, in their order. */
export function batchItemsList(batchId: string, active: boolean): PagedList<BatchItem> {
  return {
    queryKey: queryKeys.batchItems(batchId),
    size: ITEMS_A_PAGE,
    load: (query, signal) =>
      unwrap(
        api.GET("/v1/messages/batches/{batch_id}/items", { params: { path: { batch_id: batchId }, query }, signal }),
      ),
    lookAgainMs: () => (active ? BUSY_MS : false),
  };
}
