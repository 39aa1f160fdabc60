import { describe, expect, it, test } from "vitest";
import { grepQuery, grepText, matchesGlob, openedText, openRequest, semanticQuery, semanticText } from "./file-tools";

describe("open_files", () => {
  it("reads a list of files, and what small models make of one", () => {
    const plain = { fileName: "a/b.txt", offset: null, length: null };
    expect(openRequest({ file_requests: [{ file_name: "a/b.txt" }] })).toEqual({
      requests: [plain],
      closeAllOthers: false,
    });
    expect(openRequest({ file_requests: '[{"file_name": "a/b.txt", "offset": "3", "length": 2}]' }).requests).toEqual([
      { fileName: "a/b.txt", offset: 3, length: 2 },
    ]);
    expect(openRequest({ file_requests: ["a/b.txt"], close_all_others: "True" })).toEqual({
      requests: [plain],
      closeAllOthers: true,
    });
  });

  it("refuses what it can't read, in words", () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{}, /file_requests/],
      [{ file_requests: [] }, /At least one/],
      [{ file_requests: "[" }, /must be a list/],
      [{ file_requests: [{}] }, /file_name/],
      [{ file_requests: [{ file_name: "a", offset: -1 }] }, /non-negative/],
      [{ file_requests: [{ file_name: "a", length: 0 }] }, /positive/],
      [{ file_requests: [{ file_name: "a" }, { file_name: "a" }] }, /more than once/],
    ];
    for (const [args, message] of bad) expect(() => openRequest(args)).toThrow(message);
  });

  it("says what it opened, and what it closed for that", () => {
    const one = { fileName: "a/1.txt", startLine: 1, endLine: 10 };
    const at = { closeAllOthers: false, maxFilesOpen: 2 };
    expect(openedText([one], [], at)).toBe("* Opened a/1.txt (lines 1-10)");
    expect(openedText([one, { ...one, fileName: "a/2.txt" }], ["a/3.txt"], at)).toBe(
      "* Opened 2 files: a/1.txt (lines 1-10), a/2.txt (lines 1-10)\n* Closed a/3.txt, as no more than 2 can be open",
    );
  });
});

describe("grep_files", () => {
  it("refuses patterns that are none", () => {
    expect(() => grepQuery({ pattern: "" })).toThrow("Empty");
    expect(() => grepQuery({ pattern: "(" })).toThrow("Invalid regex pattern");
    expect(() => grepQuery({ pattern: "x".repeat(1001) })).toThrow("too long");
    expect(grepQuery({ pattern: "(?i)abc" })).toMatchObject({ pattern: "abc", contextLines: 1, offset: 0 });
  });

  it("shows a page of matches with the lines around them, and where the next page is", () => {
    const match = (line: number) => ({
      fileName: "a/1.txt",
      line,
      around: [
        { line: line - 1, text: "before" },
        { line, text: "x".repeat(line === 5 ? 600 : 3) },
      ],
    });
    const query = { pattern: "x", offset: 20 };
    const text = grepText(query, { total: 25, files: 3, matches: [match(5), match(9)] });
    expect(text).toBe(
      `Found 25 total matches across 3 files (showing matches 21-22 of 25)\n${"=".repeat(80)}\n` +
        `=== a/1.txt:5 ===\n  4: before\n> 5: ${"x".repeat(500)}…\n\n=== a/1.txt:9 ===\n  8: before\n> 9: xxx\n\n` +
        "To see more matches, call grep_files with offset=22",
    );
    expect(grepText(query, { total: 0, files: 0, matches: [] })).toBe("No matches found for pattern: 'x'");
  });
});

describe("semantic_search_files", () => {
  it("shows passages with their files and lines", () => {
    const found = [
      { fileName: "a/1.txt", startLine: 1, endLine: 2, text: "one" },
      { fileName: "a/1.txt", startLine: 3, endLine: 4, text: "two" },
    ];
    expect(semanticText("q", found)).toBe(
      `Found 2 semantic matches in 1 files for query: 'q'\n${"=".repeat(80)}\n=== a/1.txt (lines 1-2) ===\none\n\n=== a/1.txt (lines 3-4) ===\ntwo`,
    );
    expect(semanticText("q", [])).toBe("No semantic matches found for query: 'q'");
    expect(() => semanticQuery({ query: " " })).toThrow("Empty");
    expect(semanticQuery({ query: "q", limit: 1000 }).limit).toBe(50);
  });
});

test("a glob stands for whole names, and takes no time", () => {
  const fits: [string, string, boolean][] = [
    ["a/b.py", "*.py", true],
    ["a/B.PY", "*.py", true],
    ["a/b.pyc", "*.py", false],
    ["a/b.py", "a/?.py", true],
    ["a/b.py", "", false],
    ["a/b.py", "*", true],
    ["a/[x].txt", "*[x]*", true],
    ["a/test_x.py", "*test*", true],
  ];
  for (const [name, glob, expected] of fits)
    expect([name, glob, matchesGlob(name, glob)]).toEqual([name, glob, expected]);
  expect(matchesGlob("a".repeat(500), `${"*a".repeat(200)}*b`)).toBe(false);
});
