import { createHash } from "node:crypto";
import type { Sql } from "../db/database";

/** What says how a database came to be, which each makes by itself. */
const OWN_OF_EACH = ["_prisma_migrations", "app_version"];

export type Table = { name: string; columns: string[] };
export type Sequence = { name: string; last: string };
export type Count = { rows: number; sum: string };

/** A name as a statement takes it. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The tables that hold something, each with the columns that can be written, in order of name. */
export async function tablesOf(sql: Sql): Promise<Table[]> {
  return sql.query<Table>(
    `SELECT c.table_name AS name, json_agg(c.column_name ORDER BY c.ordinal_position) AS columns
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
       AND table_name <> ALL($1::text[]) GROUP BY 1 ORDER BY 1`,
    [OWN_OF_EACH],
  );
}

/** How far the sequences are; those that gave nothing yet are left out. */
export async function sequencesOf(sql: Sql): Promise<Sequence[]> {
  return sql.query<Sequence>(
    `SELECT sequencename AS name, last_value::text AS last FROM pg_sequences
     WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1`,
  );
}

/** Names of the migrations that are applied, in order. */
export async function migrationsOf(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `SELECT migration_name AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** So that the same row is the same text in every database. */
export const SAME_TEXTS = "SET LOCAL timezone = 'UTC'";

/** Rows that are read at once. */
const AT_ONCE = 200;

/** The rows of a table as JSON, a few at a time. Within a transaction: they are read by a cursor. */
export async function* rowsOf(sql: Sql, { name, columns }: Table): AsyncGenerator<string> {
  const list = columns.map(quoted).join(", ");
  await sql.query(
    `DECLARE backup_rows NO SCROLL CURSOR FOR SELECT row_to_json(r)::text AS row FROM (SELECT ${list} FROM ${quoted(name)}) r`,
  );
  for (;;) {
    const rows = await sql.query<{ row: string }>(`FETCH ${AT_ONCE} FROM backup_rows`);
    for (const { row } of rows) yield row;
    if (rows.length < AT_ONCE) break;
  }
  await sql.query("CLOSE backup_rows");
}

const MODULUS = 1n << 64n;

/** Counts rows, and sums a hash of each, in whatever order they come. */
export function openCount(): { add(row: string): void; count(): Count } {
  let [rows, sum] = [0, 0n];
  return {
    add(row) {
      rows++;
      sum = (sum + createHash("sha256").update(row).digest().readBigUInt64BE(0)) % MODULUS;
    },
    count: () => ({ rows, sum: sum.toString(16) }),
  };
}

export async function countOf(sql: Sql, table: Table): Promise<Count> {
  const count = openCount();
  for await (const row of rowsOf(sql, table)) count.add(row);
  return count.count();
}
