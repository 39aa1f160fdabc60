import type { ModelRequest } from "@/lib/engine/model";
import { type Message, type ToolReturn, toolCallsOf, toolReturnsOf } from "@/lib/stream/message";
import { READ_CHARS } from "./words";

/** A call that was made since the person spoke, with its return. */
export type Done = { name: string; args: Record<string, unknown>; ret: ToolReturn };

/** What a person said last, and what was done about it so far. */
export type Turn = { text: string; done: Done[]; before: Message[] };

/** Words that harnesses put in for the model alone: tags of several words, and a few of one. */
const TAGGED =
  /<([a-z]+(?:[-_][a-z]+)+|system|reminder|env|environment|context|instructions)(?:\s[^<>]*)?>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const ENVELOPE =
  /^\s*(?:\{"type":\s*"(?:heartbeat|login|system_alert|system|user_message)"|\[This is an automated system message)/;

/** A person's own words in a message: without what a harness has added. */
export function ownText(message: Message): string {
  if (message.role !== "user") return "";
  const texts = message.parts.flatMap((part) => (part.type === "text" ? [part.text.slice(0, 16 * READ_CHARS)] : []));
  const own = texts
    .map((text) => text.replace(TAGGED, " ").trim())
    .filter((text) => text !== "" && !ENVELOPE.test(text));
  return own.join("\n").replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"').slice(0, READ_CHARS).trim();
}

/** Of a person who said nothing since they were answered, the text is empty. */
export function turnOf({ messages }: Pick<ModelRequest, "messages">): Turn {
  const at = messages.findLastIndex((message) => ownText(message) !== "");
  const nothing = { text: "", done: [], before: [...messages] };
  if (at < 0) return nothing;
  const since = messages.slice(at + 1);
  const done = doneIn(since);
  const answered = since.some(
    (message) =>
      ((message.role === "assistant" || message.role === "approval") &&
        message.parts.some((part) => part.type === "text" && part.text.trim() !== "")) ||
      done.some((one) => one.name === "send_message"),
  );
  return answered ? nothing : { text: ownText(messages[at]!), done, before: messages.slice(0, at) };
}

/** Calls with their returns, in order. */
export function doneIn(messages: readonly Message[]): Done[] {
  const calls = new Map(messages.flatMap(toolCallsOf).map((call) => [call.id, call]));
  return messages.flatMap(toolReturnsOf).flatMap((ret) => {
    const call = calls.get(ret.toolCallId);
    return call ? [{ name: call.name, args: argumentsOf(call.arguments), ret }] : [];
  });
}

function argumentsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (!value || typeof value !== "object" || Array.isArray(value)) return {};
    const { thinking: _thought, request_heartbeat: _beat, ...own } = value as Record<string, unknown>;
    return own;
  } catch {
    return {};
  }
}

export const returnText = ({ content }: ToolReturn): string =>
  typeof content === "string"
    ? content
    : content.map((part) => (part.type === "text" ? part.text : "[image]")).join("\n");
