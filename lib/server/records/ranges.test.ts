import { describe, expect, test } from "vitest";
import { closed, type Ranges, rangesOf, without } from "./ranges";

/** The places that ranges hold, in their order. */
const places = (ranges: Ranges, nextSeq: number) =>
  closed(ranges, nextSeq).flatMap(([from, to]) => Array.from({ length: to! - from + 1 }, (_, at) => from + at));

describe("ranges", () => {
  test("the open end is what there is now; a range of nothing goes", () => {
    expect(
      closed(
        [
          [1, 2],
          [5, null],
        ],
        8,
      ),
    ).toEqual([
      [1, 2],
      [5, 7],
    ]);
    expect(
      closed(
        [
          [1, 2],
          [8, null],
        ],
        8,
      ),
    ).toEqual([[1, 2]]);
  });

  test("taking places out leaves the others, in their order, and the end open", () => {
    expect(without([[1, null]], [1, 2, 3])).toEqual([[4, null]]);
    expect(
      without(
        [
          [9, 9],
          [3, 6],
          [10, null],
        ],
        [4, 9],
      ),
    ).toEqual([
      [3, 3],
      [5, 6],
      [10, null],
    ]);
    expect(without([[1, 5]], [3, 9, 1, 5, 2, 4])).toEqual([]);
  });

  test("a list of places becomes as few ranges as it can, and what follows comes after them", () => {
    expect(rangesOf([1, 2, 3, 7, 6], 9)).toEqual([
      [1, 3],
      [7, 7],
      [6, 6],
      [9, null],
    ]);
    expect(rangesOf([], 4)).toEqual([[4, null]]);
  });

  test("of any ranges, taking places out takes out just these", () => {
    let state = 7;
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % below;
    };
    for (let round = 0; round < 300; round++) {
      const all = Array.from({ length: 12 }, (_, at) => at + 1).filter(() => random(3) > 0);
      const ranges = rangesOf(all, 15);
      const gone = Array.from({ length: random(8) }, () => 1 + random(18));
      const left = [...all, 15, 16, 17].filter((seq) => !gone.includes(seq));
      expect(places(without(ranges, gone), 18)).toEqual(left);
    }
  });
});
