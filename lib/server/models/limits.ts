import type { Prices } from "../config/model-overrides";
import { hostOf, isPrivateHost } from "../net/address";
import { embeddingDimensions, knownLimits, looksLikeEmbedding } from "./catalog";
import type { Listed } from "./model-list";
import type { Catalog } from "./price-list";

/**
 * Who says how long a context may be: the provider, which knows; the operator, in a setting; a catalog, of the vendor's
 * own servers; or nobody, and then the number is a guess that an agent may go beyond.
 */
export type WindowSource = "provider" | "setting" | "catalog" | "guess";

/** A model that a provider offers. */
export type Offered = {
  name: string;
  /** The model's own name, where this is one that somebody gave to it. */
  behind?: string;
  displayName: string | null;
  /** In tokens. */
  contextWindow: number;
  windowSource: WindowSource;
  maxTokens: number | null;
  /** Null for a model that does not embed, 0 where it is not known how long its vectors are. */
  dimensions: number | null;
  /** What the provider itself asks for it. */
  prices: Prices | null;
};

/** A server of one's own runs a model as it was started: what the model could have is no more than a guess. */
export function isNear(endpoint: string | null): boolean {
  return endpoint !== null && URL.canParse(endpoint) && isPrivateHost(hostOf(new URL(endpoint)));
}

/** What is offered by what was said of it, and else by what is known of its name. */
export function toOffered(listed: Listed, endpoint: string, catalog: Catalog, usual: number | null = null): Offered {
  const { name, displayName, prices, trained } = listed;
  const known = knownLimits(name);
  const most = catalog.window({ endpoint, name });
  const supposed = known.isFirm ? known.contextWindow : (most ?? known.contextWindow);
  const embeds = listed.embeds ?? (embeddingDimensions(name) !== null || looksLikeEmbedding(name));
  const base = {
    name,
    displayName,
    prices,
    maxTokens: listed.maxTokens ?? known.maxTokens,
    dimensions: embeds ? (embeddingDimensions(name) ?? listed.dimensions ?? 0) : null,
  };
  if (listed.window !== null) return { ...base, contextWindow: listed.window, windowSource: "provider" };
  const isKnown = most !== null || known.isKnown;
  if (isKnown && !isNear(endpoint)) return { ...base, contextWindow: supposed, windowSource: "catalog" };
  const guess = Math.min(usual ?? trained ?? supposed, trained ?? Number.POSITIVE_INFINITY);
  return { ...base, contextWindow: guess, windowSource: "guess" };
}

/** A model that its provider does not list now. */
export function unlisted(name: string, endpoint: string, catalog: Catalog): Offered {
  const nothing = { displayName: null, window: null, trained: null, maxTokens: null, dimensions: null, prices: null };
  return { ...toOffered({ name, ...nothing, embeds: false }, endpoint, catalog), dimensions: null };
}
