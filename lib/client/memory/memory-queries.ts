import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { BlockVersion, Passage } from "../api/wire";

const VERSIONS_A_PAGE = 50;

/** The versions of a block, newest first. */
export function blockVersionsList(blockId: string): PagedList<BlockVersion> {
  return {
    queryKey: queryKeys.blockVersions(blockId),
    size: VERSIONS_A_PAGE,
    load: (query, signal) =>
      unwrap(api.GET("/v1/blocks/{block_id}/versions", { params: { path: { block_id: blockId }, query }, signal })),
  };
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

/** The life of a fact in an agent, and a verdict; with a step, by what the model was shown then. */
export function knowledgeQuery(agentId: string, query: string, stepId: string | null) {
  return queryOptions({
    queryKey: queryKeys.knowledge(agentId, query, stepId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/knowledge", {
          params: { path: { agent_id: agentId }, query: { q: query, ...(stepId ? { step_id: stepId } : {}) } },
          signal,
        }),
      ),
    enabled: query !== "",
    // It is asked for each time: the agent may have learned something since.
    staleTime: 0,
  });
}

/** Passages of an agent: the newest, or the best matches of a search, as the agent's own search tool ranks them. */
export function passagesQuery(agentId: string, search: string) {
  return queryOptions({
    queryKey: queryKeys.passages(agentId, search),
    queryFn: async ({ signal }): Promise<FoundPassage[]> => {
      if (search === "") {
        const query = { limit: 200, ascending: "false", include_embeddings: "false" };
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

const ASKED_AGAIN_MS = 2000;

/** How much of an agent's archives is indexed; asked again until all is. */
export function indexProgressQuery(agentId: string) {
  return queryOptions({
    queryKey: [...queryKeys.passages(agentId, ""), "index"],
    queryFn: async ({ signal }) => {
      const params = { path: { agent_id: agentId } };
      return (await unwrap(api.GET("/v1/agents/{agent_id}/index", { params, signal }))).passages;
    },
    refetchInterval: ({ state: { data } }) => (data && data.indexed >= data.total ? false : ASKED_AGAIN_MS),
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
