"use client";
import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { fold } from "@/lib/stream/fold";
import type { Message } from "@/lib/stream/message";
import { type WireMessage, wireToItem } from "@/lib/stream/wire";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

/** Messages of a conversation as far as they are loaded, oldest first. */
type Loaded = { messages: readonly WireMessage[]; complete: boolean };

const PAGE = 100;

/** @param cursor message ids: `before` is older than, `after` newer than it */
async function loadPage(
  agentId: string,
  conversationId: string,
  cursor: { before?: string; after?: string },
  signal?: AbortSignal,
): Promise<WireMessage[]> {
  const query = {
    limit: PAGE,
    conversation_id: conversationId,
    order: cursor.after ? ("asc" as const) : ("desc" as const),
    ...cursor,
  };
  const params = { path: { agent_id: agentId }, query };
  const page = await unwrap(api.GET("/v1/agents/{agent_id}/messages", { params, ...(signal ? { signal } : {}) }));
  return page as unknown as WireMessage[];
}

function transcriptQuery(agentId: string, conversationId: string) {
  return queryOptions({
    queryKey: queryKeys.transcript(agentId, conversationId),
    queryFn: async ({ signal }): Promise<Loaded> => {
      const messages = await loadPage(agentId, conversationId, {}, signal);
      return { messages, complete: messages.length === 0 };
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** Adds what came since the newest loaded message, page by page. Messages never change, so nothing is loaded twice. */
export async function loadNewer(client: QueryClient, agentId: string, conversationId: string): Promise<void> {
  const key = transcriptQuery(agentId, conversationId).queryKey;
  for (;;) {
    const newest = idOf(client.getQueryData(key)?.messages.at(-1));
    const page = await loadPage(agentId, conversationId, newest ? { after: newest } : {});
    if (page.length === 0) return;
    client.setQueryData(key, (loaded) => ({
      messages: join(loaded?.messages ?? [], page),
      complete: loaded?.complete ?? false,
    }));
    if (!newest) return;
  }
}

function join(older: readonly WireMessage[], newer: readonly WireMessage[]): WireMessage[] {
  const known = new Set(older.map(idOf));
  return [...older, ...newer.filter((message) => !known.has(idOf(message)))];
}

function idOf(message: WireMessage | undefined): string | undefined {
  return message && "id" in message ? message.id : undefined;
}

/** The messages of a conversation, newest page first, with older ones on demand. */
export function useTranscript(agentId: string, conversationId: string) {
  const client = useQueryClient();
  const options = useMemo(() => transcriptQuery(agentId, conversationId), [agentId, conversationId]);
  const query = useQuery(options);
  const loading = useRef(false);
  const [older, setOlder] = useState<{ loading: boolean; error: unknown }>({ loading: false, error: null });

  const loadOlder = useCallback(async () => {
    const loaded = client.getQueryData(options.queryKey);
    const before = idOf(loaded?.messages[0]);
    if (loading.current || !loaded || loaded.complete || !before) return;
    loading.current = true;
    setOlder({ loading: true, error: null });
    try {
      const page = await loadPage(agentId, conversationId, { before });
      client.setQueryData(options.queryKey, (now) => ({
        messages: join(page, now?.messages ?? []),
        complete: page.length === 0,
      }));
      setOlder({ loading: false, error: null });
    } catch (error) {
      setOlder({ loading: false, error });
    } finally {
      loading.current = false;
    }
  }, [agentId, client, conversationId, options]);

  const messages = useMemo(() => foldWire(query.data?.messages ?? []), [query.data]);
  return {
    messages,
    complete: query.data?.complete ?? false,
    status: query.status,
    error: query.error,
    refetch: query.refetch,
    loadOlder,
    older,
  };
}

/** Messages of the wire as the messages they tell of. */
export function foldWire(wire: readonly WireMessage[]): Message[] {
  return fold(wire.map(wireToItem));
}
