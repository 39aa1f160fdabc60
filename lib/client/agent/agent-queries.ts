import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export function agentsQuery(filter: { query: string; tag: string | null }) {
  const query = {
    limit: 200,
    ...(filter.query ? { query_text: filter.query } : {}),
    ...(filter.tag ? { tags: [filter.tag] } : {}),
  };
  return queryOptions({
    queryKey: queryKeys.agents(filter),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/agents", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function agentQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.agent(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } }, signal })),
  });
}

export function agentVersionsQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.agentVersions(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/agents/{agent_id}/versions", { params: { path: { agent_id: agentId } }, signal })),
  });
}

export function conversationsQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.conversations(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/conversations", { params: { query: { agent_id: agentId, limit: 100 } }, signal })),
  });
}

export function tagsQuery() {
  return queryOptions({
    queryKey: queryKeys.tags(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/tags", { signal })),
  });
}
