import type { WireEmbeddingConfig, WireLlmConfig, WireModelSettings } from "@/lib/api/model-settings";
import { AGENT_TYPES } from "@/lib/engine/agent-types";
import { MEMGPT } from "@/lib/engine/dialect";
import type { EmbeddingModelInfo, ModelInfo } from "../models/registry";
import type { AgentConfig } from "./agent-config";

type Settings = Record<string, unknown>;

/** What a provider's settings hold where a client left them out, and where it gave none at all (contract §2.1). */
type Variant = { given: Settings; none: Settings };

const MAX_OUTPUT_TOKENS = 4096;
const GOOGLE_MAX_OUTPUT_TOKENS = 65_536;
const THINKING_BUDGET = 1024;
const UNKNOWN_CONTEXT_WINDOW = 128_000;

const BASE: Settings = { max_output_tokens: MAX_OUTPUT_TOKENS, parallel_tool_calls: true };
const PLAIN: Settings = { temperature: 0.7, response_format: null };
const OPENAI: Settings = {
  temperature: 0.7,
  reasoning: { reasoning_effort: "high" },
  response_format: null,
  strict: true,
};
const ANTHROPIC: Settings = {
  temperature: 1,
  thinking: { type: "enabled", budget_tokens: THINKING_BUDGET },
  response_format: null,
  verbosity: null,
  effort: null,
  strict: false,
};
const GOOGLE: Settings = {
  max_output_tokens: GOOGLE_MAX_OUTPUT_TOKENS,
  temperature: 0.7,
  thinking_config: { include_thoughts: true, thinking_budget: THINKING_BUDGET },
  response_schema: null,
};

const openAiLike = (extra: Settings = {}) =>
  variant({ ...OPENAI, ...extra }, { reasoning: { reasoning_effort: "minimal" }, strict: false });

function variant(own: Settings, withoutAny: Settings = {}): Variant {
  const given = { ...BASE, ...own };
  return { given, none: { ...given, temperature: 1, ...withoutAny } };
}

const PLAIN_VARIANT = variant(PLAIN);

/** By the contract's `provider_type`; every other provider is plain. */
const VARIANTS: Record<string, Variant> = {
  openai: openAiLike(),
  sglang: openAiLike({ tool_call_parser: null }),
  anthropic: variant(ANTHROPIC),
  google_ai: variant(GOOGLE),
  google_vertex: variant(GOOGLE),
  zai: variant({ ...PLAIN, thinking: { type: "enabled", clear_thinking: false } }),
  baseten: variant({ temperature: 0.7 }),
  chatgpt_oauth: variant({ temperature: 0.7, reasoning: { reasoning_effort: "medium" } }),
};

type ModelConfig = Pick<AgentConfig, "model" | "modelSettings"> & { llm: Partial<AgentConfig["llm"]> };

/**
 * The settings in force: what the client gave, filled up with the defaults of its provider, under the single values
 * (`max_tokens`, `parallel_tool_calls`, …) that an agent also has. Without `info` the handle tells the provider.
 */
export function effectiveModelSettings(info: ModelInfo | null, config: ModelConfig): WireModelSettings {
  const given = withoutNulls(config.modelSettings);
  const providerType = String(given?.provider_type ?? info?.providerType ?? providerOf(config.model));
  const { given: defaults, none } = Object.hasOwn(VARIANTS, providerType) ? VARIANTS[providerType]! : PLAIN_VARIANT;
  const base = given ? defaults : none;
  return {
    ...base,
    max_output_tokens: info?.maxTokens ?? base.max_output_tokens,
    ...mergeObjects(base, given ?? {}),
    provider_type: providerType,
    ...overrides(base, config.llm),
  } as WireModelSettings;
}

