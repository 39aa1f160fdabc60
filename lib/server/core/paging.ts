import type { Paging } from "@/lib/api/common";
import { notFound } from "./errors";

type Cursor = { id: string; at: Date | null };
type Where = Record<string, unknown>;

export type KeysetOptions = {
  paging: Paging;
  /** What the list holds, for the error of an unknown cursor. */
  kind: string;
  /** Finds a cursor's row and the value of the column that the list is ordered by. */
  find: (id: string) => Promise<Cursor | null>;
  /** The Prisma field that the list is ordered by. */
  field: string;
  /** The column may be empty; then it counts as earlier than every time. */
  nullable?: boolean;
};

/**
 * The Prisma `where`, `orderBy` and `take` of one page: keyset paging on a time and, for equal times, the id.
 *
 * @throws ApiError `not-found` for a cursor that is not in the list.
 */
export async function keyset(
  options: KeysetOptions,
): Promise<{ where: Where; orderBy: Where[]; take: number; reverse: boolean }> {
  const { paging, field } = options;
  const conditions: Where[] = [];
  if (paging.after) conditions.push(beyond(options, await cursorOf(options, paging.after), paging.order));
  if (paging.before) conditions.push(beyond(options, await cursorOf(options, paging.before), opposite(paging.order)));
  // With only `before`, the page is the one that ends at the cursor: read backwards, then turn round.
  const reverse = Boolean(paging.before && !paging.after);
  const direction = reverse ? opposite(paging.order) : paging.order;
  return {
    where: { AND: conditions },
    orderBy: [{ [field]: options.nullable ? nullsEarliest(direction) : direction }, { id: direction }],
    take: paging.limit,
    reverse,
  };
}

/** Puts the rows of a page that was read backwards into the order of the list. */
export function inListOrder<Row>(rows: Row[], page: { reverse: boolean }): Row[] {
  return page.reverse ? rows.toReversed() : rows;
}

async function cursorOf(options: KeysetOptions, id: string): Promise<Cursor> {
  const cursor = await options.find(id);
  if (!cursor) throw notFound(options.kind, id);
  return cursor;
}

function beyond({ field, nullable }: KeysetOptions, cursor: Cursor, order: "asc" | "desc"): Where {
  const side = order === "asc" ? "gt" : "lt";
  const tied = { [field]: cursor.at, id: { [side]: cursor.id } };
  if (cursor.at === null) return order === "asc" ? { OR: [tied, { [field]: { not: null } }] } : tied;
  const empty = nullable && order === "desc" ? [{ [field]: null }] : [];
  return { OR: [{ [field]: { [side]: cursor.at } }, tied, ...empty] };
}

function nullsEarliest(direction: "asc" | "desc") {
  return { sort: direction, nulls: direction === "asc" ? "first" : "last" };
}

const opposite = (order: "asc" | "desc") => (order === "asc" ? "desc" : "asc");
