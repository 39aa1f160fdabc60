import { beforeAll, describe, expect, test } from "vitest";
import { type Eraser, emptied, fragmentsOf, makeEraser } from "./eraser";

const SECRET = '- Lena is allergic to walnuts.\n- Her number is 0151-555-0199; call "at home"';

describe("an eraser", () => {
  let eraser: Eraser;
  beforeAll(async () => {
    eraser = await makeEraser([SECRET]);
  });

  test("finds lines and sentences within other texts, and leaves the rest as it is", () => {
    expect(eraser.text("Noted: Lena is allergic to walnuts. Anything else?")).toBe("Noted: [erased]. Anything else?");
    expect(eraser.text("It is true that lena is allergic to walnuts, she says")).toBe(
      "It is true that [erased], she says",
    );
    expect(eraser.text("Lena likes pears")).toBe("Lena likes pears");
  });

  test("finds them in JSON, and in JSON within strings of JSON, however it is written", async () => {
    const inner = { content: 'Her number is 0151-555-0199; call "at home"', n: 1 };
    expect(eraser.json({ a: [JSON.stringify(inner)] })).toEqual({ a: [JSON.stringify({ content: "[erased]", n: 1 })] });
    expect(eraser.text(`x ${JSON.stringify(JSON.stringify(inner))}`)).not.toContain("0151");
    const umlauts = await makeEraser(["Müller wohnt in Köln"]);
    expect(umlauts.text('{"a": "M\\u00fcller wohnt in K\\u00f6ln"')).toBe('{"a": "[erased]"');
    const same = { a: ["nothing of it"] };
    expect(eraser.json(same)).toBe(same);
  });

  test("finds what was cut off at the end, and nothing that only begins alike", () => {
    expect(eraser.text("Found: Lena is allergic to wal")).toBe("Found: [erased]");
    expect(eraser.text("Lena is allergic to wal... [2 more]")).toBe("[erased]... [2 more]");
    expect(eraser.text("Lena is allergic to pollen, she says")).toBe("Lena is allergic to pollen, she says");
  });

  test("takes the longest of those that begin alike", async () => {
    const nested = await makeEraser([
      "Lena is allergic",
      "Lena is allergic to nuts",
      "Lena is allergic to nuts and dust",
    ]);
    expect(nested.text("Lena is allergic to nuts and milk")).toBe("[erased] and milk");
    expect(nested.text("Lena is allergic to nuts and dust!")).toBe("[erased]!");
  });

  test("never looks for single ordinary words, which others say too", async () => {
    expect([...(await fragmentsOf(["walnuts", "tool_call", "Preferences:", "non_reasoner_model", "ok then"]))]).toEqual(
      [],
    );
    expect([...(await fragmentsOf(["lena@example.com", "+49 151 5550199"]))]).toHaveLength(2);
  });

  test("takes time in proportion to the text, also where very many lines begin alike, and leaves the loop to others", async () => {
    let turns = 0;
    const watch = setInterval(() => turns++);
    const lines = Array.from({ length: 20_000 }, (_, n) => `2026-12-01 the door was opened, count ${n} of many`);
    const many = await makeEraser(lines);
    clearInterval(watch);
    expect(turns).toBeGreaterThan(2);
    expect(many.text(lines.toReversed().join("\n"))).toBe(lines.map(() => "[erased]").join("\n"));
  });
});

test("a message that is emptied keeps the calls and returns that a provider looks for, and nothing that was said", () => {
  const parts = emptied([
    {
      type: "reasoning",
      reasoning: "secret",
      source: "reasoner_model",
      signature: "secret",
      opaque: { by: "a/b", data: "secret" },
    },
    { type: "text", text: "secret" },
    { type: "tool_call", id: "c1", name: "memory_insert", arguments: '{"label":"secret"}' },
    {
      type: "tool_return",
      toolCallId: "c1",
      name: "f",
      status: "success",
      content: "secret",
      stdout: ["secret"],
      stderr: null,
    },
    { type: "image", source: { type: "letta", file_id: "secret" } },
  ]);
  expect(JSON.stringify(parts)).not.toContain("secret");
  expect(parts.map((part) => part.type)).toEqual(["reasoning", "text", "tool_call", "tool_return", "text"]);
  expect(parts[2]).toMatchObject({ id: "c1", name: "memory_insert", arguments: '{"label":"[erased]"}' });
});
