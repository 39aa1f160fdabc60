import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Json } from "./json";
import { toChatMessages } from "./messages";

/** Of the options under a server's name these are settings of ours; all others go into the body as they are. */
const OURS = new Set(["strictJsonSchema", "reasoningEffort"]);

/** The body of a streamed request. What is undefined is not sent. */
export function chatBody(
  model: string,
  options: LanguageModelV4CallOptions,
  { name, jsonSchema }: { name: string; jsonSchema: boolean },
): Json {
  const { prompt, maxOutputTokens, temperature, topP, reasoning, stopSequences, seed } = options;
  const shared = (options.providerOptions?.openaiCompatible ?? {}) as Json;
  const own = Object.entries((options.providerOptions?.[name] ?? {}) as Json).filter(([key]) => !OURS.has(key));
  return {
    model,
    max_tokens: maxOutputTokens,
    temperature,
    top_p: topP,
    stop: stopSequences,
    seed,
    response_format: responseFormat(options.responseFormat, { jsonSchema, strict: shared.strictJsonSchema !== false }),
    ...Object.fromEntries(own),
    reasoning_effort: reasoning === "provider-default" ? undefined : reasoning,
    messages: toChatMessages(prompt),
    ...toolsOf(options),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function responseFormat(
  format: LanguageModelV4CallOptions["responseFormat"],
  { jsonSchema, strict }: { jsonSchema: boolean; strict: boolean },
): Json | undefined {
  if (format?.type !== "json") return undefined;
  if (!format.schema || !jsonSchema) return { type: "json_object" };
  const { schema, name = "response", description } = format;
  return { type: "json_schema", json_schema: { name, description, strict, schema } };
}

function toolsOf({ tools = [], toolChoice }: LanguageModelV4CallOptions): Json {
  const made = tools.flatMap((tool) => {
    if (tool.type !== "function") return [];
    const { name, description, inputSchema, strict } = tool;
    return [
      { type: "function", function: { name, description, parameters: inputSchema, ...(strict ? { strict } : {}) } },
    ];
  });
  if (made.length === 0) return {};
  const choice =
    toolChoice?.type === "tool" ? { type: "function", function: { name: toolChoice.toolName } } : toolChoice?.type;
  return { tools: made, tool_choice: choice };
}
