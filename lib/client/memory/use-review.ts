"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Proposal, WritePolicy } from "../api/wire";

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
