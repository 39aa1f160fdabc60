import type { Cause } from "@/lib/engine/cause";
import type { Sql } from "../db/database";

/** What has versions, and may be a copy of another that has. */
export type Versioned = "block_version" | "agent_version";

const OWNER = { block_version: "block_id", agent_version: "agent_id" } as const;

/** Versions of one block or agent: those whose number is over `after`, up to `upTo`. */
export type Stretch = { ownerId: string; after: number; upTo: number };

type Copy = { number: number; origin_id: string | null; origin_number: number | null };

/**
 * The line of versions that led to one, oldest first: its block's or agent's own since it was copied, and before that
 * those of the original, however often it was copied. Copies are none of it, as a copy writes nothing; where the original
 * was erased the line begins with the copy.
 */
export async function lineOf(sql: Sql, table: Versioned, ownerId: string, number: number): Promise<Stretch[]> {
  const line: Stretch[] = [];
  for (let at = { ownerId, upTo: number }; ; ) {
    const [copy] = await sql.query<Copy>(
      `SELECT v.number, o.${OWNER[table]} AS origin_id, o.number AS origin_number
       FROM ${table} v LEFT JOIN ${table} o ON o.id = v.copied_from_id AND o.organization_id = v.organization_id
       WHERE v.${OWNER[table]} = $1 AND v.number <= $2 AND v.copied_from_id IS NOT NULL ORDER BY v.number DESC LIMIT 1`,
      [at.ownerId, at.upTo],
    );
    if (!copy || copy.origin_id === null || copy.origin_number === null) return [{ ...at, after: 0 }, ...line];
    if (copy.number < at.upTo) line.unshift({ ...at, after: copy.number });
    at = { ownerId: copy.origin_id, upTo: copy.origin_number };
  }
}

type Placed = { id: string; owner_id: string; number: number };

/** A part of a version, as an expression of its row. */
export const CONTENT_OF_BLOCK = "ROW(label, value, description, limit_chars, read_only)::text";
/** The place of a part in an agent's configuration; of `path` only what the program itself writes. */
export const inConfig = (...path: string[]) => `config #> '{${path.join(",")}}'`;

/**
 * Causes of the versions that came after one, up to another, and touched this part, oldest first; either may lie in the
 * line of the other, or both in lines of one origin. Null where they have nothing in common.
 */
export async function causesAlong(
  sql: Sql,
  table: Versioned,
  [fromId, toId]: readonly [string, string],
  part: string,
): Promise<Cause[] | null> {
  const rows = await sql.query<Placed>(
    `SELECT id, ${OWNER[table]} AS owner_id, number FROM ${table} WHERE id = ANY($1::text[])`,
    [[fromId, toId]],
  );
  const [from, to] = [fromId, toId].map((id) => rows.find((row) => row.id === id));
  if (!from || !to) return null;
  const [left, right] = [
    await lineOf(sql, table, from.owner_id, from.number),
    await lineOf(sql, table, to.owner_id, to.number),
  ];
  const shared = left[0]?.ownerId === right[0]?.ownerId;
  if (!shared) return null;
  const more = [...apart(left, right), ...apart(right, left)];
  const found: Cause[] = [];
  for (const { ownerId, after, upTo } of more) {
    const touched = await touchedIn(sql, table, { ownerId, after, upTo }, part);
    found.push(...touched.map((row) => row.cause));
  }
  return found;
}

/**
 * Versions of a stretch that touched a part, oldest first, each with the part as it left it; the first version of all
 * touched everything.
 */
export function touchedIn<Value>(
  sql: Sql,
  table: Versioned,
  { ownerId, after, upTo }: Stretch,
  part: string,
): Promise<{ id: string; cause: Cause; value: Value }[]> {
  return sql.query(
    `SELECT id, cause, value FROM (
       SELECT id, number, cause, copied_from_id, ${part} AS value, lag(number) OVER (ORDER BY number) IS NULL OR
         ${part} IS DISTINCT FROM lag(${part}) OVER (ORDER BY number) AS is_touched
       FROM ${table} WHERE ${OWNER[table]} = $1 AND number BETWEEN $2 AND $3) v
     WHERE is_touched AND number > $2 AND copied_from_id IS NULL ORDER BY number`,
    [ownerId, after, upTo],
  );
}

/** What of a line is no part of another: of a block or agent that both have, what goes beyond the other's end. */
function apart(line: readonly Stretch[], other: readonly Stretch[]): Stretch[] {
  return line.flatMap((stretch) => {
    const same = other.find((one) => one.ownerId === stretch.ownerId);
    const after = same ? Math.max(stretch.after, same.upTo) : stretch.after;
    return after < stretch.upTo ? [{ ...stretch, after }] : [];
  });
}

/** Causes of records by id, for those that have one: of a copy, what put there what it is a copy of. */
export async function causesOf(
  sql: Sql,
  table: Versioned | "compile",
  ids: readonly string[],
): Promise<Map<string, Cause>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<{ id: string; cause: Cause }>(table === "compile" ? OF_COMPILES : ofVersions(table), [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row.cause]));
}

const OF_COMPILES = "SELECT id, cause FROM compile WHERE id = ANY($1::text[])";

const ofVersions = (table: Versioned) => `
WITH RECURSIVE line AS (
  SELECT id, id AS at, cause, copied_from_id, organization_id, 0 AS depth FROM ${table} WHERE id = ANY($1::text[])
  UNION ALL SELECT line.id, o.id, o.cause, o.copied_from_id, o.organization_id, depth + 1
    FROM line JOIN ${table} o ON o.id = line.copied_from_id AND o.organization_id = line.organization_id)
SELECT DISTINCT ON (id) id, cause FROM line ORDER BY id, depth DESC`;
