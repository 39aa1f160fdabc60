import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./api/api";
import { queryKeys } from "./api/query-keys";
import type { Context, Model, Passage } from "./api/wire";
import { DEFAULT_CONVERSATION } from "./api/wire";

/** Records of the ledger never change: once loaded they stay. */
const IMMUTABLE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 10 * 60_000 };

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

export function contextQuery(agentId: string, conversationId: string) {
  const query = conversationId === DEFAULT_CONVERSATION ? {} : { conversation_id: conversationId };
  return queryOptions({
    queryKey: queryKeys.context(agentId, conversationId),
    queryFn: ({ signal }): Promise<Context> =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/context/sections", {
          params: { path: { agent_id: agentId }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function stepContextQuery(stepId: string) {
  return queryOptions({
    queryKey: queryKeys.stepContext(stepId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps/{step_id}/context", { params: { path: { step_id: stepId } }, signal })),
    placeholderData: keepPreviousData,
    ...IMMUTABLE,
  });
}

export function stateQuery(agentId: string, stepId: string) {
  return queryOptions({
    queryKey: queryKeys.state(agentId, stepId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/state", {
          params: { path: { agent_id: agentId }, query: { step_id: stepId, moment: "after" } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...IMMUTABLE,
  });
}

export function contextDiffQuery(from: string, to: string) {
  return queryOptions({
    queryKey: queryKeys.contextDiff(from, to),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/steps/{step_id}/context/diff", {
          params: { path: { step_id: to }, query: { with: from } },
          signal,
        }),
      ),
    ...IMMUTABLE,
  });
}

const STEPS_LOADED = 200;

/** The newest steps of an agent, with the start and end of each tool call. */
export function stepsQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.steps(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps", { params: { query: { agent_id: agentId, limit: STEPS_LOADED } }, signal })),
  });
}

/** What the model's provider was sent and what it answered. */
export function stepTraceQuery(stepId: string) {
  return queryOptions({
    queryKey: queryKeys.stepTrace(stepId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps/{step_id}/trace", { params: { path: { step_id: stepId } }, signal })),
    ...IMMUTABLE,
  });
}

export function blockVersionsQuery(blockId: string) {
  return queryOptions({
    queryKey: queryKeys.blockVersions(blockId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/blocks/{block_id}/versions", {
          params: { path: { block_id: blockId }, query: { limit: 200 } },
          signal,
        }),
      ),
  });
}

/** @param versionId the head if null */
export function blameQuery(blockId: string, versionId: string | null) {
  const query = versionId ? { version_id: versionId } : {};
  return queryOptions({
    queryKey: queryKeys.blame(blockId, versionId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/blocks/{block_id}/blame", { params: { path: { block_id: blockId }, query }, signal })),
  });
}

export function blockAgentsQuery(blockId: string) {
  return queryOptions({
    queryKey: queryKeys.blockAgents(blockId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/blocks/{block_id}/agents", { params: { path: { block_id: blockId } }, signal })),
  });
}

/** Passages of an agent: the newest, or the best matches of a search, as the agent's own search tool ranks them. */
export function passagesQuery(agentId: string, search: string) {
  return queryOptions({
    queryKey: queryKeys.passages(agentId, search),
    queryFn: async ({ signal }): Promise<FoundPassage[]> => {
      if (search === "") {
        const query = { limit: 200, ascending: "false" };
        const list = await unwrap(
          api.GET("/v1/agents/{agent_id}/archival-memory", { params: { path: { agent_id: agentId }, query }, signal }),
        );
        return list.map(toFound);
      }
      const params = { path: { agent_id: agentId }, query: { query: search, top_k: 50 } };
      const found = await unwrap(api.GET("/v1/agents/{agent_id}/archival-memory/search", { params, signal }));
      return found.results.map((one) => ({
        id: one.id,
        text: one.content,
        tags: one.tags,
        at: one.timestamp,
        rank: one.rank,
        score: one.score,
      }));
    },
    placeholderData: keepPreviousData,
  });
}

export type FoundPassage = {
  id: string;
  text: string;
  tags: string[];
  at: string;
  rank: number | null;
  score: number | null;
};

function toFound(passage: Passage): FoundPassage {
  return {
    id: passage.id,
    text: passage.text,
    tags: passage.tags ?? [],
    at: passage.created_at,
    rank: null,
    score: null,
  };
}

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

export function modelsQuery() {
  return queryOptions({
    queryKey: queryKeys.models(),
    queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/models", { signal }))) as unknown as Model[],
    staleTime: 60_000,
  });
}

export function healthQuery() {
  return queryOptions({
    queryKey: queryKeys.health(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/health", { signal })),
  });
}

export function tagsQuery() {
  return queryOptions({
    queryKey: queryKeys.tags(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/tags", { signal })),
  });
}

/** Providers that were added here; those of the server's environment are not among them. */
export function providersQuery() {
  return queryOptions({
    queryKey: queryKeys.providers(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/providers", { signal })),
  });
}
