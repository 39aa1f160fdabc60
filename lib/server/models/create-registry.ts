import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { ProviderEnvironment } from "../config/env";
import { type ModelOverrides, overrideOf, type Prices } from "../config/model-overrides";
import type { Ctx } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { withImageData } from "../images/images";
import { keyOfProvider, readable, UnreadableSecretError } from "../vault/vault";
import { meansDefault } from "./default-handles";
import { DEMO_HANDLE, DEMO_LABEL, demoModel } from "./demo";
import { type Guard, guardedFetch } from "./guarded-fetch";
import { asModel, callOptions, type Patience } from "./language-model";
import { isNear, type Offered, unlisted } from "./limits";
import { ownSettings } from "./own-provider";
import { loadCatalog } from "./price-list";
import { costs } from "./prices";
import { protocolOf } from "./protocols";
import { createProvider, type Provider, type ProviderType } from "./providers";
import type { EmbeddingModel, EmbeddingModelInfo, ModelInfo, ModelRegistry } from "./registry";

const LIST_FRESH_MS = 5 * 60_000;
/** A server of one's own loads models as they are asked for, and then says with which window. */
const NEAR_FRESH_MS = 30_000;
/** A handle that is not in a list has it read again, if it is older than this: new models need no restart. */
const UNKNOWN_FRESH_MS = 5000;
const LIST_TIMEOUT_MS = 4000;
/** An organization's own providers may be this much out of date. */
const OWN_FRESH_MS = 2000;
/** A provider that was not there is not asked again for this long. */
const ABSENT_FRESH_MS = 20_000;

const NO_OVERRIDES: ModelOverrides = new Map();

type Found = { provider: Provider; name: string };
type Listing = { at: number; offered: Offered[] | null };

export type RegistryOptions = {
  environment: ProviderEnvironment;
  defaultModel: string | null;
  overrides?: ModelOverrides;
  /** What providers that clients add may reach. */
  guard?: Guard;
  patience?: Patience;
  demoTokenMs?: number;
};

