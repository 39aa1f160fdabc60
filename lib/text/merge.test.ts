import { describe, expect, it } from "vitest";
import { editsOf, merge } from "./merge";
import { anyText, edited, random } from "./testing/random-text";
import { restoreOfLine, undoOf } from "./undo";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

describe("merge", () => {
  it("makes a change on an unchanged text exactly, whichever side made it", () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const base = anyText(below, 40);
      const text = edited(edited(base, below), below);
      expect(merge(editsOf(base, text), editsOf(base, base)), `seed ${seed}`).toBe(text);
      expect(merge(editsOf(base, base), editsOf(base, text)), `seed ${seed}`).toBe(text);
      expect(merge(editsOf(base, text), editsOf(base, text)), `seed ${seed}`).toBe(text);
    }
  });

  it("keeps both changes of different lines, as a model that knows the lines says", () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const base = Array.from({ length: 2 + below(12) }, (_, n) => `line ${n} ${below(1000)}`);
      const owner = base.map(() => below(3));
      const change = (line: string, n: number) =>
        n % 3 === 0 ? [] : n % 3 === 1 ? [`changed ${n}`] : [line, `after ${n}`];
      const made = (...sides: number[]) =>
        base.flatMap((line, n) => (sides.includes(owner[n]!) ? change(line, n) : [line])).join("\n");
      const text = base.join("\n");
      const merged = merge(editsOf(text, made(1)), editsOf(text, made(2)));
      expect(merged, `seed ${seed}`).toBe(made(1, 2));
    }
  });

  it("makes two changes of one line by words, and none where both changed the same words", () => {
    const base = "Mara likes green tea and walks in the evening.";
    const mine = editsOf(base, "Mara likes black tea and walks in the evening.");
    expect(merge(mine, editsOf(base, "Mara likes green tea and runs in the evening."))).toBe(
      "Mara likes black tea and runs in the evening.",
    );
    expect(merge(mine, editsOf(base, "Mara likes white tea and walks in the evening."))).toBeNull();
    expect(merge(mine, editsOf(base, "Something else."))).toBeNull();
  });
});

describe("undo", () => {
  it("of the last change is the text before it", () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const before = anyText(below, 40);
      const after = edited(before, below);
      expect(merge(undoOf(before, after), editsOf(after, after)), `seed ${seed}`).toBe(before);
    }
  });

  it("of one line puts that line back where it stood, and nothing else", () => {
    const before = "Name: Mara\nALLERGY: nuts\nLikes tea\nRuns";
    const after = "Name: Mara\nLikes coffee\nRuns";
    const today = `${after}\nMoved to Malmö`;
    const restored = (line: number) => {
      const edits = restoreOfLine(before, after, line);
      return edits && merge(edits, editsOf(after, today));
    };
    expect(restored(2)).toBe("Name: Mara\nALLERGY: nuts\nLikes coffee\nRuns\nMoved to Malmö");
    expect(restored(3)).toBe("Name: Mara\nLikes tea\nRuns\nMoved to Malmö");
    expect(restored(1)).toBeNull();
    expect(restored(9)).toBeNull();
  });

  it("of a line is refused where the line that took its place was changed again", () => {
    const edits = restoreOfLine("Likes green tea", "Likes black tea", 1)!;
    expect(merge(edits, editsOf("Likes black tea", "Likes white tea"))).toBeNull();
  });
});
