import { describe, expect, test } from "vitest";
import { chunkCsv, chunkText } from "./chunk";

const lines = (text: string) => text.split("\n");

describe("text", () => {
  const paragraphs = Array.from({ length: 30 }, (_, n) => `Paragraph ${n} begins here.\nIt has a second line ${n}.`);
  const text = paragraphs.join("\n\n");

  test("is split at lines, near the size that is asked for, and says which lines", () => {
    const chunks = chunkText(text, 200);
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks) {
      expect(chunk.text.length).toBeLessThanOrEqual(200);
      expect(
        lines(text)
          .slice(chunk.startLine - 1, chunk.endLine)
          .join("\n")
          .trim(),
      ).toBe(chunk.text.trim());
    }
  });

  test("loses nothing but blank space", () => {
    const words = (one: string) => one.split(/\s+/).filter(Boolean);
    expect(chunkText(text, 120).flatMap((chunk) => words(chunk.text))).toEqual(words(text));
  });

  test("that has a line longer than a passage is split within that line, at words", () => {
    const long = Array.from({ length: 100 }, (_, n) => `word${n}`).join(" ");
    const chunks = chunkText(`before\n${long}\nafter`, 100);
    expect(chunks[0]).toEqual({ text: "before", startLine: 1, endLine: 1 });
    expect(chunks.at(-1)).toEqual({ text: "after", startLine: 3, endLine: 3 });
    const middle = chunks.slice(1, -1);
    expect(middle.every((chunk) => chunk.startLine === 2 && chunk.endLine === 2 && chunk.text.length <= 100)).toBe(
      true,
    );
    expect(middle.map((chunk) => chunk.text.trim()).join(" ")).toBe(long);
  });

  test("without blanks is split without breaking characters of two units", () => {
    const chunks = chunkText("🎉".repeat(301), 101);
    expect(chunks.every((chunk) => chunk.text.isWellFormed())).toBe(true);
    expect(chunks.map((chunk) => chunk.text).join("")).toBe("🎉".repeat(301));
  });

  test("of blank space alone has no passages", () => {
    expect(chunkText("\n \n\t\n", 100)).toEqual([]);
    expect(chunkText("", 100)).toEqual([]);
  });
});

describe("a table", () => {
  test("is split between rows, each passage with the names of the columns", () => {
    const rows = Array.from({ length: 40 }, (_, n) => `${n},name ${n},city ${n}`);
    const chunks = chunkCsv(["id,name,city", ...rows].join("\n"), 200);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every((chunk) => chunk.text.startsWith("id,name,city\n"))).toBe(true);
    expect(chunks.flatMap((chunk) => lines(chunk.text).slice(1))).toEqual(rows);
    expect([chunks[0]!.startLine, chunks.at(-1)!.endLine]).toEqual([2, 41]);
  });

  test("may have fields over several lines, which stay together", () => {
    const chunks = chunkCsv('a,b\n1,"x\ny"\n2,z\n', 1000);
    expect(chunks).toEqual([{ text: 'a,b\n1,"x\ny"\n2,z', startLine: 2, endLine: 4 }]);
  });

  test("with a row that is too long, or no rows, is still split whole", () => {
    const chunks = chunkCsv(`a,b\n1,${"word ".repeat(100)}`, 120);
    expect(chunks.every((chunk) => chunk.text.length < 250)).toBe(true);
    expect(
      chunks
        .map((chunk) => chunk.text)
        .join(" ")
        .match(/word/g),
    ).toHaveLength(100);
    expect(chunkCsv("a,b", 100)).toEqual([{ text: "a,b", startLine: 1, endLine: 1 }]);
  });
});
