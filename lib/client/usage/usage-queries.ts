import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import { type DashboardFilter, datesOf } from "./dashboard-filter";

const FRESH_MS = 60_000;

const queryOf = (filter: DashboardFilter, now: number) => ({
  ...datesOf(filter, now),
  ...(filter.agentId ? { agent_id: filter.agentId } : {}),
  ...(filter.model ? { model: filter.model } : {}),
});

/** What the filter's runs used, by hour or day. */
export function usageQuery(filter: DashboardFilter, now: number) {
  const query = queryOf(filter, now);
  return queryOptions({
    queryKey: queryKeys.usage("all", query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/usage", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export type GroupsBy = "agent" | "model" | "user";

export function usageGroupsQuery(filter: DashboardFilter, now: number, by: GroupsBy) {
  const query = { ...queryOf(filter, now), by, limit: 10 };
  return queryOptions({
    queryKey: queryKeys.usage("groups", query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/usage/groups", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function toolUsageQuery(filter: DashboardFilter, now: number, orderBy: "slowest" | "failures") {
  const { model: _, ...query } = { ...queryOf(filter, now), model: "", order_by: orderBy, limit: 8 };
  return queryOptions({
    queryKey: queryKeys.usage("tools", query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/usage/tools", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function fullBlocksQuery(agentId: string | undefined) {
  const query = { limit: 8, ...(agentId ? { agent_id: agentId } : {}) };
  return queryOptions({
    queryKey: queryKeys.usage("blocks", query),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/usage/blocks", { params: { query }, signal })),
    staleTime: FRESH_MS,
  });
}