/** Models of the environment's providers, of the organization's own, and the demo model, which is always there. */
export function createModelRegistry(options: RegistryOptions): ModelRegistry {
  const fromEnvironment = environmentProviders(options.environment);
  const listings = new WeakMap<Provider, Promise<Listing>>();
  const spoken = new WeakMap<Provider, Map<string, LanguageModelV4>>();
  const made = new Map<string, { key: string; provider: Provider }>();
  const unreadable = new WeakMap<Provider, string>();
  const send = guardedFetch(options.guard ?? { allowPrivateUrls: false, privateProviders: [] });
  const demo = demoModel(options.demoTokenMs);

  const known = new Map<string, { at: number; providers: Promise<Provider[]> }>();

  /** An organization's own providers are read again after a while: a run asks for its model at every start. */
  async function providers(ctx: Ctx): Promise<Provider[]> {
    const { organizationId } = ctx.actor;
    const recent = known.get(organizationId);
    if (recent && Date.now() - recent.at < OWN_FRESH_MS) return recent.providers;
    const read = readProviders(ctx);
    known.set(organizationId, { at: Date.now(), providers: read });
    read.catch(() => known.delete(organizationId));
    return read;
  }

  async function readProviders(ctx: Ctx): Promise<Provider[]> {
    const rows = await ctx.db.prisma.provider.findMany({ where: { organizationId: ctx.actor.organizationId } });
    const own = rows.map((row) => {
      const key = `${row.updatedAt.getTime()}`;
      const before = made.get(row.id);
      if (before?.key === key) return before.provider;
      const apiKey = row.apiKeyEnc && readable(ctx.vault, row.apiKeyEnc);
      const accessKey = row.accessKeyEnc && readable(ctx.vault, row.accessKeyEnc);
      const provider = createProvider(ownSettings({ ...row, apiKey, accessKey }), send);
      const isShut = (row.apiKeyEnc && apiKey === null) || (row.accessKeyEnc && accessKey === null);
      if (isShut) unreadable.set(provider, row.name);
      made.set(row.id, { key, provider });
      return provider;
    });
    return [...own, ...fromEnvironment];
  }

  async function listingOf(provider: Provider, youngerMs = Number.POSITIVE_INFINITY): Promise<Listing> {
    // Without its key it has nothing to offer; those beside it have.
    if (unreadable.has(provider)) return { at: 0, offered: null };
    const known = await listings.get(provider);
    const usual = isNear(provider.endpoint) ? NEAR_FRESH_MS : LIST_FRESH_MS;
    const fresh = Math.min(known?.offered ? usual : ABSENT_FRESH_MS, youngerMs);
    if (known && Date.now() - known.at < fresh) return known;
    const asked = provider
      .list(AbortSignal.timeout(LIST_TIMEOUT_MS))
      .then((offered) => ({ at: Date.now(), offered }))
      .catch(() => ({ at: Date.now(), offered: known?.offered ?? null }));
    listings.set(provider, asked);
    return asked;
  }

  /** Kept, because making one compiles its schemas, which costs more than a whole turn has to spare. */
  function languageModel(provider: Provider, name: string): LanguageModelV4 {
    const known = spoken.get(provider) ?? new Map<string, LanguageModelV4>();
    spoken.set(provider, known);
    const model = known.get(name) ?? provider.languageModel(name);
    known.set(name, model);
    return model;
  }

  async function list(ctx: Ctx): Promise<ModelInfo[]> {
    const all = await Promise.all(
      (await providers(ctx)).map(async (provider) =>
        ((await listingOf(provider)).offered ?? [])
          .filter((offered) => offered.dimensions === null)
          .map((offered) => infoOf(provider, offered)),
      ),
    );
    return [...all.flat(), DEMO_INFO];
  }

  async function listEmbedding(ctx: Ctx): Promise<EmbeddingModelInfo[]> {
    const all = await Promise.all(
      (await providers(ctx)).map(async (provider) =>
        ((await listingOf(provider)).offered ?? [])
          .filter((offered) => offered.dimensions !== null)
          .map((offered) => toEmbeddingInfo(provider, offered.name, offered.dimensions ?? 0)),
      ),
    );
    return all.flat();
  }

  async function find(ctx: Ctx, handle: string): Promise<Found | null> {
    const [providerName, name] = splitHandle(handle);
    const provider = (await providers(ctx)).find((candidate) => candidate.name === providerName);
    if (!provider) return null;
    if (unreadable.has(provider)) throw new UnreadableSecretError(keyOfProvider(providerName));
    return { provider, name };
  }

  async function info(ctx: Ctx, asked: string): Promise<ModelInfo> {
    const handle = await meant(ctx, asked);
    if (handle === DEMO_HANDLE) return DEMO_INFO;
    const found = await find(ctx, handle);
    if (!found) throw await unknownHandle(ctx, handle);
    const read = async (youngerMs?: number) => {
      const { offered } = await listingOf(found.provider, youngerMs);
      return { offered, known: offered?.find((model) => model.name === found.name) };
    };
    const first = await read();
    const { offered, known } = first.offered && !first.known ? await read(UNKNOWN_FRESH_MS) : first;
    if (offered && !known) throw await unknownHandle(ctx, handle);
    // A provider that can't list its models now may still have this one.
    return infoOf(found.provider, known ?? (await notListed(found)));
  }

  const notListed = async ({ provider, name }: Found) => unlisted(name, provider.endpoint, await loadCatalog());

  /** As it is offered, under what the operator says. */
  function infoOf(provider: Provider, offered: Offered): ModelInfo {
    const info = toInfo(provider, offered);
    const said = overrideOf(options.overrides ?? NO_OVERRIDES, info.handle);
    return {
      ...info,
      ...(said?.contextWindow ? { contextWindow: said.contextWindow, windowSource: "setting" } : {}),
      ...(said?.maxTokens ? { maxTokens: said.maxTokens } : {}),
    };
  }

  /** What is known of a model that a run is about to ask: what its list said last, which is read anew beside the run. */
  async function infoNow(found: Found): Promise<{ info: ModelInfo; prices: Prices | null }> {
    const before = listings.get(found.provider);
    const reading = listingOf(found.provider);
    const { offered } = await (before ?? reading);
    const known = offered?.find((model) => model.name === found.name) ?? (await notListed(found));
    const info = infoOf(found.provider, known);
    const said = overrideOf(options.overrides ?? NO_OVERRIDES, info.handle);
    return { info, prices: said?.prices ?? known.prices };
  }

  const defaultHandle = async (ctx: Ctx) => options.defaultModel ?? (await list(ctx))[0]?.handle ?? DEMO_HANDLE;

  const meant = async (ctx: Ctx, handle: string) => (meansDefault(handle) ? defaultHandle(ctx) : handle);

  async function unknownHandle(ctx: Ctx, handle: string): Promise<ApiError> {
    const handles = (await list(ctx)).map((model) => `'${model.handle}'`).join(", ");
    return new ApiError("not-found", `NOT_FOUND: Handle ${handle} not found, must be one of [${handles}]`);
  }

  return {
    list,
    listEmbedding,
    info,
    async model(ctx, asked) {
      const handle = await meant(ctx, asked);
      if (handle === DEMO_HANDLE) return demo;
      const found = await find(ctx, handle);
      if (!found) throw await unknownHandle(ctx, handle);
      const { info: known, prices } = await infoNow(found);
      return asModel(known, languageModel(found.provider, found.name), {
        patience: options.patience,
        cost: costs(known, prices, await loadCatalog()),
        complete: (messages) => withImageData(ctx, messages),
      });
    },
    async payload(ctx, asked, request) {
      const handle = await meant(ctx, asked);
      const whole = { ...request, messages: await withImageData(ctx, request.messages) };
      if (handle === DEMO_HANDLE) return { model: DEMO_HANDLE, ...whole };
      const found = await find(ctx, handle);
      if (!found) throw await unknownHandle(ctx, handle);
      return found.provider.payload(found.name, callOptions(await info(ctx, handle), whole));
    },
    async embeddingModel(ctx, handle): Promise<EmbeddingModel> {
      const found = await find(ctx, handle);
      const model = found?.provider.embeddingModel(found.name);
      if (!found || !model) throw new ApiError("not-found", `NOT_FOUND: Handle ${handle} not found`);
      const { offered } = await listingOf(found.provider);
      const dimensions = offered?.find((candidate) => candidate.name === found.name)?.dimensions ?? 0;
      return {
        ...toEmbeddingInfo(found.provider, found.name, dimensions),
        embed: async (texts, signal) => {
          const most = (await model.maxEmbeddingsPerCall) ?? texts.length;
          const vectors: number[][] = [];
          for (let at = 0; at < texts.length; at += most) {
            const values = texts.slice(at, at + most);
            const { embeddings } = await model.doEmbed({ values, ...(signal ? { abortSignal: signal } : {}) });
            vectors.push(...embeddings);
          }
          return vectors;
        },
      };
    },
    environmentNames: () => fromEnvironment.map((provider) => provider.name),
    refresh: (organizationId) => void known.delete(organizationId),
    defaultHandle,
  };
}

