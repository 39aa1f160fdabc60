import type { EmbeddingModelInfo, ModelInfo } from "./registry";

const DEFAULT_CHUNK_SIZE = 300;
const EMBEDDING_BATCH = 32;

/** A model with all keys of the contract (letta-v1 §2.15), and whether it is the demo model. */
export function toWireModel(info: ModelInfo) {
  return {
    handle: info.handle,
    name: info.name,
    display_name: info.displayName,
    provider_type: info.providerType,
    provider_name: info.providerName,
    model_type: "llm" as const,
    model: info.name,
    model_endpoint_type: info.providerType,
    model_endpoint: info.endpoint,
    provider_category: info.providerCategory,
    model_wrapper: null,
    context_window: info.contextWindow,
    put_inner_thoughts_in_kwargs: false,
    temperature: 1,
    max_tokens: info.maxTokens,
    enable_reasoner: true,
    reasoning_effort: null,
    max_reasoning_tokens: 0,
    effort: null,
    frequency_penalty: null,
    compatibility_type: null,
    verbosity: null,
    tier: null,
    parallel_tool_calls: false,
    response_format: null,
    strict: false,
    return_logprobs: false,
    top_logprobs: null,
    return_token_ids: false,
    tool_call_parser: null,
    max_context_window: info.contextWindow,
    context_window_source: info.windowSource,
    demo: info.demo,
  };
}

export function toWireEmbeddingModel(info: EmbeddingModelInfo) {
  return {
    handle: info.handle,
    name: info.name,
    display_name: info.name,
    provider_type: info.providerType,
    provider_name: info.providerName,
    model_type: "embedding" as const,
    embedding_endpoint_type: info.providerType,
    embedding_endpoint: info.endpoint,
    embedding_model: info.name,
    embedding_dim: info.dimensions,
    embedding_chunk_size: DEFAULT_CHUNK_SIZE,
    batch_size: EMBEDDING_BATCH,
    azure_endpoint: null,
    azure_version: null,
    azure_deployment: null,
  };
}
