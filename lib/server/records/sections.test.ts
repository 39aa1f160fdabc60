import { expect, test } from "vitest";
import type { Section } from "@/lib/engine/section";
import { createBlobMemory, createSealCache, hashText, sealSections } from "./sections";

const section = (text: string, label = "human"): Section => {
  return { kind: "memory-block", label, text, source: { type: "compile" } };
};

test("a section is sealed with the hash, the tokens and the characters of its text, which lies in a blob", () => {
  const { list, blobs, tokens } = sealSections([section("Likes 🍵"), section("", "empty")]);
  expect(list).toEqual([
    {
      kind: "memory-block",
      label: "human",
      source: { type: "compile" },
      hash: hashText("Likes 🍵"),
      tokens: list[0]!.tokens,
      chars: 7,
    },
    { kind: "memory-block", label: "empty", source: { type: "compile" }, hash: hashText(""), tokens: 0, chars: 0 },
  ]);
  expect(tokens).toBe(list[0]!.tokens);
  expect(blobs.map((blob) => blob.hash)).toEqual([hashText("Likes 🍵"), hashText(""), expect.any(String)]);
});

test("equal sections have one list, and any other text, label or source another", () => {
  const hash = (sections: Section[]) => sealSections(sections).listHash;
  const base = [section("a"), section("b", "persona")];
  expect(hash(structuredClone(base))).toBe(hash(base));
  const others = [
    [section("a"), section("c", "persona")],
    [section("a"), section("b", "other")],
    [section("b", "persona"), section("a")],
    [section("a"), { ...section("b", "persona"), source: { type: "request" as const } }],
    [section("a")],
  ];
  expect(new Set([hash(base), ...others.map(hash)]).size).toBe(others.length + 1);
});

test("the cache seals as without it, also where everything but a text stayed the same", () => {
  const seal = createSealCache();
  for (const text of ["a", "b", "a"]) expect(seal([section(text)])).toEqual(sealSections([section(text)]));
});

test("a blob is written once for each agent, after its commit", () => {
  const memory = createBlobMemory();
  const { blobs } = sealSections([section("a")]);
  expect(memory.missing("agent-1", "compile-1", blobs)).toEqual(blobs);
  expect(memory.missing("agent-1", "compile-1", blobs)).toEqual(blobs);
  memory.remember("agent-1", "compile-1", blobs);
  expect(memory.missing("agent-1", "compile-1", blobs)).toEqual([]);
  expect(memory.missing("agent-2", "compile-1", blobs)).toEqual(blobs);
  // An erasure may have taken it away since: prompts are compiled anew then.
  expect(memory.missing("agent-1", "compile-2", blobs)).toEqual(blobs);
});
