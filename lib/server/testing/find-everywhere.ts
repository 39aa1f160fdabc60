import type { Sql } from "../db/database";

/** Rows of every table that hold a word, in whatever column and form: pieces of a list are put together, bytes are read. */
export async function findEverywhere(sql: Sql, word: string): Promise<string[]> {
  const found: string[] = [];
  for (const { table, row } of await allRows(sql)) {
    const where = Object.entries(row).filter(([, value]) => says(value, word.toLowerCase()));
    found.push(...where.map(([column]) => `${table}.${column} of ${String(row.id ?? row.hash ?? row.doc ?? "a row")}`));
  }
  return found.sort();
}

export type AnyRow = { table: string; row: Record<string, unknown> };

/** All rows of all tables, as JSON gives them. */
export async function allRows(sql: Sql): Promise<AnyRow[]> {
  const tables = await sql.query<{ name: string }>(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const all: AnyRow[] = [];
  for (const { name } of tables) {
    const rows = await sql.query<{ row: Record<string, unknown> }>(`SELECT row_to_json(t) AS row FROM ${name} t`);
    all.push(...rows.map(({ row }) => ({ table: name.replace(/^public\./u, ""), row })));
  }
  return all;
}

export function says(value: unknown, word: string): boolean {
  if (typeof value === "string") {
    const bytes = /^\\x([0-9a-f]*)$/u.exec(value)?.[1];
    const text = bytes === undefined ? value : Buffer.from(bytes, "hex").toString("utf8");
    return text.toLowerCase().includes(word);
  }
  if (Array.isArray(value)) {
    return (
      says(value.filter((item) => typeof item === "string").join(""), word) || value.some((item) => says(item, word))
    );
  }
  return value !== null && typeof value === "object" && Object.entries(value).some((entry) => says([...entry], word));
}
