"use client";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged";
import { queryKeys } from "../api/query-keys";
import type { Proposal, WritePolicy } from "../api/wire";

export type ReviewFilter = { state: "waiting" | "decided"; agentId: string | null; blockId: string | null };

const DECIDED = ["accepted", "changed", "refused", "expired"] as const;

/** As the API takes it. */
export function reviewQuery({ state, agentId, blockId }: ReviewFilter) {
  return {
    status: state === "waiting" ? (["pending"] as const).slice() : DECIDED.slice(),
    ...(agentId ? { agent_id: agentId } : {}),
    ...(blockId ? { block_id: blockId } : {}),
  };
}

const A_PAGE = 30;

/** Held writes, newest first. */
export function proposalsList(filter: ReviewFilter): PagedList<Proposal> {
  return {
    queryKey: queryKeys.proposalList(filter),
    size: A_PAGE,
    load: (page, signal) =>
      unwrap(api.GET("/v1/memory-proposals", { params: { query: { ...page, ...reviewQuery(filter) } }, signal })),
    keepsPrevious: true,
  };
}

export function proposalQuery(id: string) {
  return queryOptions({
    queryKey: queryKeys.proposal(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/memory-proposals/{proposal_id}", { params: { path: { proposal_id: id } }, signal })),
  });
}

/** How many of an agent's writes wait. */
export function waitingQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.proposalsWaiting(agentId),
    queryFn: ({ signal }) => {
      const query = { agent_id: agentId, status: ["pending" as const] };
      return unwrap(api.GET("/v1/memory-proposals/count", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function writePolicyQuery(blockId: string) {
  return queryOptions({
    queryKey: queryKeys.writePolicy(blockId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/blocks/{block_id}/write-policy", { params: { path: { block_id: blockId } }, signal })),
  });
}

export type DecisionMade =
  | { type: "accept"; baseVersionId: string }
  | { type: "change"; value: string; baseVersionId: string }
  | { type: "refuse"; reason: string };

/** Decides a held write. What it was decided on is named, so that nothing that came meanwhile is overlooked. */
export function useDecide(proposalId: string) {
  const client = useQueryClient();
  const params = { path: { proposal_id: proposalId } };
  return useMutation({
    mutationFn: async (decision: DecisionMade): Promise<Proposal> => {
      if (decision.type === "refuse") {
        const body = { reason: decision.reason.trim() || null };
        return unwrap(api.POST("/v1/memory-proposals/{proposal_id}/refuse", { params, body }));
      }
      const value = decision.type === "change" ? { value: decision.value } : {};
      const body = { ...value, base_version_id: decision.baseVersionId };
      return unwrap(api.POST("/v1/memory-proposals/{proposal_id}/accept", { params, body }));
    },
    onSettled: () =>
      Promise.all(
        [queryKeys.proposals(), ["block"], ["agent"], ["context"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

export type PolicyDraft = Pick<WritePolicy, "writes" | "locked_lines" | "expires_after_hours">;

export function useSetPolicy(blockId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PolicyDraft) =>
      unwrap(api.PUT("/v1/blocks/{block_id}/write-policy", { params: { path: { block_id: blockId } }, body })),
    onSuccess: (policy) => {
      client.setQueryData(queryKeys.writePolicy(blockId), policy);
      return Promise.all(
        [queryKeys.block(blockId), ["agent"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
  });
}
