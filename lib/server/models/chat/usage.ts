import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import { isObject, type Json } from "./json";

/** No count of tokens is greater: what a server says beyond this is not a count. */
const MOST = 1_000_000_000;

/** A server's count as a whole number of tokens; undefined for what is none. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0) return undefined;
  return Math.min(Math.round(number), MOST);
}

export const NO_USAGE: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

/** Usage in any of the words that servers have for it. A count that is none is as one that was not given. */
export function usageOf(said: unknown): LanguageModelV4Usage {
  if (!isObject(said)) return NO_USAGE;
  const inner = (key: string): Json => (isObject(said[key]) ? said[key] : {});
  const input = countOf(said.prompt_tokens) ?? countOf(said.input_tokens);
  const output = countOf(said.completion_tokens) ?? countOf(said.output_tokens);
  const asked = { ...inner("input_tokens_details"), ...inner("prompt_tokens_details") };
  const given = { ...inner("output_tokens_details"), ...inner("completion_tokens_details") };
  const cacheRead =
    countOf(asked.cached_tokens) ?? countOf(said.prompt_cache_hit_tokens) ?? countOf(said.cached_tokens);
  const cacheWrite = countOf(asked.cache_write_tokens) ?? countOf(asked.cache_creation_tokens);
  const reasoning = countOf(given.reasoning_tokens) ?? countOf(said.reasoning_tokens);
  return {
    inputTokens: {
      total: input,
      noCache: input === undefined ? undefined : Math.max(0, input - (cacheRead ?? 0)),
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : Math.max(0, output - (reasoning ?? 0)),
      reasoning,
    },
    raw: said as never,
  };
}
