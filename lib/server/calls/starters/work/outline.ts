import { pageOf, type Structure } from "../../../folders/structure";

export type OutlineTask = {
  action: "outline" | "tables" | "figures" | "quotes";
  text: string;
  structure: Structure | null;
  query: string | null;
  limit: number;
};

/** A place in the text, from 1; the page where it is known. */
export type Place = { line: number; page: number | null };
export type Heading = Place & { level: number; title: string };
export type Quote = Place & { text: string; words: number };
export type TextTable = Place & { caption: string | null; rows: string[] };
export type Figure = Place & { caption: string };

export type OutlineResult =
  | { type: "outline"; isGuess: boolean; headings: Heading[]; lines: number; words: number; pages: number | null }
  | { type: "tables"; tables: TextTable[]; total: number }
  | { type: "figures"; figures: Figure[]; total: number }
  | { type: "quotes"; quotes: Quote[]; total: number; isExact: boolean };

/** What is found in a document's text, with its places. */
export function outlineDocument({ action, text, structure, query, limit }: OutlineTask): OutlineResult {
  const lines = text.split("\n");
  const at = (index: number): Place => ({ line: index + 1, page: pageOf(structure, index + 1) });
  switch (action) {
    case "outline": {
      const known = headingsOf(lines, structure, at);
      const headings = known ?? guessedHeadings(lines, at);
      const words = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
      const pages = structure?.pages?.length ?? null;
      return { type: "outline", isGuess: known === null, headings, lines: lines.length, words, pages };
    }
    case "tables": {
      const tables = tablesOf(lines, at);
      return { type: "tables", tables: tables.slice(0, limit), total: tables.length };
    }
    case "figures": {
      const figures = figuresOf(lines, at);
      return { type: "figures", figures: figures.slice(0, limit), total: figures.length };
    }
    case "quotes":
      return quotesOf(text, lines, query ?? "", limit, at);
  }
}

type At = (index: number) => Place;

