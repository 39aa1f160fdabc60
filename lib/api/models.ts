import { z } from "@hono/zod-openapi";
import { queryList } from "./common";
import { endpoint } from "./endpoint";
import { responseFormatSchema } from "./model-settings";

const text = z.string().nullable();
const whole = z.number().int().nullable();

/** The contract's model: the old llm_config's keys beside the new ones. */
export const modelSchema = z
  .looseObject({
    handle: z.string().describe("provider/model"),
    name: z.string(),
    display_name: z.string(),
    provider_type: z.string(),
    provider_name: z.string(),
    provider_category: z.enum(["base", "byok"]),
    model_type: z.literal("llm"),
    context_window: z.number().int().describe("Tokens"),
    max_context_window: z.number().int(),
    context_window_source: z
      .enum(["provider", "setting", "catalog", "guess"])
      .describe("Own: who says how long a context may be; an agent's limit may go beyond a guess"),
    model: z.string(),
    model_endpoint_type: z.string(),
    model_endpoint: text,
    model_wrapper: text,
    put_inner_thoughts_in_kwargs: z.boolean(),
    temperature: z.number(),
    max_tokens: whole,
    enable_reasoner: z.boolean(),
    reasoning_effort: text,
    max_reasoning_tokens: z.number().int(),
    effort: text,
    frequency_penalty: z.number().nullable(),
    compatibility_type: text,
    verbosity: text,
    tier: text,
    parallel_tool_calls: z.boolean().nullable(),
    response_format: responseFormatSchema.nullable(),
    strict: z.boolean(),
    return_logprobs: z.boolean(),
    top_logprobs: whole,
    return_token_ids: z.boolean(),
    tool_call_parser: text,
  })
  .openapi("Model");

export const embeddingModelSchema = z
  .looseObject({
    handle: z.string().describe("provider/model"),
    name: z.string(),
    display_name: z.string(),
    provider_type: z.string(),
    provider_name: z.string(),
    model_type: z.literal("embedding"),
    embedding_endpoint_type: z.string(),
    embedding_endpoint: text,
    embedding_model: z.string(),
    embedding_dim: z.number().int(),
    embedding_chunk_size: whole,
    batch_size: z.number().int(),
    azure_endpoint: text,
    azure_version: text,
    azure_deployment: text,
  })
  .openapi("EmbeddingModel");

const listQuery = z.object({
  provider_category: queryList(z.enum(["base", "byok"])),
  provider_name: z.string().nullish(),
  provider_type: z.string().nullish(),
});

export const MODEL_ENDPOINTS = [
  endpoint({
    id: "models.list",
    method: "get",
    path: "/v1/models",
    summary: "List the models that can be chosen",
    query: listQuery,
    response: z.array(modelSchema),
  }),
  endpoint({
    id: "models.embeddings.list",
    method: "get",
    path: "/v1/models/embedding",
    summary: "List the embedding models that can be chosen",
    response: z.array(embeddingModelSchema),
  }),
  endpoint({
    id: "models.embeddings.alias",
    method: "get",
    path: "/v1/models/embeddings",
    summary: "The older path of the same list",
    response: z.array(embeddingModelSchema),
  }),
] as const;
