import Papa from "papaparse";

/** A passage of a file. Lines count from 1, both ends inclusive. */
export type Chunk = { text: string; startLine: number; endLine: number };

const CHARS_PER_TOKEN = 4;
const MIN_CHARS = 200;

/** How long a passage of so many tokens may be, about. */
export function chunkChars(tokens: number): number {
  return Math.max(MIN_CHARS, tokens * CHARS_PER_TOKEN);
}

/** Splits a text at the borders of paragraphs where it can, else of lines; only a longer line is split within. */
export function chunkText(text: string, maxChars: number): Chunk[] {
  const chunks: Chunk[] = [];
  let held: string[] = [];
  let heldChars = 0;
  let start = 1;
  const flush = (endLine: number) => {
    push(chunks, { text: held.join("\n"), startLine: start, endLine });
    held = [];
    heldChars = 0;
    start = endLine + 1;
  };
  for (const [index, line] of text.split("\n").entries()) {
    const number = index + 1;
    const isFull = heldChars + line.length + 1 > maxChars;
    const endsParagraph = line.trim() === "" && heldChars > maxChars / 2;
    if (held.length > 0 && (isFull || endsParagraph)) flush(number - 1);
    if (line.length > maxChars) {
      for (const piece of pieces(line, maxChars)) push(chunks, { text: piece, startLine: number, endLine: number });
      start = number + 1;
      continue;
    }
    held.push(line);
    heldChars += line.length + 1;
  }
  if (held.length > 0) flush(start + held.length - 1);
  return chunks;
}

/** Splits a table between rows; each passage begins with the table's first row, which names the columns. */
export function chunkCsv(text: string, maxChars: number): Chunk[] {
  const rows = csvRows(text);
  const [header, ...rest] = rows;
  if (!header || header.text.length > maxChars / 2) return chunkText(text, maxChars);
  const chunks: Chunk[] = [];
  let held: Chunk[] = [];
  let heldChars = header.text.length;
  const flush = () => {
    if (held.length === 0) return;
    const lines = [header.text, ...held.map((row) => row.text)];
    push(chunks, { text: lines.join("\n"), startLine: held[0]!.startLine, endLine: held.at(-1)!.endLine });
    held = [];
    heldChars = header.text.length;
  };
  for (const row of rest) {
    if (heldChars + row.text.length > maxChars) flush();
    for (const piece of pieces(row.text, maxChars)) {
      held.push({ ...row, text: piece });
      heldChars += piece.length + 1;
      if (heldChars > maxChars) flush();
    }
  }
  flush();
  return chunks.length > 0 ? chunks : chunkText(text, maxChars);
}

/** The rows as they are written; a quoted field may go over several lines. */
function csvRows(text: string): Chunk[] {
  const rows: Chunk[] = [];
  let at = 0;
  let line = 1;
  Papa.parse<string[]>(text, {
    step: ({ meta }) => {
      const written = text.slice(at, meta.cursor);
      const lines = written.split("\n").length - (written.endsWith("\n") ? 1 : 0);
      push(rows, { text: written.replace(/\n+$/, ""), startLine: line, endLine: line + Math.max(lines, 1) - 1 });
      line += written.split("\n").length - 1;
      at = meta.cursor;
    },
  });
  return rows;
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
function push(chunks: Chunk[], chunk: Chunk): void {
  if (chunk.text.trim() !== "") chunks.push(chunk);
}
