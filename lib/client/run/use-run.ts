"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { parseSse } from "@/lib/stream/sse";
import type { WireMessage } from "@/lib/stream/wire";
import { wireToItem } from "@/lib/stream/wire";
import { api, openStream, unwrap } from "../api/api";
import { ApiError } from "../api/api-error";
import { DEFAULT_CONVERSATION } from "../api/wire";
import type { Base64Image } from "./read-images";
import { applyItem, IDLE, isLive, type RunState } from "./run-state";

export type Outgoing =
  | { type: "message"; role: "user" | "system"; text: string; images: readonly Base64Image[]; otid: string }
  | { type: "approval"; decisions: { callId: string; approve: boolean; reason: string | null }[]; otid: string };

export type LiveRun = {
  state: RunState;
  /** What was sent and is not in the transcript yet. */
  sent: Outgoing | null;
  send(message: Outgoing): void;
  /** Follows a run that something else started, from its first item. */
  attach(runId: string): void;
  stop(): Promise<void>;
  /** Forgets the run: its messages are in the transcript. */
  clear(): void;
};

const RETRIES = 5;
const RETRY_MS = 500;

/**
 * The run of one conversation, as it streams. The state is the fold of the stream's items, at most once a frame. A
 * stream that breaks is taken up where it was cut; leaving the page leaves the run going.
 */
export function useRun(agentId: string, conversationId: string): LiveRun {
  const [state, setState] = useState<RunState>(IDLE);
  const [sent, setSent] = useState<Outgoing | null>(null);
  const latest = useRef(IDLE);
  const frame = useRef(0);
  const abort = useRef<AbortController | null>(null);

  const show = useCallback((next: RunState) => {
    latest.current = next;
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      setState(latest.current);
    });
  }, []);

  useEffect(
    () => () => {
      abort.current?.abort();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );

  const follow = useCallback(
    async (first: RunState, open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      show(first);
      const put = (next: RunState) => {
        if (!controller.signal.aborted) show(next);
      };
      await followRun({ open, read: () => latest.current, put, signal: controller.signal });
    },
    [show],
  );

  const send = useCallback(
    (message: Outgoing) => {
      setSent(message);
      const path: `/v1/${string}` =
        conversationId === DEFAULT_CONVERSATION
          ? `/v1/agents/${agentId}/messages`
          : `/v1/conversations/${conversationId}/messages`;
      const first: RunState = { ...IDLE, phase: "sending", started: true, startedAt: performance.now() };
      void follow(first, (signal) => openStream(path, requestOf(message), signal));
    },
    [agentId, conversationId, follow],
  );

  const attach = useCallback(
    (runId: string) => {
      const first: RunState = { ...IDLE, phase: "reconnecting", runId, startedAt: performance.now() };
      void follow(first, (signal) => resume(runId, 0, signal));
    },
    [follow],
  );

  const stop = useCallback(async () => {
    const { runId } = latest.current;
    const body = runId ? { run_ids: [runId] } : {};
    const path = { agent_id: agentId };
    await unwrap(api.POST("/v1/agents/{agent_id}/messages/cancel", { params: { path }, body }));
  }, [agentId]);

  const clear = useCallback(() => {
    setSent(null);
    if (!isLive(latest.current)) show(IDLE);
  }, [show]);

  return { state, sent, send, attach, stop, clear };
}

type Following = {
  open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  read: () => RunState;
  put: (state: RunState) => void;
  signal: AbortSignal;
};

/** Reads a stream to its end, over again from where it broke. A refusal ends it as `failed`. */
async function followRun({ open, read, put, signal }: Following): Promise<void> {
  let opening = open;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const ended = await readStream(await opening(signal), (item, now) => put(applyItem(read(), item, now)));
      if (ended) {
        const state = read();
        put({ ...state, phase: state.error ? "failed" : "done" });
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof ApiError && error.status !== 0;
      if (refused || attempt >= RETRIES || read().runId === null) {
        put({ ...read(), phase: "failed", error });
        return;
      }
    }
    const { runId, lastSeq } = read();
    if (runId === null || attempt >= RETRIES) {
      put({ ...read(), phase: "failed", error: new ApiError(0, "The stream ended before the run did.") });
      return;
    }
    put({ ...read(), phase: "reconnecting" });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** attempt));
    opening = (next) => resume(runId, lastSeq, next);
  }
}

/** @returns whether the stream said that it is complete. */
async function readStream(
  stream: ReadableStream<Uint8Array>,
  each: (item: ReturnType<typeof wireToItem>, now: number) => void,
): Promise<boolean> {
  for await (const event of parseSse(stream)) {
    if (event.data === "[DONE]") return true;
    each(wireToItem(JSON.parse(event.data) as WireMessage), performance.now());
  }
  return false;
}

function resume(runId: string, startingAfter: number, signal: AbortSignal) {
  return openStream(`/v1/runs/${runId}/stream`, { starting_after: startingAfter, include_pings: true }, signal);
}

function requestOf(message: Outgoing) {
  const options = {
    streaming: true,
    stream_tokens: true,
    background: true,
    include_pings: true,
    include_compaction_messages: true,
  };
  if (message.type === "message") {
    const { role, text, images, otid } = message;
    const said = text === "" ? [] : [{ type: "text", text }];
    const content = images.length === 0 ? text : [...said, ...images];
    return { messages: [{ type: "message", role, content, otid }], ...options };
  }
  const approvals = message.decisions.map(({ callId, approve, reason }) => ({
    type: "approval",
    tool_call_id: callId,
    approve,
    ...(reason ? { reason } : {}),
  }));
  return { messages: [{ type: "approval", approvals, otid: message.otid }], ...options };
}
