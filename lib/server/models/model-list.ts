import type { Prices } from "../config/model-overrides";

/** What a server says of a model that it has. Numbers that it does not say are null. */
export type Listed = {
  name: string;
  displayName: string | null;
  /** What a request may have: what the server runs with, in tokens. */
  window: number | null;
  /** What the model could have, if the server ran it so. */
  trained: number | null;
  maxTokens: number | null;
  dimensions: number | null;
  embeds: boolean | null;
  prices: Prices | null;
};

type Entry = Record<string, unknown>;

/**
 * Reads a list of models in the forms in which servers give one: an array, or an object that has it under `data`,
 * `models` or the like; of objects or bare names; or an object of models by name. Entries without a name are left out,
 * and so is what makes images, speech or ranks.
 *
 * @throws when there is no list in it.
 */
export function readModelList(json: unknown): Listed[] {
  const seen = new Map<string, Listed>();
  for (const entry of entriesOf(json)) {
    const listed = typeof entry === "string" ? readEntry({ id: entry }) : isEntry(entry) ? readEntry(entry) : null;
    if (listed && !seen.has(listed.name)) seen.set(listed.name, listed);
  }
  return [...seen.values()];
}

const LISTS = ["data", "models", "model", "result", "results", "items", "body", "list", "value", "publisherModels"];

function entriesOf(json: unknown): unknown[] {
  if (Array.isArray(json)) return json;
  if (!isEntry(json)) throw new Error("The server's list of models is no list.");
  const within = LISTS.map((key) => json[key]).find((value) => Array.isArray(value) || isEntry(value));
  if (Array.isArray(within)) return within;
  const byName = within ?? json;
  if (isEntry(byName) && byName !== json && LISTS.some((key) => Array.isArray(byName[key]))) return entriesOf(byName);
  const named = Object.entries(byName as Entry).filter(([, value]) => isEntry(value));
  if (named.length === 0 && within === undefined) throw new Error("The server's list of models has no models.");
  return named.map(([name, value]) => ({ id: name, ...(value as Entry) }));
}

const NO_CHAT = /^(image|audio|video|rerank|reranker|moderation|transcribe|transcription|tts|stt|speech|asr)$/i;

function readEntry(entry: Entry): Listed | null {
  const name = textOf(entry.id) ?? textOf(entry.name) ?? textOf(entry.model) ?? textOf(entry.key) ?? textOf(entry.slug);
  const type = textOf(entry.type) ?? textOf(entry.model_type) ?? textOf(entry.task);
  if (!name || (type && NO_CHAT.test(type))) return null;
  const trained = firstNumber(entry, TRAINED);
  return {
    name: name.replace(/^(publishers\/[^/]+\/)?models\//, ""),
    displayName: textOf(entry.display_name) ?? textOf(entry.displayName),
    window: firstNumber(entry, WINDOWS) ?? (trained === null ? null : loadedWindow(entry)),
    trained,
    maxTokens: firstNumber(entry, ANSWERS),
    dimensions: firstNumber(entry, DIMENSIONS),
    embeds: embeds(entry, type),
    prices: readPrices(entry),
  };
}

/** From what runs to what is allowed: where a server says both, the first is what a request may have. */
const WINDOWS = [
  "loaded_context_length",
  "meta.n_ctx",
  "n_ctx",
  "max_model_len",
  "max_input_tokens",
  "inputTokenLimit",
  "input_token_limit",
  "top_provider.context_length",
  "context_length",
  "context_window",
  "contextWindow",
  "contextLength",
  "context_size",
  "context_len",
  "max_context_window",
  "max_context_tokens",
  "max_seq_len",
  "limits.max_input_tokens",
  "limits.max_context_window_tokens",
  "capabilities.limits.max_context_window_tokens",
  "limit.context",
  "model_spec.availableContextTokens",
  "metadata.context_length",
  "parameters.max_seq_len",
];
const TRAINED = ["max_context_length", "meta.n_ctx_train"];
const ANSWERS = [
  "outputTokenLimit",
  "output_token_limit",
  "top_provider.max_completion_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "max_output_length",
  "limits.max_output_tokens",
  "capabilities.limits.max_output_tokens",
  "limit.output",
  "max_tokens",
];
const DIMENSIONS = ["embedding_length", "embedding_dimension", "dimensions"];

/** LM Studio says what a model could have; where it is loaded, it says with what. Mistral says what may be sent. */
function loadedWindow(entry: Entry): number | null {
  const instances = entry.loaded_instances;
  if (Array.isArray(instances)) {
    const lengths = instances.flatMap((one) => firstNumber(isEntry(one) ? one : {}, ["config.context_length"]) ?? []);
    return lengths.length > 0 ? Math.min(...lengths) : null;
  }
  return "state" in entry || "meta" in entry ? null : firstNumber(entry, ["max_context_length"]);
}

function embeds(entry: Entry, type: string | null): boolean | null {
  if (type && /^embeddings?$/i.test(type)) return true;
  const methods = entry.supportedGenerationMethods ?? entry.supported_generation_methods;
  if (Array.isArray(methods)) return methods.includes("embedContent") && !methods.includes("generateContent");
  const { capabilities } = entry;
  if (Array.isArray(capabilities)) return capabilities.includes("embedding") && !capabilities.includes("completion");
  if (isEntry(capabilities) && capabilities.type === "embeddings") return true;
  return type && /^(llm|vlm|chat|language)$/i.test(type) ? false : null;
}

/** Dollars for a million tokens. OpenRouter says dollars for one, as text; Together says them for a million. */
function readPrices({ pricing }: Entry): Prices | null {
  if (!isEntry(pricing)) return null;
  const perToken = typeof pricing.prompt === "string";
  const read = (...keys: string[]) => {
    const found = keys
      .map((key) => pricing[key])
      .find((value) => value !== undefined && value !== null && value !== "");
    const price = Number(found ?? Number.NaN) * (perToken ? 1e6 : 1);
    return Number.isFinite(price) && price >= 0 ? Number(price.toPrecision(12)) : null;
  };
  const input = perToken ? read("prompt") : read("input");
  const output = perToken ? read("completion") : read("output");
  if (input === null || output === null) return null;
  // Together prices what it serves by the hour with zeros.
  if (!perToken && input === 0 && output === 0) return null;
  return {
    input,
    output,
    cachedInput: read("input_cache_read", "cached_input"),
    cacheWrite: read("input_cache_write"),
  };
}

/** The first of these keys, which may be paths, that holds a whole number above zero. */
function firstNumber(entry: Entry, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = key.split(".").reduce<unknown>((at, step) => (isEntry(at) ? at[step] : undefined), entry);
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number > 0) return number;
  }
  return null;
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
