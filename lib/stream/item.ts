import type {
  ApprovalDecision,
  CompactionStats,
  ContentPart,
  Opaque,
  StopReason,
  ToolCall,
  ToolReturn,
} from "./message";

/**
 * One thing that happened in a run. Every item is an append: items with the same `id` and `otid` belong to one part of
 * one message, and their text concatenates, so that a whole part and its fragments are folded by the same rule.
 */
export type Item = MessageItem | RunItem;

/** What every part of a message carries. */
export type Envelope = {
  /** Message id. */
  id: string;
  /** Which part of the message: see `partOtid`; a user message keeps its client's. Null for system messages. */
  otid: string | null;
  /** ISO 8601, UTC. */
  date: string;
  name: string | null;
  senderId: string | null;
  stepId: string | null;
  runId: string | null;
  isErr: boolean | null;
  /** Position in the run's journal, from 1; null where no journal numbers it. */
  seqId: number | null;
};

export type MessageItem = Envelope &
  (
    | { type: "user"; content: string | ContentPart[] }
    | { type: "system"; content: string }
    | { type: "assistant"; content: string | ContentPart[]; opaque?: Opaque }
    | {
        type: "reasoning";
        reasoning: string;
        source: "reasoner_model" | "non_reasoner_model";
        signature: string | null;
        opaque?: Opaque;
      }
    | { type: "hidden-reasoning"; state: "redacted" | "omitted"; hiddenReasoning: string | null; opaque?: Opaque }
    /** Whole calls, all of the message. */
    | { type: "tool-call"; calls: ToolCall[] }
    /** A fragment of one call: `name` comes with the first, `arguments` concatenate. */
    | { type: "tool-call-delta"; call: ToolCallDelta }
    | { type: "approval-request"; calls: ToolCall[] }
    | { type: "approval-request-delta"; call: ToolCallDelta }
    | { type: "tool-return"; returns: ToolReturn[] }
    | { type: "approval-response"; decisions: ApprovalDecision[] }
    | { type: "summary"; summary: string; stats: CompactionStats | null }
    | { type: "event"; eventType: "compaction"; eventData: Record<string, unknown> }
  );

export type ToolCallDelta = { id: string; name?: string; arguments?: string; opaque?: Opaque };

/** What is said of the run itself, not of a message. */
export type RunItem =
  | { type: "ping"; id: string; date: string; runId: string | null; seqId: number | null }
  | { type: "stop"; stopReason: StopReason }
  | ({ type: "usage" } & Usage)
  | {
      type: "error";
      runId: string | null;
      errorType: string;
      message: string;
      detail: string | null;
      seqId: number | null;
    };

/** Token counts as the provider gave them; `contextTokens` is an estimate of what is in context after the run. */
export type Usage = {
  completionTokens: number;
  promptTokens: number;
  totalTokens: number;
  stepCount: number;
  runIds: string[] | null;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  contextTokens: number | null;
};

/** Whether an item has nothing but what a provider wants back: that is kept, and shown to nobody. */
export function isMute(item: Item): boolean {
  switch (item.type) {
    case "assistant":
      return item.opaque !== undefined && item.content === "";
    case "reasoning":
      return item.opaque !== undefined && item.reasoning === "" && item.signature === null;
    case "tool-call-delta":
    case "approval-request-delta":
      return item.call.opaque !== undefined;
    default:
      return false;
  }
}
