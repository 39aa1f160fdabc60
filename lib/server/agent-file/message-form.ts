import { isDeepStrictEqual } from "node:util";
import type { FileApproval, FileMessage, FilePart, FileToolReturn } from "@/lib/api/agent-file";
import { contentPartSchema } from "@/lib/api/message-part";
import { formatTime } from "@/lib/engine/time";
import type { ApprovalDecision, ContentPart, Message, MessageRole, Part, ToolReturn } from "@/lib/stream/message";

/** What a message says, in Memoir's form, as far as a file can hold it. */
export type MessageContent = Pick<Message, "role" | "parts" | "name" | "isErr">;

type ContentOf = Exclude<Part, { type: "tool_call" | "approval" | "tool_return" }>;

/**
 * The contract's form of a message's content (letta-v1 §2.13). Calls, returns and decisions stand beside the content;
 * tool returns and summaries are packed as Letta packs them.
 */
export function toFileContent(message: Pick<Message, "role" | "parts" | "createdAt">) {
  const { role, parts, createdAt } = message;
  const calls = parts.filter((part) => part.type === "tool_call");
  const returns = parts.filter((part) => part.type === "tool_return");
  const decisions = parts.filter((part) => part.type === "approval").map((part) => part.decision);
  const content = parts.filter((part): part is ContentOf => !/^(tool_call|tool_return|approval)$/.test(part.type));
  const packed = returns.map((one) => ({ ...one, content: packReturn(one, createdAt) }));
  const first = decisions[0];
  return {
    role,
    content: [
      ...content.map((part) => toFilePart(part, createdAt)),
      ...packed.map(({ content: text }) => ({ type: "text", text: plainText(text), signature: null })),
    ],
    tool_calls:
      calls.length > 0
        ? calls.map(({ id, name, arguments: text }) => ({ id, type: "function", function: { name, arguments: text } }))
        : null,
    tool_call_id: returns[0]?.toolCallId ?? null,
    tool_returns: packed.map(toFileReturn),
    approve: first?.type === "approval" ? first.approve : null,
    denial_reason: first?.type === "approval" ? first.reason : null,
    approvals: decisions.map((one) =>
      one.type === "approval"
        ? { type: "approval", tool_call_id: one.toolCallId, approve: one.approve, reason: one.reason }
        : { type: "tool", ...toFileReturn(one) },
    ),
  };
}

function toFileReturn({ toolCallId, status, content, stdout, stderr }: Omit<ToolReturn, "name">) {
  return { tool_call_id: toolCallId, status, stdout, stderr, func_response: content };
}

function toFilePart(part: ContentOf, createdAt: string): FilePart {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, signature: part.signature ?? null };
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
        : { type: "omitted_reasoning", signature: null };
    case "summary":
      return { type: "text", text: pack({ type: "system_alert", message: part.summary }, createdAt), signature: null };
    default:
      return { ...part };
  }
}

const pack = (value: Record<string, string>, at: string) =>
  JSON.stringify({ ...value, time: formatTime(at, "UTC") }, null, 2);

/** Letta keeps what a tool returned in an envelope that says when, and whether it went well. */
function packReturn({ status, content }: ToolReturn, at: string): string | ContentPart[] {
  return typeof content === "string"
    ? pack({ status: status === "error" ? "Failed" : "OK", message: content }, at)
    : content;
}

function plainText(content: string | ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "[Image omitted]")).join("\n");
}

/** What other messages of a file say of one: names of the tools that were called, and the calls of each message. */
export type CallIndex = { nameOf: ReadonlyMap<string, string>; callsOf: ReadonlyMap<string, readonly string[]> };

export function indexCalls(messages: readonly FileMessage[]): CallIndex {
  const calls = messages.flatMap(({ id, tool_calls: all }) => (all ?? []).map((call) => ({ messageId: id, call })));
  const callsOf = new Map<string, string[]>();
  for (const { messageId, call } of calls) {
    if (!messageId) continue;
    const ids = callsOf.get(messageId);
    if (ids) ids.push(call.id);
    else callsOf.set(messageId, [call.id]);
  }
  return { nameOf: new Map(calls.map(({ call }) => [call.id, call.function.name])), callsOf };
}

const ROLES: readonly string[] = ["system", "user", "assistant", "tool", "approval", "summary"] satisfies MessageRole[];

/** A file's message in Memoir's form: nothing of it is lost, though a part that is not known becomes its JSON text. */
export function fromFileContent(message: FileMessage, calls: CallIndex): MessageContent {
  const role = (ROLES.includes(message.role) ? message.role : "user") as MessageRole;
  const content =
    typeof message.content === "string" ? [{ type: "text", text: message.content }] : (message.content ?? []);
  const made = role === "tool" ? returnsOf(message, content, calls) : [];
  const parts: Part[] = made.length > 0 ? made : content.map((part) => fromFilePart(part, role));
  for (const call of message.tool_calls ?? []) {
    // Letta repeats some calls in the content.
    if (parts.some((part) => part.type === "tool_call" && part.id === call.id)) continue;
    parts.push({ type: "tool_call", id: call.id, name: call.function.name, arguments: call.function.arguments });
  }
  if (role === "approval")
    parts.push(...decisionsOf(message, calls).map((decision): Part => ({ type: "approval", decision })));
  const returned = parts.find((part) => part.type === "tool_return");
  return { role, parts, name: message.name ?? returned?.name ?? null, isErr: null };
}

