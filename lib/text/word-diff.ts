import { align, type Budget, gapsOf, openBudget } from "./align";
import { wordsOf } from "./words";

export type Change = { type: "same" | "added" | "removed"; text: string };

/**
 * What changed between two texts, by words. The texts of `same` and `removed` concatenate to `before`, those of `same`
 * and `added` to `after`. Neighbours differ in type, and a removal comes before the addition that replaces it.
 *
 * Lines are compared first, and words only within lines that changed. The work is bounded, for texts of any length: where
 * two stretches have too little in common, one counts as replaced by the other.
 */
export function diffWords(before: string, after: string): Change[] {
  const budget = openBudget();
  const changes: Change[] = [];
  for (const { same, removed, added } of hunksOf(lines(before), lines(after), budget)) {
    push(changes, "same", same);
    for (const hunk of removed !== "" && added !== ""
      ? wordHunks(removed, added, budget)
      : [{ same: "", removed, added }]) {
      push(changes, "same", hunk.same);
      push(changes, "removed", hunk.removed);
      push(changes, "added", hunk.added);
    }
  }
  return changes;
}

/** As `diffWords`, of two texts that are known to be each other's versions: no lines are compared. */
export function diffWithin(before: string, after: string, budget: Budget): Change[] {
  const changes: Change[] = [];
  for (const hunk of wordHunks(before, after, budget)) {
    push(changes, "same", hunk.same);
    push(changes, "removed", hunk.removed);
    push(changes, "added", hunk.added);
  }
  return changes;
}

/** A stretch that stayed, then what was removed and added after it. */
type Hunk = { same: string; removed: string; added: string };

function wordHunks(before: string, after: string, budget: Budget): Hunk[] {
  return joinAcrossGaps(hunksOf(wordsOf(before), wordsOf(after), budget));
}

function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function hunksOf(before: readonly string[], after: readonly string[], budget: Budget): Hunk[] {
  const matches = align(before, after, budget);
  const hunks: Hunk[] = [];
  let at = 0;
  for (const gap of gapsOf(matches, before.length, after.length)) {
    hunks.push({
      same: before.slice(at, gap.before[0]).join(""),
      removed: before.slice(...gap.before).join(""),
      added: after.slice(...gap.after).join(""),
    });
    at = gap.before[1];
  }
  if (at < before.length) hunks.push({ same: before.slice(at).join(""), removed: "", added: "" });
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
