import { expect, test } from "vitest";
import { rankOf } from "./rank";

test("a name that is what was typed comes first, then one that begins so, has it, has its words, has its letters", () => {
  const ranks = [
    rankOf("crowd 000", "Crowd 000"),
    rankOf("crowd", "Crowd 000"),
    rankOf("000", "Crowd 000"),
    rankOf("openai crowd", "Crowd 000", ["openai/gpt-5"]),
    rankOf("crd", "Crowd 000"),
  ];
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  expect(new Set(ranks).size).toBe(ranks.length);
  expect(ranks.at(-1)).toBeGreaterThan(0);
});

test("what has none of it does not fit, and nothing typed fits all", () => {
  expect(rankOf("crowd 000", "Crowd 001", ["openai/gpt-5"])).toBe(0);
  expect(rankOf(" ", "Crowd 001")).toBe(1);
});
