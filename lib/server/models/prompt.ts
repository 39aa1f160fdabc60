import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import { parseArguments } from "@/lib/engine/call-tools";
import type { ModelRequest } from "@/lib/engine/model";
import type { ContentPart, ImagePart, Message, Part, ToolReturn } from "@/lib/stream/message";
import { keptOptions, type Reader, readerOf } from "./reader";
import type { ModelInfo } from "./registry";

type AssistantMessage = Extract<LanguageModelV4Message, { role: "assistant" }>;
type AssistantPart = AssistantMessage["content"][number];

/**
 * Puts a request into the AI SDK's words. An approval request continues the assistant's message before it; approval
 * answers are not shown, because the returns that follow say what came of them.
 */
export function toPrompt(request: ModelRequest, info: ModelInfo): LanguageModelV4Prompt {
  const provider = info.providerType;
  const reader = readerOf(request, info);
  const prompt: LanguageModelV4Prompt =
    request.system.trim() === "" ? [] : [{ role: "system", content: request.system }];
  let returned: LanguageModelV4FilePart[] = [];
  const showReturned = () => {
    if (returned.length > 0) prompt.push({ role: "user", content: [{ type: "text", text: RETURNED }, ...returned] });
    returned = [];
  };
  for (const message of request.messages) {
    const shown = toMessage(message, reader);
    if (!shown || shown.content.length === 0) continue;
    if (shown.role !== "tool") showReturned();
    else if (!SHOWS_RETURNED_IMAGES.has(provider)) returned.push(...takeImages(shown));
    const last = prompt.at(-1);
    if (last?.role === "assistant" && shown.role === "assistant") last.content.push(...shown.content);
    else prompt.push(shown);
  }
  showReturned();
  return prompt;
}

/** Providers that take images in what a tool returns. Others are shown them by the user, after the returns. */
const SHOWS_RETURNED_IMAGES: ReadonlySet<string> = new Set(["anthropic", "google_ai"]);
const RETURNED = "[Images that the tools above returned:]";

/** Takes the images out of a message with tool returns, and leaves texts in which they are counted. */
function takeImages(message: Extract<LanguageModelV4Message, { role: "tool" }>): LanguageModelV4FilePart[] {
  const images: LanguageModelV4FilePart[] = [];
  for (const part of message.content) {
    if (part.type !== "tool-result" || part.output.type !== "content") continue;
    const words = part.output.value.map((one) => {
      if (one.type !== "file") return one.type === "text" ? one.text : "";
      images.push(one);
      return "[Image: shown below]";
    });
    part.output = { type: "text", value: words.join("\n") };
  }
  return images;
}

function toMessage(message: Message, reader: Reader): Exclude<LanguageModelV4Message, { role: "system" }> | null {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.parts.flatMap(userPart) };
    case "system":
      return { role: "user", content: message.parts.flatMap(userPart) };
    case "assistant":
      return { role: "assistant", content: assistantParts(message, reader) };
    case "approval": {
      const content = assistantParts(message, reader);
      return content.length > 0 ? { role: "assistant", content } : null;
    }
    case "tool":
      return {
        role: "tool",
        content: message.parts.flatMap((part) => (part.type === "tool_return" ? [toolResult(part)] : [])),
      };
    default:
      return null;
  }
}

function userPart(part: Part): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }];
  return part.type === "image" ? imagePart(part) : [];
}

function imagePart({ source }: ImagePart): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  const { detail } = source;
  const options = detail ? { providerOptions: { openai: { imageDetail: detail } } } : {};
  if (source.type === "base64") {
    return [{ type: "file", mediaType: source.media_type, data: { type: "data", data: source.data }, ...options }];
  }
  if (source.type === "url") {
    return [{ type: "file", mediaType: "image/*", data: { type: "url", url: new URL(source.url) }, ...options }];
  }
  if (!source.data) return [{ type: "text", text: "[An image that is no longer there]" }];
  const mediaType = source.media_type ?? "image/*";
  return [{ type: "file", mediaType, data: { type: "data", data: source.data }, ...options }];
}

function assistantParts(message: Message, reader: Reader): AssistantPart[] {
  return message.parts.flatMap((part) => assistantPart(part, message, reader));
}

function assistantPart(part: Part, message: Message, reader: Reader): AssistantPart[] {
  const kept = "opaque" in part && part.opaque?.by === reader.sender ? keptOptions(part.opaque) : null;
  const options = kept ? { providerOptions: kept } : {};
  switch (part.type) {
    case "text":
      return part.text === "" && !kept ? [] : [{ type: "text", text: part.text, ...options }];
    case "reasoning": {
      if (kept) return [{ type: "reasoning", text: part.reasoning, ...options }];
      const marks = reader.marksOf(part, message);
      return marks ? [{ type: "reasoning", text: part.reasoning, providerOptions: marks }] : [];
    }
    case "hidden_reasoning": {
      const data = part.hiddenReasoning;
      return data && reader.reads(message) && reader.signs
        ? [{ type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: data } } }]
        : [];
    }
    case "tool_call": {
      const input = parsedInput(part.arguments);
      return [{ type: "tool-call", toolCallId: part.id, toolName: part.name, input, ...options }];
    }
    default:
      return [];
  }
}

/** Providers take only an object: what a model sent malformed is shown to it as empty, and the error return says why. */
function parsedInput(text: string): Record<string, unknown> {
  return parseArguments(text) ?? {};
}

function toolResult(ret: ToolReturn): LanguageModelV4ToolResultPart {
  return {
    type: "tool-result",
    toolCallId: ret.toolCallId,
    toolName: ret.name ?? "tool",
    output:
      typeof ret.content === "string"
        ? { type: ret.status === "error" ? "error-text" : "text", value: ret.content }
        : { type: "content", value: ret.content.flatMap(resultPart) },
  };
}

function resultPart(part: ContentPart): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (part.type === "text") return [{ type: "text", text: part.text }];
  return imagePart(part);
}
