import { describe, expect, test } from "vitest";
import { ApiError } from "../core/errors";
import { inThread } from "../threads/threads";
import type { ChunkRow } from "./chunk-file";

async function chunked(source: string | Uint8Array, isCsv: boolean) {
  const pieces: string[] = [];
  const value = await inThread(null, "chunkFile", { isCsv, source, tokens: 300 }, (piece) => pieces.push(piece));
  return { ...value, pieces, rows: pieces.flatMap((piece) => JSON.parse(piece) as ChunkRow[]) };
}

const refused = (source: string | Uint8Array) =>
  chunked(source, false).then(
    () => null,
    (error: unknown) => (error instanceof ApiError ? [error.code, error.detail] : error),
  );

describe("passages of a file, made in a thread", () => {
  test("come in pieces that one statement inserts, numbered through, and cover every row", async () => {
    const rows = Array.from({ length: 200_000 }, (_, n) => String(n % 10));
    const { text, chunks, pieces, rows: made } = await chunked(Buffer.from(`n\r\n${rows.join("\r\n")}`), true);
    expect(text.startsWith("n\n0\n1\n")).toBe(true);
    expect(made.map((row) => row.position)).toEqual(Array.from({ length: chunks }, (_, index) => index));
    expect(made.every((row) => row.text.startsWith("n\n"))).toBe(true);
    expect(made.at(-1)?.endLine).toBe(200_001);
    expect(made.reduce((sum, row) => sum + row.text.split("\n").length - 1, 0)).toBe(200_000);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(1_000_000);
  });

  test("are refused for a text that is too long, and for what is none", async () => {
    expect(await refused(Buffer.from("x".repeat(5_000_001)))).toEqual([
      "invalid",
      expect.stringMatching(/5000000 are the limit/),
    ]);
    expect(await refused(new Uint8Array([0xff, 0x00]))).toEqual(["invalid", "It is not text."]);
  });
});
