import type { Group, Lexicon, Question } from "./question";
import type { RankWeights } from "./rank-weights";
import { findPosting, firstOf, frequencyOf, neighboursOf, placeOfPosting, type Resident } from "./resident";

/** What a score by words is made of. */
export type ScoreParts = {
  /** The text itself: its words, how near they are, who says it, whether it tells what was asked for, its date. */
  own: number;
  /** What the turns beside it gave. */
  window: number;
  /** What its session gave. */
  session: number;
};

export type Scored = { resident: Resident; place: number; score: number; parts: ScoreParts };

/** Which documents may count and which may be shown; what was deleted does neither. */
export type Passes = {
  counts(resident: Resident, place: number): boolean;
  shows(resident: Resident, place: number): boolean;
};

/** Whether turns lift their neighbours: in a conversation always, in an archive the lines of a dialogue ("Ada: …"). */
export type Lifts = "always" | "dialogues" | "never";

/** The best texts by their words alone, whose score their neighbours share. */
const SEEDS = 400;
const DAY = 86_400_000;
/** Turns further apart than this are not of one session. */
const SESSION_GAP = DAY / 4;

type Asked = { question: Question; lexicon: Lexicon; weights: RankWeights; passes: Passes; lifts: Lifts };

/** The best documents of the scopes that count, shown or not, at most `limit`; of equal ones the newest first. */
export function scoreByWords(residents: readonly Resident[], asked: Asked, limit: number): Scored[] {
  const corpus = corpusOf(residents);
  const groups = withRarity(residents, asked.question.groups, corpus);
  return lift(seedsOf(residents, groups, corpus, asked), asked)
    .sort(byScore)
    .slice(0, limit);
}

export const byScore = (a: Scored, b: Scored) =>
  b.score - a.score ||
  b.resident.at[b.place]! - a.resident.at[a.place]! ||
  b.resident.docs[b.place]! - a.resident.docs[a.place]!;

type Corpus = { documents: number; average: number };

function corpusOf(residents: readonly Resident[]): Corpus {
  const documents = residents.reduce((sum, one) => sum + one.documents, 0);
  const words = residents.reduce((sum, one) => sum + one.words, 0);
  return { documents, average: Math.max(1, words / Math.max(1, documents)) };
}

type Weighed = { place: number; members: { term: string; weight: number }[] };

const holdersOf = (residents: readonly Resident[], term: string) =>
  residents.reduce((sum, one) => sum + (one.postings.get(term)?.length ?? 0), 0);
const rarity = (documents: number, holders: number) =>
  Math.log(1 + Math.max(documents - holders + 0.5, 0.5) / (holders + 0.5));

/** Members weigh by how rare they are; forms of one word share its rarity, and kin is never rarer than the word asked for. */
function withRarity(residents: readonly Resident[], groups: readonly Group[], { documents }: Corpus): Weighed[] {
  return groups.map(({ place, weight, members }) => {
    const counted = members.map((one) => ({ ...one, holders: holdersOf(residents, one.term) }));
    const main = counted.filter((one) => one.weight > 0.5).reduce((sum, one) => sum + one.holders, 0);
    const own = rarity(documents, Math.min(main, documents));
    return {
      place,
      members: counted
        .filter(({ holders }) => holders > 0)
        .map(({ term, weight: share, holders }) => ({
          term,
          weight:
            weight *
            share *
            (share > 0.5 || main === 0
              ? share > 0.5
                ? own
                : rarity(documents, holders)
              : Math.min(own, rarity(documents, holders))),
        })),
    };
  });
}

/** The best documents by their own words, with all that their own text is worth. */
function seedsOf(residents: readonly Resident[], groups: readonly Weighed[], corpus: Corpus, asked: Asked): Scored[] {
  const best = residents.flatMap((resident) => {
    const scores = roughScores(resident, groups, corpus, asked.weights);
    return bestPlaces(resident, scores, asked.passes).map((place) => ({ resident, place, score: scores[place]! }));
  });
  return best
    .sort((a, b) => b.score - a.score || b.resident.at[b.place]! - a.resident.at[a.place]!)
    .slice(0, SEEDS)
    .map(({ resident, place, score }) => {
      const own = Math.fround(ownScore(resident, place, score, groups, asked));
      return { resident, place, score: own, parts: { own, window: 0, session: 0 } };
    });
}

/** BM25 of every document; of a group's members the best counts. */
function roughScores(
  resident: Resident,
  groups: readonly Weighed[],
  corpus: Corpus,
  { k1, b }: RankWeights,
): Float64Array {
  const { docs, lengths, postings } = resident;
  const scores = new Float64Array(docs.length);
  const group = new Float64Array(docs.length);
  for (const { members } of groups) {
    const lists = members.flatMap(({ term, weight }) => {
      const list = postings.get(term);
      return list && weight > 0 ? [{ list, weight }] : [];
    });
    for (const { list, weight } of lists) {
      for (const posting of list) {
        const place = placeOfPosting(posting);
        const frequency = frequencyOf(posting);
        const value =
          (weight * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * lengths[place]!) / corpus.average));
        if (value > group[place]!) {
          scores[place] = scores[place]! + value - group[place]!;
          group[place] = value;
        }
      }
    }
    if (groups.length > 1) for (const { list } of lists) for (const posting of list) group[placeOfPosting(posting)] = 0;
  }
  return scores;
}

