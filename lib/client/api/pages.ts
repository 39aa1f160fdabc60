/** The cursor of the page that comes after one; null after the last, which is the first that is not full. */
export function nextCursor(page: readonly { id: string }[], size: number): string | null {
  return page.length < size ? null : (page.at(-1)?.id ?? null);
}

/** Pages as one list. What moved from one to the next while they were loaded stands in both: it is shown once. */
export function joined<T extends { id: string }>(pages: readonly (readonly T[])[]): T[] {
  const seen = new Set<string>();
  return pages.flat().filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** How much of a list is shown, in words; null where it is all that there is, and short. */
export function shareShown(shown: number, total: number | undefined, hasMore: boolean, what: string): string | null {
  const count = (n: number) => n.toLocaleString("en-US");
  if (!hasMore) return null;
  return total !== undefined && total > shown
    ? `${count(shown)} of ${count(total)} ${what} are shown.`
    : `${count(shown)} ${what} are shown, and there are more.`;
}
