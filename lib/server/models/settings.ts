import type { JSONObject, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { estimateTokens } from "@/lib/engine/estimate";
import type { ModelRequest } from "@/lib/engine/model";
import { speaksResponses } from "./catalog";
import { familyOf } from "./family";
import { OPENAI_URL } from "./providers";
import { speaksChat } from "./reader";
import type { ModelInfo } from "./registry";
import { chatEffort, MIN_BUDGET, openAiEfforts, takesThinkingConfig } from "./takes/thinking";

type CallSettings = Pick<
  LanguageModelV4CallOptions,
  "maxOutputTokens" | "temperature" | "topP" | "responseFormat" | "reasoning" | "providerOptions"
>;

/**
 * The contract's model settings as a provider takes them: all that is in force is sent, in the provider's words. What a
 * model does not know is left out; `takenSettings` has seen to it that nothing of that is shown as if it were.
 */
export function callSettings(info: ModelInfo, request: ModelRequest): CallSettings {
  const given = request.settings;
  const maxTokens = maxOutputTokens(info, request);
  const temperature = numberOf(given.temperature);
  const topP = numberOf(given.top_p);
  const effort = effortOf(info, given);
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

function effortOf(info: ModelInfo, given: Record<string, unknown>): string | null {
  if (!speaksChat(info)) return null;
  const { reasoning_effort: effort } = (given.reasoning ?? {}) as { reasoning_effort?: unknown };
  return chatEffort(info.name, effort ?? given.effort);
}

/** The least that an answer is given room for, in tokens. */
const LEAST_ANSWER = 256;
const CHARS_PER_TOKEN = 3;

/**
 * The longest answer, in tokens: as it is set, unless the request leaves less room in the window: servers refuse a sum
 * that is more. The AI SDK adds Anthropic's budget of thought to what it is given, which the setting includes.
 */
function maxOutputTokens(info: ModelInfo, { settings, system, tools, messages }: ModelRequest): number | null {
  const set = numberOf(settings.max_output_tokens) ?? numberOf(settings.max_tokens);
  if (set === null) return null;
  const budget = info.providerType === "anthropic" ? thinkingBudget(settings) : 0;
  let room = info.contextWindow;
  // What could never fill the window needs no counting.
  if (set * 2 > info.contextWindow || info.contextWindow < 100_000) {
    const fixed = Math.ceil((system.length + JSON.stringify(tools).length) / CHARS_PER_TOKEN);
    room -= messages.reduce((sum, message) => sum + estimateTokens(message), fixed);
  }
  return Math.max(1, Math.min(set, Math.max(room, LEAST_ANSWER + budget)) - budget);
}

function thinkingBudget({ thinking }: Record<string, unknown>): number {
  const { type, budget_tokens: budget } = (thinking ?? {}) as { type?: unknown; budget_tokens?: unknown };
  return type === "enabled" ? (numberOf(budget) ?? MIN_BUDGET) : 0;
}

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
  if (info.providerType === "anthropic") return { anthropic: anthropicOptions(request, hasTools) };
  if (info.providerType === "google_ai" || info.providerType === "google_vertex") {
    return googleOptions(info.behind ?? info.name, request.settings);
  }
  return info.endpoint === OPENAI_URL || info.providerType === "azure"
    ? { openai: openAiOptions(request, info.behind ?? info.name) }
    : compatibleOptions(info, request);
}

function anthropicOptions({ settings, parallelToolCalls }: ModelRequest, hasTools: boolean): ProviderOptions[string] {
  const { type } = (settings.thinking ?? {}) as { type?: unknown };
  const thinking =
    type === "enabled" ? { type, budgetTokens: thinkingBudget(settings) } : type === "adaptive" ? { type } : null;
  const effort = textOf(settings.effort);
  return {
    ...(hasTools && !parallelToolCalls ? { disableParallelToolUse: true } : {}),
    ...(thinking ? { thinking } : {}),
    ...(effort ? { effort } : {}),
  };
}

function googleOptions(name: string, { thinking_config: config }: Record<string, unknown>): ProviderOptions {
  if (!config || !takesThinkingConfig(name)) return {};
  const { include_thoughts: shows = true, thinking_budget: budget } = config as {
    include_thoughts?: boolean;
    thinking_budget?: number;
  };
  return {
    google: { thinkingConfig: { includeThoughts: shows, ...(budget !== undefined ? { thinkingBudget: budget } : {}) } },
  };
}

function openAiOptions(request: ModelRequest, model: string): ProviderOptions[string] {
  const verbosity = textOf(request.settings.verbosity);
  const logprobs = askedLogprobs(request);
  return {
    ...(request.tools.length > 0 ? { parallelToolCalls: request.parallelToolCalls } : {}),
    ...(logprobs === null ? {} : { logprobs: logprobs || true }),
    strictJsonSchema: isStrict(request),
    ...(verbosity && openAiEfforts(model) ? { textVerbosity: verbosity } : {}),
    // Nothing is kept there: thoughts come encrypted, are kept here, and go back.
    ...(speaksResponses(model) ? { store: false, include: ["reasoning.encrypted_content"] } : {}),
  };
}

/** What stands under a provider's own name goes into the request as it is. */
function compatibleOptions(info: ModelInfo, request: ModelRequest): ProviderOptions {
  const logprobs = askedLogprobs(request);
  const thinking = familyOf(info.name) === "glm" ? (request.settings.thinking as JSONObject | undefined) : undefined;
  const verbosity = openAiEfforts(info.name) ? textOf(request.settings.verbosity) : null;
  const own = {
    ...(thinking ? { thinking } : {}),
    ...(verbosity ? { verbosity } : {}),
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