/** The places of the best `SEEDS` scores that count, in no order: a heap whose root is the least of them. */
function bestPlaces(resident: Resident, scores: Float64Array, { counts }: Passes): number[] {
  const heap: number[] = [];
  const below = (a: number, b: number) => scores[a]! - scores[b]! || resident.at[a]! - resident.at[b]! || a - b;
  const sink = (from: number) => {
    let at = from;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && below(heap[child]!, heap[least]!) < 0) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  };
  for (let place = 0; place < scores.length; place++) {
    if (scores[place]! <= 0 || (heap.length === SEEDS && below(place, heap[0]!) <= 0) || !counts(resident, place))
      continue;
    if (heap.length < SEEDS) {
      heap.push(place);
      if (heap.length === SEEDS) for (let at = SEEDS >> 1; at >= 0; at--) sink(at);
    } else {
      heap[0] = place;
      sink(0);
    }
  }
  return heap;
}

function ownScore(resident: Resident, place: number, words: number, groups: readonly Weighed[], asked: Asked): number {
  const { question, weights, lexicon } = asked;
  let factor = 1;
  const has = (terms: ReadonlySet<string>) => {
    for (const number of resident.contents[place]!) if (terms.has(resident.stems[number]!)) return true;
    return false;
  };
  if (weights.speaker !== 0 && speaks(resident, place, question)) factor += weights.speaker;
  if (weights.wanted !== 0 && question.wanted && has(question.wanted === "time" ? lexicon.when : lexicon.counts)) {
    factor += weights.wanted;
  }
  if (weights.asking !== 0 && resident.asks[place]) factor += weights.asking;
  if (weights.date !== 0 && question.spans.length > 0 && inSpans(resident.at[place]!, question)) factor += weights.date;
  const near = weights.near === 0 ? 0 : nearness(resident, place, groups) * weights.near;
  return (words + near) * factor;
}

/** Whether a name of the question is the speaker's. */
function speaks(resident: Resident, place: number, { groups }: Question): boolean {
  const speaker = resident.speakers[place];
  if (!speaker) return false;
  const names = speaker.split(" ");
  return groups.some(({ members }) => members.some(({ term, weight }) => weight === 1 && names.includes(term)));
}

const inSpans = (at: number, { spans }: Question) =>
  spans.some(({ from, to }) => at >= from - DAY && at < to + 2 * DAY);

/** What the lesser of two words that follow each other in the question is worth, where they are near each other here. */
function nearness(resident: Resident, place: number, groups: readonly Weighed[]): number {
  let sum = 0;
  let last: Met | null = null;
  for (const group of groups) {
    const here = meet(resident, place, group);
    if (last && here && here.first > 0 && last.first > 0) {
      const apart = Math.abs(here.first - last.first);
      if (here.place - last.place <= 3 && apart > 0 && apart <= 4) sum += Math.min(here.weight, last.weight);
    }
    last = here ?? last;
  }
  return sum;
}

/** A word of the question with its place there, the place of its best form in a text, and that one's weight. */
type Met = { place: number; first: number; weight: number };

function meet(resident: Resident, at: number, { place, members }: Weighed): Met | null {
  let best: Met | null = null;
  for (const { term, weight } of members) {
    const list = resident.postings.get(term);
    const found = list ? findPosting(list, at) : -1;
    if (found >= 0 && (best === null || best.weight < weight)) best = { place, first: firstOf(list![found]!), weight };
  }
  return best;
}

/** Adds what neighbours and sessions give; what they lift that no word of the question found comes in. */
function lift(seeds: readonly Scored[], asked: Asked): Scored[] {
  if (asked.lifts === "never") return [...seeds];
  const lifted = new Map<Resident, Map<number, Scored>>();
  const of = (resident: Resident, place: number) => {
    const own = lifted.get(resident) ?? new Map<number, Scored>();
    lifted.set(resident, own);
    const found = own.get(place) ?? { resident, place, score: 0, parts: { own: 0, window: 0, session: 0 } };
    own.set(place, found);
    return found;
  };
  for (const { resident, place, parts } of seeds) of(resident, place).parts.own = parts.own;
  for (const { resident, place, parts } of seeds) {
    const { before, after } = neighboursOf(resident, place, 2);
    // What stands after the seed has the seed before it.
    for (const [side, weights] of [
      [after, asked.weights.before],
      [before, asked.weights.after],
    ] as const) {
      for (const [n, near] of side.entries()) {
        if (!weights[n] || !areTogether(resident, place, near, asked.lifts) || !asked.passes.counts(resident, near))
          continue;
        of(resident, near).parts.window += parts.own * weights[n];
      }
    }
  }
  const all = [...lifted.values()].flatMap((own) => [...own.values()]);
  addSessions(all, asked);
  for (const one of all) one.score = Math.fround(one.parts.own + one.parts.window + one.parts.session);
  return all;
}

/** Whether two that stand beside each other are of one session, and lines of one dialogue. */
export function areTogether(resident: Resident, a: number, b: number, lifts: Lifts): boolean {
  if (Math.abs(resident.at[a]! - resident.at[b]!) > SESSION_GAP) return false;
  return lifts === "always" || (resident.speakers[a] !== null && resident.speakers[b] !== null);
}

/** What the best three of a session are worth lifts all of it, where there is more than one session to tell apart. */
function addSessions(all: readonly Scored[], { weights, lifts }: Asked): void {
  if (weights.session === 0) return;
  const sessions = new Map<string, Scored[]>();
  for (const one of all) {
    if (lifts === "dialogues" && one.resident.speakers[one.place] === null) continue;
    const key = `${one.resident.threads[one.place]!.id} ${Math.floor(one.resident.at[one.place]! / DAY)}`;
    const found = sessions.get(key);
    if (found) found.push(one);
    else sessions.set(key, [one]);
  }
  if (sessions.size < 2) return;
  for (const members of sessions.values()) {
    const best = members.map(({ parts }) => parts.own).sort((a, b) => b - a);
    const worth = (best.slice(0, 3).reduce((sum, score) => sum + score, 0) / 3) * weights.session;
    for (const one of members) one.parts.session = worth;
  }
}
