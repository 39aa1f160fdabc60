import type { ScoreParts } from "./score";
import type { Ranked } from "./search-rank";

/** What the text list and the vector list weigh in a fused score: equal weights lose to text alone. */
const TEXT_WEIGHT = 0.7;
const VECTOR_WEIGHT = 0.3;

/** Where a document stood in one list, from 1, and its score there. */
export type Place = { rank: number; score: number };

export type Candidate = {
  doc: number;
  /** From 1. */
  rank: number;
  /** From 0 to 1, 1 being what no document of this search could exceed. */
  score: number;
  byText: Place | null;
  byVector: Place | null;
  /** What its score by words is made of: the text itself, the turns beside it, its session. */
  parts?: ScoreParts;
};

/**
 * One ranked list of at most `limit` out of the lists that there are; the newer document first where two are equal.
 *
 * A text score counts as its share of the best one's; a similarity by where it lies between the list's last and its best.
 * With one list its normalised scores stand alone; with two they are weighted, a list that lacks a document giving it 0.
 */
export function fuse(text: Ranked[] | null, vectors: Ranked[][], limit: number): Candidate[] {
  const textWeight = vectors.length === 0 ? 1 : TEXT_WEIGHT;
  const vectorWeight = text === null ? 1 : VECTOR_WEIGHT;
  const byDoc = new Map<number, Candidate>();
  const add = (list: Ranked[], key: "byText" | "byVector", normalised: (score: number) => number, weight: number) => {
    list.forEach(({ doc, score, parts }, index) => {
      const found = byDoc.get(doc) ?? { doc, rank: 0, score: 0, byText: null, byVector: null };
      const place = { rank: index + 1, score };
      byDoc.set(doc, {
        ...found,
        score: found.score + weight * normalised(score),
        [key]: place,
        ...(parts && { parts }),
      });
    });
  };
  add(text ?? [], "byText", shareOfBest(text ?? []), textWeight);
  for (const vector of vectors) add(vector, "byVector", placeInRange(vector), vectorWeight);
  return [...byDoc.values()]
    .sort((a, b) => b.score - a.score || b.doc - a.doc)
    .slice(0, limit)
    .map((candidate, index) => ({ ...candidate, rank: index + 1, score: Number(candidate.score.toFixed(6)) }));
}

function shareOfBest(list: Ranked[]): (score: number) => number {
  const best = list[0]?.score ?? 0;
  return (score) => (best > 0 ? score / best : 0);
}

function placeInRange(list: Ranked[]): (score: number) => number {
  const best = list[0]?.score ?? 0;
  const range = best - (list.at(-1)?.score ?? 0);
  return (score) => (range > 0 ? 1 - (best - score) / range : 1);
}
