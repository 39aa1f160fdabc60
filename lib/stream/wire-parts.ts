import type { ToolCallDelta } from "./item";
import type { ApprovalDecision, CompactionStats, ContentPart, ToolCall, ToolReturn } from "./message";

export type WireToolCall = { name: string; arguments: string; tool_call_id: string };
export type WireToolCallDelta = Partial<WireToolCall>;
export type WireToolReturn = {
  type: "tool";
  tool_return: string | ContentPart[];
  status: "success" | "error";
  tool_call_id: string;
  stdout: string[] | null;
  stderr: string[] | null;
};
export type WireApproval =
  | { type: "approval"; tool_call_id: string; approve: boolean; reason: string | null }
  | WireToolReturn;
export type WireCompactionStats = {
  trigger: string;
  context_tokens_before: number | null;
  context_tokens_after: number | null;
  context_window: number;
  messages_count_before: number;
  messages_count_after: number;
};

/** What a message with tool calls says of them. */
export type WireCalls = {
  tool_call: WireToolCall | WireToolCallDelta;
  tool_calls: WireToolCall[] | WireToolCallDelta | null;
};
/** What a message with tool returns says of them. */
export type WireReturns = Omit<WireToolReturn, "type" | "tool_return"> & {
  tool_return: string;
  tool_returns: WireToolReturn[] | null;
};
/** What a message with decisions says of them. */
export type WireDecisions = {
  approvals: WireApproval[] | null;
  approve: boolean | null;
  approval_request_id: string | null;
  reason: string | null;
};

/** The deprecated `tool_call` is the first of `tool_calls`. */
export function wireCalls(calls: readonly ToolCall[]): WireCalls {
  const all = calls.map(({ id, name, arguments: text }) => ({ name, arguments: text, tool_call_id: id }));
  return { tool_call: all[0] ?? { name: "", arguments: "", tool_call_id: "" }, tool_calls: all };
}

/** In a fragment both keys hold one object without nulls, so that a client can tell it from whole calls. */
export function wireDelta({ id, name, arguments: text }: ToolCallDelta): WireCalls {
  const call: WireToolCallDelta = {};
  if (name !== undefined) call.name = name;
  if (text !== undefined) call.arguments = text;
  call.tool_call_id = id;
  return { tool_call: call, tool_calls: { ...call } };
}

/** Whole calls, or null where the message is a fragment (see `readDelta`). */
export function readCalls({ tool_call: first, tool_calls: calls }: WireCalls): ToolCall[] | null {
  if (calls != null && !Array.isArray(calls)) return null;
  return (calls ?? [first]).map((call) => ({
    id: call.tool_call_id ?? "",
    name: call.name ?? "",
    arguments: call.arguments ?? "",
  }));
}

export function readDelta({ tool_call: wire }: WireCalls): ToolCallDelta {
  const call: ToolCallDelta = { id: wire.tool_call_id ?? "" };
  if (wire.name != null) call.name = wire.name;
  if (wire.arguments != null) call.arguments = wire.arguments;
  return call;
}

function wireReturn(one: Omit<ToolReturn, "name">): WireToolReturn {
  const { toolCallId, status, content, stdout, stderr } = one;
  return { type: "tool", tool_return: content, status, tool_call_id: toolCallId, stdout, stderr };
}

function readReturn(wire: Omit<WireToolReturn, "type">): Omit<ToolReturn, "name"> {
  const { tool_return: content, status, tool_call_id: toolCallId, stdout = null, stderr = null } = wire;
  return { toolCallId, status, content, stdout, stderr };
}

/** The deprecated keys repeat the first return; there its content is always a string. */
export function wireReturns(returns: readonly ToolReturn[]): WireReturns {
  const all = returns.map(wireReturn);
  const nothing = { tool_return: "", status: "success" as const, tool_call_id: "", stdout: null, stderr: null };
  const { tool_return: content, status, tool_call_id, stdout, stderr } = all[0] ?? nothing;
  return { tool_return: plainText(content), status, tool_call_id, stdout, stderr, tool_returns: all };
}

/** The message's `name` is the tool of the first return; the others' names are not on the wire. */
export function readReturns(wire: WireReturns & { name: string | null }): ToolReturn[] {
  return (wire.tool_returns ?? [wire]).map((one, index) => ({
    ...readReturn(one),
    name: index === 0 ? (wire.name ?? null) : null,
  }));
}

function plainText(content: string | ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "[Image omitted]")).join("\n");
}

/** The deprecated keys repeat the first decision; `approval_request_id` is its tool call id, as in Letta. */
export function wireDecisions(decisions: readonly ApprovalDecision[]): WireDecisions {
  const [first] = decisions;
  const { approve, reason } = first?.type === "approval" ? first : { approve: null, reason: null };
  return { approvals: decisions.map(wireDecision), approve, approval_request_id: first?.toolCallId ?? null, reason };
}

function wireDecision(decision: ApprovalDecision): WireApproval {
  if (decision.type === "tool") return wireReturn(decision);
  const { type, toolCallId, approve, reason } = decision;
  return { type, tool_call_id: toolCallId, approve, reason };
}

export function readDecisions(wire: WireDecisions): ApprovalDecision[] {
  const { approve, reason = null, approval_request_id: id } = wire;
  if (wire.approvals != null) return wire.approvals.map(readDecision);
  return approve == null || id == null ? [] : [{ type: "approval", toolCallId: id, approve, reason }];
}

function readDecision(wire: WireApproval): ApprovalDecision {
  if (wire.type === "tool") return { type: "tool", ...readReturn(wire) };
  const { type, tool_call_id: toolCallId, approve, reason = null } = wire;
  return { type, toolCallId, approve, reason };
}

export function wireStats(stats: CompactionStats | null): WireCompactionStats | null {
  return (
    stats && {
      trigger: stats.trigger,
      context_tokens_before: stats.contextTokensBefore,
      context_tokens_after: stats.contextTokensAfter,
      context_window: stats.contextWindow,
      messages_count_before: stats.messagesCountBefore,
      messages_count_after: stats.messagesCountAfter,
    }
  );
}

export function readStats(wire: WireCompactionStats | null): CompactionStats | null {
  if (wire == null) return null;
  return {
    trigger: wire.trigger,
    contextTokensBefore: wire.context_tokens_before ?? null,
    contextTokensAfter: wire.context_tokens_after ?? null,
    contextWindow: wire.context_window,
    messagesCountBefore: wire.messages_count_before,
    messagesCountAfter: wire.messages_count_after,
  };
}
