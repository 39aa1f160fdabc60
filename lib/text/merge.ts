import { align, type Gap, gapsOf, openBudget } from "./align";
import { linesOf } from "./line-diff";
import { wordsOf } from "./words";

/** What one side made of a range of the base. */
type Edit = { from: number; to: number; tokens: readonly string[] };
export type Edits = { base: readonly string[]; edits: readonly Edit[] };

/** What a text changed of another, by lines. The work is bounded. */
export function editsOf(base: string, text: string): Edits {
  return editsOfTokens(linesOf(base), linesOf(text));
}

function editsOfTokens(base: readonly string[], tokens: readonly string[]): Edits {
  const gaps = gapsOf(align(base, tokens, openBudget()), base.length, tokens.length);
  const toEdit = ({ before: [from, to], after }: Gap): Edit => ({ from, to, tokens: tokens.slice(...after) });
  return { base, edits: gaps.map(toEdit) };
}

/**
 * Two changes of one text, as `editsOf` told them, made one after the other: a text with both. Changes of one line are
 * made by words. Null where both changed the same words.
 */
export function merge(mine: Edits, theirs: Edits): string | null {
  let characters = MOST_CHARACTERS;
  const merged = mergeTokens(mine, theirs, (...versions) => {
    const [base, a, b] = versions.map((lines) => lines.join("\n")) as [string, string, string];
    characters -= base.length + a.length + b.length;
    const words = characters < 0 ? null : mergeWords(base, a, b);
    return words === null ? null : linesOf(words);
  });
  return merged?.join("\n") ?? null;
}

/** How much text that both changed is looked at by words; what is beyond it is for a person to settle. */
const MOST_CHARACTERS = 100_000;

function mergeWords(base: string, mine: string, theirs: string): string | null {
  const words = wordsOf(base);
  const [a, b] = [editsOfTokens(words, wordsOf(mine)), editsOfTokens(words, wordsOf(theirs))];
  // Words side by side are one thought: what both changed there is for a person to settle.
  const touching = a.edits.some((one) => b.edits.some((other) => one.from <= other.to && other.from <= one.to));
  return touching ? null : (mergeTokens(a, b, () => null)?.join("") ?? null);
}

type Settle = (base: string[], mine: string[], theirs: string[]) => readonly string[] | null;

function mergeTokens(mine: Edits, theirs: Edits, settle: Settle): string[] | null {
  const base = mine.base;
  const merged: string[] = [];
  let [i, j, at] = [0, 0, 0];
  while (i < mine.edits.length || j < theirs.edits.length) {
    const cluster = clusterAt(mine.edits, theirs.edits, i, j);
    const [a, b] = [mine.edits.slice(i, cluster.i), theirs.edits.slice(j, cluster.j)];
    for (; at < cluster.from; at++) merged.push(base[at]!);
    if (isEqual(a, b)) {
      merged.push(...applied(base, cluster, a));
    } else if (a.length === 0 || b.length === 0 || cluster.from === cluster.to) {
      for (const edit of [...a, ...b]) merged.push(...edit.tokens);
    } else {
      const range = base.slice(cluster.from, cluster.to);
      const settled = settle(range, applied(base, cluster, a), applied(base, cluster, b));
      if (settled === null) return null;
      merged.push(...settled);
    }
    [i, j, at] = [cluster.i, cluster.j, cluster.to];
  }
  for (; at < base.length; at++) merged.push(base[at]!);
  return merged;
}

type Range = { from: number; to: number };

/** The next edit with all those of the other side that overlap it, and those that overlap these. */
function clusterAt(
  mine: readonly Edit[],
  theirs: readonly Edit[],
  i: number,
  j: number,
): Range & { i: number; j: number } {
  const [a, b] = [mine[i], theirs[j]];
  const first = a && (!b || a.from < b.from || (a.from === b.from && a.to <= b.to)) ? a : b!;
  const cluster = { from: first.from, to: first.to, i: first === a ? i + 1 : i, j: first === a ? j : j + 1 };
  for (;;) {
    const [next, other] = [mine[cluster.i], theirs[cluster.j]];
    if (next && overlaps(cluster, next)) {
      cluster.i++;
      cluster.to = Math.max(cluster.to, next.to);
    } else if (other && overlaps(cluster, other)) {
      cluster.j++;
      cluster.to = Math.max(cluster.to, other.to);
    } else return cluster;
  }
}

/** Whether two edits are of the same tokens, or of the same place; what is put in at the border of the other is not. */
function overlaps(a: Range, b: Range): boolean {
  return (a.from === b.from && a.to === b.to) || (a.from < b.to && b.from < a.to);
}

function isEqual(a: readonly Edit[], b: readonly Edit[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function applied(base: readonly string[], { from, to }: Range, edits: readonly Edit[]): string[] {
  const tokens: string[] = [];
  let at = from;
  for (const edit of edits) {
    for (; at < edit.from; at++) tokens.push(base[at]!);
    tokens.push(...edit.tokens);
    at = edit.to;
  }
  for (; at < to; at++) tokens.push(base[at]!);
  return tokens;
}
