import type { Lexicon, Question } from "./question";
import { findPosting, type Resident } from "./resident";
import type { Candidate } from "./search-fuse";

/** Facts of more texts than these are a topic, not one fact that changed. */
const MOST_RIVALS = 8;
/** What scores less than this share of the best is no rival of it. */
const COMPARABLE = 0.25;

/**
 * Of texts that answer the same question of how things are, the newest first: they take each other's places, and nothing
 * else moves. Texts do so that speak of all the question names; one that tells of a change ("moved", "now", "new") may
 * leave out one word of several. Which are found, or how many, does not change.
 */
export function newerFactsFirst(
  candidates: readonly Candidate[],
  residents: readonly Resident[],
  question: Question,
  lexicon: Lexicon,
): Candidate[] {
  const groups = question.groups.filter(({ members }) => !lexicon.generic.has(members[0]!.term));
  if (!question.asksOfNow || groups.length === 0) return [...candidates];
  const best = candidates[0]?.score ?? 0;
  const rivals = candidates.flatMap((candidate, index) => {
    if (candidate.score < best * COMPARABLE) return [];
    const at = rivalAt(candidate.doc, residents, groups, lexicon);
    return at === null ? [] : [{ candidate, index, at }];
  });
  if (rivals.length < 2 || rivals.length > MOST_RIVALS) return [...candidates];
  const newest = rivals.toSorted((a, b) => b.at - a.at || b.candidate.doc - a.candidate.doc);
  const ordered = [...candidates];
  for (const [n, { index }] of rivals.entries()) {
    const { rank, score } = candidates[index]!;
    ordered[index] = { ...newest[n]!.candidate, rank, score };
  }
  return ordered;
}

/** When a text that may answer is of; null where it speaks of something else. */
function rivalAt(
  doc: number,
  residents: readonly Resident[],
  groups: Question["groups"],
  lexicon: Lexicon,
): number | null {
  for (const resident of residents) {
    const place = resident.placeOf.get(doc);
    if (place === undefined) continue;
    if (resident.asks[place]) return null;
    const has = (term: string) => findPosting(resident.postings.get(term) ?? [], place) >= 0;
    const missing = groups.filter(({ members }) => !members.some(({ term }) => has(term))).length;
    const changes = missing === 1 && groups.length > 1 && [...lexicon.change].some(has);
    return missing === 0 || changes ? resident.at[place]! : null;
  }
  return null;
}
