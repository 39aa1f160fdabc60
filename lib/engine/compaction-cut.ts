import type { Message, Part } from "@/lib/stream/message";

export type CompactionMode = "sliding_window" | "all" | "self_compact_sliding_window" | "self_compact_all";

export type CutInput = {
  /** In context, oldest first, without the system message. */
  messages: readonly Message[];
  /** Tokens of each message. */
  tokens: readonly number[];
  /** Tokens that stay whatever is cut: the system prompt and the tools. */
  fixedTokens: number;
  contextWindow: number;
  mode: CompactionMode;
  /** Part of the window to set free, from 0 to 1. Only for the modes with a sliding window. */
  slidingWindowPercentage: number;
};

export type Cut = { evict: Message[]; keep: Message[] };

/**
 * Which messages a compaction takes out of context: always the oldest, up to a boundary that leaves no tool call without
 * its return and no approval request without its answer. What waits for an answer stays.
 *
 * With a sliding window (Letta V1 §3.8) the cut is first looked for at `slidingWindowPercentage` + 10 % of the messages and
 * moves on by 10 % until the rest fits into 1 − `slidingWindowPercentage` of the window; what is kept starts with an
 * assistant's message or an approval request. Where that is impossible, and in the modes `all`, everything goes that may.
 * Null when nothing would be won: there is nothing to evict but an earlier summary.
 */
export function cutForCompaction(input: CutInput): Cut | null {
  const { messages, mode } = input;
  const isSliding = mode === "sliding_window" || mode === "self_compact_sliding_window";
  const boundaries = safeBoundaries(messages);
  const at = (isSliding ? slidingCut(input, boundaries) : null) ?? boundaries.at(-1) ?? 0;
  if (!isWorthwhile(messages, at)) return null;
  return { evict: messages.slice(0, at), keep: messages.slice(at) };
}

/** The last boundary at or before each share of the messages, until the rest fits. Null where it never does. */
function slidingCut(input: CutInput, boundaries: readonly number[]): number | null {
  const { messages, tokens, fixedTokens, contextWindow, slidingWindowPercentage: percentage } = input;
  const goalTokens = (1 - percentage) * contextWindow;
  const starts = boundaries.filter((at) => at < messages.length && startsTurn(messages[at]!));
  for (let tenth = 1; percentage + (tenth - 1) / 10 < 1; tenth++) {
    const share = Math.min(percentage + tenth / 10, 1);
    const at = starts.findLast((start) => start <= Math.round(share * messages.length));
    if (at === undefined || !isWorthwhile(messages, at)) continue;
    const keptTokens = tokens.slice(at).reduce((sum, count) => sum + count, 0);
    if (fixedTokens + keptTokens <= goalTokens) return at;
  }
  return null;
}

function startsTurn({ role, parts }: Message): boolean {
  return role === "assistant" || (role === "approval" && parts.some((part) => part.type === "tool_call"));
}

function isWorthwhile(messages: readonly Message[], at: number): boolean {
  return messages.slice(0, at).some((message) => message.role !== "summary");
}

/** One tool call and what belongs to it: from the message that makes it to the last that decides or answers it. */
type CallSpan = { start: number; end: number; isAnswered: boolean };

/** Indexes, ascending, at which the messages can be parted without parting a call from what belongs to it. */
function safeBoundaries(messages: readonly Message[]): number[] {
  const spans = callSpans(messages);
  const goesOn = messages.findLastIndex((message) => message.role === "user" || message.role === "assistant");
  const isParted = new Array<boolean>(messages.length + 1).fill(false);
  for (const { start, end, isAnswered } of spans) {
    // A call that is never answered, though the conversation went on, binds nothing: it can't be waited for.
    const isPending = !isAnswered && goesOn <= start;
    isParted.fill(true, start + 1, isPending ? undefined : end + 1);
  }
  return [...isParted.keys()].filter((at) => at > 0 && !isParted[at]);
}

/** Providers may use the id of a call again in a later turn: each call opens a span of its own. */
function callSpans(messages: readonly Message[]): CallSpan[] {
  const spans: CallSpan[] = [];
  const latest = new Map<string, CallSpan>();
  for (const [index, part] of messages.flatMap((message, at) => message.parts.map((each) => [at, each] as const))) {
    if (part.type === "tool_call") {
      const span = { start: index, end: index, isAnswered: false };
      spans.push(span);
      latest.set(part.id, span);
      continue;
    }
    const answer = answerOf(part);
    const span = answer && latest.get(answer.callId);
    if (!span) continue;
    span.end = index;
    span.isAnswered ||= answer.isFinal;
  }
  return spans;
}

function answerOf(part: Part): { callId: string; isFinal: boolean } | null {
  if (part.type === "tool_return") return { callId: part.toolCallId, isFinal: true };
  if (part.type === "approval") return { callId: part.decision.toolCallId, isFinal: part.decision.type === "tool" };
  return null;
}
