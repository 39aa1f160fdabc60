import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { ModelRequest } from "@/lib/engine/model";
import { speaksResponses } from "./catalog";
import { OPENAI_URL } from "./providers";
import type { ModelInfo } from "./registry";

type CallSettings = Pick<
  LanguageModelV4CallOptions,
  "maxOutputTokens" | "temperature" | "topP" | "responseFormat" | "reasoning" | "providerOptions"
>;

/**
 * The contract's model settings as a provider takes them. Only what was set is sent: models differ in what they accept,
 * and their own defaults are the best guess.
 */
export function callSettings(info: ModelInfo, request: ModelRequest): CallSettings {
  const given = request.settings;
  const maxTokens = numberOf(given.max_output_tokens) ?? numberOf(given.max_tokens);
  const temperature = numberOf(given.temperature);
  const topP = numberOf(given.top_p);
  const effort =
    textOf((given.reasoning as { reasoning_effort?: unknown } | undefined)?.reasoning_effort) ?? textOf(given.effort);
  const responseFormat = responseFormatOf(given.response_format ?? given.response_schema);
  return {
    ...(maxTokens !== null ? { maxOutputTokens: maxTokens } : {}),
    ...(temperature !== null ? { temperature } : {}),
    ...(topP !== null ? { topP } : {}),
    ...(effort !== null && effort in EFFORTS ? { reasoning: effort as keyof typeof EFFORTS } : {}),
    ...(responseFormat ? { responseFormat } : {}),
    providerOptions: providerOptions(info, request),
  };
}

const EFFORTS = { none: 1, minimal: 1, low: 1, medium: 1, high: 1, xhigh: 1, max: 1 } as const;

function responseFormatOf(format: unknown): LanguageModelV4CallOptions["responseFormat"] | null {
  const { type, json_schema: schema } = (format ?? {}) as { type?: string; json_schema?: Record<string, unknown> };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema" || !schema) return null;
  const {
    name,
    description,
    schema: inner,
  } = schema as {
    name?: string;
    description?: string;
    schema?: Record<string, unknown>;
  };
  return {
    type: "json",
    schema: (inner ?? schema) as never,
    ...(name ? { name } : {}),
    ...(description ? { description } : {}),
  };
}

type ProviderOptions = NonNullable<CallSettings["providerOptions"]>;

/** What the AI SDK has no common word for. */
function providerOptions(info: ModelInfo, request: ModelRequest): ProviderOptions {
  const hasTools = request.tools.length > 0;
  if (info.providerType === "anthropic") {
    const { type, budget_tokens: budget } = (request.settings.thinking ?? {}) as {
      type?: string;
      budget_tokens?: number;
    };
    return {
      anthropic: {
        ...(hasTools && !request.parallelToolCalls ? { disableParallelToolUse: true } : {}),
        ...(type === "enabled" ? { thinking: { type, budgetTokens: budget ?? 1024 } } : {}),
      },
    };
  }
  if (info.providerType === "google_ai" || info.providerType === "google_vertex") {
    const thinking = request.settings.thinking_config as
      | { include_thoughts?: boolean; thinking_budget?: number }
      | undefined;
    return thinking
      ? {
          google: {
            thinkingConfig: {
              includeThoughts: thinking.include_thoughts ?? true,
              ...(thinking.thinking_budget !== undefined ? { thinkingBudget: thinking.thinking_budget } : {}),
            },
          },
        }
      : {};
  }
  return info.endpoint === OPENAI_URL || info.providerType === "azure"
    ? { openai: openAiOptions(request, info.behind ?? info.name) }
    : compatibleOptions(info, request);
}

function openAiOptions(request: ModelRequest, model: string): ProviderOptions[string] {
  const logprobs = askedLogprobs(request);
  return {
    ...(request.tools.length > 0 ? { parallelToolCalls: request.parallelToolCalls } : {}),
    ...(logprobs === null ? {} : { logprobs: logprobs || true }),
    strictJsonSchema: isStrict(request),
    // Nothing is kept there: thoughts come encrypted, are kept here, and go back.
    ...(speaksResponses(model) ? { store: false, include: ["reasoning.encrypted_content"] } : {}),
  };
}

/** What stands under a provider's own name goes into the request as it is. */
function compatibleOptions(info: ModelInfo, request: ModelRequest): ProviderOptions {
  const logprobs = askedLogprobs(request);
  const own = {
    ...(info.providerType === "openai" && request.tools.length > 0
      ? { parallel_tool_calls: request.parallelToolCalls }
      : {}),
    ...(logprobs === null ? {} : { logprobs: true, ...(logprobs > 0 ? { top_logprobs: logprobs } : {}) }),
  };
  return { [info.providerName]: own, openaiCompatible: { strictJsonSchema: isStrict(request) } };
}

/** How many likely tokens are wanted beside each one of the answer; null where none of it is. */
function askedLogprobs({ settings }: ModelRequest): number | null {
  return settings.return_logprobs === true ? (numberOf(settings.top_logprobs) ?? 0) : null;
}

/** Whether the answer must follow its schema to the letter: as the schema says, or else the settings. */
function isStrict({ settings }: ModelRequest): boolean {
  const { json_schema: schema } = (settings.response_format ?? {}) as { json_schema?: { strict?: unknown } };
  return typeof schema?.strict === "boolean" ? schema.strict : settings.strict === true;
}

const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
