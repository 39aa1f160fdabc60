import { ToolFailure } from "./tool-args";

/** One place of a patch: its lines in order, and the line number of its header, if that had one. */
export type Hunk = { lines: HunkLine[]; atLine: number | null };
export type HunkLine = { op: " " | "-" | "+"; text: string };

/**
 * Reads the hunks of a unified diff. Line numbers, file headers and empty lines around a hunk mean nothing; an empty
 * line within one is empty context. Throws `ToolFailure` on a line that is none of a hunk's.
 */
export function parseHunks(lines: readonly string[]): Hunk[] {
  const hunks: { lines: string[]; atLine: number | null }[] = [{ lines: [], atLine: null }];
  for (const [index, line] of lines.entries()) {
    const current = hunks.at(-1)!;
    if (line.startsWith("@@")) {
      const header = /^@@ -(\d+)/.exec(line);
      hunks.push({ lines: [], atLine: header ? Number(header[1]) : null });
    } else if (!line.startsWith("\\") && !(current.lines.length === 0 && isFileHeader(lines, index))) {
      current.lines.push(line);
    }
  }
  return hunks
    .map(({ lines, atLine }) => ({ lines: trimEmpty(lines).map(parseLine), atLine }))
    .filter((hunk) => hunk.lines.length > 0);
}

/** Lines of a text that is edited, each with the line that it was before all edits, from 0; null for a new one. */
export type Draft = { lines: string[]; origins: (number | null)[] };

export function openDraft(value: string): Draft {
  const lines = value === "" ? [] : value.split("\n");
  return { lines, origins: lines.map((_, index) => index) };
}

/** The lines with all hunks applied, in order. Throws `ToolFailure` where one does not fit, or fits in several places. */
export function applyHunks(draft: Draft, hunks: readonly Hunk[], label: string): Draft {
  let { lines, origins } = draft;
  /** How many lines the earlier hunks have added, and where the last one ended. */
  let [shift, end] = [0, 0];
  for (const hunk of hunks) {
    const old = hunk.lines.filter((line) => line.op !== "+");
    const start = old.length === 0 ? insertionPoint(hunk, lines, shift) : locate(hunk, lines, { shift, end, label });
    let taken = start;
    const replacement: { text: string; origin: number | null }[] = [];
    for (const { op, text } of hunk.lines) {
      if (op === "+") replacement.push({ text, origin: null });
      else if (op === " ") replacement.push({ text: lines[taken]!, origin: origins[taken]! });
      if (op !== "+") taken++;
    }
    lines = lines.toSpliced(start, old.length, ...replacement.map(({ text }) => text));
    origins = origins.toSpliced(start, old.length, ...replacement.map(({ origin }) => origin));
    shift += replacement.length - old.length;
    end = start + replacement.length;
  }
  return { lines, origins };
}

function parseLine(line: string): HunkLine {
  if (line === "") return { op: " ", text: "" };
  const op = line[0];
  if (op !== " " && op !== "-" && op !== "+") {
    throw new ToolFailure(
      `Failed to apply patch: a line must start with ' ' (context), '-' (remove) or '+' (add), but this one doesn't: ${line}`,
    );
  }
  return { op, text: line.slice(1) };
}

/** `--- a` directly followed by `+++ b`, or the latter: what a diff tool writes above the hunks of a file. */
function isFileHeader(lines: readonly string[], index: number): boolean {
  const isOld = (line = "") => line.startsWith("--- ");
  const isNew = (line = "") => line.startsWith("+++ ");
  return (isOld(lines[index]) && isNew(lines[index + 1])) || (isOld(lines[index - 1]) && isNew(lines[index]));
}

function trimEmpty(lines: string[]): string[] {
  const first = lines.findIndex((line) => line !== "");
  const last = lines.findLastIndex((line) => line !== "");
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Where a hunk of nothing but added lines goes: after the line its header names (`@@ -n,0 …`), or at the end. */
function insertionPoint(hunk: Hunk, lines: readonly string[], shift: number): number {
  return hunk.atLine === null ? lines.length : Math.min(Math.max(hunk.atLine + shift, 0), lines.length);
}

type Place = { shift: number; end: number; label: string };

/** Where the hunk's context and removed lines stand: the only place, or the one its header or the order tells. */
function locate(hunk: Hunk, lines: readonly string[], { shift, end, label }: Place): number {
  const old = hunk.lines.filter((line) => line.op !== "+").map((line) => line.text);
  const matches: number[] = [];
  for (let start = 0; start + old.length <= lines.length; start++) {
    if (old.every((text, index) => sameLine(lines[start + index]!, text))) matches.push(start);
  }
  if (matches.length === 1) return matches[0]!;
  if (matches.length === 0) {
    throw new ToolFailure(
      `Failed to apply patch: expected hunk context not found in memory block '${label}':\n${old.join("\n")}`,
    );
  }
  const numbered = hunk.atLine === null ? -1 : hunk.atLine - 1 + shift;
  if (matches.includes(numbered)) return numbered;
  const later = matches.filter((start) => start >= end);
  if (end > 0 && later.length === 1) return later[0]!;
  throw new ToolFailure(
    `Failed to apply patch: expected hunk context found in several places of memory block '${label}' (lines ${matches.map((start) => start + 1).join(", ")}). Add more lines of context.`,
  );
}

function sameLine(line: string, text: string): boolean {
  return line === text || (line.endsWith("\r") && line.slice(0, -1) === text);
}
