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

/**
 * Causes of the versions that came after one, up to another, oldest first; either may lie in the line of the other, or
 * both in lines of one origin. Null where they have nothing in common.
 */
export async function causesAlong(sql: Sql, table: Versioned, fromId: string, toId: string): Promise<Cause[] | null> {
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
    const causes = await sql.query<{ cause: Cause }>(
      `SELECT cause FROM ${table} WHERE ${OWNER[table]} = $1 AND number > $2 AND number <= $3 AND copied_from_id IS NULL
       ORDER BY number`,
      [ownerId, after, upTo],
    );
    found.push(...causes.map((row) => row.cause));
  }
  return found;
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
