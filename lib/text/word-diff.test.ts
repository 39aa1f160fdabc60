import { describe, expect, it } from "vitest";
import { anyText, edited, random } from "./testing/random-text";
import { diffWords } from "./word-diff";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

describe("diffWords", () => {
  it("is exact: what stayed and went is the old text, what stayed and came is the new one", () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const before = anyText(below, 60);
      const after = below(4) === 0 ? anyText(below, 60) : edited(edited(before, below), below);
      const changes = diffWords(before, after);
      const text = (without: string) =>
        changes
          .filter((change) => change.type !== without)
          .map((change) => change.text)
          .join("");
      expect(text("added"), `seed ${seed}`).toBe(before);
      expect(text("removed"), `seed ${seed}`).toBe(after);
    }
  });

  it("has no empty changes, no equal neighbours, and removals before additions", () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const types = diffWords(anyText(below, 60), anyText(below, 60)).map(({ type, text }) => {
        expect(text).not.toBe("");
        return type;
      });
      expect(types.join(" ")).not.toMatch(/(\w+) \1|added removed/);
    }
  });

  it("keeps emoji and unspaced scripts in the pieces a reader sees", () => {
    expect(diffWords("ok 👍", "ok 👍🏽")).toEqual([
      { type: "same", text: "ok " },
      { type: "removed", text: "👍" },
      { type: "added", text: "👍🏽" },
    ]);
    expect(diffWords("我喜欢茶", "我喜欢绿茶")).toEqual([
      { type: "same", text: "我喜欢" },
      { type: "added", text: "绿" },
      { type: "same", text: "茶" },
    ]);
  });

  it("tells a change of line ends from a change of words", () => {
    expect(diffWords("a\nb", "a\r\nb").filter((change) => change.type === "same")).toEqual([
      { type: "same", text: "a" },
      { type: "same", text: "b" },
    ]);
  });

  it("finds single words in a large text, and stays cheap where nothing is alike", () => {
    const below = random(1);
    const word = () => "abcdefghijklmnopqrst".charAt(below(20)) + below(50);
    const large = (separator: string) => Array.from({ length: 25_000 }, word).join(separator);
    const text = large(" ");
    const at = text.indexOf(" ", 50_000);
    expect(
      diffWords(text, `${text.slice(0, at)} inserted${text.slice(at)}`).filter((change) => change.type !== "same"),
    ).toEqual([{ type: "added", text: expect.stringContaining("inserted") }]);

    for (const separator of [" ", "\n", ""])
      expect(diffWords(large(separator), large(separator)).length).toBeGreaterThan(0);
  });
});
