import { charCount } from "@/lib/engine/render";

export type Word = { word: string; matches: string };

const MOST_WORDS = 8;
/** Words of this many letters and more are known by their beginning: `allergy` is in `allergic`, `walnuts` in `walnut`. */
const LONG = 6;
const ENDING = 2;
const EXCERPT = 280;

/** Words of a question that say nothing of what it asks for. */
const ASKING = new Set(
  "a about an and any are as at be but by can did do does for forget forgot from had has have he her him his how i if in is it its know known knows me my no not of on or our she that the their them they this to us was we were what when where which who whom whose why will with you your".split(
    " ",
  ),
);

/** The words that a line must have all of, for it to say what is asked for. At most eight; of stop words alone, those. */
export function wordsOf(query: string): Word[] {
  const all = (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word !== "s" && word !== "t");
  const telling = all.filter((word) => !ASKING.has(word));
  const words = [...new Set(telling.length > 0 ? telling : all)].slice(0, MOST_WORDS);
  return words.map((word) => ({ word, matches: beginningOf(word) }));
}

function beginningOf(word: string): string {
  const letters = [...word];
  return letters.length < LONG || /\p{N}/u.test(word) ? word : letters.slice(0, -ENDING).join("");
}

/** What `LIKE` finds each word by. */
export function patternsOf(words: readonly Word[]): string[] {
  return words.map(({ matches }) => `%${matches.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`);
}

/** The first line of a text that has all words; null if none has. */
export function lineWith(text: string, words: readonly Word[]): string | null {
  return text.split("\n").find((line) => hasAll(line.toLowerCase(), words)) ?? null;
}

const hasAll = (line: string, words: readonly Word[]) => words.every(({ matches }) => line.includes(matches));

/** As much of a line as can be shown, with its first word in sight. */
export function excerptOf(line: string, words: readonly Word[]): string {
  if (charCount(line) <= EXCERPT) return line.trim();
  const lower = line.toLowerCase();
  const first = Math.min(...words.map(({ matches }) => lower.indexOf(matches)).filter((place) => place >= 0));
  const from = Number.isFinite(first) ? Math.max(0, first - EXCERPT / 4) : 0;
  const part = [...line.slice(from, from + 2 * EXCERPT)].slice(0, EXCERPT).join("").trim();
  return `${from > 0 ? "…" : ""}${part}…`;
}
