import type { TokenUsage } from "@/lib/engine/model";
import type { Prices } from "../config/model-overrides";
import { isNear } from "./limits";
import type { Catalog } from "./price-list";
import type { ModelInfo } from "./registry";

/** What a step cost, in dollars. Cached tokens are a part of the input's, as reasoning's are of the output's. */
export function costOf(prices: Prices, { input, output, cachedInput, cacheWrite }: TokenUsage): number {
  const read = Math.min(cachedInput ?? 0, input);
  const written = Math.min(cacheWrite ?? 0, input - read);
  const plain = input - read - written;
  const sum =
    plain * prices.input +
    read * (prices.cachedInput ?? prices.input) +
    written * (prices.cacheWrite ?? prices.input) +
    output * prices.output;
  return sum / 1e6;
}

/** Whose usage says what it cost, in dollars. */
const SAYS_COST = /^https:\/\/openrouter\.ai\//;

/**
 * How an answer of a model is priced: by what the provider itself says that it cost, by the prices that the operator or
 * the provider says, or by the catalog's for this vendor. Nobody prices what runs on one's own machine.
 */
export function costs(info: ModelInfo, prices: Prices | null, catalog: Catalog) {
  const { endpoint } = info;
  const name = info.behind ?? info.name;
  return (usage: TokenUsage, said: unknown): number | null => {
    const { cost } = (said ?? {}) as { cost?: unknown };
    const isSaid = endpoint !== null && SAYS_COST.test(endpoint) && typeof cost === "number" && cost >= 0;
    if (isSaid && Number.isFinite(cost)) return cost;
    if (prices) return costOf(prices, usage);
    return endpoint === null || isNear(endpoint) ? null : catalog.cost({ endpoint, name }, usage);
  };
}
