import type { TokenUsage } from "@/lib/engine/model";

type PriceList = typeof import("@pydantic/genai-prices");
type Found = NonNullable<ReturnType<PriceList["calcPrice"]>>;

/** Where a model is: the address tells the vendor, and so the price. */
export type Place = { endpoint: string; name: string };

/**
 * Windows and prices of known models, as the package `@pydantic/genai-prices` keeps them: offline, with the package's
 * date. Loaded when it is first asked.
 */
export type Catalog = {
  /** What a model may have, in tokens; null for one that is not in it. */
  window(place: Place): number | null;
  /** Dollars; null where this vendor's price of the model is not in it. */
  cost(place: Place, usage: TokenUsage): number | null;
};

let loading: Promise<Catalog> | null = null;

export function loadCatalog(): Promise<Catalog> {
  loading ??= import("@pydantic/genai-prices").then(catalogOf);
  return loading;
}

const MAX_KNOWN = 5000;

function catalogOf({ calcPrice }: PriceList): Catalog {
  const windows = new Map<string, number | null>();

  function find(place: Place, usage: Record<string, number>): Found | null {
    const { name, endpoint } = place;
    try {
      const own = calcPrice(usage, name, { providerApiUrl: endpoint });
      return own?.provider.api_pattern && new RegExp(own.provider.api_pattern).test(endpoint) ? own : null;
    } catch {
      return null;
    }
  }

  return {
    window(place) {
      const key = `${place.endpoint} ${place.name}`;
      const known = windows.get(key);
      if (known !== undefined) return known;
      const nothing = { input_tokens: 0, output_tokens: 0 };
      const own = find(place, nothing)?.model.context_window ?? null;
      const found = own ?? anywhere(calcPrice, place.name);
      if (windows.size >= MAX_KNOWN) windows.clear();
      windows.set(key, found);
      return found;
    },
    cost(place, { input, output, cachedInput, cacheWrite }) {
      const read = Math.min(cachedInput ?? 0, input);
      const usage = {
        input_tokens: input,
        output_tokens: output,
        ...(read > 0 ? { cache_read_tokens: read } : {}),
        ...(cacheWrite ? { cache_write_tokens: Math.min(cacheWrite, input - read) } : {}),
      };
      const found = find(place, usage);
      return found && Number.isFinite(found.total_price) ? found.total_price : null;
    },
  };
}

/** Whose own models these names are: a window is the model's, wherever it is served, as far as a catalog can tell. */
const MAKERS = [
  "openai",
  "anthropic",
  "google",
  "deepseek",
  "moonshotai",
  "x-ai",
  "zai",
  "minimax",
  "mistral",
  "cohere",
  "groq",
  "cerebras",
  "fireworks",
  "openrouter",
];

function anywhere(calcPrice: PriceList["calcPrice"], name: string): number | null {
  const bare = name.slice(name.lastIndexOf("/") + 1).replace(/:.*$/, "");
  for (const providerId of MAKERS) {
    for (const one of new Set([name, bare, bare.toLowerCase()])) {
      const found = attempt(() => calcPrice({ input_tokens: 0, output_tokens: 0 }, one, { providerId }));
      if (found?.model.context_window) return found.model.context_window;
    }
  }
  return null;
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
