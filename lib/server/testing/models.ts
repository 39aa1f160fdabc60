import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import type { EmbeddingModelInfo, ModelInfo, ModelRegistry } from "../models/registry";

function info(handle: string, contextWindow: number, maxTokens: number | null): ModelInfo {
  const [provider = "", name = ""] = handle.split("/");
  return {
    handle,
    name,
    displayName: name,
    providerType: provider,
    providerName: provider,
    providerCategory: "base",
    endpoint: `https://${provider}.example/v1`,
    contextWindow,
    windowSource: "catalog",
    maxTokens,
    demo: false,
  };
}

const MODELS = [
  info("openai/gpt-4o-mini", 128_000, 16_384),
  info("openai/gpt-5-mini", 272_000, 128_000),
  info("anthropic/claude-sonnet-4-5", 200_000, null),
  info("google_ai/gemini-2.5-flash", 1_000_000, 65_536),
  info("ollama/llama3", 8_000, null),
];

const EMBEDDINGS: EmbeddingModelInfo[] = [
  {
    handle: "openai/text-embedding-3-small",
    name: "text-embedding-3-small",
    providerType: "openai",
    providerName: "openai",
    endpoint: "https://openai.example/v1",
    dimensions: 1536,
  },
];

/** A registry that knows a few models and speaks to none. `forget` makes a handle unknown from then on. */
export function fakeModels(): ModelRegistry & { forget(handle: string): void } {
  const models = new Map(MODELS.map((model) => [model.handle, model]));
  const find = async (_ctx: Ctx, handle: string) => {
    const model = models.get(handle);
    if (model) return model;
    const known = [...models.keys()].map((one) => `'${one}'`).join(", ");
    throw new ApiError("not-found", `NOT_FOUND: Handle ${handle} not found, must be one of [${known}]`);
  };
  const silent = async () => {
    throw new Error("a fake registry has no model to speak to");
  };
  return {
    environmentNames: () => [],
    refresh: () => {},
    list: async () => [...models.values()],
    listEmbedding: async () => EMBEDDINGS,
    info: find,
    model: silent,
    embeddingModel: silent,
    payload: async (_ctx, handle, request) => ({ model: handle, ...request }),
    defaultHandle: async () => "openai/gpt-4o-mini",
    forget: (handle) => void models.delete(handle),
  };
}
