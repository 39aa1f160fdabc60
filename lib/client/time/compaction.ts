"use client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { CompactionPreview } from "../api/wire";

export const MODES = [
  { mode: "sliding_window", name: "Sliding window", says: "the oldest messages, summarized apart" },
  { mode: "all", name: "All", says: "every message, summarized apart" },
  { mode: "self_compact_sliding_window", name: "Sliding window, by itself", says: "the oldest, by the agent itself" },
  { mode: "self_compact_all", name: "All, by itself", says: "every message, by the agent itself" },
] as const;
export type Mode = (typeof MODES)[number]["mode"];

type Where = { agentId: string; conversationId: string };
const pathOf = ({ conversationId }: Where) => ({ path: { conversation_id: conversationId } });

/** What is marked, and the newest compaction. */
export function compactionQuery(where: Where) {
  const params = { ...pathOf(where), query: { agent_id: where.agentId } };
  return queryOptions({
    queryKey: queryKeys.compaction(where.agentId, where.conversationId),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/conversations/{conversation_id}/compaction", { params, signal })),
  });
}

/** What would go in a mode; no model is asked. */
export function previewQuery(where: Where, mode: Mode) {
  const body = { agent_id: where.agentId, compaction_settings: { mode }, summarize: false };
  return queryOptions({
    queryKey: queryKeys.compactionPreview(where.agentId, where.conversationId, mode),
    queryFn: ({ signal }): Promise<CompactionPreview> =>
      unwrap(
        api.POST("/v1/conversations/{conversation_id}/compaction/preview", { params: pathOf(where), body, signal }),
      ),
    retry: false,
  });
}

export type Wish = { mode: Mode; lines: readonly string[] };

/** Asks for a summary, applies one, takes the newest back, or marks what must stay. */
export function useCompaction(where: Where) {
  const client = useQueryClient();
  const params = pathOf(where);
  const wish = ({ mode, lines }: Wish) => ({
    agent_id: where.agentId,
    compaction_settings: { mode },
    keep_lines: [...lines],
  });
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["context", where.agentId] }),
      client.invalidateQueries({ queryKey: queryKeys.timeline(where.agentId) }),
    ]);
  const summarize = useMutation({
    mutationFn: (given: Wish): Promise<CompactionPreview> =>
      unwrap(api.POST("/v1/conversations/{conversation_id}/compaction/preview", { params, body: wish(given) })),
  });
  const apply = useMutation({
    mutationFn: ({ summary, baseSeq, ...given }: Wish & { summary: string; baseSeq: number }) =>
      unwrap(
        api.POST("/v1/conversations/{conversation_id}/compaction/apply", {
          params,
          body: { ...wish(given), summary, base_seq: baseSeq },
        }),
      ),
    onSettled: refresh,
  });
  const undo = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/conversations/{conversation_id}/compaction/undo", { params, body: { agent_id: where.agentId } }),
      ),
    onSettled: refresh,
  });
  const keep = useMutation({
    mutationFn: (messageIds: readonly string[]) =>
      unwrap(
        api.PUT("/v1/conversations/{conversation_id}/compaction/kept-messages", {
          params,
          body: { agent_id: where.agentId, message_ids: [...messageIds] },
        }),
      ),
    onSettled: refresh,
  });
  return { summarize, apply, undo, keep };
}
