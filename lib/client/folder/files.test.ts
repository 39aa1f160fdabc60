import { describe, expect, it } from "vitest";
import { fileStatus, formatBytes, nameInFolder, viewOfFile } from "./files";

const file = (part: Partial<Parameters<typeof fileStatus>[0]>) =>
  fileStatus({ processing_status: "completed", total_chunks: 0, chunks_embedded: 0, error_message: null, ...part });

describe("the status of a file", () => {
  it("says how far it is, in passages", () => {
    expect(file({ processing_status: "embedding", total_chunks: 40, chunks_embedded: 10 })).toEqual({
      text: "indexed 10 of 40 passages",
      share: 0.25,
      tone: "busy",
    });
    expect(file({ processing_status: "parsing" })).toMatchObject({ text: "being read", share: null });
    expect(file({ total_chunks: 1 })).toMatchObject({ text: "1 passage", tone: "ready" });
    expect(file({})).toMatchObject({ text: "no text in it", tone: "ready" });
  });

  it("is the server's own sentence when it failed", () => {
    expect(file({ processing_status: "error", error_message: "It is not text." })).toMatchObject({
      text: "It is not text.",
      tone: "failed",
    });
  });
});

it("sizes have a unit that fits", () => {
  expect([0, 999, 1000, 1250, 999_499, 999_500, 34_000_000, 2_500_000_000].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "1.3 kB",
    "999 kB",
    "1 MB",
    "34 MB",
    "2.5 GB",
  ]);
});

it("a file is named without its folder, and its view in lines", () => {
  expect(nameInFolder({ file_name: "Docs/a/b.md", folder_name: "Docs" })).toBe("a/b.md");
  expect(nameInFolder({ file_name: "b.md", folder_name: "Docs" })).toBe("b.md");
  expect(viewOfFile({ start_line: null, end_line: null })).toBe("from its start");
  expect(viewOfFile({ start_line: 20, end_line: null })).toBe("from line 20");
  expect(viewOfFile({ start_line: 20, end_line: 60 })).toBe("lines 20 to 60");
});
