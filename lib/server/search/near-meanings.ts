import { neighboursOf, type Resident } from "./resident";
import { areTogether, type Lifts } from "./score";
import type { Ranked } from "./search-rank";

/** What a turn gains from how near in meaning the turns before it and after it are, by distance. */
const BEFORE = [0.3, 0.1];
const AFTER = [0.2, 0.1];

/**
 * A list by meaning in which turns of a conversation lift each other, as in the list by words: an answer often says less
 * than its question. What it adds to a similarity is a share of how far the neighbours' lie above the list's last.
 */
export function liftMeanings(list: readonly Ranked[], residents: readonly Resident[], lifts: Lifts): Ranked[] {
  if (lifts === "never" || list.length < 2) return [...list];
  const least = list.at(-1)!.score;
  const above = new Map(list.map(({ doc, score }) => [doc, score - least]));
  return list
    .map(({ doc, score }) => ({ doc, score: Math.fround(score + gainOf(doc, residents, lifts, above)) }))
    .sort((a, b) => b.score - a.score || b.doc - a.doc);
}

function gainOf(doc: number, residents: readonly Resident[], lifts: Lifts, above: ReadonlyMap<number, number>): number {
  for (const resident of residents) {
    const place = resident.placeOf.get(doc);
    if (place === undefined) continue;
    const { before, after } = neighboursOf(resident, place, 2);
    const given = (side: readonly number[], weights: readonly number[]) =>
      side.reduce((sum, near, n) => {
        const worth = above.get(resident.docs[near]!) ?? 0;
        return areTogether(resident, place, near, lifts) ? sum + worth * weights[n]! : sum;
      }, 0);
    return given(before, BEFORE) + given(after, AFTER);
  }
  return 0;
}