/** Settings that are objects of their own (reasoning, thinking, …) are filled up key by key. */
function mergeObjects(base: Settings, given: Settings): Settings {
  const merged = Object.entries(given).map(([key, value]) => {
    const under = base[key];
    const nests = isObject(value) && isObject(under) && !key.startsWith("response_");
    return [key, nests ? { ...under, ...value } : value];
  });
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The single values of an agent, where the provider's settings have a place for them. */
function overrides(base: Settings, llm: Partial<AgentConfig["llm"]>): Settings {
  const out: Settings = {};
  if (llm.maxTokens != null) out.max_output_tokens = llm.maxTokens;
  if (llm.parallelToolCalls != null) out.parallel_tool_calls = llm.parallelToolCalls;
  if (llm.responseFormat) out["response_schema" in base ? "response_schema" : "response_format"] = llm.responseFormat;
  const { enableReasoner: thinks, maxReasoningTokens: budget } = llm;
  if (thinks == null && budget == null) return out;
  if ("thinking" in base) {
    const thinking = { ...(base.thinking as Settings), type: thinks === false ? "disabled" : "enabled" };
    out.thinking = budget != null && "budget_tokens" in thinking ? { ...thinking, budget_tokens: budget } : thinking;
  }
  if ("thinking_config" in base) {
    const budgetTokens = budget ?? THINKING_BUDGET;
    out.thinking_config = { include_thoughts: thinks !== false, thinking_budget: thinks === false ? 0 : budgetTokens };
  }
  return out;
}

function withoutNulls(settings: Settings | null): Settings | null {
  return settings && Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** Before the first slash of a handle, and after it. */
const providerOf = (handle: string) => handle.split("/", 1)[0] || "openai";
const nameOf = (handle: string) => handle.slice(handle.indexOf("/") + 1);

/**
 * The contract's `llm_config`, of the model and what the agent sets. Without `info` (the handle is no longer known) it
 * says what handle and settings tell.
 */
export function deriveLlmConfig(info: ModelInfo | null, config: AgentConfig): WireLlmConfig {
  const settings: Settings = config.modelSettings ? effectiveModelSettings(info, config) : {};
  const { llm } = config;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  const thinking = isObject(settings.thinking) ? settings.thinking : {};
  return {
    model: info?.name ?? nameOf(config.model),
    display_name: null,
    model_endpoint_type: info?.providerType ?? providerOf(config.model),
    model_endpoint: info?.endpoint ?? null,
    provider_name: info?.providerName ?? providerOf(config.model),
    provider_category: info?.providerCategory ?? "base",
    model_wrapper: null,
    context_window: effectiveContextWindow(info, config),
    put_inner_thoughts_in_kwargs: AGENT_TYPES[config.agentType].dialect === MEMGPT,
    handle: config.model,
    temperature: typeof settings.temperature === "number" ? settings.temperature : 1,
    max_tokens: llm.maxTokens ?? numberOf(settings.max_output_tokens) ?? info?.maxTokens ?? null,
    enable_reasoner: llm.enableReasoner ?? thinking.type !== "disabled",
    reasoning_effort: isObject(settings.reasoning) ? text(settings.reasoning.reasoning_effort) : null,
    max_reasoning_tokens: llm.maxReasoningTokens ?? numberOf(thinking.budget_tokens) ?? 0,
    effort: text(settings.effort),
    frequency_penalty: null,
    compatibility_type: null,
    verbosity: text(settings.verbosity),
    tier: null,
    parallel_tool_calls: llm.parallelToolCalls ?? settings.parallel_tool_calls === true,
    response_format: (llm.responseFormat ??
      settings.response_format ??
      settings.response_schema ??
      null) as WireLlmConfig["response_format"],
    strict: settings.strict === true,
    return_logprobs: false,
    top_logprobs: null,
    return_token_ids: false,
    tool_call_parser: text(settings.tool_call_parser),
  };
}

const numberOf = (value: unknown) => (typeof value === "number" ? value : null);

/** In tokens: the agent's limit, or the model's own window. */
export function effectiveContextWindow(info: ModelInfo | null, config: Pick<AgentConfig, "llm">): number {
  return config.llm.contextWindow ?? info?.contextWindow ?? UNKNOWN_CONTEXT_WINDOW;
}

const UNKNOWN_DIMENSIONS = 1536;

/** The contract's `embedding_config`; without `info`, from what the handle tells. */
export function deriveEmbeddingConfig(info: EmbeddingModelInfo | null, handle: string): WireEmbeddingConfig {
  return {
    embedding_endpoint_type: info?.providerType ?? providerOf(handle),
    embedding_endpoint: info?.endpoint ?? null,
    embedding_model: info?.name ?? nameOf(handle),
    embedding_dim: info?.dimensions ?? UNKNOWN_DIMENSIONS,
    embedding_chunk_size: 300,
    handle,
    batch_size: 32,
    azure_endpoint: null,
    azure_version: null,
    azure_deployment: null,
  };
}

/** What an agent may hold open of files, by the context window that must hold it (contract §2.1). */
const FILE_LIMITS = [
  { upTo: 8_000, maxFilesOpen: 3, viewWindowChars: 5_000 },
  { upTo: 32_000, maxFilesOpen: 5, viewWindowChars: 15_000 },
  { upTo: 128_000, maxFilesOpen: 10, viewWindowChars: 25_000 },
  { upTo: 200_000, maxFilesOpen: 10, viewWindowChars: 40_000 },
  { upTo: Number.POSITIVE_INFINITY, maxFilesOpen: 15, viewWindowChars: 40_000 },
];

export function defaultFileLimits(contextWindow: number): { maxFilesOpen: number; viewWindowChars: number } {
  return FILE_LIMITS.find(({ upTo }) => contextWindow <= upTo)!;
}

/** The cheaper sibling that summarizes for models of a provider (contract §3.8). */
const SUMMARIZERS: Record<string, string> = {
  anthropic: "anthropic/claude-haiku-4-5",
  openai: "openai/gpt-5-mini",
  google_ai: "google_ai/gemini-2.5-flash",
};

/** The default summarizer for an agent's model (contract §3.8), or null where its provider has none. */
export function defaultSummarizer(handle: string): string | null {
  return SUMMARIZERS[providerOf(handle)] ?? null;
}
