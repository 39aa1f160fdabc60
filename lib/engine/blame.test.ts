import { describe, expect, it } from "vitest";
import { type BlameVersion, blame, diffWords } from "./blame";

/** A seeded generator (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  ..."the|a|Maria|tea|likes|-|, |. | |  |\t|\n|\r\n|\r|\n\n|👍|👍🏽|👩‍👩‍👧|🇵🇹|é|e\u0301|我喜欢茶|สวัสดี|\ud800|\0|1→ |</value>|x".split(
    "|",
  ),
];

function anyText(below: (n: number) => number, pieces: number): string {
  return Array.from({ length: below(pieces + 1) }, () => PIECES[below(PIECES.length)]).join("");
}

/** Cuts anywhere, inside of words, line ends and surrogate pairs too. */
function edited(value: string, below: (n: number) => number): string {
  if (below(12) === 0) return anyText(below, 40);
  const start = below(value.length + 1);
  const end = Math.min(value.length, start + below(20));
  return value.slice(0, start) + (below(3) === 0 ? "" : anyText(below, 6)) + value.slice(end);
}

function history(seed: number): BlameVersion[] {
  const below = random(seed);
  const versions: BlameVersion[] = [];
  for (let index = 0; index < 12; index++) {
    const reverts = below(6) === 0 && versions.length > 0;
    const value = reverts ? versions[below(versions.length)]!.value : edited(versions.at(-1)?.value ?? "", below);
    versions.push(version(index, value));
  }
  return versions;
}

function version(index: number, value: string): BlameVersion {
  return { id: `v${index}`, value, cause: { kind: "agent", actor: "agent-1", step: `step-${index}` } };
}

function blamed(...values: string[]): [string, string][] {
  return blame(values.map((value, index) => version(index, value))).map(({ text, versionId }) => [versionId, text]);
}

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

describe("blame", () => {
  it("is total: the segments of any history concatenate to its newest value, each with a version of it and its cause", () => {
    for (const seed of SEEDS) {
      const versions = history(seed);
      const segments = blame(versions);
      expect(segments.map((segment) => segment.text).join(""), `seed ${seed}`).toBe(versions.at(-1)!.value);
      for (const { text, versionId, cause } of segments) {
        expect(text).not.toBe("");
        expect(cause).toBe(versions.find((candidate) => candidate.id === versionId)!.cause);
      }
    }
  });

  it("gives neighbouring segments different versions", () => {
    for (const seed of SEEDS) {
      const ids = blame(history(seed)).map((segment) => segment.versionId);
      expect(ids.some((id, index) => id === ids[index - 1])).toBe(false);
    }
  });

  it("is not changed by a version that changes nothing", () => {
    for (const seed of SEEDS) {
      const versions = history(seed);
      expect(blame([...versions, version(99, versions.at(-1)!.value)])).toEqual(blame(versions));
    }
  });

  it("has no segments for an empty value or an empty history", () => {
    expect(blame([])).toEqual([]);
    expect(blamed("")).toEqual([]);
    expect(blamed("text", "")).toEqual([]);
  });

  it("names the version that wrote each word", () => {
    expect(blamed("Name: Bob\nLikes: tea", "Name: Bob\nLikes: coffee", "Name: Bob\nLikes: coffee\nHas a dog.")).toEqual(
      [
        ["v0", "Name: Bob\nLikes: "],
        ["v1", "coffee"],
        ["v2", "\nHas a dog."],
      ],
    );
  });

  it("keeps the author of text that an insertion splits", () => {
    expect(blamed("one two", "one and a half two")).toEqual([
      ["v0", "one "],
      ["v1", "and a half "],
      ["v0", "two"],
    ]);
  });

  it("gives text that a revert restores to the revert, and the rest to who wrote it", () => {
    expect(blamed("Bob likes tea", "Bob likes coffee", "Bob likes tea")).toEqual([
      ["v0", "Bob likes "],
      ["v2", "tea"],
    ]);
    expect(blamed("all of it", "", "all of it")).toEqual([["v2", "all of it"]]);
  });

  it("gives a rewritten sentence whole to its version, with its spaces", () => {
    expect(blamed("Maria grows tomatoes.", "Peter builds boats.")).toEqual([
      ["v1", "Peter builds boats"],
      ["v0", "."],
    ]);
  });
});

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
