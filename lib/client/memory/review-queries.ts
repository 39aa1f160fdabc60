import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { Proposal } from "../api/wire";

export type ReviewFilter = { state: "waiting" | "decided"; agentId: string | null; blockId: string | null };

/** What an address says of the list. */
export const readReviewFilter = (address: { get(name: string): string | null }): ReviewFilter => ({
  state: address.get("state") === "decided" ? "decided" : "waiting",
  agentId: address.get("agent"),
  blockId: address.get("block"),
});

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
