import type { ApprovalDecision, CompactionStats, ContentPart, Message, Part } from "@/lib/stream/message";
import { formatTime } from "../time";

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
 * A cut that leaves the marked messages in context, before what stays anyway: with a message the calls that it makes, their
 * decisions and their returns, all or none. Null where nothing but an earlier summary would go then.
 */
export function cutAround(cut: Cut, marked: ReadonlySet<string>): Cut | null {
  const stays = new Set(cut.evict.flatMap(({ id }, index) => (marked.has(id) ? [index] : [])));
  if (stays.size === 0) return cut;
  const spans = callSpans(cut.evict);
  for (let before = -1; before !== stays.size; ) {
    before = stays.size;
    for (const { start, end } of spans)
      if (stays.has(start) || stays.has(end)) for (let at = start; at <= end; at++) stays.add(at);
  }
  const evict = cut.evict.filter((_, index) => !stays.has(index));
  if (!isWorthwhile(evict, evict.length)) return null;
  return { evict, keep: [...cut.evict.filter((_, index) => stays.has(index)), ...cut.keep] };
}

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

/** What the model reads in the place of the messages that a compaction hid. `hiddenCount` is their number. */
export function summaryText(mode: CompactionMode, hiddenCount: number, summary: string): string {
  const isAll = mode === "all" || mode === "self_compact_all";
  const note = isAll
    ? "Note: prior messages have been hidden from view due to conversation memory constraints."
    : `Note: ${hiddenCount} messages from the beginning of the conversation have been hidden from view due to memory constraints.`;
  return `${note}\nThe following is a summary of the previous messages:\n ${summary}`;
}

/**
 * A summary message as models are shown it, and clients that don't know summaries: words of the user, packed as Letta V1
 * does. Its statistics tell how many messages it hid, and whether any were left; without them it stands for all.
 */
export function summaryAsUser(message: Message): Message {
  const parts = message.parts.map((part): Part => {
    if (part.type !== "summary") return part;
    const { summary, stats } = part;
    // Both counts include the system message, and the later one the summary itself.
    const mode = stats && stats.messagesCountAfter > 2 ? "sliding_window" : "all";
    const hiddenCount = stats ? stats.messagesCountBefore - stats.messagesCountAfter + 1 : 0;
    const text = summaryText(mode, hiddenCount, summary);
    return { type: "text", text: packedSummary({ text, time: formatTime(message.createdAt, "UTC"), stats }) };
  });
  return { ...message, role: "user", parts };
}

export type PackedSummary = {
  /** As `summaryText` makes it. */
  text: string;
  /** As `formatTime` makes it. */
  time: string;
  stats: CompactionStats | null;
};

/** A summary as Letta V1 packs it into the text of a user message. */
export function packedSummary({ text, time, stats }: PackedSummary): string {
  return JSON.stringify({
    type: "system_alert",
    message: text,
    time,
    ...(stats && { compaction_stats: wireStats(stats) }),
  });
}

function wireStats(stats: CompactionStats) {
  return {
    trigger: stats.trigger,
    context_tokens_before: stats.contextTokensBefore,
    context_tokens_after: stats.contextTokensAfter,
    context_window: stats.contextWindow,
    messages_count_before: stats.messagesCountBefore,
    messages_count_after: stats.messagesCountAfter,
  };
}

/** A summary cut to the settings' `clip_chars`, if there is such a limit. */
export function clipSummary(summary: string, clipChars: number | null): string {
  if (clipChars === null || summary.length <= clipChars) return summary;
  return `${wholeChars(summary.slice(0, clipChars))}... [summary cut to fit]`;
}

/** One part may take up this share of a transcript before its middle is left out. */
const PART_SHARE = 0.1;
const MIN_PART_CHARS = 500;

/**
 * Messages as text for the summarizer, part by part; the lines of a part after its first are indented. Long parts lose
 * their middle first, so that one tool return doesn't drown the rest; then the transcript does, with twice as much kept
 * of its end as of its beginning. It has at most `clipChars` characters and the note of the gap; null sets no limit.
 */
export function transcriptForSummary(messages: readonly Message[], clipChars: number | null): string {
  const partChars = clipChars === null ? null : Math.max(MIN_PART_CHARS, Math.floor(clipChars * PART_SHARE));
  const clip = (text: string) => indented(clipMiddle(text, partChars));
  const lines = messages.flatMap((message) => message.parts.map((part) => partText(message, part, clip)));
  return clipMiddle(lines.join("\n"), clipChars);
}

function partText(message: Message, part: Part, clip: (text: string) => string): string {
  const who = message.role === "user" && message.name ? `user (${message.name})` : message.role;
  switch (part.type) {
    case "text":
      return `[${who}] ${clip(part.text)}`;
    case "image":
      return `[${who}] (an image)`;
    case "reasoning":
      return `[assistant thinks] ${clip(part.reasoning)}`;
    case "hidden_reasoning":
      return "[assistant thinks] (hidden)";
    case "tool_call":
      return `[assistant calls ${part.name}] ${clip(part.arguments)}`;
    case "tool_return":
      return `[${part.name ?? "tool"} ${part.status === "error" ? "fails" : "returns"}] ${clip(contentText(part.content))}`;
    case "approval":
      return approvalText(part.decision, clip);
    case "summary":
      return `[summary of what came before] ${indented(part.summary)}`;
  }
}

function approvalText(decision: ApprovalDecision, clip: (text: string) => string): string {
  if (decision.type === "tool") {
    return `[tool ${decision.status === "error" ? "fails" : "returns"}] ${clip(contentText(decision.content))}`;
  }
  const verdict = decision.approve ? "approves the tool call" : "denies the tool call";
  return `[user ${verdict}]${decision.reason ? ` ${clip(decision.reason)}` : ""}`;
}

function contentText(content: string | ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "(an image)")).join("\n");
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

function clipMiddle(text: string, limitChars: number | null): string {
  if (limitChars === null || text.length <= limitChars) return text;
  const headChars = Math.floor(limitChars / 3);
  const head = wholeChars(text.slice(0, headChars));
  const tail = wholeChars(text.slice(text.length - (limitChars - headChars)));
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`;
}

/** Without the half of a surrogate pair that a cut has left at either end. */
function wholeChars(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}
