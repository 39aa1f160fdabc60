import { expect, test } from "vitest";
import { viewOf } from "./file-view";

const text = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`).join("\n");

test("a whole file is shown with its lines numbered", () => {
  const view = viewOf({ text: "one\n\nthree", startLine: null, endLine: null, totalLines: 3 }, 1000);
  expect(view).toBe("[Viewing file start (out of 3 lines)]\n1: one\n2: \n3: three");
});

test("a part of a file says which, and is numbered as in the file", () => {
  const view = viewOf({ text: "b\nc", startLine: 2, endLine: 3, totalLines: 9 }, 1000);
  expect(view).toBe("[Viewing lines 2 to 3 (out of 9 lines)]\n2: b\n3: c");
});

test("no view is longer than its limit, and what is left out is said", () => {
  for (const limit of [100, 300, 1000, 1500]) {
    const view = viewOf({ text: text(200), startLine: null, endLine: null, totalLines: 200 }, limit);
    expect(view.length).toBeLessThanOrEqual(limit);
    if (limit < 300) continue;
    const [, from] = /\[Lines (\d+) to 200 don't fit/.exec(view)!;
    expect(view).toContain(`${Number(from) - 1}: line ${Number(from) - 1}\n[Lines`);
  }
});

test("a line that is longer than the limit is cut", () => {
  const view = viewOf({ text: "x".repeat(5000), startLine: null, endLine: null, totalLines: 1 }, 1000);
  expect(view.length).toBeLessThanOrEqual(1000);
  expect(view).toMatch(/^\[Viewing file start \(out of 1 lines\)\]\n1: x{500,}/);
});

test("an empty file has one empty line", () => {
  expect(viewOf({ text: "", startLine: null, endLine: null, totalLines: 1 }, 1000)).toBe(
    "[Viewing file start (out of 1 lines)]\n1: ",
  );
});
