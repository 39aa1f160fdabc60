import { describe, expect, it } from "vitest";
import { align, openBudget } from "./align";
import { foldRows } from "./fold";
import { type DiffRow, diffLines, linesOf, piecesOf } from "./line-diff";
import { anyText, edited, random } from "./testing/random-text";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

function pairOf(seed: number): [string, string] {
  const below = random(seed);
  const before = anyText(below, 60);
  return [before, below(4) === 0 ? anyText(below, 60) : edited(edited(before, below), below)];
}

const without = (rows: readonly DiffRow[], type: DiffRow["type"]) =>
  rows.filter((row) => row.type !== type).map((row) => row.text);
const shown = (rows: readonly DiffRow[]) =>
  rows.map((row) => `${{ same: " ", removed: "-", added: "+" }[row.type]}${row.text}`);

describe("diffLines", () => {
  it("is exact: what stayed and went is the old text, what stayed and came is the new one, by numbered lines", () => {
    for (const seed of SEEDS) {
      const [before, after] = pairOf(seed);
      const rows = diffLines(before, after);
      expect(without(rows, "added"), `seed ${seed}`).toEqual(linesOf(before));
      expect(without(rows, "removed"), `seed ${seed}`).toEqual(linesOf(after));
      expect(rows.flatMap((row) => ("before" in row ? [row.before] : []))).toEqual(
        linesOf(before).map((_, n) => n + 1),
      );
      expect(rows.flatMap((row) => ("after" in row ? [row.after] : []))).toEqual(linesOf(after).map((_, n) => n + 1));
    }
  });

  it("has the words of a line in its pieces, and beside a line of a pair the other one", () => {
    for (const seed of SEEDS) {
      const rows = diffLines(...pairOf(seed));
      for (const [index, row] of rows.entries()) {
        expect(
          piecesOf(row)
            .map((piece) => piece.text)
            .join(""),
          `seed ${seed}`,
        ).toBe(row.text);
        if (row.type === "removed" && row.pair !== null)
          expect(rows[index + 1]).toMatchObject({ type: "added", text: row.pair, pair: row.text });
      }
    }
  });

  it("tells lines that were dropped in a rewrite as they were, not as words in another line", () => {
    const before = "Name: Mara\nALLERGY: nuts, walnuts above all\nLikes tea";
    const rows = diffLines(before, "Mara, writer, lives in Malmö since this month.");
    expect(shown(rows)).toContain("-ALLERGY: nuts, walnuts above all");
    expect(rows.every((row) => row.type === "same" || row.pair === null)).toBe(true);
  });

  it("marks the words that changed in a line", () => {
    const [old, now] = diffLines("a\nLikes green tea\nb", "a\nLikes black tea\nb").filter((row) => row.type !== "same");
    const marked = (row: DiffRow) => piecesOf(row).flatMap((piece) => (piece.changed ? [piece.text] : []));
    expect([marked(old!), marked(now!)]).toEqual([["green"], ["black"]]);
  });

  it("finds each of many changed lines, beyond what a search for the shortest script can", () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `line ${n} of many`);
    const rows = diffLines(lines.join("\n"), lines.map((line, n) => (n % 3 === 0 ? `new ${n * 7}` : line)).join("\n"));
    expect(rows.filter((row) => row.type === "removed")).toHaveLength(1000);
    expect(rows.filter((row) => row.type === "added")).toHaveLength(1000);
  });

  it("pairs the lines of two large stretches that stand in the same place and are alike", () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `- fact ${n}: something that is known`);
    const rows = diffLines(lines.join("\n"), lines.map((line) => `${line}, it seems`).join("\n"));
    expect(rows.every((row) => row.type !== "same" && row.pair !== null)).toBe(true);
  });

  it("compares no more than its budget allows", () => {
    const below = random(1);
    const tokens = () => Array.from({ length: 20_000 }, () => "abc".charAt(below(3)));
    const budget = openBudget();
    align(tokens(), tokens(), budget);
    expect(budget.comparisons).toBeGreaterThanOrEqual(0);
  });
});

describe("foldRows", () => {
  it("keeps every row in its place, and folds only what is far from a change", () => {
    for (const seed of SEEDS) {
      const rows = diffLines(...pairOf(seed));
      const runs = foldRows(rows);
      expect(runs.flatMap((run) => run.rows)).toEqual(rows);
      for (const run of runs) expect(run.rows.some((row) => row.type !== "same")).toBe(run.type === "changed");
    }
  });

  it("leaves two lines around a change in sight", () => {
    const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    const runs = foldRows(diffLines(lines.join("\n"), lines.with(10, "other").join("\n")));
    expect(runs.map((run) => [run.type, run.rows.length])).toEqual([
      ["folded", 8],
      ["around", 2],
      ["changed", 2],
      ["around", 2],
      ["folded", 7],
    ]);
  });
});
