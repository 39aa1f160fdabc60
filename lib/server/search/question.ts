import type { Sql, Statement } from "../db/database";
import { CHANGE, COUNTS, FORM_ROWS, GENERIC, KIN_ROWS, WHEN } from "./english";
import { LANGUAGE } from "./search-text";

/** A word of a question, as the index knows it, with its place in the question from 1. */
export type QueryWord = { term: string; place: number };

/** A word with all that counts for it: by how much, from 0 to 1. */
export type Group = { place: number; weight: number; members: { term: string; weight: number }[] };

/** A span of time that a question names, in milliseconds since 1970; the end is exclusive. */
export type Span = { from: number; to: number };

/** What a text must speak of to answer: a time, a number, or anything. */
export type Wanted = "time" | "count" | null;

export type Question = {
  groups: Group[];
  spans: Span[];
  wanted: Wanted;
  /** It asks how things are, not how they were. */
  asksOfNow: boolean;
};

/** The tables of `english.ts` by stem. */
export type Lexicon = {
  forms: Map<string, readonly string[]>;
  kin: Map<string, readonly string[]>;
  generic: ReadonlySet<string>;
  when: ReadonlySet<string>;
  counts: ReadonlySet<string>;
  change: ReadonlySet<string>;
};

const STEMS: Statement = {
  name: "search-stems",
  text: `SELECT w AS word, (SELECT min(lexeme) FROM unnest(to_tsvector('${LANGUAGE}', w))) AS stem FROM unnest($1::text[]) w`,
};

let lexicon: Promise<Lexicon> | undefined;

/** The tables by stem, as the database stems; asked for once in a process. */
export function readLexicon(sql: Sql): Promise<Lexicon> {
  lexicon ??= loadLexicon(sql).catch((error: unknown) => {
    lexicon = undefined;
    throw error;
  });
  return lexicon;
}

async function loadLexicon(sql: Sql): Promise<Lexicon> {
  const lists = [GENERIC, WHEN, COUNTS, CHANGE];
  const words = [...new Set([...FORM_ROWS.flat(), ...KIN_ROWS.flat(), ...lists.flat()])];
  const rows = await sql.query<{ word: string; stem: string | null }>(STEMS, [words]);
  const stems = new Map(rows.map(({ word, stem }) => [word, stem]));
  const stemmed = (list: readonly string[]) => [
    ...new Set(list.flatMap((word) => (stems.get(word) ? [stems.get(word)!] : []))),
  ];
  const related = (table: readonly (readonly string[])[]) => {
    const map = new Map<string, string[]>();
    for (const row of table.map(stemmed)) {
      for (const word of row) {
        const others = row.filter((one) => one !== word);
        map.set(word, [...new Set([...(map.get(word) ?? []), ...others])]);
      }
    }
    return map;
  };
  const [generic, when, counts, change] = lists.map((list) => new Set(stemmed(list)));
  return {
    forms: related(FORM_ROWS),
    kin: related(KIN_ROWS),
    generic: generic!,
    when: when!,
    counts: counts!,
    change: change!,
  };
}

/** What other forms, kin and empty words count for; 0 leaves them out. */
export type Weights = { forms: number; kin: number; generic: number };

/** Reads a question: what its words stand for, which times it names, what would answer it. */
export function readQuestion(text: string, words: readonly QueryWord[], lexicon: Lexicon, weights: Weights): Question {
  const asked = new Set(words.map(({ term }) => term));
  const specific = words.some(({ term }) => !lexicon.generic.has(term));
  const groups = words.map(({ term, place }) => {
    const forms = lexicon.forms.get(term) ?? [];
    const own = [term, ...forms];
    const kin = [...new Set(own.flatMap((one) => lexicon.kin.get(one) ?? []))];
    const further = [...new Set([...kin, ...kin.flatMap((one) => lexicon.forms.get(one) ?? [])])];
    const members = [
      { term, weight: 1 },
      ...forms.map((one) => ({ term: one, weight: weights.forms })),
      ...further
        .filter((one) => !own.includes(one) && !asked.has(one))
        .map((one) => ({ term: one, weight: weights.kin })),
    ].filter(({ weight }) => weight > 0);
    return { place, weight: specific && lexicon.generic.has(term) ? weights.generic : 1, members };
  });
  const lower = text.toLowerCase();
  return { groups, spans: readSpans(lower), wanted: wantedBy(lower), asksOfNow: asksOfNow(lower) };
}

function wantedBy(lower: string): Wanted {
  if (/\b(when|what (?:date|day|month|year|time)|which (?:day|month|year)|how long)\b/.test(lower)) return "time";
  return /\bhow (many|much|often|old)\b/.test(lower) ? "count" : null;
}

function asksOfNow(lower: string): boolean {
  if (/\b(did|was|were|had|when|used|before|first|ago|originally|initially|previous\w*|former\w*)\b/.test(lower))
    return false;
  return /\b(do|does|is|are|am|current\w*|now|latest|today|what's|where's|who's|have|has|my)\b/.test(lower);
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const MONTH = `(${MONTHS.join("|")}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)`;
const DATE = new RegExp(
  [
    `\\b(\\d{4})-(\\d{1,2})-(\\d{1,2})\\b`,
    `\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH}\\b,? ?(\\d{4})?\\b`,
    `\\b${MONTH} (\\d{1,2})(?:st|nd|rd|th)?\\b(?:,? (\\d{4}))?`,
    `\\b${MONTH},? (?:of )?(\\d{4})\\b`,
    `\\b(?:in|during|of|since|last|this) ${MONTH}\\b(?!,? (?:of )?\\d{4})`,
    `\\b((?:19|20)\\d{2})\\b`,
  ].join("|"),
  "g",
);

/** A month or day without a year is one of any year: `year` is null then. */
export type NamedDate = { year: number | null; month: number | null; day: number | null };

/** The dates that a text in lower case names in words or figures. */
export function namedDates(lower: string): NamedDate[] {
  return [...lower.slice(0, 2000).matchAll(DATE)].map((m): NamedDate => {
    const month = (name: string) => MONTHS.findIndex((one) => one.startsWith(name.slice(0, 3)));
    const int = (digits: string | undefined) => (digits ? Number(digits) : null);
    if (m[1]) return { year: int(m[1]), month: Number(m[2]) - 1, day: int(m[3]) };
    if (m[5]) return { year: int(m[6]), month: month(m[5]), day: int(m[4]) };
    if (m[7]) return { year: int(m[9]), month: month(m[7]), day: int(m[8]) };
    if (m[10]) return { year: int(m[11]), month: month(m[10]), day: null };
    if (m[12]) return { year: null, month: month(m[12]), day: null };
    return { year: int(m[13]), month: null, day: null };
  });
}

/** Years that a month without one may mean. */
const YEARS = Array.from({ length: 31 }, (_, n) => 2005 + n);

function readSpans(lower: string): Span[] {
  return namedDates(lower).flatMap(({ year, month, day }) => {
    const years = year === null ? YEARS : [year];
    return years.map((y) => {
      if (month === null) return { from: Date.UTC(y, 0), to: Date.UTC(y + 1, 0) };
      if (day === null) return { from: Date.UTC(y, month), to: Date.UTC(y, month + 1) };
      return { from: Date.UTC(y, month, day), to: Date.UTC(y, month, day + 1) };
    });
  });
}
