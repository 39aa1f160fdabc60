import type { Cause } from "@/lib/engine/cause";
import type { Sql } from "../db/database";

export type ErasedBy = { id: string; resource: string; cause: Cause; created_at: Date };

/** The first of the erasures that took something from one of these records; null where nothing was erased from them. */
export async function erasureOf(sql: Sql, recordIds: readonly string[]): Promise<ErasedBy | null> {
  const [row] = await sql.query<ErasedBy>(
    `SELECT e.id, e.resource, e.cause, e.created_at FROM erased_record r JOIN erasure e ON e.id = r.erasure_id
     WHERE r.record_id = ANY($1::text[]) ORDER BY e.seq LIMIT 1`,
    [recordIds],
  );
  return row ?? null;
}

/** Who erased it and when, in words. */
export function inWords({ resource, cause, created_at: at }: ErasedBy): string {
  const by = cause.name ?? (cause.kind === "user" ? "a person" : "the API");
  return `erased by ${by} on ${at.toISOString().slice(0, 10)}, with the ${resource} that it was of`;
}