const MARKDOWN = /^(#{1,6})\s+(.+?)\s*#*$/u;

/** What the document itself says are its headings; null where it says nothing. */
function headingsOf(lines: readonly string[], structure: Structure | null, at: At): Heading[] | null {
  const marked: Heading[] = [];
  let isCode = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(```|~~~)/u.test(line)) isCode = !isCode;
    const found = isCode ? null : MARKDOWN.exec(line);
    if (found) marked.push({ ...at(index), level: found[1]!.length, title: found[2]! });
  }
  if (!structure?.headings?.length) return marked.length > 0 ? marked : null;
  let from = 0;
  return structure.headings.map(({ level, text, page }) => {
    const first = page && structure.pages?.[page - 1] ? Math.max(from, structure.pages[page - 1]! - 1) : from;
    const found = lines.findIndex((line, index) => index >= first && squeezed(line).includes(squeezed(text)));
    const index = found < 0 ? first : found;
    from = index;
    return { ...at(index), ...(page ? { page } : {}), level, title: text };
  });
}

const squeezed = (text: string) => text.toLowerCase().replaceAll(/\s+/gu, " ").trim();

const NUMBERED = /^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(\p{Lu}[^.;:!?]{2,90})$/u;
const NAMED =
  /^((?:chapter|part|section|appendix|kapitel|teil|anhang|chapitre|partie|annexe)\s+[\divxlc\p{Lu}]+\b.{0,90})$/iu;

/** By how lines look: numbered ones, chapters, and short ones in capitals. */
function guessedHeadings(lines: readonly string[], at: At): Heading[] {
  return lines.flatMap((given, index): Heading[] => {
    const line = given.trim();
    const numbered = NUMBERED.exec(line);
    if (numbered) return [{ ...at(index), level: numbered[1]!.split(".").length, title: line }];
    if (NAMED.test(line)) return [{ ...at(index), level: 1, title: line }];
    const isShout = /^[\p{Lu}\d][\p{Lu}\d\s,&'’-]{3,80}$/u.test(line) && /\p{Lu}{3}/u.test(line);
    return isShout ? [{ ...at(index), level: 1, title: line }] : [];
  });
}

const TABLE_CAPTION = /^\s*((?:table|tabelle|tab\.|tableau|tabla|tabella|表)\s*\d+\b.*)$/iu;
const FIGURE_CAPTION =
  /^\s*((?:figure|fig\.|abbildung|abb\.|chart|exhibit|diagram|figura|image|illustration|図|图)\s*\d+\b.*)$/iu;
const MARKDOWN_IMAGE = /!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/gu;

/** Lines of several cells, one after another: with bars, tabs, or two spaces and more between. */
function tablesOf(lines: readonly string[], at: At): TextTable[] {
  const found: TextTable[] = [];
  for (let start = 0; start < lines.length; ) {
    let end = start;
    while (end < lines.length && cellsOf(lines[end]!) >= 2) end++;
    if (end - start >= 2) {
      const caption = [lines[start - 1], lines[start - 2], lines[end], lines[end + 1]].find(
        (line) => line !== undefined && TABLE_CAPTION.test(line),
      );
      const rows = lines.slice(start, end).filter((line) => !/^[\s|:+-]+$/u.test(line));
      found.push({ ...at(start), caption: caption?.trim() ?? null, rows });
    }
    start = Math.max(end, start + 1);
  }
  const captioned = new Set(found.map((table) => table.caption));
  const alone = lines.flatMap((line, index): TextTable[] => {
    const caption = TABLE_CAPTION.exec(line)?.[1]?.trim();
    return caption && !captioned.has(caption) ? [{ ...at(index), caption, rows: [] }] : [];
  });
  return [...found, ...alone].sort((a, b) => a.line - b.line);
}

function cellsOf(line: string): number {
  const text = line.trim();
  if (text === "") return 0;
  if (text.startsWith("|")) return text.split("|").length - 2;
  return text.split(/\t+|\s{2,}/u).length;
}

function figuresOf(lines: readonly string[], at: At): Figure[] {
  return lines.flatMap((line, index) => {
    const caption = FIGURE_CAPTION.exec(line)?.[1]?.trim();
    const images = [...line.matchAll(MARKDOWN_IMAGE)].map(([, alt, address]) => alt || address!);
    return [...(caption ? [caption] : []), ...images].map((one) => ({ ...at(index), caption: one }));
  });
}

const QUOTE_CHARS = 600;

/** Sentences that say the words as they stand, or else those that have most of them. */
function quotesOf(
  text: string,
  lines: readonly string[],
  query: string,
  limit: number,
  at: At,
): Extract<OutlineResult, { type: "quotes" }> {
  const starts = startsOf(lines);
  const placed = (offset: number) => at(lineAt(starts, offset));
  const wanted = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];
  const phrase = squeezed(query);
  const exact: Quote[] = [];
  const alike: Quote[] = [];
  for (const { sentence, offset } of sentencesOf(text)) {
    const said = squeezed(sentence);
    const quote = () => ({ ...placed(offset), text: sentence.replaceAll(/\s+/gu, " ").trim().slice(0, QUOTE_CHARS) });
    if (phrase !== "" && said.includes(phrase)) exact.push({ ...quote(), words: wanted.length });
    else {
      const words = wanted.filter((word) => said.includes(word)).length;
      if (words > 0 && words >= Math.ceil(wanted.length / 2)) alike.push({ ...quote(), words });
    }
  }
  const isExact = exact.length > 0;
  const quotes = isExact ? exact : alike.sort((a, b) => b.words - a.words || a.line - b.line);
  return { type: "quotes", quotes: quotes.slice(0, limit), total: quotes.length, isExact };
}

function* sentencesOf(text: string): Generator<{ sentence: string; offset: number }> {
  const end = /[.!?](?=\s|$)|[。！？]|\n\s*\n|(?<=^#{1,6} [^\n]*)\n/gmu;
  let start = 0;
  for (const match of text.matchAll(end)) {
    const stop = match.index + match[0].length;
    const sentence = text.slice(start, stop);
    if (sentence.trim() !== "") yield { sentence, offset: start + (sentence.length - sentence.trimStart().length) };
    start = stop;
  }
  const rest = text.slice(start);
  if (rest.trim() !== "") yield { sentence: rest, offset: start + (rest.length - rest.trimStart().length) };
}

function startsOf(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

declare module "../../../threads/threads" {
  interface Tasks {
    outline: { input: OutlineTask; value: OutlineResult };
  }
}
