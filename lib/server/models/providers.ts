import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { endpointOf } from "./addresses";
import { looksLikeOpenAiChat, speaksResponses } from "./catalog";
import { chatModel } from "./chat/model";
import { azure } from "./clouds/azure";
import { bedrock } from "./clouds/bedrock";
import { NO_CLOUD, type Spoken } from "./clouds/cloud";
import { vertex } from "./clouds/vertex";
import { getJson } from "./get-json";
import { tellingFetch } from "./life";
import { type Offered, toOffered } from "./limits";
import { type Listed, readModelList } from "./model-list";
import { withOwnWindows } from "./near-servers";
import { listOllama, type Shown } from "./ollama";
import { loadCatalog } from "./price-list";
import { isHosted } from "./protocols";
import type { CloudSettings, Provider, ProviderSettings, ProviderType } from "./provider";

export type { Provider, ProviderSettings, ProviderType } from "./provider";

/** Where OpenAI itself is: whatever else speaks its protocol is spoken to with less trust. */
export const OPENAI_URL = "https://api.openai.com/v1";

const DEFAULT_URLS: Partial<Record<ProviderType, string>> = {
  openai: OPENAI_URL,
  anthropic: "https://api.anthropic.com/v1",
  google_ai: "https://generativelanguage.googleapis.com/v1beta",
  ollama: "http://127.0.0.1:11434",
};

const CLOUDS: Partial<Record<ProviderType, (settings: CloudSettings, ask: typeof fetch) => Spoken>> = {
  azure,
  bedrock,
  google_vertex: vertex,
};

/** Makes a provider of its settings; nothing is asked of it yet. `send` takes the place of the network. */
export function createProvider(settings: ProviderSettings, send?: typeof fetch): Provider {
  const { name, type, category, apiKey } = settings;
  const network = { fetch: tellingFetch(send ?? fetch) };
  const ask = send ?? fetch;
  const endpoint = settings.baseUrl ? endpointOf(type, settings.baseUrl) : (DEFAULT_URLS[type] ?? "");
  const payload: Provider["payload"] = (model, options) => unsentBody(settings, model, options);
  const base = { name, type, category, endpoint, payload };
  const cloud = CLOUDS[type];
  if (cloud) {
    const { baseUrl } = settings;
    return { ...base, ...cloud({ ...NO_CLOUD, ...settings.cloud, apiKey, baseUrl }, network.fetch) };
  }
  switch (type) {
    case "anthropic": {
      const sdk = createAnthropic({ apiKey: apiKey ?? "", baseURL: endpoint, ...network });
      const headers = { "x-api-key": apiKey ?? "", "anthropic-version": "2023-06-01" };
      return {
        ...base,
        languageModel: (model) => sdk.languageModel(model),
        embeddingModel: () => null,
        list: async (signal) =>
          offeredBy(endpoint, readModelList(await getJson(`${endpoint}/models?limit=1000`, { ask, headers, signal }))),
      };
    }
    case "google_ai": {
      const sdk = createGoogleGenerativeAI({ apiKey: apiKey ?? "", baseURL: endpoint, ...network });
      return {
        ...base,
        languageModel: (model) => sdk.languageModel(model),
        embeddingModel: (model) => sdk.embeddingModel(model),
        list: async (signal) => {
          const headers = { "x-goog-api-key": apiKey ?? "" };
          const json = await getJson(`${endpoint}/models?pageSize=1000`, { ask, headers, signal });
          return offeredBy(endpoint, readModelList(json));
        },
      };
    }
    case "ollama": {
      const sdk = createOpenAICompatible({ name, baseURL: `${endpoint}/v1`, ...network });
      const server = { name, baseUrl: `${endpoint}/v1`, apiKey: null, jsonSchema: true, fetch: ask };
      const seen = new Map<string, Shown>();
      return {
        ...base,
        languageModel: (model) => chatModel(server, model),
        embeddingModel: (model) => sdk.embeddingModel(model),
        list: async (signal) =>
          offeredBy(endpoint, await listOllama(endpoint, { ask, headers: {}, signal }, seen), OLLAMA_CONTEXT),
      };
    }
    default:
      return openAiLike({ ...base, apiKey }, network, ask);
  }
}

/** Ollama's own window where a model's is not set and it is not loaded. */
const OLLAMA_CONTEXT = 8192;

async function offeredBy(endpoint: string, listed: Listed[], usual: number | null = null): Promise<Offered[]> {
  const catalog = await loadCatalog();
  return listed.map((model) => toOffered(model, endpoint, catalog, usual));
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
      const asking = { ask, headers, signal };
      const listed = readModelList(await getJson(`${provider.endpoint}/models`, asking));
      const root = provider.endpoint.replace(/\/v\d+$/, "");
      const known = isHosted(provider.endpoint) ? listed : await withOwnWindows(root, listed, asking);
      const offered = await offeredBy(provider.endpoint, known);
      return own ? offered.filter((model) => model.dimensions !== null || looksLikeOpenAiChat(model.name)) : offered;
    },
  };
}
