import { notFound } from "../core/errors";
import type { Sql } from "../db/database";

export type PassageAt = { id: string; archive_id: string; text: string; tags: string[]; created_at: Date };
export type PassagesAt = { count: number; items: PassageAt[] };
export type PassagePage = { limit: number; after?: string | null | undefined };

/** Whether a passage `p` was there at the place `seq` of the ledger: inserted by then, and not deleted until later. */
export const thereAt = (seq: string) => `EXISTS (SELECT FROM passage_event e
    WHERE e.passage_id = p.id AND e.type = 'insert' AND e.seq <= ${seq})
  AND NOT EXISTS (SELECT FROM passage_event e WHERE e.passage_id = p.id AND e.type = 'delete' AND e.seq <= ${seq})`;

/**
 * Passages of archives as of a place of the ledger, newest first, a page at a time.
 *
 * @throws ApiError `not-found` for a cursor that is none of them.
 */
export async function passagesAt(
  sql: Sql,
  { archiveIds, seq }: { archiveIds: readonly string[]; seq: number },
  { limit, after = null }: PassagePage,
): Promise<PassagesAt> {
  const OF_THESE = `p.archive_id = ANY($1::text[]) AND ${thereAt("$2")}`;
  if (after !== null) {
    const known = await sql.query(`SELECT FROM passage p WHERE p.id = $3 AND ${OF_THESE}`, [archiveIds, seq, after]);
    if (known.length === 0) throw notFound("passage", after);
  }
  const [counted] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM passage p WHERE ${OF_THESE}`,
    [archiveIds, seq],
  );
  const items = await sql.query<PassageAt>(
    `SELECT p.id, p.archive_id, p.text, p.tags, p.created_at FROM passage p
       LEFT JOIN passage last ON last.id = $3
     WHERE ${OF_THESE} AND ($3::text IS NULL OR p.created_at < last.created_at
       OR (p.created_at = last.created_at AND p.id > last.id))
     ORDER BY p.created_at DESC, p.id LIMIT $4`,
    [archiveIds, seq, after, limit],
  );
  return { count: counted?.count ?? 0, items };
}
