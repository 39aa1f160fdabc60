import type { EmbeddingModelV4, LanguageModelV4 } from "@ai-sdk/provider";

/** A model whose package is loaded when it is first spoken to: a start pays only for what it uses. */
export function lazyModel(provider: string, modelId: string, load: () => Promise<LanguageModelV4>): LanguageModelV4 {
  let loaded: Promise<LanguageModelV4> | null = null;
  const model = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    specificationVersion: "v4",
    provider,
    modelId,
    supportedUrls: {},
    doStream: async (options) => (await model()).doStream(options),
    doGenerate: async (options) => (await model()).doGenerate(options),
  };
}

export function lazyEmbedding(
  provider: string,
  modelId: string,
  maxEmbeddingsPerCall: number,
  load: () => Promise<EmbeddingModelV4>,
): EmbeddingModelV4 {
  return {
    specificationVersion: "v4",
    provider,
    modelId,
    maxEmbeddingsPerCall,
    supportsParallelCalls: true,
    doEmbed: async (options) => (await load()).doEmbed(options),
  };
}
