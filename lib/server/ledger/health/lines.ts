import { wordsOf } from "@/lib/text/words";
import { inTurns } from "../../db/others-turn";

/** A line of memory, and where it stands. */
export type Line = {
  text: string;
  blockId: string | null;
  label: string | null;
  /** From 1, in its block. */
  line: number | null;
  passageId: string | null;
};

export type Group = { lines: Line[]; detail: string };

const sameText = (text: string) =>
  text
    .toLowerCase()
    .replace(/^[\s*•·–-]+/u, "")
    .replace(/[\s.]+$/u, "")
    .replace(/\s+/gu, " ");

const FEWEST_CHARS = 8;

/** Lines that say the same but for case, blanks and bullets, wherever they stand. */
export function duplicatesOf(lines: readonly Line[]): Group[] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = sameText(line.text);
    if (key.length < FEWEST_CHARS) continue;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({ lines: group, detail: `Stands ${group.length} times` }));
}

const KEYED = /^[\s*•·–-]*(\p{L}[\p{L}\p{N} _'-]{1,40}):\s+(\S.*)$/u;
/** A word that begins more lines than this is a speaker or a heading, not a fact's name. */
const MOST_OF_KEY = 4;
/** Headings of lists, whose lines are no values of one fact. */
const OF_LISTS: ReadonlySet<string> = new Set([
  "to do",
  "todo",
  "note",
  "notes",
  "idea",
  "log",
  "run",
  "also",
  "reminder",
]);
const ALIKE = 0.7;
const FEWEST_WORDS = 4;
const MOST_COMPARED = 600;

/**
 * Lines that may contradict each other: of the same name before a colon with another value after it, or that differ in a
 * word or two. It is for a person to say whether they do.
 */
export async function contradictionsOf(lines: readonly Line[]): Promise<Group[]> {
  const keyed = new Map<string, Line[]>();
  for (const line of lines) {
    const key = KEYED.exec(line.text)?.[1]?.toLowerCase();
    if (key && !OF_LISTS.has(key)) keyed.set(key, [...(keyed.get(key) ?? []), line]);
  }
  const groups: Group[] = [];
  for (const [key, of] of keyed) {
    const values = new Set(of.map(({ text }) => sameText(KEYED.exec(text)![2]!)));
    if (values.size > 1 && of.length <= MOST_OF_KEY)
      groups.push({ lines: of, detail: `${values.size} values of “${key}”` });
  }
  const told = new Set(groups.flatMap((group) => group.lines));
  return [...groups, ...(await nearlySame(lines.filter((line) => !told.has(line))))];
}

async function nearlySame(lines: readonly Line[]): Promise<Group[]> {
  const letOthers = inTurns();
  const bags = lines
    .slice(0, MOST_COMPARED)
    .map((line) => ({
      line,
      words: new Set(wordsOf(sameText(line.text)).filter((word) => /[\p{L}\p{N}]/u.test(word))),
    }))
    .filter(({ words }) => words.size >= FEWEST_WORDS);
  const groups: Group[] = [];
  for (const [index, one] of bags.entries()) {
    for (const other of bags.slice(index + 1)) {
      const different = [...one.words].filter((word) => !other.words.has(word));
      const others = [...other.words].filter((word) => !one.words.has(word));
      // What the one says beside all that the other says adds to it.
      if (different.length === 0 || others.length === 0 || different.length > 2 || others.length > 2) continue;
      const shared = one.words.size - different.length;
      if ((2 * shared) / (one.words.size + other.words.size) < ALIKE) continue;
      groups.push({
        lines: [one.line, other.line],
        detail: `Alike but for “${different.join(" ")}” and “${others.join(" ")}”`,
      });
    }
    await letOthers();
  }
  return groups;
}