function returnsOf(message: FileMessage, content: readonly FilePart[], calls: CallIndex): Part[] {
  const given: FileToolReturn[] = message.tool_returns?.length
    ? message.tool_returns
    : message.tool_call_id
      ? [{ tool_call_id: message.tool_call_id, status: "success", func_response: content.map(textOfPart).join("\n") }]
      : [];
  return given.map((one) => {
    const toolCallId = one.tool_call_id ?? message.tool_call_id ?? "";
    return {
      type: "tool_return",
      name: calls.nameOf.get(toolCallId) ?? message.name ?? null,
      ...readReturn(one, toolCallId),
    };
  });
}

function readReturn(one: FileToolReturn | FileApproval, toolCallId: string): Omit<ToolReturn, "name"> {
  const packed = typeof one.func_response === "string" ? unpack(one.func_response) : null;
  const isReturn = packed !== null && (packed.status === "OK" || packed.status === "Failed");
  const failed = one.status === "error" || (isReturn && packed.status === "Failed");
  return {
    toolCallId,
    status: failed ? "error" : "success",
    content: isReturn ? asText(packed.message) : readContent(one.func_response),
    stdout: one.stdout ?? null,
    stderr: one.stderr ?? null,
  };
}

function readContent(response: FileToolReturn["func_response"]): string | ContentPart[] {
  if (typeof response === "string" || response == null) return response ?? "";
  return response.map((part) => contentPartSchema.safeParse(part).data ?? { type: "text", text: JSON.stringify(part) });
}

function decisionsOf(message: FileMessage, calls: CallIndex): ApprovalDecision[] {
  const { approvals, approve, approval_request_id: requestId, denial_reason: reason = null } = message;
  if (approvals?.length) return approvals.map(readApproval);
  if (approve == null || !requestId) return [];
  const ids = calls.callsOf.get(requestId) ?? [requestId];
  return ids.map((toolCallId) => ({ type: "approval", toolCallId, approve, reason }));
}

function readApproval(one: FileApproval): ApprovalDecision {
  const toolCallId = one.tool_call_id ?? "";
  if (one.type === "tool" || one.approve == null) return { type: "tool", ...readReturn(one, toolCallId) };
  return { type: "approval", toolCallId, approve: one.approve, reason: one.reason ?? null };
}

function fromFilePart(part: FilePart, role: MessageRole): Part {
  const known = contentPartSchema.safeParse(part).data;
  if (known?.type === "text") return fromText(known.text, known.signature ?? null, role);
  if (known) return known;
  switch (part.type) {
    case "reasoning":
      return {
        type: "reasoning",
        reasoning: asText(part.reasoning),
        source: part.is_native === false ? "non_reasoner_model" : "reasoner_model",
        signature: typeof part.signature === "string" ? part.signature : null,
      };
    case "redacted_reasoning":
      return { type: "hidden_reasoning", state: "redacted", hiddenReasoning: asText(part.data) };
    case "omitted_reasoning":
      return { type: "hidden_reasoning", state: "omitted", hiddenReasoning: null };
    case "tool_call":
      return { type: "tool_call", id: asText(part.id), name: asText(part.name), arguments: asText(part.input ?? {}) };
    default:
      return { type: "text", text: JSON.stringify(part) };
  }
}

/** Letta packs what users say, and summaries, in JSON; its own clients are shown the message alone. */
function fromText(text: string, signature: string | null, role: MessageRole): Part {
  const packed = role === "user" || role === "summary" ? unpack(text) : null;
  if (role === "summary") return { type: "summary", summary: packed ? asText(packed.message) : text, stats: null };
  const said = packed?.type === "user_message" ? asText(packed.message) : text;
  return { type: "text", text: said, ...(signature === null ? {} : { signature }) };
}

/** The envelope of a packed text, or null for one that is none. */
function unpack(text: string): Record<string, unknown> | null {
  if (!text.startsWith("{") || !text.includes('"message"')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === "object" && "message" in value && "time" in value
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value ?? null));
const textOfPart = (part: FilePart) => (typeof part.text === "string" ? part.text : JSON.stringify(part));

/** Whether the contract's form says all of a message, so that reading it back gives the same. */
export function isFullySaid(message: MessageContent, written: FileMessage, calls: CallIndex): boolean {
  return isDeepStrictEqual(plain(fromFileContent(written, calls)), plain(message));
}

/** Whether a message that is kept in full is still what the contract's form of it says. */
export function saysTheSame(full: MessageContent, written: FileMessage, calls: CallIndex): boolean {
  const again = {
    ...written,
    ...toFileContent({ ...full, createdAt: written.created_at ?? new Date(0).toISOString() }),
  };
  return isDeepStrictEqual(plain(fromFileContent(again, calls)), plain(fromFileContent(written, calls)));
}

/** A signature that is null is one that is not there. */
function plain(message: MessageContent): unknown {
  const parts = message.parts.map((part) =>
    part.type === "text" && part.signature == null ? { type: "text", text: part.text } : part,
  );
  return JSON.parse(JSON.stringify({ ...message, parts }));
}
