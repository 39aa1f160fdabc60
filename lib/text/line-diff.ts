import { align, type Budget, gapsOf, openBudget } from "./align";
import { openPairing, type Pairing } from "./pair-lines";
import { sharedEnds } from "./shared-ends";
import { diffWithin } from "./word-diff";

/**
 * A line of either text, or of both. The numbers count from 1. `pair` is the line that it was rewritten as, or from: a
 * removed line and, right after it, the added one that took its place.
 */
export type DiffRow =
  | { type: "same"; before: number; after: number; text: string }
  | { type: "removed"; before: number; text: string; pair: string | null }
  | { type: "added"; after: number; text: string; pair: string | null };

/** The lines of a text, without their ends; they make the text with `\n` between them. An empty text has none. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

/**
 * Two texts as one list of lines: those that are not `added` are `before`, those that are not `removed` are `after`. Lines
 * that have little in common are no pair: one is gone, the other new. The work is bounded, for texts of any length.
 */
export function diffLines(before: string, after: string): DiffRow[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  const matches = align(left, right, openBudget());
  const pairing = openPairing();
  const rows: DiffRow[] = [];
  let [at, other] = [0, 0];
  const same = (end: number) => {
    for (; at < end; at++) rows.push({ type: "same", before: at + 1, after: ++other, text: left[at]! });
  };
  for (const gap of gapsOf(matches, left.length, right.length)) {
    same(gap.before[0]);
    pushGap(rows, left, right, gap, pairing);
    [at, other] = [gap.before[1], gap.after[1]];
  }
  same(left.length);
  return rows;
}

type Range = [from: number, to: number];

function pushGap(
  rows: DiffRow[],
  left: readonly string[],
  right: readonly string[],
  gap: { before: Range; after: Range },
  pairing: Pairing,
): void {
  let [at, other] = [gap.before[0], gap.after[0]];
  const alone = (before: number, after: number) => {
    for (; at < before; at++) rows.push({ type: "removed", before: at + 1, text: left[at]!, pair: null });
    for (; other < after; other++) rows.push({ type: "added", after: other + 1, text: right[other]!, pair: null });
  };
  for (const [before, after] of pairing(left.slice(...gap.before), right.slice(...gap.after))) {
    alone(gap.before[0] + before, gap.after[0] + after);
    const [old, now] = [left[at]!, right[other]!];
    rows.push({ type: "removed", before: ++at, text: old, pair: now });
    rows.push({ type: "added", after: ++other, text: now, pair: old });
  }
  alone(gap.before[1], gap.after[1]);
}

/** A stretch of a line, and whether the other has something else in its place. */
export type DiffPiece = { text: string; changed: boolean };

/** Longer pairs are not compared by words: what they start and end with alike is told, and no more. */
const LONGEST_BY_WORDS = 200_000;

/** What differs in a line of a pair, by words. A line that has no pair is one piece, which is not marked. */
export function piecesOf(row: DiffRow): DiffPiece[] {
  if (row.type === "same" || row.pair === null) return [{ text: row.text, changed: false }];
  if (row.text.length + row.pair.length > LONGEST_BY_WORDS) return endsOf(row.text, row.pair);
  const [before, after] = row.type === "removed" ? [row.text, row.pair] : [row.pair, row.text];
  const budget: Budget = openBudget();
  return diffWithin(before, after, budget).flatMap(({ type, text }) =>
    type === "same" || type === row.type ? [{ text, changed: type !== "same" }] : [],
  );
}

function endsOf(text: string, pair: string): DiffPiece[] {
  const [start, end] = sharedEnds(text, pair);
  const pieces = [
    { text: text.slice(0, start), changed: false },
    { text: text.slice(start, text.length - end), changed: true },
    { text: text.slice(text.length - end), changed: false },
  ];
  return pieces.filter((piece) => piece.text !== "");
}
