import type { Sql } from "../db/database";

/** SQL expressions for the columns that differ from row to row; `n` counts from 1, `t` is the row that is copied. */
export type Changes = Record<string, string>;

/**
 * Copies rows of a table by SQL alone, `count` times each: thousands of rows that look like real ones, in one statement.
 * Where a column is to differ, `changes` says how. `where` chooses the rows and may use `$1`.
 */
export async function copyRows(
  sql: Sql,
  copy: { table: string; where: string; param?: string; count: number; changes: Changes },
): Promise<void> {
  const columns = await sql.query<{ name: string }>(
    "SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
    [copy.table],
  );
  if (columns.length === 0) throw new Error(`no table ${copy.table}`);
  const list = columns.map(({ name }) => `"${name}"`).join(", ");
  const values = columns.map(({ name }) => copy.changes[name] ?? `t."${name}"`).join(", ");
  await sql.query(
    `INSERT INTO "${copy.table}" (${list}) SELECT ${values} FROM "${copy.table}" t, generate_series(1, ${copy.count}) n WHERE ${copy.where}`,
    copy.param === undefined ? [] : [copy.param],
  );
}
