import { describe, expect, test } from "vitest";
import { fuse } from "./search-fuse";

const list = (...entries: [doc: number, score: number][]) => entries.map(([doc, score]) => ({ doc, score }));
const docsOf = (...args: Parameters<typeof fuse>) => fuse(...args).map((candidate) => candidate.doc);

describe("fuse", () => {
  test("one list keeps its order, with the best at 1", () => {
    expect(fuse(list([7, 4], [3, 1]), [], 10)).toEqual([
      { doc: 7, rank: 1, score: 1, byText: { rank: 1, score: 4 }, byVector: null },
      { doc: 3, rank: 2, score: 0.25, byText: { rank: 2, score: 1 }, byVector: null },
    ]);
    expect(docsOf(null, [list([1, 0.9], [2, 0.5])], 10)).toEqual([1, 2]);
  });

  test("text weighs more than meaning, and both together more than either", () => {
    expect(docsOf(list([1, 10]), [list([2, 0.99], [9, 0.1])], 10)).toEqual([1, 2, 9]);
    expect(docsOf(list([1, 10], [2, 8]), [list([2, 0.9], [9, 0.1])], 10)).toEqual([2, 1, 9]);
  });

  test("the newer of equals comes first, and the limit cuts", () => {
    expect(docsOf(list([1, 2], [5, 2], [3, 2]), [], 2)).toEqual([5, 3]);
  });

  test("empty lists give nothing", () => {
    expect(fuse([], [], 5)).toEqual([]);
    expect(fuse(null, [[]], 5)).toEqual([]);
  });
});
