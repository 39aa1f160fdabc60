import { type Envelope, type Item, isMute, type MessageItem, type RunItem } from "./item";
import type { ContentPart, StopReason } from "./message";
import {
  readCalls,
  readDecisions,
  readDelta,
  readReturns,
  readStats,
  type WireCalls,
  type WireCompactionStats,
  type WireDecisions,
  type WireReturns,
  wireCalls,
  wireDecisions,
  wireDelta,
  wireReturns,
  wireStats,
} from "./wire-parts";

type Head<T extends string> = {
  id: string;
  /** `2026-01-02T03:04:05+00:00`. */
  date: string;
  name: string | null;
  message_type: T;
  otid: string | null;
  sender_id: string | null;
  step_id: string | null;
  is_err: boolean | null;
  seq_id: number | null;
  run_id: string | null;
};

/** One element of the contract's message union, as JSON. */
export type WireMessage =
  | (Head<"user_message"> & { content: string | ContentPart[] })
  | (Head<"system_message"> & { content: string })
  | (Head<"assistant_message"> & { content: string | ContentPart[] })
  | (Head<"reasoning_message"> & Omit<Extract<MessageItem, { type: "reasoning" }>, keyof Envelope | "type">)
  | (Head<"hidden_reasoning_message"> & { state: "redacted" | "omitted"; hidden_reasoning: string | null })
  | (Head<"tool_call_message"> & WireCalls)
  | (Head<"approval_request_message"> & WireCalls)
  | (Head<"tool_return_message"> & WireReturns)
  | (Head<"approval_response_message"> & WireDecisions)
  | (Head<"summary_message"> & { summary: string; compaction_stats: WireCompactionStats | null })
  | (Head<"event_message"> & { event_type: "compaction"; event_data: Record<string, unknown> })
  | Head<"ping">
  | WireRunMessage;

export type WireRunMessage =
  | { message_type: "stop_reason"; stop_reason: StopReason }
  | {
      message_type: "usage_statistics";
      completion_tokens: number;
      prompt_tokens: number;
      total_tokens: number;
      step_count: number;
      run_ids: string[] | null;
      cached_input_tokens: number | null;
      cache_write_tokens: number | null;
      reasoning_tokens: number | null;
      context_tokens: number | null;
    }
  | {
      message_type: "error_message";
      run_id: string | null;
      error_type: string;
      message: string;
      detail: string | null;
      seq_id: number | null;
    };
export type WireMessageType = WireMessage["message_type"];

/** The wire type of each kind of item. */
export const WIRE_TYPES: Record<Item["type"], WireMessageType> = {
  user: "user_message",
  system: "system_message",
  assistant: "assistant_message",
  reasoning: "reasoning_message",
  "hidden-reasoning": "hidden_reasoning_message",
  "tool-call": "tool_call_message",
  "tool-call-delta": "tool_call_message",
  "approval-request": "approval_request_message",
  "approval-request-delta": "approval_request_message",
  "tool-return": "tool_return_message",
  "approval-response": "approval_response_message",
  summary: "summary_message",
  event: "event_message",
  ping: "ping",
  stop: "stop_reason",
  usage: "usage_statistics",
  error: "error_message",
};

const RUN_ITEMS: ReadonlySet<Item["type"]> = new Set<RunItem["type"]>(["ping", "stop", "usage", "error"]);

/**
 * Whether an item is among the message types asked for (`include_return_message_types`). Null asks for all; what is
 * said of the run itself (ping, stop, usage, error) always is, and what only a provider reads never.
 */
export function filterReturnTypes(types: readonly string[] | null | undefined): (item: Item) => boolean {
  return (item) => {
    if (isMute(item)) return false;
    return types == null || RUN_ITEMS.has(item.type) || types.includes(WIRE_TYPES[item.type]);
  };
}

/**
 * One item in the contract's words: keys in its order, absent values null, `date` without fractions of a second.
 *
 * Three things have no place on the wire: the fraction of a date, the `name` of a tool-return item and the tool names
 * of all its returns but the first, whose name takes the message's.
 */
export function itemToWire(item: Item): WireMessage {
  switch (item.type) {
    case "user":
      return { ...head(item, "user_message"), content: item.content };
    case "system":
      return { ...head(item, "system_message"), content: item.content };
    case "assistant":
      return { ...head(item, "assistant_message"), content: item.content };
    case "reasoning": {
      const { source, reasoning, signature } = item;
      return { ...head(item, "reasoning_message"), source, reasoning, signature };
    }
    case "hidden-reasoning": {
      const { state, hiddenReasoning } = item;
      return { ...head(item, "hidden_reasoning_message"), state, hidden_reasoning: hiddenReasoning };
    }
    case "tool-call":
      return { ...head(item, "tool_call_message"), ...wireCalls(item.calls) };
    case "approval-request":
      return { ...head(item, "approval_request_message"), ...wireCalls(item.calls) };
    case "tool-call-delta":
      return { ...head(item, "tool_call_message"), ...wireDelta(item.call) };
    case "approval-request-delta":
      return { ...head(item, "approval_request_message"), ...wireDelta(item.call) };
    case "tool-return":
      return {
        ...head({ ...item, name: item.returns[0]?.name ?? null }, "tool_return_message"),
        ...wireReturns(item.returns),
      };
    case "approval-response":
      return { ...head(item, "approval_response_message"), ...wireDecisions(item.decisions) };
    case "summary":
      return { ...head(item, "summary_message"), summary: item.summary, compaction_stats: wireStats(item.stats) };
    case "event":
      return { ...head(item, "event_message"), event_type: item.eventType, event_data: item.eventData };
    default:
      return runItemToWire(item);
  }
}

