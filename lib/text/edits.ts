import { type Change, diffWords } from "./word-diff";

/**
 * What an edit replaced: where it began in the text before, how much it took away there, and how much it put in its
 * place, in UTF-16 units.
 */
export type Edit = [at: number, removed: number, added: number];

/** A text after edits that know what they touched; without edits where nobody knows. */
export type Edited = { value: string; edits?: Edit[] };

/** Puts each replacement in its place; they come in order and don't overlap. */
export function replaceAt(
  value: string,
  replacements: readonly { at: number; removed: number; text: string }[],
): Edited {
  const pieces: string[] = [];
  let done = 0;
  for (const { at, removed, text } of replacements) {
    pieces.push(value.slice(done, at), text);
    done = at + removed;
  }
  pieces.push(value.slice(done));
  const edits = replacements.map(({ at, removed, text }): Edit => [at, removed, text.length]);
  return { value: pieces.join(""), edits };
}

/**
 * What lines were kept, as edits.
 *
 * @param origins for each line of `after` the line of `before` that it is, from 0, ascending; null for a new one. Lines are
 *   what `split("\n")` makes of a text; an empty text may also have none.
 */
export function editsOfLines(
  before: readonly string[],
  after: readonly string[],
  origins: readonly (number | null)[],
): Edit[] {
  const edits: Edit[] = [];
  const startOf = startsOf(before);
  let [from, to] = [0, 0];
  const close = (fromEnd: number, toEnd: number) => {
    const edit = gap(before, after, startOf, { from, fromEnd, to, toEnd });
    if (edit) edits.push(edit);
  };
  for (const [index, origin] of origins.entries()) {
    if (origin === null) continue;
    close(origin, index);
    [from, to] = [origin + 1, index + 1];
  }
  close(before.length, after.length);
  return edits;
}

type Gap = { from: number; fromEnd: number; to: number; toEnd: number };

/** Lines between two that stayed. Each goes with the line break after it, at the end of the text with the one before it. */
function gap(before: readonly string[], after: readonly string[], startOf: readonly number[], place: Gap): Edit | null {
  const { from, fromEnd, to, toEnd } = place;
  if (from === fromEnd && to === toEnd) return null;
  const units = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length, 0);
  const [gone, come] = [before.slice(from, fromEnd), after.slice(to, toEnd)];
  const isAtEnd = fromEnd === before.length;
  // Between two lines that stay each line has its own break; where lines are replaced at the end, one break stays.
  const breaks = (lines: readonly string[]) =>
    isAtEnd ? (lines.length === 0 ? 0 : lines.length - (isReplacement || from === 0 ? 1 : 0)) : lines.length;
  const isReplacement = gone.length > 0 && come.length > 0;
  const endOfBefore = (startOf.at(-1) ?? 0) + (before.at(-1)?.length ?? 0);
  const at =
    !isAtEnd || isReplacement || from === 0
      ? (startOf[from] ?? endOfBefore)
      : startOf[from - 1]! + before[from - 1]!.length;
  return [at, units(gone) + breaks(gone), units(come) + breaks(come)];
}

function startsOf(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

/** What changed between two texts: as the edits say, if they are edits of these, otherwise as a comparison finds. */
export function changesBetween(before: string, after: string, edits: readonly Edit[] | null): Change[] {
  return (edits && changesOfEdits(before, after, edits)) ?? diffWords(before, after);
}

/**
 * What edits changed between two texts; null where they are not edits of these. What an edit replaced is compared by lines
 * and words, as a rewrite is.
 */
export function changesOfEdits(before: string, after: string, edits: readonly Edit[]): Change[] | null {
  const changes: Change[] = [];
  const push = (type: Change["type"], text: string) => {
    if (text === "") return;
    const last = changes.at(-1);
    if (last?.type === type) last.text += text;
    else changes.push({ type, text });
  };
  let [from, to] = [0, 0];
  const keep = (until: number): boolean => {
    const kept = before.slice(from, until);
    if (until < from || after.slice(to, to + kept.length) !== kept) return false;
    push("same", kept);
    [from, to] = [until, to + kept.length];
    return true;
  };
  for (const [at, removed, added] of edits) {
    if (!(at <= before.length && removed >= 0 && added >= 0) || !keep(at)) return null;
    const [gone, come] = [before.slice(at, at + removed), after.slice(to, to + added)];
    if (gone.length !== removed || come.length !== added) return null;
    if (gone === "" || come === "") push(gone === "" ? "added" : "removed", gone + come);
    else for (const change of diffWords(gone, come)) push(change.type, change.text);
    [from, to] = [at + removed, to + added];
  }
  return keep(before.length) && to === after.length ? changes : null;
}
