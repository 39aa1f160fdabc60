import type { WirePassage } from "@/lib/api/passages";
import type { Ctx } from "../core/core";
import { vectorTables } from "./search-index";

/** A passage as it is shown, with its number in the index and the model whose vectors its scope is searched by. */
export type Indexed = { passage: WirePassage; doc: bigint; model: string | null };

/** Passages with the vectors that are kept of them: of length 1, and only those of the model that is in use now. */
export async function withEmbeddings(ctx: Ctx, indexed: readonly Indexed[]): Promise<WirePassage[]> {
  if (!ctx.db.vector || indexed.every(({ model }) => model === null)) return indexed.map(({ passage }) => passage);
  const docs = indexed.map(({ doc }) => String(doc));
  const kept = new Map<string, string>();
  for (const table of await vectorTables(ctx.db)) {
    const rows = await ctx.db.query<{ doc: string; model: string; vec: string }>(
      `SELECT doc::text AS doc, model, vec::text AS vec FROM ${table} WHERE doc = ANY($1::bigint[])`,
      [docs],
    );
    for (const { doc, model, vec } of rows) kept.set(`${doc} ${model}`, vec);
  }
  return indexed.map(({ passage, doc, model }) => {
    const vector = kept.get(`${doc} ${model}`);
    return vector === undefined ? passage : { ...passage, embedding: JSON.parse(vector) as number[] };
  });
}
