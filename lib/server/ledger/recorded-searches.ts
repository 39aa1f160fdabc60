import type { RecordedSearch as WireSearch } from "@/lib/api/recorded-searches";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { getStep } from "../run/steps";
import type { RecordedSearch } from "../search/search";

/** A step calls a few tools; what is beyond these was no agent. */
const MOST = 100;

type Row = { id: string; seq: number; created_at: Date; cause: Cause; search: RecordedSearch };
type Text = { id: string; text: string; created_at: Date; deleted: boolean };

/**
 * The searches that a step made, as they were kept, with the texts of their candidates as they are now.
 *
 * @throws ApiError `not-found`.
 */
export async function listRecordedSearches(ctx: Ctx, stepId: string): Promise<WireSearch[]> {
  await getStep(ctx, stepId);
  const rows = await ctx.db.query<Row>(
    "SELECT id, seq, created_at, cause, search FROM passage_event WHERE step_id = $1 AND type = 'search' ORDER BY seq LIMIT $2",
    [stepId, MOST],
  );
  const ids = rows.flatMap(({ search }) => search.candidates.map(({ passageId }) => passageId));
  const texts = new Map((await readTexts(ctx, ids)).map((text) => [text.id, text]));
  return rows.map(({ id, seq, created_at, cause, search }) => ({
    id,
    seq,
    created_at: created_at.toISOString(),
    cause,
    query: search.query,
    mode: search.mode,
    note: search.note ?? null,
    filters: search.filters,
    limit: typeof search.filters.limit === "number" ? search.filters.limit : null,
    candidates: search.candidates.map(({ passageId, rank, score, returned, byText, byVector, parts }) => ({
      id: passageId,
      text: texts.get(passageId)?.text ?? null,
      deleted: texts.get(passageId)?.deleted ?? true,
      created_at: texts.get(passageId)?.created_at.toISOString() ?? null,
      rank,
      score,
      by_words: byText ?? null,
      by_meaning: byVector ?? null,
      words_by: parts ?? null,
      returned,
    })),
  }));
}

/** Passages of archives and of files. */
function readTexts(ctx: Ctx, ids: readonly string[]): Promise<Text[]> {
  return ctx.db.query<Text>(
    `SELECT id, left(text, 400) AS text, created_at, deleted_at IS NOT NULL AS deleted FROM passage
       WHERE organization_id = $1 AND id = ANY($2::text[])
     UNION ALL SELECT id, left(text, 400), created_at, false FROM file_chunk
       WHERE organization_id = $1 AND id = ANY($2::text[])`,
    [ctx.actor.organizationId, [...new Set(ids)]],
  );
}
