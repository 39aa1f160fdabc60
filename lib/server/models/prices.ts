import type { TokenUsage } from "@/lib/engine/model";

/** Dollars for a million tokens; null where the usual price of its side holds. */
export type Prices = { input: number; output: number; cachedInput: number | null; cacheWrite: number | null };

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
