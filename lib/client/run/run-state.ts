import { EMPTY_FOLD, type FoldState, foldItem } from "@/lib/stream/fold";
import type { Item, Usage } from "@/lib/stream/item";
import type { StopReason } from "@/lib/stream/message";

export type RunPhase = "idle" | "sending" | "streaming" | "reconnecting" | "done" | "failed";

/** A run as far as its stream has come. Times are `performance.now()`, in milliseconds. */
export type RunState = {
  phase: RunPhase;
  runId: string | null;
  /** Of the last item that the journal numbered. */
  lastSeq: number;
  fold: FoldState;
  stop: StopReason | null;
  usage: Usage | null;
  /** What the stream said went wrong: an error in-band or a request that failed. */
  error: unknown;
  /** Whether this page started the run, so that its times can be measured here. */
  started: boolean;
  startedAt: number;
  firstTokenAt: number | null;
  lastTokenAt: number | null;
  /** Fragments of text; about one token each. */
  fragments: number;
};

export const IDLE: RunState = {
  phase: "idle",
  runId: null,
  lastSeq: 0,
  fold: EMPTY_FOLD,
  stop: null,
  usage: null,
  error: null,
  started: false,
  startedAt: 0,
  firstTokenAt: null,
  lastTokenAt: null,
  fragments: 0,
};

/** An error that a stream carried after its first byte. */
export class InBandError extends Error {
  readonly errorType: string;
  readonly detail: string | null;

  constructor(item: { errorType: string; message: string; detail: string | null }) {
    super(item.message);
    this.name = "InBandError";
    this.errorType = item.errorType;
    this.detail = item.detail;
  }
}

/** One step of the reducer. An item whose `seqId` was seen before changes nothing. */
export function applyItem(state: RunState, item: Item, now: number): RunState {
  const seq = "seqId" in item ? item.seqId : null;
  const runId = state.runId ?? ("runId" in item ? item.runId : null);
  const head = { ...state, runId, phase: "streaming" as const };
  switch (item.type) {
    case "ping":
      return head;
    case "stop":
      return { ...head, stop: item.stopReason };
    case "usage":
      return { ...head, usage: item };
    case "error":
      return { ...head, error: new InBandError(item) };
  }
  if (seq !== null && seq <= state.lastSeq) return state;
  const counted = isText(item) ? count(head, now) : head;
  return { ...counted, lastSeq: seq ?? state.lastSeq, fold: foldItem(state.fold, item) };
}

function isText(item: Item): boolean {
  return (
    item.type === "assistant" ||
    item.type === "reasoning" ||
    item.type === "tool-call-delta" ||
    item.type === "approval-request-delta"
  );
}

function count(state: RunState, now: number): RunState {
  const fragments = state.fragments + 1;
  return { ...state, fragments, firstTokenAt: state.firstTokenAt ?? now, lastTokenAt: now };
}

export function isLive(state: RunState): boolean {
  return state.phase === "sending" || state.phase === "streaming" || state.phase === "reconnecting";
}

/** Tokens per second since the first one; null before it can be told, and where what was said before came at once. */
export function tokenRate(state: RunState): number | null {
  if (!state.started || state.firstTokenAt === null || state.lastTokenAt === null || state.fragments < 2) return null;
  const seconds = (state.lastTokenAt - state.firstTokenAt) / 1000;
  return seconds > 0 ? (state.fragments - 1) / seconds : null;
}

/** Milliseconds to the first token; null where this page did not start the run. */
export function timeToFirstToken(state: RunState): number | null {
  return state.started && state.firstTokenAt !== null ? state.firstTokenAt - state.startedAt : null;
}
