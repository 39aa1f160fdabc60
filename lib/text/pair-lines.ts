import { sharedEnds } from "./shared-ends";
import { wordsOf } from "./words";

/** How alike two lines must be to count as one line that was rewritten: from 0, no word in common, to 1. */
const ALIKE = 0.45;
/** What may be looked at in one comparison of two texts: characters cut into words, and words held against others. */
const CHARACTERS = 150_000;
const WORDS = 400_000;

/** Which removed lines of a gap were rewritten as which added ones, in order, as `[removed, added]`. */
export type Pairing = (removed: readonly string[], added: readonly string[]) => [number, number][];

/**
 * Finds the pairs that have the most words in common, gap after gap, as long as there is time; after that, only lines in
 * the same place of two equally long gaps, by what they start and end with.
 */
export function openPairing(): Pairing {
  let [characters, words] = [CHARACTERS, WORDS];
  return (removed, added) => {
    if (removed.length === 0 || added.length === 0) return [];
    const length = lengthOf(removed) + lengthOf(added);
    if (length > characters || removed.length * added.length > words) return pairsInPlace(removed, added);
    characters -= length;
    const [left, right] = [removed.map(countWords), added.map(countWords)];
    const work = Math.min(sizeOf(left) * right.length, sizeOf(right) * left.length);
    if (work > words) return pairsInPlace(removed, added);
    words -= work;
    return bestPairs(left, right);
  };
}

const lengthOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length, 0);
const sizeOf = (bags: readonly Bag[]) => bags.reduce((sum, bag) => sum + bag.counts.size + 1, 0);

function pairsInPlace(removed: readonly string[], added: readonly string[]): [number, number][] {
  if (removed.length !== added.length) return [];
  return removed.flatMap((line, index): [number, number][] => {
    const other = added[index]!;
    const [start, end] = sharedEnds(line, other);
    return (2 * (start + end)) / (line.length + other.length) >= ALIKE ? [[index, index]] : [];
  });
}

type Bag = { counts: ReadonlyMap<string, number>; total: number };

/** The words of a line with how often it has each; what is not a word counts only where there is nothing else. */
function countWords(line: string): Bag {
  const all = wordsOf(line);
  const words = all.filter((word) => /[\p{L}\p{N}]/u.test(word));
  const counted = words.length > 0 ? words : all;
  const counts = new Map<string, number>();
  for (const word of counted) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, total: counted.length };
}

function likeness(a: Bag, b: Bag): number {
  if (a.counts.size > b.counts.size) return likeness(b, a);
  let shared = 0;
  for (const [word, count] of a.counts) shared += Math.min(count, b.counts.get(word) ?? 0);
  return (2 * shared) / Math.max(a.total + b.total, 1);
}

/** The pairs in order whose likeness adds up to the most. */
function bestPairs(left: readonly Bag[], right: readonly Bag[]): [number, number][] {
  const width = right.length + 1;
  const best = new Float64Array((left.length + 1) * width);
  const worth = new Float64Array(left.length * right.length);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const alike = likeness(left[i]!, right[j]!);
      worth[i * right.length + j] = alike >= ALIKE ? alike : 0;
      best[i * width + j] = Math.max(
        best[(i + 1) * width + j]!,
        best[i * width + j + 1]!,
        alike >= ALIKE ? alike + best[(i + 1) * width + j + 1]! : 0,
      );
    }
  }
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
    const value = best[i * width + j]!;
    const alike = worth[i * right.length + j]!;
    if (alike > 0 && value === alike + best[(i + 1) * width + j + 1]!) pairs.push([i++, j++]);
    else if (value === best[(i + 1) * width + j]!) i++;
    else j++;
  }
  return pairs;
}
