import { diffWordsWithSpace } from "diff";

export type WordDiffPart = { type: "same" | "added" | "removed"; text: string };

/** Two texts, word by word; the parts that are not removed make `after`. */
export function diffTexts(before: string, after: string): WordDiffPart[] {
  return diffWordsWithSpace(before, after).map((part) => ({
    type: part.added ? "added" : part.removed ? "removed" : "same",
    text: part.value,
  }));
}
