/**
 * What the text of a document no longer says: the line at which each page begins, from 1, and headings in their order, with
 * their page where the document names it.
 */
export type Structure = { pages?: number[]; headings?: { level: number; text: string; page?: number }[] };

/** The page, from 1, on which a line of the text stands; null where pages are not known. */
export function pageOf(structure: Structure | null, line: number): number | null {
  const pages = structure?.pages;
  if (!pages?.length) return null;
  let [low, high] = [0, pages.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pages[middle]! <= line) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** What stands between two pages in the text of a document. */
const BETWEEN = "\n\n";

/** The text of pages, and the line at which each begins. */
export function joinPages(pages: readonly string[]): { text: string; pages: number[] } {
  let line = 1;
  const texts = pages.map((page) => page.replaceAll(/\r\n?/gu, "\n"));
  const starts = texts.map((page) => {
    const start = line;
    line += page.split("\n").length - 1 + BETWEEN.length;
    return start;
  });
  return { text: texts.join(BETWEEN), pages: starts };
}
