import { z } from "@hono/zod-openapi";
import { jsonObject } from "./common";
import { count, shortText } from "./fields";

export const responseFormatSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({ type: z.literal("json_schema"), json_schema: jsonObject }),
]);

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
const LEVELS = ["low", "medium", "high"] as const;
const THINKING = ["enabled", "disabled", "adaptive"] as const;

/**
 * Settings of a model as a client gives them. What is left out is filled with the provider's defaults when it is read;
 * keys that are not known here are kept.
 */
export const modelSettingsBody = z
  .looseObject({
    provider_type: shortText.optional().describe("The model's own provider if left out"),
    max_output_tokens: count.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    reasoning: z.looseObject({ reasoning_effort: z.enum(EFFORTS).optional() }).nullish(),
    thinking: z.looseObject({ type: z.enum(THINKING).optional(), budget_tokens: count.optional() }).nullish(),
    thinking_config: z
      .looseObject({ include_thoughts: z.boolean().optional(), thinking_budget: z.number().int().optional() })
      .nullish(),
    response_format: responseFormatSchema.nullish(),
    response_schema: responseFormatSchema.nullish(),
    verbosity: z.enum(LEVELS).nullish(),
    effort: z.enum(EFFORTS).nullish(),
    strict: z.boolean().nullish(),
    tool_call_parser: z.string().max(255).nullish(),
  })
  .openapi("ModelSettingsInput");
export type ModelSettingsBody = z.output<typeof modelSettingsBody>;

export const modelSettingsSchema = z
  .looseObject({
    provider_type: z.string(),
    max_output_tokens: z.number().int(),
    parallel_tool_calls: z.boolean(),
    temperature: z.number(),
  })
  .openapi("ModelSettings");
export type WireModelSettings = z.output<typeof modelSettingsSchema>;

export const llmConfigSchema = z
  .object({
    model: z.string(),
    display_name: z.string().nullable(),
    model_endpoint_type: z.string(),
    model_endpoint: z.string().nullable(),
    provider_name: z.string().nullable(),
    provider_category: z.enum(["base", "byok"]).nullable(),
    model_wrapper: z.string().nullable(),
    context_window: z.number().int(),
    put_inner_thoughts_in_kwargs: z.boolean(),
    handle: z.string().nullable(),
    temperature: z.number(),
    max_tokens: z.number().int().nullable(),
    enable_reasoner: z.boolean(),
    reasoning_effort: z.string().nullable(),
    max_reasoning_tokens: z.number().int(),
    effort: z.string().nullable(),
    frequency_penalty: z.number().nullable(),
    compatibility_type: z.string().nullable(),
    verbosity: z.string().nullable(),
    tier: z.string().nullable(),
    parallel_tool_calls: z.boolean().nullable(),
    response_format: responseFormatSchema.nullable(),
    strict: z.boolean(),
    return_logprobs: z.boolean(),
    top_logprobs: z.number().int().nullable(),
    return_token_ids: z.boolean(),
    tool_call_parser: z.string().nullable(),
  })
  .openapi("LLMConfig");
export type WireLlmConfig = z.output<typeof llmConfigSchema>;

/** The older way to choose a model; `model` and `model_settings` say the same in fewer words. */
export const llmConfigBody = z
  .looseObject({
    model: shortText,
    model_endpoint_type: shortText.nullish(),
    provider_name: shortText.nullish(),
    handle: shortText.nullish(),
    context_window: count.nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    max_tokens: count.nullish(),
    enable_reasoner: z.boolean().nullish(),
    reasoning_effort: z.enum(EFFORTS).nullish(),
    max_reasoning_tokens: z.number().int().min(0).max(2_147_483_647).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormatSchema.nullish(),
    strict: z.boolean().nullish(),
    put_inner_thoughts_in_kwargs: z.boolean().nullish(),
    effort: z.enum(EFFORTS).nullish(),
    verbosity: z.enum(LEVELS).nullish(),
  })
  .openapi("LLMConfigInput");
export type LlmConfigBody = z.output<typeof llmConfigBody>;

export const embeddingConfigSchema = z
  .object({
    embedding_endpoint_type: z.string(),
    embedding_endpoint: z.string().nullable(),
    embedding_model: z.string(),
    embedding_dim: z.number().int(),
    embedding_chunk_size: z.number().int().nullable(),
    handle: z.string().nullable(),
    batch_size: z.number().int(),
    azure_endpoint: z.string().nullable(),
    azure_version: z.string().nullable(),
    azure_deployment: z.string().nullable(),
  })
  .openapi("EmbeddingConfig");
export type WireEmbeddingConfig = z.output<typeof embeddingConfigSchema>;

export const embeddingConfigBody = z
  .looseObject({
    embedding_model: shortText,
    embedding_endpoint_type: shortText.nullish(),
    handle: shortText.nullish(),
  })
  .openapi("EmbeddingConfigInput");
export type EmbeddingConfigBody = z.output<typeof embeddingConfigBody>;

const COMPACTION_MODES = ["sliding_window", "all", "self_compact_sliding_window", "self_compact_all"] as const;

/** Only the fields that are given are changed; a null goes back to the default. */
export const compactionSettingsBody = z
  .object({
    model: shortText.nullish(),
    model_settings: modelSettingsBody.nullish(),
    prompt: z.string().nullish(),
    prompt_acknowledgement: z.boolean().nullish(),
    clip_chars: count.nullish().describe("Longest summary, in characters; null does not cut"),
    mode: z.enum(COMPACTION_MODES).nullish(),
    sliding_window_percentage: z.number().min(0).max(1).nullish().describe("Share that is summarized, from 0 to 1"),
  })
  .openapi("CompactionSettingsInput");
export type CompactionSettingsBody = z.output<typeof compactionSettingsBody>;

export const compactionSettingsSchema = z
  .object({
    model: z.string().nullable(),
    model_settings: jsonObject.nullable(),
    prompt: z.string().nullable(),
    prompt_acknowledgement: z.boolean(),
    clip_chars: z.number().int().nullable(),
    mode: z.enum(COMPACTION_MODES),
    sliding_window_percentage: z.number(),
  })
  .openapi("CompactionSettings");
export type WireCompactionSettings = z.output<typeof compactionSettingsSchema>;
