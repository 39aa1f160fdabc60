import { z } from "zod";
import { type Asking, getJson } from "./get-json";
import type { Listed } from "./model-list";
import { wholeNumber } from "./near-servers";

const tagsSchema = z.object({
  models: z.array(z.object({ name: z.string(), digest: z.string().nullish(), details: z.unknown() })),
});
const psSchema = z.object({
  models: z.array(
    z.object({ name: z.string().nullish(), model: z.string().nullish(), context_length: z.number().nullish() }),
  ),
});
const showSchema = z.object({
  parameters: z.string().nullish(),
  capabilities: z.array(z.string()).nullish(),
  model_info: z.record(z.string(), z.unknown()).nullish(),
});

/** How many models are asked for at a time. */
const AT_ONCE = 8;

/** What is kept of a model that was asked for. */
export type Shown = Pick<Listed, "window" | "trained" | "dimensions" | "embeds">;
const UNSEEN: Shown = { window: null, trained: null, dimensions: null, embeds: null };

/**
 * Reads what an Ollama has: its list; of each model, what its file sets (`num_ctx`), what it could have, and whether it
 * embeds; and with which window those that are loaded really run. `seen` keeps what was read, by the model's digest.
 *
 * @throws when its list can't be had; what else can't be had is not known.
 */
export async function listOllama(root: string, asking: Asking, seen: Map<string, Shown>): Promise<Listed[]> {
  const [tags, ps] = await Promise.all([
    getJson(`${root}/api/tags`, asking).then((json) => tagsSchema.parse(json).models),
    getJson(`${root}/api/ps`, asking)
      .then((json) => psSchema.parse(json).models)
      .catch(() => []),
  ]);
  const queue = tags.filter(({ name, digest }) => !seen.has(`${name} ${digest}`));
  const work = Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const shown = await show(root, asking, next.name);
      if (shown) seen.set(`${next.name} ${next.digest}`, shown);
    }
  });
  await Promise.all(work);
  return tags.map(({ name, digest, details }) => {
    const loaded = ps.find((one) => one.name === name || one.model === name);
    const shown = seen.get(`${name} ${digest}`) ?? UNSEEN;
    const base = { name, displayName: null, maxTokens: null, prices: null };
    const trained = shown.trained ?? wholeNumber((details as { context_length?: unknown } | null)?.context_length);
    return { ...base, ...shown, trained, window: wholeNumber(loaded?.context_length) ?? shown.window };
  });
}

async function show(root: string, asking: Asking, model: string): Promise<Shown | null> {
  try {
    const said = showSchema.parse(await getJson(`${root}/api/show`, asking, { model }));
    const set = /^\s*num_ctx\s+(\d+)/m.exec(said.parameters ?? "");
    const of = (suffix: string) =>
      wholeNumber(Object.entries(said.model_info ?? {}).find(([key]) => key.endsWith(suffix))?.[1]);
    const { capabilities } = said;
    return {
      window: set ? wholeNumber(Number(set[1])) : null,
      trained: of(".context_length"),
      dimensions: of(".embedding_length"),
      embeds: capabilities ? capabilities.includes("embedding") && !capabilities.includes("completion") : null,
    };
  } catch {
    return null;
  }
}
