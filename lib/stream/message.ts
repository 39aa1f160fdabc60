/**
 * A message as it is kept: immutable, with its parts in the order in which they were made.
 *
 * A system message is the compiled context of its conversation and keeps no parts of its own: its text is rendered
 * from the sections that were in force.
 */
export type Message = {
  id: string;
  role: MessageRole;
  parts: Part[];
  /** Unique within a conversation where a client gave it; parts derive theirs from the message id (see `partOtid`). */
  otid: string | null;
  name: string | null;
  senderId: string | null;
  groupId: string | null;
  runId: string | null;
  stepId: string | null;
  /** Model handle that produced it, for assistant messages. */
  model: string | null;
  isErr: boolean | null;
  /** ISO 8601, UTC. */
  createdAt: string;
};

export type MessageRole = "system" | "user" | "assistant" | "tool" | "approval" | "summary";

/**
 * What a provider sent beside a part and wants back with it: signatures, encrypted thoughts, what it calls otherwise. `by`
 * is `provider/family` of the model that sent it, who alone is given it again; `data` is JSON text, byte for byte.
 */
export type Opaque = { by: string; data: string };

export type TextPart = { type: "text"; text: string; signature?: string | null; opaque?: Opaque };

export type ImagePart = {
  type: "image";
  source:
    | { type: "base64"; media_type: string; data: string; detail?: string | null }
    | { type: "url"; url: string; detail?: string | null }
    | { type: "letta"; file_id: string; media_type?: string | null; data?: string | null; detail?: string | null };
};

export type ContentPart = TextPart | ImagePart;

/** `source` says who wrote the thought: the model's own reasoning channel, or text and arguments read as thought. */
export type ReasoningPart = {
  type: "reasoning";
  reasoning: string;
  source: "reasoner_model" | "non_reasoner_model";
  signature: string | null;
  opaque?: Opaque;
};

export type HiddenReasoningPart = {
  type: "hidden_reasoning";
  state: "redacted" | "omitted";
  hiddenReasoning: string | null;
  opaque?: Opaque;
};

/** `arguments` is the JSON text exactly as the model sent it; it may be malformed. */
export type ToolCall = { id: string; name: string; arguments: string; opaque?: Opaque };
export type ToolCallPart = { type: "tool_call" } & ToolCall;

export type ToolReturn = {
  toolCallId: string;
  name: string | null;
  status: "success" | "error";
  content: string | ContentPart[];
  stdout: string[] | null;
  stderr: string[] | null;
};
export type ToolReturnPart = { type: "tool_return" } & ToolReturn;

export type ApprovalDecision =
  | { type: "approval"; toolCallId: string; approve: boolean; reason: string | null }
  | ({ type: "tool" } & Omit<ToolReturn, "name">);
export type ApprovalPart = { type: "approval" } & { decision: ApprovalDecision };

/** What a compaction put in the place of the messages it hid. `stats` are token and message counts. */
export type SummaryPart = { type: "summary"; summary: string; stats: CompactionStats | null };

export type CompactionStats = {
  trigger: string;
  contextTokensBefore: number | null;
  contextTokensAfter: number | null;
  contextWindow: number;
  messagesCountBefore: number;
  messagesCountAfter: number;
};

export type Part =
  | TextPart
  | ImagePart
  | ReasoningPart
  | HiddenReasoningPart
  | ToolCallPart
  | ToolReturnPart
  | ApprovalPart
  | SummaryPart;

export type StopReason =
  | "end_turn"
  | "error"
  | "llm_api_error"
  | "invalid_llm_response"
  | "invalid_tool_call"
  | "max_steps"
  | "max_tokens_exceeded"
  | "no_tool_call"
  | "tool_rule"
  | "cancelled"
  | "insufficient_credits"
  | "requires_approval"
  | "context_window_overflow_in_system_prompt";

export function toolCallsOf(message: Message): ToolCall[] {
  return message.parts.filter((part) => part.type === "tool_call");
}

export function toolReturnsOf(message: Message): ToolReturn[] {
  return message.parts.filter((part) => part.type === "tool_return");
}

export function textOf(message: Message): string {
  return message.parts
    .filter((part) => part.type === "text")
    .map((part) => part.text)
    .join("\n");
}

/**
 * The id of the request for approval that a model turn ends with: the turn's own uuid with 1 subtracted (Letta V1, contract
 * §3.6).
 */
export function requestIdOf(messageId: string): string {
  const digits = messageId.replace(/^message-/, "").replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) return `${messageId}-request`;
  const before = BigInt.asUintN(128, BigInt(`0x${digits}`) - 1n);
  const hex = before.toString(16).padStart(32, "0");
  return `message-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The `otid` of one wire message of a stored message: the message's uuid with its last two hex digits replaced by the
 * index of the wire message, in two digits (Letta V1; its tests read the index back from the last digit).
 */
export function partOtid(messageId: string, index: number): string {
  return messageId.replace(/^message-/, "").slice(0, -2) + index.toString(16).padStart(2, "0");
}
