import { expect, test } from "vitest";
import { excerptOf, lineWith, patternsOf, wordsOf } from "./words";

const found = (query: string) => wordsOf(query).map(({ word }) => word);

test("a question is looked for by its telling words, and stop words by themselves", () => {
  expect(found("Why does it not know Mara's allergy?")).toEqual(["mara", "allergy"]);
  expect(found("who is she")).toEqual(["who", "is", "she"]);
  expect(found("?!")).toEqual([]);
  expect(found("one two three four five six seven eight nine ten")).toHaveLength(8);
});

test("long words are known by their beginning, short ones and numbers as they are", () => {
  expect(lineWith("She is allergic to WALNUT bread", wordsOf("allergy walnuts"))).not.toBeNull();
  expect(lineWith("She likes ten", wordsOf("tea"))).toBeNull();
  expect(lineWith("Room 12", wordsOf("room 123456"))).toBeNull();
});

test("all words must be in one line", () => {
  const words = wordsOf("Mara Oslo");
  expect(lineWith("Mara\nOslo", words)).toBeNull();
  expect(lineWith("x\nIn Oslo lives Mara.\n", words)).toBe("In Oslo lives Mara.");
});

test("signs of LIKE are letters", () => {
  expect(patternsOf([{ word: "50%", matches: "50%_\\" }])).toEqual(["%50\\%\\_\\\\%"]);
});

test("a long line is shown around its first word", () => {
  const words = wordsOf("needle");
  const shown = excerptOf(`${"hay ".repeat(500)}needle ${"hay ".repeat(500)}`, words);
  expect(shown).toContain("needle");
  expect(shown.length).toBeLessThan(300);
  expect(excerptOf("  a needle ", words)).toBe("a needle");
});
