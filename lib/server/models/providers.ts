import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { EmbeddingModelV4, LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { z } from "zod";
import { embeddingDimensions, knownLimits, looksLikeEmbedding, looksLikeOpenAiChat, speaksResponses } from "./catalog";
import { chatModel } from "./chat/model";
import { tellingFetch } from "./life";

/** A source of models: where it is, how it is spoken to, and what it says it has. */
export type Provider = {
  /** The first half of its models' handles. */
  name: string;
  /** The contract's `provider_type`. */
  type: ProviderType;
  category: "base" | "byok";
  endpoint: string;
  languageModel(name: string): LanguageModelV4;
  embeddingModel(name: string): EmbeddingModelV4 | null;
  /** The body of the request that a call would send; nothing is sent. */
  payload(name: string, options: LanguageModelV4CallOptions): Promise<Record<string, unknown>>;
  /** What it offers now. @throws when it can't be reached or refuses the key. */
  list(signal: AbortSignal): Promise<Offered[]>;
};

export type ProviderType = "openai" | "anthropic" | "google_ai" | "ollama" | "openai-compatible";

export type Offered = { name: string; contextWindow: number; maxTokens: number | null; dimensions: number | null };

export type ProviderSettings = {
  name: string;
  type: ProviderType;
  category: "base" | "byok";
  apiKey: string | null;
  baseUrl: string | null;
};

/** Where OpenAI itself is: whatever else speaks its protocol is spoken to with less trust. */
export const OPENAI_URL = "https://api.openai.com/v1";

const DEFAULT_URLS: Record<Exclude<ProviderType, "openai-compatible">, string> = {
  openai: OPENAI_URL,
  anthropic: "https://api.anthropic.com/v1",
  google_ai: "https://generativelanguage.googleapis.com/v1beta",
  ollama: "http://127.0.0.1:11434",
};

/** Makes a provider of its settings; nothing is asked of it yet. `send` takes the place of the network. */
export function createProvider(settings: ProviderSettings, send?: typeof fetch): Provider {
  const { name, type, category, apiKey } = settings;
  const network = { fetch: tellingFetch(send ?? fetch) };
  const ask = send ?? fetch;
  const given = settings.baseUrl?.replace(/\/+$/, "");
  const endpoint = given ?? (type === "openai-compatible" ? "" : DEFAULT_URLS[type]);
  const payload: Provider["payload"] = (model, options) => unsentBody(settings, model, options);
  const base = { name, type, category, endpoint, payload };
  switch (type) {
    case "anthropic": {
      const sdk = createAnthropic({ apiKey: apiKey ?? "", baseURL: endpoint, ...network });
      const headers = { "x-api-key": apiKey ?? "", "anthropic-version": "2023-06-01" };
      return {
        ...base,
        languageModel: (model) => sdk.languageModel(model),
        embeddingModel: () => null,
        list: async (signal) => openAiList(await getJson(ask, `${endpoint}/models?limit=1000`, headers, signal)),
      };
    }
    case "google_ai": {
      const sdk = createGoogleGenerativeAI({ apiKey: apiKey ?? "", baseURL: endpoint, ...network });
      return {
        ...base,
        languageModel: (model) => sdk.languageModel(model),
        embeddingModel: (model) => sdk.embeddingModel(model),
        list: async (signal) =>
          googleList(
            await getJson(ask, `${endpoint}/models?pageSize=1000`, { "x-goog-api-key": apiKey ?? "" }, signal),
          ),
      };
    }
    case "ollama": {
      const sdk = createOpenAICompatible({ name, baseURL: `${endpoint}/v1`, ...network });
      const server = { name, baseUrl: `${endpoint}/v1`, apiKey: null, jsonSchema: true, fetch: ask };
      return {
        ...base,
        languageModel: (model) => chatModel(server, model),
        embeddingModel: (model) => sdk.embeddingModel(model),
        list: async (signal) => ollamaList(await getJson(ask, `${endpoint}/api/tags`, {}, signal)),
      };
    }
    default:
      return openAiLike({ ...base, apiKey }, network, ask);
  }
}

/** Servers that know JSON as an answer's form, but no schema of it. */
const WITHOUT_JSON_SCHEMA = /^https:\/\/api\.deepseek\.com\//;

/** @throws what putting the request together fails with. */
async function unsentBody(settings: ProviderSettings, model: string, options: LanguageModelV4CallOptions) {
  let body: string | null = null;
  const keep: typeof fetch = async (_input, init) => {
    body = String(init?.body);
    throw new Error("not to be sent");
  };
  const spoken = createProvider(settings, keep).languageModel(model);
  await Promise.resolve(spoken.doStream(options)).catch((error: unknown) => {
    if (body === null) throw error;
  });
  return JSON.parse(body ?? "{}") as Record<string, unknown>;
}

/** Models that think are spoken to by the protocol that keeps their thoughts; others by the older one, as ever. */
function openAiModel(openai: ReturnType<typeof createOpenAI>, model: string): LanguageModelV4 {
  return speaksResponses(model) ? openai.responses(model) : openai.chat(model);
}

/** OpenAI itself through its own package; whatever else speaks its protocol through our own tolerant one. */
function openAiLike(
  base: Pick<Provider, "name" | "type" | "category" | "endpoint" | "payload"> & { apiKey: string | null },
  network: { fetch: typeof fetch },
  ask: typeof fetch,
): Provider {
  const { apiKey, ...provider } = base;
  const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  const own = provider.endpoint === DEFAULT_URLS.openai;
  const openai = own ? createOpenAI({ apiKey: apiKey ?? "", baseURL: provider.endpoint, ...network }) : null;
  const compatible = createOpenAICompatible({
    name: provider.name,
    baseURL: provider.endpoint,
    ...(apiKey ? { apiKey } : {}),
    ...network,
  });
  const server = {
    name: provider.name,
    baseUrl: provider.endpoint,
    apiKey,
    jsonSchema: !WITHOUT_JSON_SCHEMA.test(provider.endpoint),
    fetch: ask,
  };
  return {
    ...provider,
    languageModel: (model) => (openai ? openAiModel(openai, model) : chatModel(server, model)),
    embeddingModel: (model) => openai?.embeddingModel(model) ?? compatible.embeddingModel(model),
    list: async (signal) => {
      const offered = openAiList(await getJson(ask, `${provider.endpoint}/models`, headers, signal));
      return own ? offered.filter((model) => model.dimensions !== null || looksLikeOpenAiChat(model.name)) : offered;
    },
  };
}

type Asked = [ask: typeof fetch, url: string, headers: Record<string, string>, signal: AbortSignal];

/** The longest list of models that is read, in bytes. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

/** @throws with the host and the status alone: what a server says in its answer is not for everybody. */
async function getJson(...[ask, url, headers, signal]: Asked): Promise<unknown> {
  const { host } = new URL(url);
  const response = await ask(url, { headers, signal, redirect: "error" });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_LIST_BYTES) throw new Error(`${host} answered with more than ${MAX_LIST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Error(`${host} did not answer with JSON`);
  }
}

const openAiListSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      // Where servers tell how long a context may be: OpenRouter, vLLM, others.
      context_length: z.number().nullish(),
      max_model_len: z.number().nullish(),
      context_window: z.number().nullish(),
    }),
  ),
});

function openAiList(json: unknown): Offered[] {
  return openAiListSchema.parse(json).data.map((model) => {
    const said = model.context_length ?? model.max_model_len ?? model.context_window;
    return offered(model.id, said ?? null);
  });
}

const googleListSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      inputTokenLimit: z.number().nullish(),
      outputTokenLimit: z.number().nullish(),
      supportedGenerationMethods: z.array(z.string()).nullish(),
    }),
  ),
});

function googleList(json: unknown): Offered[] {
  return googleListSchema.parse(json).models.flatMap((model) => {
    const name = model.name.replace(/^models\//, "");
    const methods = model.supportedGenerationMethods ?? [];
    if (!methods.includes("generateContent") && !methods.includes("embedContent")) return [];
    const known = offered(name, model.inputTokenLimit ?? null);
    return [{ ...known, maxTokens: model.outputTokenLimit ?? known.maxTokens }];
  });
}

const ollamaListSchema = z.object({ models: z.array(z.object({ name: z.string() })) });

/** Ollama's own default window where a model's is not set. */
const OLLAMA_CONTEXT = 8192;

function ollamaList(json: unknown): Offered[] {
  return ollamaListSchema.parse(json).models.map((model) => offered(model.name, OLLAMA_CONTEXT));
}

function offered(name: string, contextWindow: number | null): Offered {
  const limits = knownLimits(name);
  const dimensions = embeddingDimensions(name) ?? (looksLikeEmbedding(name) ? 0 : null);
  return { name, contextWindow: contextWindow ?? limits.contextWindow, maxTokens: limits.maxTokens, dimensions };
}