function runItemToWire(item: RunItem): WireMessage {
  switch (item.type) {
    case "ping": {
      const nothing = { otid: null, name: null, senderId: null, stepId: null, isErr: null };
      return head({ ...nothing, id: item.id, date: item.date, runId: item.runId, seqId: item.seqId }, "ping");
    }
    case "stop":
      return { message_type: "stop_reason", stop_reason: item.stopReason };
    case "usage":
      return {
        message_type: "usage_statistics",
        completion_tokens: item.completionTokens,
        prompt_tokens: item.promptTokens,
        total_tokens: item.totalTokens,
        step_count: item.stepCount,
        run_ids: item.runIds,
        cached_input_tokens: item.cachedInputTokens,
        cache_write_tokens: item.cacheWriteTokens,
        reasoning_tokens: item.reasoningTokens,
        context_tokens: item.contextTokens,
      };
    case "error": {
      const { runId, errorType, message, detail, seqId } = item;
      return { message_type: "error_message", run_id: runId, error_type: errorType, message, detail, seq_id: seqId };
    }
  }
}

/**
 * The item that a wire message says: `wireToItem(itemToWire(x))` equals `x` where `x` has a date as `Date.toISOString`
 * writes it with no milliseconds, and a tool-return item a null `name` and no tool names after its first return.
 * Keys that are missing read as null; a kind of message that isn't known reads as a ping.
 */
export function wireToItem(wire: WireMessage): Item {
  switch (wire.message_type) {
    case "user_message":
      return { ...envelope(wire), type: "user", content: wire.content };
    case "system_message":
      return { ...envelope(wire), type: "system", content: wire.content };
    case "assistant_message":
      return { ...envelope(wire), type: "assistant", content: wire.content };
    case "reasoning_message": {
      const { source = "non_reasoner_model", reasoning, signature = null } = wire;
      return { ...envelope(wire), type: "reasoning", reasoning, source, signature };
    }
    case "hidden_reasoning_message": {
      const { state, hidden_reasoning: hiddenReasoning = null } = wire;
      return { ...envelope(wire), type: "hidden-reasoning", state, hiddenReasoning };
    }
    case "tool_call_message":
      return callsToItem(wire, "tool-call");
    case "approval_request_message":
      return callsToItem(wire, "approval-request");
    case "tool_return_message":
      return { ...envelope(wire), name: null, type: "tool-return", returns: readReturns(wire) };
    case "approval_response_message":
      return { ...envelope(wire), type: "approval-response", decisions: readDecisions(wire) };
    case "summary_message":
      return { ...envelope(wire), type: "summary", summary: wire.summary, stats: readStats(wire.compaction_stats) };
    case "event_message":
      return { ...envelope(wire), type: "event", eventType: wire.event_type, eventData: wire.event_data };
    case "stop_reason":
    case "usage_statistics":
    case "error_message":
      return wireToRunItem(wire);
    default:
      return pingItem(wire);
  }
}

function pingItem(wire: Head<string>): Item {
  const { id, date, runId, seqId } = envelope(wire);
  return { type: "ping", id, date, runId, seqId };
}

function callsToItem(wire: Head<string> & WireCalls, kind: "tool-call" | "approval-request"): Item {
  const calls = readCalls(wire);
  if (calls === null) return { ...envelope(wire), type: `${kind}-delta`, call: readDelta(wire) };
  return { ...envelope(wire), type: kind, calls };
}

function wireToRunItem(wire: WireRunMessage): RunItem {
  switch (wire.message_type) {
    case "stop_reason":
      return { type: "stop", stopReason: wire.stop_reason };
    case "error_message": {
      const { run_id: runId = null, error_type: errorType, message, detail = null, seq_id: seqId = null } = wire;
      return { type: "error", runId, errorType, message, detail, seqId };
    }
    case "usage_statistics":
      return {
        type: "usage",
        completionTokens: wire.completion_tokens ?? 0,
        promptTokens: wire.prompt_tokens ?? 0,
        totalTokens: wire.total_tokens ?? 0,
        stepCount: wire.step_count ?? 0,
        runIds: wire.run_ids ?? null,
        cachedInputTokens: wire.cached_input_tokens ?? null,
        cacheWriteTokens: wire.cache_write_tokens ?? null,
        reasoningTokens: wire.reasoning_tokens ?? null,
        contextTokens: wire.context_tokens ?? null,
      };
  }
}

function head<T extends string>(item: Envelope, type: T): Head<T> {
  return {
    id: item.id,
    date: wireDate(item.date),
    name: item.name,
    message_type: type,
    otid: item.otid,
    sender_id: item.senderId,
    step_id: item.stepId,
    is_err: item.isErr,
    seq_id: item.seqId,
    run_id: item.runId,
  };
}

function envelope(wire: Head<string>): Envelope {
  return {
    id: wire.id,
    otid: wire.otid ?? null,
    date: isoDate(wire.date),
    name: wire.name ?? null,
    senderId: wire.sender_id ?? null,
    stepId: wire.step_id ?? null,
    runId: wire.run_id ?? null,
    isErr: wire.is_err ?? null,
    seqId: wire.seq_id ?? null,
  };
}

/** A date that can't be read passes as it is, both ways. */
function wireDate(date: string): string {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? date : `${time.toISOString().slice(0, 19)}+00:00`;
}

function isoDate(date: string): string {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? date : time.toISOString();
}
