import type { Paging } from "@/lib/api/common";
import { notFound } from "./errors";

/**
 * One page of a list that is read whole because it is short: in order of creation, and of the list where that is equal.
 *
 * @throws ApiError `not-found` for a cursor that is not in the list.
 */
export function pageOfAll<Row extends { id: string; createdAt: Date }>(
  kind: string,
  rows: readonly Row[],
  { after, before, limit, order }: Paging,
): Row[] {
  const ascending = rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const ordered = order === "asc" ? ascending : ascending.toReversed();
  const placeOf = (id: string) => {
    const place = ordered.findIndex((row) => row.id === id);
    if (place < 0) throw notFound(kind, id);
    return place;
  };
  const from = after ? placeOf(after) + 1 : 0;
  const window = ordered.slice(from, before ? Math.max(from, placeOf(before)) : undefined);
  return before && !after ? window.slice(-limit) : window.slice(0, limit);
}
