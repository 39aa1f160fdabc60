import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import type { ModelRequest } from "@/lib/engine/model";
import type { ContentPart, ImagePart, Message, Part, ToolReturn } from "@/lib/stream/message";

type AssistantMessage = Extract<LanguageModelV4Message, { role: "assistant" }>;
type AssistantPart = AssistantMessage["content"][number];

/**
 * Puts a request into the AI SDK's words. An approval request continues the assistant's message before it; approval
 * answers are not shown, because the returns that follow say what came of them.
 */
export function toPrompt(request: ModelRequest, provider: string): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [{ role: "system", content: request.system }];
  for (const message of request.messages) {
    const shown = toMessage(message, provider);
    if (!shown || shown.content.length === 0) continue;
    const last = prompt.at(-1)!;
    if (last.role === "assistant" && shown.role === "assistant") last.content.push(...shown.content);
    else prompt.push(shown);
  }
  return prompt;
}

function toMessage(message: Message, provider: string): Exclude<LanguageModelV4Message, { role: "system" }> | null {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.parts.flatMap(userPart) };
    case "system":
      return { role: "user", content: message.parts.flatMap(userPart) };
    case "assistant":
      return { role: "assistant", content: message.parts.flatMap((part) => assistantPart(part, provider)) };
    case "approval": {
      const content = message.parts.flatMap((part) => assistantPart(part, provider));
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

function imagePart({ source }: ImagePart): LanguageModelV4FilePart[] {
  if (source.type === "base64") {
    return [{ type: "file", mediaType: source.media_type, data: { type: "data", data: source.data } }];
  }
  if (source.type === "letta" && source.data) {
    return [{ type: "file", mediaType: source.media_type ?? "image/*", data: { type: "data", data: source.data } }];
  }
  if (source.type === "url") {
    return [{ type: "file", mediaType: "image/*", data: { type: "url", url: new URL(source.url) } }];
  }
  return [];
}

function assistantPart(part: Part, provider: string): AssistantPart[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      // Thought without a signature can't be given back to a provider that signs; others don't want it back.
      return provider === "anthropic" && part.signature
        ? [{ type: "reasoning", text: part.reasoning, providerOptions: { anthropic: { signature: part.signature } } }]
        : [];
    case "hidden_reasoning":
      return provider === "anthropic" && part.hiddenReasoning
        ? [{ type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: part.hiddenReasoning } } }]
        : [];
    case "tool_call":
      return [{ type: "tool-call", toolCallId: part.id, toolName: part.name, input: parsedInput(part.arguments) }];
    default:
      return [];
  }
}

/** Providers take only an object: what a model sent malformed is shown to it as empty, and the error return says why. */
function parsedInput(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text || "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
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
