import { describe, expect, it } from "vitest";
import { edited, random } from "../text/testing/random-text";
import { type BlameVersion, blame } from "./blame";

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
