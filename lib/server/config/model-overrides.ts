import { readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError } from "./config-error";

/** Dollars for a million tokens; null where the usual price of its side holds. */
export type Prices = { input: number; output: number; cachedInput: number | null; cacheWrite: number | null };

/** What an operator says of a model, over what its provider and the catalog say. */
export type ModelOverride = { contextWindow: number | null; maxTokens: number | null; prices: Prices | null };

const tokens = z.int().positive();
const dollars = z.number().nonnegative();
const schema = z.record(
  z.string(),
  z
    .strictObject({
      context_window: tokens.optional(),
      max_tokens: tokens.optional(),
      input: dollars.optional(),
      output: dollars.optional(),
      cached_input: dollars.optional(),
      cache_write: dollars.optional(),
    })
    .refine((one) => (one.input === undefined) === (one.output === undefined), "input and output come together"),
);

export type ModelOverrides = ReadonlyMap<string, ModelOverride>;

/**
 * `MEMOIR_MODELS`: JSON, or the path of a file with it, of handles, each with `context_window` and `max_tokens` in tokens,
 * and `input`, `output`, `cached_input`, `cache_write` in dollars for a million tokens. A handle may end with `*`.
 *
 * @throws ConfigError for anything else.
 */
export function modelOverrides(text: string | null): ModelOverrides {
  if (text === null) return new Map();
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw new ConfigError(`MEMOIR_MODELS: ${z.prettifyError(parsed.error)}`);
  return new Map(
    Object.entries(parsed.data).map(([handle, one]) => {
      const { input, output } = one;
      const prices =
        input === undefined || output === undefined
          ? null
          : { input, output, cachedInput: one.cached_input ?? null, cacheWrite: one.cache_write ?? null };
      return [handle, { contextWindow: one.context_window ?? null, maxTokens: one.max_tokens ?? null, prices }];
    }),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8"));
  } catch (error) {
    throw new ConfigError(
      `MEMOIR_MODELS is neither JSON nor the path of a file with JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The entry of a handle: its own, or the longest that ends with `*` and begins as it does. */
export function overrideOf(overrides: ModelOverrides, handle: string): ModelOverride | null {
  const own = overrides.get(handle);
  if (own) return own;
  const fitting = [...overrides.keys()].filter((key) => key.endsWith("*") && handle.startsWith(key.slice(0, -1)));
  const longest = fitting.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? null : overrides.get(longest)!;
}
