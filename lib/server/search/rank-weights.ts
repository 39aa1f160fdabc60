/** What each part of a rank by words weighs; 0 switches a part off. Chosen by `bench/search-quality.ts`. */
export type RankWeights = {
  /** BM25: how soon repeating a word stops counting, and how much a long text is held against it. */
  k1: number;
  b: number;
  /** Other forms of a word (went, go), words of its kind (kid, daughter), and words that ask rather than say (kind of, many). */
  forms: number;
  kin: number;
  generic: number;
  /** Words side by side in the question that are near each other in the text. */
  near: number;
  /** What a turn of a conversation gains from the turns before it and after it, by distance. */
  before: readonly number[];
  after: readonly number[];
  /** What it gains from the best of its session. */
  session: number;
  /** A turn by whom the question names; a text that tells a time or a number where one is asked for; a question. */
  speaker: number;
  wanted: number;
  asking: number;
  /** A text of a time that the question names. */
  date: number;
};

export const RANK_WEIGHTS: RankWeights = {
  k1: 1,
  b: 0.45,
  forms: 1,
  kin: 0.4,
  generic: 0.25,
  near: 0.3,
  before: [0.45, 0.2],
  after: [0.3, 0.1],
  session: 0.12,
  speaker: 0.3,
  wanted: 0.25,
  asking: -0.15,
  date: 0.4,
};
