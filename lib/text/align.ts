import { diffArrays } from "diff";

/** How many positions all searches of one comparison may look at together: its time, for texts of any length. */
export type Budget = { comparisons: number };

export const openBudget = (): Budget => ({ comparisons: 80_000 });

/** A stretch that both have: where it starts in each, and how many tokens long it is. */
export type Match = { before: number; after: number; length: number };

/** Where two lists of tokens differ: the ranges `[from, to)` in each. One of both may be empty, never both. */
export type Gap = { before: [from: number, to: number]; after: [from: number, to: number] };

/**
 * What two lists of tokens have in common, in order. Myers' algorithm finds the shortest script as long as the budget
 * lasts. Beyond it the tokens that each list has exactly once are the anchors, and what lies between them is compared in
 * the same way: a change of many lines is still told line by line. What has no anchors either counts as replaced.
 */
export function align(before: readonly string[], after: readonly string[], budget: Budget): Match[] {
  const matches: Match[] = [];
  alignWithin({ before: [0, before.length], after: [0, after.length] }, { before, after, budget, matches }, 0);
  return matches;
}

/** What lies between the matches. */
export function gapsOf(matches: readonly Match[], before: number, after: number): Gap[] {
  const gaps: Gap[] = [];
  let [left, right] = [0, 0];
  for (const match of [...matches, { before, after, length: 0 }]) {
    if (match.before > left || match.after > right)
      gaps.push({ before: [left, match.before], after: [right, match.after] });
    left = match.before + match.length;
    right = match.after + match.length;
  }
  return gaps;
}

type Work = { before: readonly string[]; after: readonly string[]; budget: Budget; matches: Match[] };

const DEPTH = 8;

function alignWithin(gap: Gap, work: Work, depth: number): void {
  const { before, after, matches } = work;
  let [left, leftEnd] = gap.before;
  let [right, rightEnd] = gap.after;
  while (left < leftEnd && right < rightEnd && before[left] === after[right]) [left, right] = [left + 1, right + 1];
  push(matches, { before: gap.before[0], after: gap.after[0], length: left - gap.before[0] });
  while (left < leftEnd && right < rightEnd && before[leftEnd - 1] === after[rightEnd - 1])
    [leftEnd, rightEnd] = [leftEnd - 1, rightEnd - 1];
  const inner: Gap = { before: [left, leftEnd], after: [right, rightEnd] };
  if (left < leftEnd && right < rightEnd && !search(inner, work) && depth < DEPTH) {
    const anchors = anchorsOf(inner, work);
    [left, right] = [inner.before[0], inner.after[0]];
    for (const anchor of anchors) {
      alignWithin({ before: [left, anchor.before], after: [right, anchor.after] }, work, depth + 1);
      push(matches, anchor);
      [left, right] = [anchor.before + 1, anchor.after + 1];
    }
    if (anchors.length > 0) alignWithin({ before: [left, leftEnd], after: [right, rightEnd] }, work, depth + 1);
  }
  push(matches, { before: leftEnd, after: rightEnd, length: gap.before[1] - leftEnd });
}

function push(matches: Match[], next: Match): void {
  if (next.length === 0) return;
  const last = matches.at(-1);
  if (last && last.before + last.length === next.before && last.after + last.length === next.after)
    last.length += next.length;
  else matches.push({ ...next });
}

/** Myers' shortest script, if half of what is left of the budget can find it: a search for d edits looks at about d²/2. */
function search({ before: [left, leftEnd], after: [right, rightEnd] }: Gap, work: Work): boolean {
  const { before, after, budget, matches } = work;
  const maxEditLength = Math.floor(Math.sqrt(budget.comparisons));
  const parts = diffArrays(before.slice(left, leftEnd), after.slice(right, rightEnd), { maxEditLength });
  const edits = parts
    ? parts.reduce((sum, part) => sum + (part.added || part.removed ? part.count : 0), 0)
    : maxEditLength;
  budget.comparisons -= Math.ceil(edits ** 2 / 2);
  if (!parts) return false;
  let [at, other] = [left, right];
  for (const { added, removed, count } of parts) {
    if (!added && !removed) push(matches, { before: at, after: other, length: count });
    if (!added) at += count;
    if (!removed) other += count;
  }
  return true;
}

/** What each side of a gap has exactly once, in an order that both have. */
function anchorsOf({ before: [left, leftEnd], after: [right, rightEnd] }: Gap, { before, after }: Work): Match[] {
  const others = placesOfUnique(after, right, rightEnd);
  const pairs: Match[] = [];
  for (const [token, at] of placesOfUnique(before, left, leftEnd)) {
    const other = others.get(token) ?? REPEATED;
    if (at !== REPEATED && other !== REPEATED) pairs.push({ before: at, after: other, length: 1 });
  }
  return longestRising(pairs.sort((a, b) => a.before - b.before));
}

const REPEATED = -1;

function placesOfUnique(tokens: readonly string[], from: number, to: number): Map<string, number> {
  const places = new Map<string, number>();
  for (let at = from; at < to; at++) places.set(tokens[at]!, places.has(tokens[at]!) ? REPEATED : at);
  return places;
}

/** The longest part of the list in which `after` only rises (patience sorting). */
function longestRising(pairs: readonly Match[]): Match[] {
  const piles: number[] = [];
  const previous = pairs.map((pair, index) => {
    let [low, high] = [0, piles.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[piles[middle]!]!.after < pair.after) low = middle + 1;
      else high = middle;
    }
    piles[low] = index;
    return low > 0 ? piles[low - 1]! : null;
  });
  const rising: Match[] = [];
  for (let at = piles.at(-1) ?? null; at !== null; at = previous[at]!) rising.push(pairs[at]!);
  return rising.reverse();
}
