import { expect, test } from "vitest";
import { liftMeanings } from "./near-meanings";
import { addEntry, makeResident, type Resident } from "./resident";

function residentOf(speakers: (string | null)[]): Resident {
  const resident = makeResident("s");
  for (const [n, speaker] of speakers.entries()) {
    const place = { doc: n + 1, entry: n + 1, thread_id: "t", position: n, at: 0 };
    addEntry(resident, { ...place, length: 0, role: null, speaker, asks: false, words: "" });
  }
  return resident;
}
const list = [
  { doc: 3, score: 0.9 },
  { doc: 6, score: 0.6 },
  { doc: 4, score: 0.55 },
  { doc: 1, score: 0.3 },
];
const docsOf = (ranked: { doc: number }[]) => ranked.map((one) => one.doc);

test("the turn after one that is near in meaning goes before others", () => {
  const resident = residentOf(["ada", "bo", "ada", "bo", "ada", "bo"]);
  expect(docsOf(liftMeanings(list, [resident], "always"))).toEqual([3, 4, 6, 1]);
});

test("lines of no dialogue, and pieces of files, stay as they are", () => {
  const resident = residentOf([null, null, null, null, null, null]);
  expect(liftMeanings(list, [resident], "dialogues").map((one) => one.doc)).toEqual(docsOf(list));
  expect(liftMeanings(list, [residentOf(["a", "b", "a", "b", "a", "b"])], "never")).toEqual(list);
});
