import type { ContentPart, Message } from "@/lib/stream/message";
import type { ToolSpec } from "./model";

/** Of western prose, code and JSON. */
export const CHARS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 1000;

/**
 * About how many tokens a text is, in so little time that a whole transcript can be counted before each request: four
 * characters each of ASCII, two of other alphabets, one of scripts that write a word with a sign, half of an emoji.
 * An estimate, and called so wherever it is shown; whatever decides by tokens that no provider counted decides by this.
 */
export function estimateText(text: string): number {
  let quarters = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) quarters += 1;
    else if (code < 0x2e80) quarters += 2;
    else quarters += 4;
  }
  return Math.ceil(quarters / CHARS_PER_TOKEN);
}

const messages = new WeakMap<Message, number>();

/** The same for a message, with what each one costs by itself. */
export function estimateTokens(message: Message): number {
  const known = messages.get(message);
  if (known !== undefined) return known;
  const tokens = message.parts.reduce((sum, part) => sum + partTokens(part), 0) + TOKENS_PER_MESSAGE;
  messages.set(message, tokens);
  return tokens;
}

const tools = new WeakMap<ToolSpec, number>();

/** The same for a tool as a request presents it. */
export function estimateTool(tool: ToolSpec): number {
  const known = tools.get(tool);
  if (known !== undefined) return known;
  const { name, description, parameters } = tool;
  const tokens = estimateText(JSON.stringify({ name, description, parameters }));
  tools.set(tool, tokens);
  return tokens;
}

export function sumOf<T>(all: readonly T[], tokensOf: (one: T) => number): number {
  return all.reduce((sum, one) => sum + tokensOf(one), 0);
}

function partTokens(part: Message["parts"][number]): number {
  switch (part.type) {
    case "text":
      return estimateText(part.text);
    case "reasoning":
      return estimateText(part.reasoning);
    case "tool_call":
      return estimateText(part.name) + estimateText(part.arguments);
    case "tool_return":
      return typeof part.content === "string" ? estimateText(part.content) : contentTokens(part.content);
    case "approval":
      return part.decision.type === "tool" && typeof part.decision.content === "string"
        ? estimateText(part.decision.content)
        : 0;
    case "summary":
      return estimateText(part.summary);
    case "image":
      return TOKENS_PER_IMAGE;
    default:
      return 0;
  }
}

function contentTokens(parts: readonly ContentPart[]): number {
  return sumOf(parts, (part) => (part.type === "text" ? estimateText(part.text) : TOKENS_PER_IMAGE));
}
