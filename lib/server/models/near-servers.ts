import { type Asking, getJson } from "./get-json";
import { type Listed, readModelList } from "./model-list";

/**
 * What a server of one's own says of its windows elsewhere than in its list of models: LM Studio in its own API,
 * llama.cpp in `/props`, Text Generation Inference in `/info`. Whoever is asked and does not know the question says so.
 */
export async function withOwnWindows(root: string, listed: Listed[], asking: Asking): Promise<Listed[]> {
  if (listed.every((model) => model.window !== null || model.embeds === true)) return listed;
  const ask = (path: string) => getJson(`${root}${path}`, asking).catch(() => null);
  const [v1, v0, props, info] = await Promise.all([
    ask("/api/v1/models"),
    ask("/api/v0/models"),
    ask("/props"),
    ask("/info"),
  ]);
  const said = [...listOf(v1), ...listOf(v0)];
  const slot = slotWindow(props) ?? totalTokens(info);
  const chat = listed.filter((model) => model.embeds !== true);
  return listed.map((model) => {
    const same = said.filter(({ name }) => name === model.name || model.name.startsWith(`${name}:`));
    const first = <K extends keyof Listed>(key: K) => same.find((one) => one[key] !== null)?.[key] ?? null;
    const only = chat.length === 1 && model.embeds !== true ? slot : null;
    return {
      ...model,
      window: model.window ?? first("window") ?? only,
      trained: model.trained ?? first("trained"),
      embeds: model.embeds ?? first("embeds"),
      dimensions: model.dimensions ?? first("dimensions"),
      displayName: model.displayName ?? first("displayName"),
    };
  });
}

function listOf(json: unknown): Listed[] {
  try {
    return json === null ? [] : readModelList(json);
  } catch {
    return [];
  }
}

/** A request of llama.cpp gets one slot, whose size it says; older ones say the whole and the number of slots. */
function slotWindow(props: unknown): number | null {
  const { default_generation_settings: settings, n_ctx: whole } = (props ?? {}) as {
    default_generation_settings?: { n_ctx?: unknown };
    n_ctx?: unknown;
  };
  return wholeNumber(settings?.n_ctx) ?? wholeNumber(whole);
}

function totalTokens(info: unknown): number | null {
  const { max_total_tokens: total, max_input_tokens: input } = (info ?? {}) as Record<string, unknown>;
  return wholeNumber(input) ?? wholeNumber(total);
}

export function wholeNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}
