import { diffArrays } from "diff";
import type { Cause } from "./cause";

/** One version of a block's value. */
export type BlameVersion = { id: string; value: string; cause: Cause };

/** A stretch of a value that one version put there. */
export type BlameSegment = { text: string; versionId: string; cause: Cause };

export type Change = { type: "same" | "added" | "removed"; text: string };

/**
 * Who wrote what: the newest value of a chain of versions (oldest first) as segments, each with the version that put it
 * there. The segments' texts concatenate to the value exactly; an empty value has none.
 *
 * A version is the author of what it adds. Text that was removed and comes back, as by a revert, belongs to the version
 * that brought it back, since without that version it would not be there; text the revert didn't touch keeps its author.
 */
export function blame(versions: readonly BlameVersion[]): BlameSegment[] {
  const chain = openBlame();
  for (const version of versions) chain.add(version);
  return chain.segments();
}

/** As `blame`, for a chain of which not all is at hand at once: each version is added to those before it. */
export function openBlame(): { add(version: BlameVersion): void; segments(): BlameSegment[] } {
  let spans: Span[] = [];
  let value = "";
  return {
    add(version) {
      spans = carryOver(spans, diffWords(value, version.value), { id: version.id, cause: version.cause });
      value = version.value;
    },
    segments() {
      let at = 0;
      return spans.map(({ length, version }) => {
        const text = value.slice(at, at + length);
        at += length;
        return { text, versionId: version.id, cause: version.cause };
      });
    },
  };
}

/**
 * What changed between two texts, by words. The texts of `same` and `removed` concatenate to `before`, those of `same`
 * and `added` to `after`. Neighbours differ in type, and a removal comes before the addition that replaces it.
 *
 * Lines are compared first, and words only within lines that changed. The work is bounded, for texts of any length: where
 * two stretches have too little in common, one counts as replaced by the other.
 */
export function diffWords(before: string, after: string): Change[] {
  const budget: Budget = { comparisons: COMPARISONS };
  const changes: Change[] = [];
  for (const { same, removed, added } of hunksOf(diffTokens(lines(before), lines(after), budget))) {
    push(changes, "same", same);
    const inner = removed !== "" && added !== "" ? diffTokens(words(removed), words(added), budget) : null;
    for (const hunk of inner ? joinAcrossGaps(hunksOf(inner)) : [{ same: "", removed, added }]) {
      push(changes, "same", hunk.same);
      push(changes, "removed", hunk.removed);
      push(changes, "added", hunk.added);
    }
  }
  return changes;
}

/** Characters of the current value, in UTF-16 units, that came with one version. */
type Span = { length: number; version: Author };
/** A version without its text, which is not kept. */
type Author = Pick<BlameVersion, "id" | "cause">;

function carryOver(spans: readonly Span[], changes: readonly Change[], version: Author): Span[] {
  const next: Span[] = [];
  const append = (length: number, author: Author) => {
    const last = next.at(-1);
    if (last?.version === author) last.length += length;
    else next.push({ length, version: author });
  };
  let [index, used] = [0, 0];
  for (const { type, text } of changes) {
    if (type === "added") {
      append(text.length, version);
      continue;
    }
    let left = text.length;
    while (left > 0) {
      const span = spans[index]!;
      const taken = Math.min(left, span.length - used);
      if (type === "same") append(taken, span.version);
      left -= taken;
      used += taken;
      if (used === span.length) [index, used] = [index + 1, 0];
    }
  }
  return next;
}

/** How many positions all searches of one `diffWords` may look at together. */
const COMPARISONS = 80_000;
type Budget = { comparisons: number };

/** A stretch that stayed, then what was removed and added after it. */
type Hunk = { same: string; removed: string; added: string };

function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/** Scripts written without spaces between words. */
const UNSPACED = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]";
const EMOJI = "\\p{Extended_Pictographic}(?:[\\p{M}\\p{EMod}]|\\u200d\\p{Extended_Pictographic})*|\\p{RI}\\p{RI}";
const WORD = new RegExp(
  `${UNSPACED}\\p{M}*|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}_])+|${EMOJI}|\\r\\n|\\n|[^\\S\\r\\n]+|[\\s\\S]`,
  "gu",
);

/** Words, runs of spaces, line ends, emoji as they are seen, and single signs; together they are the text. */
function words(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Myers' algorithm for as long as the budget lasts; what it can't align in that is replaced as a whole. */
function diffTokens(before: string[], after: string[], budget: Budget): Change[] {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before[start] === after[start]) start++;
  let end = 0;
  while (end < limit - start && before.at(-1 - end) === after.at(-1 - end)) end++;

  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  return [
    { type: "same", text: before.slice(0, start).join("") },
    ...diffMiddle(removed, added, budget),
    { type: "same", text: before.slice(before.length - end).join("") },
  ];
}

function diffMiddle(before: string[], after: string[], budget: Budget): Change[] {
  const replaced: Change[] = [
    { type: "removed", text: before.join("") },
    { type: "added", text: after.join("") },
  ];
  if (before.length === 0 || after.length === 0) return replaced;
  // A search for a script of d edits looks at about d²/2 positions.
  const maxEditLength = Math.floor(Math.sqrt(2 * budget.comparisons));
  const parts = diffArrays(before, after, { maxEditLength });
  const edits = parts
    ? parts.reduce((sum, part) => sum + (part.added || part.removed ? part.count : 0), 0)
    : maxEditLength;
  budget.comparisons -= Math.ceil(edits ** 2 / 2);
  if (!parts) return replaced;
  return parts.map((part) => ({
    type: part.added ? "added" : part.removed ? "removed" : "same",
    text: part.value.join(""),
  }));
}

function hunksOf(changes: readonly Change[]): Hunk[] {
  const hunks: Hunk[] = [];
  for (const { type, text } of changes) {
    if (text === "") continue;
    const last = hunks.at(-1);
    if (!last || (type === "same" && last.removed + last.added !== ""))
      hunks.push({ same: "", removed: "", added: "", [type]: text });
    else last[type] += text;
  }
  return hunks;
}

/**
 * Takes spaces and signs that happen to stay between two replaced words as replaced, too: two rewritten sentences have
 * not kept each other's blanks. Where text was only added or only removed, nothing is joined.
 */
function joinAcrossGaps(hunks: readonly Hunk[]): Hunk[] {
  const joined: Hunk[] = [];
  for (const hunk of hunks) {
    const last = joined.at(-1);
    const isGap = /^[\s\p{P}]+$/u.test(hunk.same);
    const isReplacement = last && last.removed + hunk.removed !== "" && last.added + hunk.added !== "";
    const isBetween = last && last.removed + last.added !== "" && hunk.removed + hunk.added !== "";
    if (last && isGap && isReplacement && isBetween) {
      last.removed += hunk.same + hunk.removed;
      last.added += hunk.same + hunk.added;
    } else {
      joined.push({ ...hunk });
    }
  }
  return joined;
}

function push(changes: Change[], type: Change["type"], text: string): void {
  if (text === "") return;
  const last = changes.at(-1);
  if (last?.type === type) last.text += text;
  else changes.push({ type, text });
}
