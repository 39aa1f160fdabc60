import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { Agent, AgentVersion, Conversation } from "../api/wire";

const AGENTS_A_PAGE = 50;
const VERSIONS_A_PAGE = 50;
const CONVERSATIONS_A_PAGE = 50;

/** Agents, newest first; the server searches. */
export function agentsList(filter: { query: string; tag: string | null } = { query: "", tag: null }): PagedList<Agent> {
  const wanted = {
    ...(filter.query ? { query_text: filter.query } : {}),
    ...(filter.tag ? { tags: [filter.tag] } : {}),
  };
  return {
    queryKey: queryKeys.agents(filter),
    size: AGENTS_A_PAGE,
    load: (page, signal) => unwrap(api.GET("/v1/agents", { params: { query: { ...page, ...wanted } }, signal })),
    keepsPrevious: true,
  };
}

/** The id of the agent that was made last; null where there is none. */
export function newestAgentQuery() {
  const query = { limit: 1, include: [] };
  return queryOptions({
    queryKey: queryKeys.newestAgent(),
    queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/agents", { params: { query }, signal })))[0]?.id ?? null,
  });
}

/** How many agents there are in all. */
export function agentCountQuery() {
  return queryOptions({
    queryKey: queryKeys.agentCount(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/agents/count", { signal })),
  });
}

export function agentQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.agent(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } }, signal })),
  });
}

/** Only what an agent is called: null where it is gone. */
export function agentNameQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.agentName(agentId),
    queryFn: async ({ signal }) => {
      const params = { path: { agent_id: agentId }, query: { include: [] } };
      const answer = await api.GET("/v1/agents/{agent_id}", { params, signal });
      if (answer.response.status === 404) return null;
      return (await unwrap(Promise.resolve(answer))).name;
    },
    staleTime: 60_000,
  });
}

/** The versions of an agent, newest first. */
export function agentVersionsList(agentId: string): PagedList<AgentVersion> {
  return {
    queryKey: queryKeys.agentVersions(agentId),
    size: VERSIONS_A_PAGE,
    load: (query, signal) =>
      unwrap(api.GET("/v1/agents/{agent_id}/versions", { params: { path: { agent_id: agentId }, query }, signal })),
  };
}

/** The conversations of an agent, newest first. */
export function conversationsList(agentId: string): PagedList<Conversation> {
  return {
    queryKey: queryKeys.conversations(agentId),
    size: CONVERSATIONS_A_PAGE,
    load: (page, signal) =>
      unwrap(api.GET("/v1/conversations", { params: { query: { agent_id: agentId, ...page } }, signal })),
  };
}

/** One conversation, by its id. */
export function conversationQuery(agentId: string, conversationId: string) {
  return queryOptions({
    queryKey: queryKeys.conversation(agentId, conversationId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/conversations/{conversation_id}", {
          params: { path: { conversation_id: conversationId } },
          signal,
        }),
      ),
  });
}

export function tagsQuery() {
  return queryOptions({
    queryKey: queryKeys.tags(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/tags", { signal })),
  });
}
