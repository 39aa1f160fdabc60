import type { Sql } from "../db/database";
import { deleteScope } from "../search/search-index";

/** Erases archives with their passages, what happened to these, and their search index. */
export async function eraseArchives(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await deleteScope(sql, ids);
  for (const statement of OF_ARCHIVES) await sql.query(statement, [ids]);
}

const OF_ARCHIVES = [
  "DELETE FROM passage_event WHERE archive_id = ANY($1::text[])",
  "DELETE FROM archive WHERE id = ANY($1::text[])",
];
