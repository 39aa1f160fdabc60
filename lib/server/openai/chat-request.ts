import { createHash } from "node:crypto";
import type { ChatContent, ChatInput, ChatRequest } from "@/lib/api/chat-completions";
import type { MessageInput, WireContent } from "@/lib/api/messages";
import { ApiError } from "../core/errors";

/**
 * What is new in a client's copy of the conversation: all that follows its last assistant message. Returns of tools are
 * answers to the calls that wait. System and developer messages are left out: an agent has its own instructions.
 *
 * @throws ApiError 400 where nothing is new, or where a part is neither text nor an image.
 */
export function newInputs(messages: readonly ChatInput[]): MessageInput[] {
  const last = messages.findLastIndex((message) => message.role === "assistant");
  const fresh = messages.slice(last + 1);
  const returns = fresh.filter((message) => message.role === "tool");
  const words = fresh.filter((message) => message.role === "user");
  if (returns.length + words.length === 0) {
    throw refused("There is no user or tool message after the last assistant message.", "messages");
  }
  const answers: MessageInput[] =
    returns.length === 0 ? [] : [{ type: "tool_return", tool_returns: returns.map(toToolReturn) }];
  return [...answers, ...words.map(toMessage)];
}

function toToolReturn({ tool_call_id: id, content }: ChatInput) {
  if (!id) throw refused("A message with the role 'tool' needs a tool_call_id.", "messages");
  return { type: "tool" as const, tool_call_id: id, tool_return: toContent(content ?? ""), status: "success" as const };
}

function toMessage({ content, name }: ChatInput): MessageInput {
  return { type: "message", role: "user", content: toContent(content ?? ""), name: name ?? null };
}

function toContent(content: ChatContent): WireContent {
  if (typeof content === "string") return content;
  return content.map((part) => {
    if (part.type === "text" && typeof part.text === "string") return { type: "text", text: part.text };
    if (part.type === "image_url") {
      const { url, detail } = (part.image_url ?? {}) as { url?: unknown; detail?: string | null };
      if (typeof url === "string") return { type: "image", source: { type: "url", url, detail: detail ?? null } };
    }
    throw refused(`A content part of the type '${part.type}' can't be read here: text and image_url can.`, "messages");
  });
}

export function refused(message: string, param: string | null, code: string | null = null): ApiError {
  return new ApiError("bad-request", message, { param, code });
}

/** Headers that name a conversation, by the clients that send them. */
const KEY_HEADERS = [
  ...["x-chat-id", "x-conversation-id", "x-openwebui-chat-id"],
  ...["x-call-id", "x-vapi-call-id", "x-retell-call-id", "x-session-id"],
] as const;
const MAX_KEY_CHARS = 512;

/**
 * The client's name for the conversation: the id of a chat or a call, or else the user's; null where there is none.
 *
 * @throws ApiError 400 for one that is too long.
 */
export function conversationKey(
  body: Pick<ChatRequest, "call" | "metadata" | "user" | "safety_identifier">,
  headers: Headers,
) {
  const named = KEY_HEADERS.map((name) => headers.get(name)).find((value) => value);
  const key =
    named ||
    body.metadata?.chat_id ||
    body.metadata?.conversation_id ||
    body.call?.id ||
    body.metadata?.call_id ||
    body.user ||
    body.safety_identifier ||
    null;
  if (key && key.length > MAX_KEY_CHARS) throw refused("The id of the conversation is too long.", null);
  return key;
}

/** The messages of a request with the ids that make its retry known, from its idempotency key. */
export function withOtids(inputs: readonly MessageInput[], idempotencyKey: string | null): MessageInput[] {
  if (!idempotencyKey) return [...inputs];
  return inputs.map((input, index) => ({ ...input, otid: uuidOf(`${index}:${idempotencyKey}`) }));
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
