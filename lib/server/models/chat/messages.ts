import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import { isObject, type Json } from "./json";
import { joined } from "./opaque";

/** The key of what this protocol keeps beside parts, in the AI SDK's provider metadata and options. */
export const CHAT = "chat";

type AssistantContent = Extract<LanguageModelV4Message, { role: "assistant" }>["content"];

/** A prompt as messages of chat completions, with what their sender wants back in the place where it stood. */
export function toChatMessages(prompt: LanguageModelV4Prompt): Json[] {
  return prompt.flatMap((message): Json[] => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: marked(message.content, message) }];
      case "user":
        return [{ role: "user", content: marked(userContent(message.content), message) }];
      case "assistant":
        return [assistantMessage(message.content)];
      default:
        return message.content.flatMap((part) => (part.type === "tool-result" ? [toolMessage(part)] : []));
    }
  });
}

/** A content whose end is to be kept by the provider: the mark stands at its last part. */
function marked(content: string | Json[], { providerOptions }: { providerOptions?: Json }): string | Json[] {
  const own = providerOptions?.[CHAT];
  if (!isObject(own) || !own.cacheControl) return content;
  const parts: Json[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
  return parts.map((part, at) => (at === parts.length - 1 ? { ...part, cache_control: own.cacheControl } : part));
}

function userContent(parts: readonly (LanguageModelV4TextPart | LanguageModelV4FilePart)[]): string | Json[] {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.map((part) => (part.type === "text" ? { type: "text", text: part.text } : imageOf(part)));
}

function imageOf({ data, mediaType, providerOptions }: LanguageModelV4FilePart): Json {
  const detail = providerOptions?.openai?.imageDetail;
  const url = data.type === "url" ? data.url.toString() : data.type === "data" ? dataUrl(mediaType, data.data) : "";
  return { type: "image_url", image_url: { url, ...(detail ? { detail } : {}) } };
}

function dataUrl(mediaType: string, data: string | Uint8Array): string {
  const base64 = typeof data === "string" ? data : Buffer.from(data).toString("base64");
  return `data:${mediaType.endsWith("/*") ? imageType(base64) : mediaType};base64,${base64}`;
}

function imageType(base64: string): string {
  if (base64.startsWith("/9j/")) return "image/jpeg";
  if (base64.startsWith("R0lGOD")) return "image/gif";
  return base64.startsWith("UklGR") ? "image/webp" : "image/png";
}

/** What was kept beside a part: which field its thought was in, and what else stood in the message or the call. */
type Beside = { field?: string; extras?: Json };
const besideOf = (part: { providerOptions?: Json }): Beside => {
  const own = part.providerOptions?.[CHAT];
  return isObject(own) ? (own as Beside) : {};
};

/** The field whose value is a list of parts in `content`, as Mistral thinks. */
export const THINKING_CONTENT = "content.thinking";

function assistantMessage(content: AssistantContent): Json {
  let text = "";
  let extras: unknown = {};
  const thoughts: Json = {};
  const listed: Json[] = [];
  const calls: Json[] = [];
  for (const part of content) {
    if (part.type === "tool-call") {
      calls.push(callOf(part));
      continue;
    }
    if (part.type !== "text" && part.type !== "reasoning") continue;
    const beside = besideOf(part as { providerOptions?: Json });
    extras = joined(extras, beside.extras);
    if (part.type === "text") {
      text += part.text;
      listed.push({ type: "text", text: part.text });
    } else if (beside.field === THINKING_CONTENT) {
      listed.push({ type: "thinking", thinking: [{ type: "text", text: part.text }] });
    } else if (beside.field !== undefined) {
      thoughts[beside.field] = `${thoughts[beside.field] ?? ""}${part.text}`;
    }
  }
  const isList = listed.some((one) => one.type === "thinking");
  return {
    role: "assistant",
    content: isList ? listed : text === "" && calls.length > 0 ? null : text,
    ...thoughts,
    ...(extras as Json),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

function callOf(part: Extract<AssistantContent[number], { type: "tool-call" }>): Json {
  const { function: inside, ...beside } = besideOf(part as { providerOptions?: Json }).extras ?? {};
  const args = typeof part.input === "string" ? part.input : JSON.stringify(part.input);
  return {
    id: part.toolCallId,
    type: "function",
    function: { name: part.toolName, arguments: args, ...(isObject(inside) ? inside : {}) },
    ...beside,
  };
}

function toolMessage({ toolCallId, output }: LanguageModelV4ToolResultPart): Json {
  return { role: "tool", tool_call_id: toolCallId, content: outputText(output) };
}

function outputText(output: LanguageModelV4ToolResultPart["output"]): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "content":
      return output.value.map((one) => (one.type === "text" ? one.text : "[Image]")).join("\n");
    case "execution-denied":
      return output.reason ?? "Tool execution denied.";
    default:
      return JSON.stringify(output.value);
  }
}
