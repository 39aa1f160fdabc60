import type { CompactionStats, ContentPart, Message, Part } from "@/lib/stream/message";
import type { CompactionMode } from "./compaction-cut";

/** What the model reads in the place of the messages that a compaction hid. `hiddenCount` is their number. */
export function summaryText(mode: CompactionMode, hiddenCount: number, summary: string): string {
  const isAll = mode === "all" || mode === "self_compact_all";
  const note = isAll
    ? "Note: prior messages have been hidden from view due to conversation memory constraints."
    : `Note: ${hiddenCount} messages from the beginning of the conversation have been hidden from view due to memory constraints.`;
  return `${note}\nThe following is a summary of the previous messages:\n ${summary}`;
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
 * Messages as text for the summarizer, a part after the other; what follows a part's first line is indented. Long parts lose their middle first, so that one tool return
 * doesn't drown the rest; then the transcript does, with twice as much kept of its end as of its beginning. The result
 * has at most `clipChars` characters and a short note for each gap; null sets no limit.
 */
export function transcriptForSummary(messages: readonly Message[], clipChars: number | null): string {
  const partChars = clipChars === null ? null : Math.max(MIN_PART_CHARS, Math.floor(clipChars * PART_SHARE));
  const clip = (text: string) => clipMiddle(text, partChars).replaceAll("\n", "\n  ");
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
      return `[summary of what came before] ${part.summary}`;
  }
}

function approvalText(
  decision: Extract<Part, { type: "approval" }>["decision"],
  clip: (text: string) => string,
): string {
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
