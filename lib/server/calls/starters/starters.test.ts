import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MemoryWrite } from "@/lib/engine/memory";
import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { makeAgent } from "../../search/testing/fixtures";
import { openTestCore, type TestCore } from "../../testing/harness";
import { zipOf } from "../../testing/zip";
import { starterTools } from "./starters";

let t: TestCore;
let agentId: string;
beforeAll(async () => {
  t = await openTestCore();
  agentId = (await makeAgent(t.ctx.db)).agentId;
});
afterAll(() => t.close());

/** What calls of this turn have written: nothing of it is committed here. */
let pending: MemoryWrite[] = [];

async function call(name: string, args: Record<string, unknown>): Promise<ToolOutcome> {
  const context: ToolContext = {
    agentId,
    conversationId: "conv",
    runId: "run-now",
    stepId: "step",
    toolCallId: "c",
    blocks: [],
    pending,
    now: "2026-05-10T12:00:00.000Z",
    timezone: "UTC",
    signal: new AbortController().signal,
  };
  const outcome = await starterTools(t.ctx)[name]!.run!(args, context);
  if (outcome.status === "success") pending = [...pending, ...(outcome.writes ?? [])];
  return outcome;
}

async function said(name: string, args: Record<string, unknown>): Promise<string> {
  const { status, content } = await call(name, args);
  expect([status, content]).toEqual(["success", expect.anything()]);
  return typeof content === "string"
    ? content
    : content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

async function refused(name: string, args: Record<string, unknown>): Promise<string> {
  const { status, content, writes } = await call(name, args);
  expect([status, writes]).toEqual(["error", undefined]);
  return content as string;
}

const files = (args: Record<string, unknown>) => said("file_manager", args);
const git = (args: Record<string, unknown>) => said("git_operations", args);

describe("file_manager", () => {
  test("writes, reads by lines, appends, replaces, moves, copies, searches and deletes", async () => {
    pending = [];
    expect(await files({ action: "list" })).toBe("There are no files in the workspace.");
    await files({ action: "write", path: "notes/plan.md", content: "one\ntwo\nthree\n" });
    await files({ action: "append", path: "notes/plan.md", content: "four" });
    await files({ action: "replace", path: "notes/plan.md", old_text: "two", content: "$& zwei" });
    expect(await files({ action: "read", path: "/notes/plan.md", start_line: 2, end_line: 3 })).toBe(
      "'notes/plan.md', lines 2-3 of 4:\n2: $& zwei\n3: three",
    );
    await files({ action: "move", path: "notes", destination: "archive/notes" });
    await files({ action: "copy", path: "archive/notes/plan.md", destination: "plan.md" });
    expect(await files({ action: "list" })).toMatch(
      /^2 files in the workspace.*\narchive\/notes\/plan\.md .*\nplan\.md /,
    );
    expect(await files({ action: "search", pattern: "^z?three|zwei$", path: "archive" })).toMatch(
      /^2 lines match.*\narchive\/notes\/plan\.md:2: .* zwei\narchive\/notes\/plan\.md:3: three$/,
    );
    expect(await refused("file_manager", { action: "delete", path: "archive" })).toMatch(/folder of 1 file.*recursive/);
    await files({ action: "delete", path: "archive", recursive: true });
    expect(await files({ action: "list" })).toMatch(/^1 file in/);
  });

  test("never leaves the workspace, and never writes what is git's own", async () => {
    for (const path of ["../secret", "a/../../b", "a\\..\\..\\b"]) {
      expect(await refused("file_manager", { action: "write", path, content: "x" })).toMatch(
        /leads out of the workspace/,
      );
    }
    for (const path of [".git/config", "repo/.git/hooks/post-commit"]) {
      expect(await refused("file_manager", { action: "write", path, content: "x" })).toMatch(/git's own/);
    }
  });

  test("holds to its limits, in words that say them", async () => {
    pending = [];
    const big = "x".repeat(2 * 1024 * 1024 + 1);
    expect(await refused("file_manager", { action: "write", path: "big", content: big })).toMatch(/may have 2097152/);
    await files({ action: "write", path: "a", content: "x" });
    expect(await refused("file_manager", { action: "write", path: "a/b", content: "x" })).toMatch(/'a' is a file/);
    const long = `${"d/".repeat(30)}f`;
    expect(await refused("file_manager", { action: "write", path: long, content: "x" })).toMatch(/24 folders/);
    for (let n = 0; n < 16; n++)
      await files({ action: "write", path: `b${n}`, content: `${n}`.padEnd(2 * 1024 * 1024 - 1, "y") });
    expect(await refused("file_manager", { action: "write", path: "c", content: "z".repeat(4096) })).toMatch(
      /may have 33554432/,
    );
  });

  test("a regular expression without end is given up, and the next call is answered", {
    timeout: 120_000,
  }, async () => {
    pending = [];
    await files({ action: "write", path: "a.txt", content: `${"a".repeat(40)}!` });
    expect(await refused("file_manager", { action: "search", pattern: "^(a+)+$" })).toMatch(/more than \d+ seconds/);
    expect(await refused("file_manager", { action: "search", pattern: "(" })).toMatch(/no regular expression/);
    expect(await files({ action: "search", pattern: "!" })).toMatch(/^1 line match/);
  });
});

describe("git_operations", () => {
  test("makes a repository, commits, branches, merges, and settles a conflict in a commit of two parents", async () => {
    pending = [];
    expect(await refused("git_operations", { action: "status" })).toMatch(/no repository.*init/);
    await git({ action: "init" });
    await files({ action: "write", path: "app.py", content: "print('one')\n" });
    expect(await git({ action: "status" })).toBe("On branch main.\nadded: app.py");
    expect(await git({ action: "diff" })).toContain("+print('one')");
    expect(await git({ action: "commit", message: "Begin" })).toMatch(/^\[main [0-9a-f]{7}\] Begin\n1 file changed\.$/);
    expect(await git({ action: "status" })).toMatch(/Nothing to commit/);
    expect(await refused("git_operations", { action: "commit", message: "Again" })).toMatch(/nothing to commit/);

    await git({ action: "branch", branch: "feature" });
    await git({ action: "checkout", branch: "feature" });
    await files({ action: "write", path: "app.py", content: "print('two')\n" });
    // As long as before: git would take it for unchanged if it went by size and time alone.
    expect(await git({ action: "status" })).toMatch(/modified: app\.py/);
    await git({ action: "commit", message: "Two" });
    await git({ action: "checkout", branch: "main" });
    expect(await files({ action: "read", path: "app.py" })).toContain("one");
    await files({ action: "write", path: "app.py", content: "print('three')\n" });
    await git({ action: "commit", message: "Three" });

    expect(await git({ action: "merge", branch: "feature" })).toMatch(/conflicts in app\.py/);
    expect(await files({ action: "read", path: "app.py" })).toMatch(/<<<<<<<[\s\S]*three[\s\S]*=======[\s\S]*two/);
    expect(await refused("git_operations", { action: "commit", message: "Merge" })).toMatch(/marks of a conflict/);
    await files({ action: "write", path: "app.py", content: "print('both')\n" });
    await git({ action: "commit", message: "Merge feature" });
    expect(await git({ action: "log" })).toMatch(/\(merge\): Merge feature\n[\s\S]*Begin$/);
    expect(await git({ action: "branch" })).toBe("  feature\n* main");
    expect(await git({ action: "diff", from: "feature", to: "main" })).toMatch(/-print\('two'\)\n\+print\('both'\)/);
  });

  test("gives up a merge, and leaves the files as in the last commit", async () => {
    pending = [];
    await git({ action: "init", repository: "r" });
    const write = (content: string) => files({ action: "write", path: "r/a.txt", content });
    await write("base\n");
    await git({ action: "commit", repository: "r", message: "base" });
    await git({ action: "branch", repository: "r", branch: "b" });
    await write("ours\n");
    await git({ action: "commit", repository: "r", message: "ours" });
    await git({ action: "checkout", repository: "r", branch: "b" });
    await write("theirs\n");
    await git({ action: "commit", repository: "r", message: "theirs" });
    await git({ action: "merge", repository: "r", branch: "main" });
    await git({ action: "merge", repository: "r", abort: true });
    expect(await files({ action: "read", path: "r/a.txt" })).toContain("theirs");
    expect(await git({ action: "status", repository: "r" })).toMatch(/Nothing to commit/);
  });

  test("asks no remote whose host a person has not allowed, nor one with a password in its address", async () => {
    pending = [];
    const clone = (url: string) => refused("git_operations", { action: "clone", url, repository: "c" });
    expect(await clone("https://git.example.com/a.git")).toMatch(/git\.example\.com may not be asked.*allowed_hosts/);
    expect(await clone("https://me:pw@git.example.com/a.git")).toMatch(/GIT_TOKEN/);
    expect(await clone("file:///etc")).toMatch(/git/);
    expect(await files({ action: "list" })).toBe("There are no files in the workspace.");
  });
});

const CSV = "city,region,sales\nBonn,west,10\nKöln,west,30\nDresden,east,5\n=cmd,east,\n";

/** A spreadsheet with one sheet, as small as one can be. */
function xlsx(rows: (string | number)[][]): Buffer {
  const cells = rows.map((row, index) => {
    const inner = row.map((one, column) => {
      const place = `r="${String.fromCharCode(65 + column)}${index + 1}"`;
      return typeof one === "number"
        ? `<c ${place}><v>${one}</v></c>`
        : `<c ${place} t="inlineStr"><is><t>${one}</t></is></c>`;
    });
    return `<row r="${index + 1}">${inner.join("")}</row>`;
  });
  const ns = "http://schemas.openxmlformats.org";
  return Buffer.from(
    zipOf(
      Object.entries({
        "[Content_Types].xml": `<Types xmlns="${ns}/package/2006/content-types"/>`,
        "_rels/.rels": `<Relationships xmlns="${ns}/package/2006/relationships"/>`,
        "xl/workbook.xml": `<workbook xmlns="${ns}/spreadsheetml/2006/main" xmlns:r="${ns}/officeDocument/2006/relationships"><sheets><sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>`,
        "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${ns}/package/2006/relationships"><Relationship Id="rId1" Type="${ns}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
        "xl/worksheets/sheet1.xml": `<worksheet xmlns="${ns}/spreadsheetml/2006/main"><sheetData>${cells.join("")}</sheetData></worksheet>`,
      }).map(([name, text]) => ({ name, data: Buffer.from(text) })),
    ),
  );
}

describe("data_processing", () => {
  const data = (args: Record<string, unknown>) => said("data_processing", args);

  test("sums up, filters, groups, joins and sorts CSV and JSON, and keeps what came of it", async () => {
    pending = [];
    await files({ action: "write", path: "sales.csv", content: CSV });
    expect(await data({ action: "summary", path: "sales.csv" })).toMatch(
      /4 rows, 3 columns:[\s\S]*sales: numbers from 5 to 30, mean 15, median 10, sum 45, 1 empty/,
    );
    const grouped = { action: "query", path: "sales.csv", group_by: "region" };
    expect(
      await data({
        ...grouped,
        aggregates: [{ function: "sum", column: "sales", as: "total" }],
        sort: [{ column: "total", descending: true }],
      }),
    ).toBe("2 rows, 2 columns:\n| region | total |\n|---|---|\n| west | 40 |\n| east | 5 |");
    await files({ action: "write", path: "people.json", content: JSON.stringify([{ place: "Bonn", people: 330 }]) });
    const join = { path: "people.json", on: ["city"], right_on: ["place"], how: "left" };
    await data({ action: "query", path: "sales.csv", join, select: ["city", "people"], save_as: "joined.csv" });
    expect(await files({ action: "read", path: "joined.csv" })).toMatch(
      /2: Bonn,330\n3: Köln,\n4: Dresden,\n5: '=cmd,$/,
    );
    const filtered = {
      action: "query",
      path: "sales.csv",
      filters: [{ column: "sales", operator: ">=", value: "10" }],
    };
    expect(await data(filtered)).toMatch(/^2 rows/);
    expect(await refused("data_processing", { ...filtered, filters: [{ column: "salez", operator: "=" }] })).toMatch(
      /no column 'salez'.*city, region, sales/,
    );
  });

  test("reads a spreadsheet, and says which sheets there are", async () => {
    const { openWorkspace } = await import("../../workspaces/workspace");
    const workspace = await openWorkspace(t.ctx, agentId);
    await workspace.write(
      "s.xlsx",
      xlsx([
        ["city", "sales"],
        ["Bonn", 10],
        ["Köln", 30],
      ]),
      "test",
    );
    pending = workspace.writes();
    expect(await data({ action: "query", path: "s.xlsx" })).toContain("| Köln | 30 |");
    expect(await refused("data_processing", { action: "query", path: "s.xlsx", sheet: "Other" })).toMatch(
      /It has: Sales/,
    );
    const broken = await openWorkspace(t.ctx, agentId);
    await broken.write("broken.xlsx", Buffer.from("PK\u0003\u0004 no archive"), "test");
    pending = broken.writes();
    expect(await refused("data_processing", { action: "summary", path: "broken.xlsx" })).toMatch(/no spreadsheet/);
  });

  test("draws a chart as an image that the model sees, with what a table says escaped", async () => {
    pending = [];
    await files({ action: "write", path: "s.csv", content: "name,v\n<script>alert(1)</script>,3\nB,4\n" });
    const chart = { action: "chart", path: "s.csv", x: "name", y: "v", title: "A & <b>B</b>" };
    const { status, content } = await call("data_processing", { ...chart, save_as: "c.png" });
    expect([status, content]).toEqual([
      "success",
      [
        { type: "text", text: "2 rows drawn.\nKept as 'c.png' in the workspace." },
        { type: "image", source: { type: "letta", file_id: expect.any(String), media_type: "image/png" } },
      ],
    ]);
    const kept = pending.find((write) => write.type === "file-write" && write.path === "c.png");
    expect(kept).toMatchObject({ size: expect.any(Number) });
    await data({ ...chart, save_as: "c.svg" });
    const svg = await files({ action: "read", path: "c.svg" });
    expect(svg).toContain("&lt;script&gt;");
    expect(svg).not.toContain("<script");
    expect(await refused("data_processing", { ...chart, y: "name" })).toMatch(/no number/);
  });
});