const DEMO_INFO: ModelInfo = {
  handle: DEMO_HANDLE,
  name: "demo",
  displayName: DEMO_LABEL,
  providerType: "memoir",
  providerName: "memoir",
  providerCategory: "base",
  endpoint: null,
  contextWindow: 32_000,
  windowSource: "provider",
  maxTokens: 4096,
  demo: true,
};

/** @throws ApiError `bad-request` for a handle that is not `provider/model`. */
export function splitHandle(handle: string): [provider: string, name: string] {
  const slash = handle.indexOf("/");
  if (slash <= 0 || slash === handle.length - 1) {
    throw badRequest(`INVALID_ARGUMENT: '${handle}' is not a model handle: it must be in the form provider/model`);
  }
  return [handle.slice(0, slash), handle.slice(slash + 1)];
}

function toInfo(provider: Provider, offered: Offered): ModelInfo {
  return {
    handle: `${provider.name}/${offered.name}`,
    name: offered.name,
    displayName: offered.displayName ?? offered.name,
    ...(offered.behind ? { behind: offered.behind } : {}),
    providerType: provider.type === "openai-compatible" ? "openai" : provider.type,
    providerName: provider.name,
    providerCategory: provider.category,
    endpoint: provider.endpoint,
    contextWindow: offered.contextWindow,
    windowSource: offered.windowSource,
    maxTokens: offered.maxTokens,
    demo: false,
  };
}

function toEmbeddingInfo(provider: Provider, name: string, dimensions: number): EmbeddingModelInfo {
  return {
    handle: `${provider.name}/${name}`,
    name,
    providerType: provider.type === "openai-compatible" ? "openai" : provider.type,
    providerName: provider.name,
    endpoint: provider.endpoint,
    dimensions,
  };
}

function environmentProviders(environment: ProviderEnvironment): Provider[] {
  const base = (name: string, type: ProviderType, apiKey: string | null, baseUrl: string | null) =>
    createProvider({ name, type, category: "base", apiKey, baseUrl });
  const { openaiApiKey, openaiBaseUrl, anthropicApiKey, anthropicBaseUrl, geminiApiKey, geminiBaseUrl } = environment;
  return [
    ...(openaiApiKey || openaiBaseUrl ? [base("openai", "openai", openaiApiKey, openaiBaseUrl)] : []),
    ...(anthropicApiKey ? [base("anthropic", "anthropic", anthropicApiKey, anthropicBaseUrl)] : []),
    ...(geminiApiKey ? [base("google_ai", "google_ai", geminiApiKey, geminiBaseUrl)] : []),
    ...environment.compatible.map(({ name, apiKey, baseUrl }) =>
      base(name, "openai-compatible", apiKey, baseUrl ?? protocolOf(name).baseUrl),
    ),
    ...environment.clouds.map((entry) => createProvider({ ...entry, category: "base" })),
    base("ollama", "ollama", null, environment.ollamaBaseUrl),
  ];
}
