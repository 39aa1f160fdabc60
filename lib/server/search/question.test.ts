import { describe, expect, test } from "vitest";
import { type Lexicon, namedDates, type QueryWord, readQuestion } from "./question";

const LEXICON: Lexicon = {
  forms: new Map([["go", ["went"]]]),
  kin: new Map([["kid", ["son", "daughter"]]]),
  generic: new Set(["kind"]),
  when: new Set(),
  counts: new Set(),
  change: new Set(),
};
const WEIGHTS = { forms: 1, kin: 0.4, generic: 0.2 };
const read = (text: string, ...terms: string[]) =>
  readQuestion(
    text,
    terms.map((term, n): QueryWord => ({ term, place: n + 1 })),
    LEXICON,
    WEIGHTS,
  );

describe("the dates a text names", () => {
  test.each([
    ["on 2023-05-08", { year: 2023, month: 4, day: 8 }],
    ["on 8 may 2023", { year: 2023, month: 4, day: 8 }],
    ["on the 8th of may", { year: null, month: 4, day: 8 }],
    ["on may 8th, 2023", { year: 2023, month: 4, day: 8 }],
    ["in may 2023", { year: 2023, month: 4, day: null }],
    ["during june", { year: null, month: 5, day: null }],
    ["in 2022", { year: 2022, month: null, day: null }],
  ])("%s", (text, date) => expect(namedDates(text)).toEqual([date]));

  test("a month's name that is a word is none", () => {
    expect(namedDates("may i ask what you may do")).toEqual([]);
  });
});

describe("a question", () => {
  test("has its words with their other forms and their kin, and asks little by empty ones", () => {
    expect(read("what kind of kid goes", "kind", "kid", "go").groups).toEqual([
      { place: 1, weight: 0.2, members: [{ term: "kind", weight: 1 }] },
      {
        place: 2,
        weight: 1,
        members: [
          { term: "kid", weight: 1 },
          { term: "son", weight: 0.4 },
          { term: "daughter", weight: 0.4 },
        ],
      },
      {
        place: 3,
        weight: 1,
        members: [
          { term: "go", weight: 1 },
          { term: "went", weight: 1 },
        ],
      },
    ]);
    expect(read("what kind", "kind").groups[0]!.weight).toBe(1);
  });

  test("wants a time, a number or anything", () => {
    expect(read("When did Ada go?").wanted).toBe("time");
    expect(read("How many kids?").wanted).toBe("count");
    expect(read("Where is Ada?").wanted).toBeNull();
  });

  test("asks how things are, or how they were", () => {
    expect(read("Where do I live?").asksOfNow).toBe(true);
    expect(read("Where did I live?").asksOfNow).toBe(false);
    expect(read("When is my birthday?").asksOfNow).toBe(false);
  });
});
