import type { ApprovalDecision, Message, ToolReturn } from "@/lib/stream/message";
import { toolCallsOf, toolReturnsOf } from "@/lib/stream/message";

/** A message in the contract's raw form (letta-v1 §2.6): how it is stored, with every key there. */
export function toRawMessage(message: Message, owner: { agentId: string; conversationId: string | null }) {
  const calls = toolCallsOf(message);
  const returns = toolReturnsOf(message);
  const decisions = message.parts.filter((part) => part.type === "approval").map((part) => part.decision);
  const content = message.parts.filter((part) => part.type !== "tool_call" && part.type !== "approval");
  const first = decisions[0];
  return {
    created_by_id: null,
    last_updated_by_id: null,
    created_at: message.createdAt,
    updated_at: message.createdAt,
    id: message.id,
    agent_id: owner.agentId,
    model: message.model,
    role: message.role,
    content: content.length > 0 ? content.map(rawPart) : null,
    name: message.name,
    tool_calls: calls.length > 0 ? calls.map(rawCall) : null,
    tool_call_id: returns[0]?.toolCallId ?? null,
    step_id: message.stepId,
    run_id: message.runId,
    otid: message.otid,
    tool_returns: returns.map(rawReturn),
    group_id: message.groupId,
    sender_id: message.senderId,
    batch_item_id: null,
    conversation_id: owner.conversationId,
    is_err: message.isErr,
    approval_request_id: first?.toolCallId ?? null,
    approve: first?.type === "approval" ? first.approve : null,
    denial_reason: first?.type === "approval" ? first.reason : null,
    approvals: decisions.length > 0 ? decisions.map(rawDecision) : null,
  };
}

type ContentOf = Exclude<Message["parts"][number], { type: "tool_call" | "approval" }>;

function rawPart(part: ContentOf): Record<string, unknown> {
  switch (part.type) {
    case "reasoning":
      return {
        type: "reasoning",
        is_native: part.source === "reasoner_model",
        reasoning: part.reasoning,
        signature: part.signature,
      };
    case "hidden_reasoning":
      return part.state === "redacted"
        ? { type: "redacted_reasoning", data: part.hiddenReasoning ?? "" }
        : { type: "omitted_reasoning" };
    case "tool_return":
      return { type: "text", text: typeof part.content === "string" ? part.content : JSON.stringify(part.content) };
    case "summary":
      return { type: "text", text: part.summary };
    default:
      return { ...part };
  }
}

function rawCall({ id, name, arguments: text }: { id: string; name: string; arguments: string }) {
  return { id, type: "function", function: { name, arguments: text } };
}

function rawReturn({ toolCallId, status, content, stdout, stderr }: Omit<ToolReturn, "name">) {
  return { tool_call_id: toolCallId, status, stdout, stderr, func_response: content };
}

function rawDecision(decision: ApprovalDecision): Record<string, unknown> {
  if (decision.type === "approval") {
    const { toolCallId, approve, reason } = decision;
    return { type: "approval", tool_call_id: toolCallId, approve, reason };
  }
  return { type: "tool", ...rawReturn(decision) };
}
