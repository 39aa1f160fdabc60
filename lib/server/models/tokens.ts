import { createHash } from "node:crypto";
import { countTokens as countExact } from "gpt-tokenizer/encoding/o200k_base";

const CACHE_SIZE = 5000;
/** Above this, and for long runs of one character, exact counting is slow: four characters a token are assumed. */
const EXACT_LIMIT_CHARS = 200_000;
const LONG_RUN = /(.)\1{999}/s;
const CHARS_PER_TOKEN = 4;

const counts = new Map<string, number>();

/** Tokens of a text by OpenAI's o200k vocabulary: exact for its newer models, an estimate for all others. */
export function countTokens(text: string): number {
  if (text.length < 64) return count(text);
  const key = createHash("sha1").update(text).digest("base64");
  const known = counts.get(key);
  if (known !== undefined) return known;
  const tokens = count(text);
  if (counts.size >= CACHE_SIZE) counts.delete(counts.keys().next().value!);
  counts.set(key, tokens);
  return tokens;
}

function count(text: string): number {
  if (text.length > EXACT_LIMIT_CHARS || LONG_RUN.test(text)) return Math.ceil(text.length / CHARS_PER_TOKEN);
  return countExact(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
}
