import Papa from "papaparse";

/** A passage of a file. Lines count from 1, both ends inclusive. */
export type Chunk = { text: string; startLine: number; endLine: number };

const CHARS_PER_TOKEN = 4;
const MIN_CHARS = 200;

/** How long a passage of so many tokens may be, about. */
export function chunkChars(tokens: number): number {
  return Math.max(MIN_CHARS, tokens * CHARS_PER_TOKEN);
}

type Take = (chunk: Chunk) => void;

/** Splits a text at the borders of paragraphs where it can, else of lines; only a longer line is split within. */
export const chunkText = (text: string, maxChars: number): Chunk[] => listed((take) => eachChunk(text, maxChars, take));

/** As `chunkText`, one passage at a time. */
export function eachChunk(text: string, maxChars: number, take: Take): void {
  let held: string[] = [];
  let heldChars = 0;
  let start = 1;
  let number = 0;
  const flush = (endLine: number) => {
    pass(take, { text: held.join("\n"), startLine: start, endLine });
    held = [];
    heldChars = 0;
    start = endLine + 1;
  };
  for (const line of linesOf(text)) {
    number += 1;
    const isFull = heldChars + line.length + 1 > maxChars;
    const endsParagraph = line.trim() === "" && heldChars > maxChars / 2;
    if (held.length > 0 && (isFull || endsParagraph)) flush(number - 1);
    if (line.length > maxChars) {
      for (const piece of pieces(line, maxChars)) pass(take, { text: piece, startLine: number, endLine: number });
      start = number + 1;
      continue;
    }
    held.push(line);
    heldChars += line.length + 1;
  }
  if (held.length > 0) flush(start + held.length - 1);
}

function* linesOf(text: string): Generator<string> {
  let at = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", at)) {
    yield text.slice(at, end);
    at = end + 1;
  }
  yield text.slice(at);
}

/** Splits a table between rows; each passage begins with the table's first row, which names the columns. */
export const chunkCsv = (text: string, maxChars: number): Chunk[] =>
  listed((take) => eachCsvChunk(text, maxChars, take));

/** As `chunkCsv`, one passage at a time: no more than its rows are held, however many the table has. */
export function eachCsvChunk(text: string, maxChars: number, take: Take): void {
  let header: Chunk | null = null;
  let held: Chunk[] = [];
  let heldChars = 0;
  let count = 0;
  const flush = () => {
    if (!header || held.length === 0) return;
    const lines = [header.text, ...held.map((row) => row.text)];
    pass(take, { text: lines.join("\n"), startLine: held[0]!.startLine, endLine: held.at(-1)!.endLine });
    held = [];
    heldChars = header.text.length;
    count += 1;
  };
  eachRow(text, (row) => {
    if (!header) {
      header = row;
      heldChars = row.text.length;
      return row.text.length <= maxChars / 2;
    }
    if (heldChars + row.text.length > maxChars) flush();
    for (const piece of pieces(row.text, maxChars)) {
      held.push({ ...row, text: piece });
      heldChars += piece.length + 1;
      if (heldChars > maxChars) flush();
    }
    return true;
  });
  flush();
  if (count === 0) eachChunk(text, maxChars, take);
}

/** The rows as they are written, for as long as they are wanted; a quoted field may go over several lines. */
function eachRow(text: string, take: (row: Chunk) => boolean): void {
  let at = 0;
  let line = 1;
  Papa.parse<string[]>(text, {
    step: ({ meta }, parser) => {
      const written = text.slice(at, meta.cursor);
      const breaks = written.split("\n").length - 1;
      const lines = written.endsWith("\n") ? breaks : breaks + 1;
      const row = { text: written.replace(/\n+$/, ""), startLine: line, endLine: line + Math.max(lines, 1) - 1 };
      line += breaks;
      at = meta.cursor;
      if (row.text.trim() !== "" && !take(row)) parser.abort();
    },
  });
}

function listed(each: (take: Take) => void): Chunk[] {
  const chunks: Chunk[] = [];
  each((chunk) => chunks.push(chunk));
  return chunks;
}

/** Parts of a line that is too long, cut after a sentence or a word where there is one near the end. */
function* pieces(line: string, maxChars: number): Generator<string> {
  let rest = line;
  while (rest.length > maxChars) {
    const window = rest.slice(0, maxChars);
    const near = [window.lastIndexOf(". ") + 1, window.lastIndexOf(" ")].find((at) => at > maxChars / 2) ?? maxChars;
    const cut = splitsPair(rest, near) ? near - 1 : near;
    yield rest.slice(0, cut);
    rest = rest.slice(cut).trimStart();
  }
  yield rest;
}

const splitsPair = (text: string, at: number) => (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;

/** Nothing is searched by blank space. */
function pass(take: Take, chunk: Chunk): void {
  if (chunk.text.trim() !== "") take(chunk);
}
