import { describe, expect, test } from "vitest";
import type { Lexicon, Question } from "./question";
import { RANK_WEIGHTS, type RankWeights } from "./rank-weights";
import { addEntry, type Entry, makeResident, neighboursOf } from "./resident";
import { scoreByWords } from "./score";

const LEXICON: Lexicon = {
  forms: new Map(),
  kin: new Map(),
  generic: new Set(),
  when: new Set(),
  counts: new Set(),
  change: new Set(),
};
const WORDS_ALONE: RankWeights = {
  ...RANK_WEIGHTS,
  near: 0,
  before: [],
  after: [],
  session: 0,
  speaker: 0,
  wanted: 0,
  asking: 0,
  date: 0,
};
const ALL_PASS = { counts: () => true, shows: () => true };

type Text = { doc: number; words: string[]; at: number };

function entryOf({ doc, words, at }: Text, entry: number): Entry {
  const counted = new Map<string, { frequency: number; first: number }>();
  for (const [n, word] of words.entries()) {
    const found = counted.get(word) ?? { frequency: 0, first: n + 1 };
    counted.set(word, { ...found, frequency: found.frequency + 1 });
  }
  return {
    doc,
    entry,
    thread_id: "t",
    position: at,
    length: words.length,
    at,
    role: null,
    speaker: null,
    asks: false,
    words: [...counted].map(([word, { frequency, first }]) => `${word} ${frequency} ${first}`).join(" "),
  };
}

/** BM25 as it is written down, over texts, not over an index. */
function plainScore(text: Text, all: readonly Text[], terms: readonly string[]): number {
  const { k1, b } = RANK_WEIGHTS;
  const average = Math.max(1, all.reduce((sum, one) => sum + one.words.length, 0) / all.length);
  return terms.reduce((sum, term) => {
    const frequency = text.words.filter((word) => word === term).length;
    const holders = all.filter((one) => one.words.includes(term)).length;
    const idf = Math.log(1 + Math.max(all.length - holders + 0.5, 0.5) / (holders + 0.5));
    return sum + (idf * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * text.words.length) / average));
  }, 0);
}

const questionOf = (terms: readonly string[]): Question => ({
  groups: terms.map((term, n) => ({ place: n + 1, weight: 1, members: [{ term, weight: 1 }] })),
  spans: [],
  wanted: null,
  asksOfNow: false,
});

describe("an index in memory", () => {
  const seed = Number(process.env.MEMOIR_SEED_OF_TEST ?? Date.now() % 1_000_000);
  test(`scores words as BM25 says, whatever came and went (seed ${seed})`, () => {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const resident = makeResident("s");
    const texts = new Map<number, Text>();
    let entry = 0;
    for (let round = 0; round < 150; round++) {
      const known = [...texts.keys()];
      if (known.length > 0 && random(4) === 0) {
        const doc = known[random(known.length)]!;
        entry += 1;
        addEntry(resident, { ...entryOf(texts.get(doc)!, entry), length: -1, words: "" });
        texts.delete(doc);
      } else {
        const text = {
          doc: round + 1,
          words: Array.from({ length: random(20) }, () => `w${random(30)}`),
          at: random(1000),
        };
        entry += 1;
        addEntry(resident, entryOf(text, entry));
        texts.set(text.doc, text);
      }
      const terms = [...new Set(Array.from({ length: 1 + random(4) }, () => `w${random(35)}`))];
      const all = [...texts.values()];
      const asked = {
        question: questionOf(terms),
        lexicon: LEXICON,
        weights: WORDS_ALONE,
        passes: ALL_PASS,
        lifts: "always",
      } as const;
      const found = scoreByWords([resident], asked, 400);
      const expected = all
        .map((one) => [one.doc, plainScore(one, all, terms)] as const)
        .filter(([, score]) => score > 0);
      expect(found.map((one) => resident.docs[one.place]!).toSorted((a, b) => a - b)).toEqual(
        expected.map(([doc]) => doc).toSorted((a, b) => a - b),
      );
      const scores = new Map(expected);
      for (const one of found) expect(one.score).toBeCloseTo(scores.get(resident.docs[one.place]!)!, 4);
      expect(found.map((one) => one.score)).toEqual(found.map((one) => one.score).toSorted((a, b) => b - a));
    }
    expect(resident.documents).toBe(texts.size);
    expect(resident.words).toBe([...texts.values()].reduce((sum, one) => sum + one.words.length, 0));
  });

  test("knows what stands before and after, in whatever order they came", () => {
    const resident = makeResident("s");
    const order = [30, 10, 50, 20, 40];
    for (const [n, at] of order.entries()) addEntry(resident, entryOf({ doc: at, words: ["a"], at }, n + 1));
    const docsOf = (places: number[]) => places.map((place) => resident.docs[place]);
    const { before, after } = neighboursOf(resident, resident.placeOf.get(30)!, 2);
    expect([docsOf(before), docsOf(after)]).toEqual([
      [20, 10],
      [40, 50],
    ]);
  });

  test("takes an entry once, and a deletion of what it has not as nothing", () => {
    const resident = makeResident("s");
    const entry = entryOf({ doc: 1, words: ["a"], at: 1 }, 1);
    addEntry(resident, entry);
    addEntry(resident, entry);
    addEntry(resident, { ...entry, doc: 2, entry: 2, length: -1, words: "" });
    expect([resident.documents, resident.words, resident.entry]).toEqual([1, 1, 2]);
  });
});
