import { expect, test } from "vitest";
import type { RunSummary } from "../api/wire";
import { allRuns, MOST_EXPORTED, toCsv } from "./run-export";

const run = (id: string, changes: Partial<RunSummary> = {}) =>
  ({ id, models: ["a/b", "c/d"], ...changes }) as RunSummary;

test("a table has a line for each run, quotes what must be, and makes no formula of what was said", () => {
  const csv = toCsv([run("run-1", { asked: '=HYPERLINK("http://x")', answered: "a, b" }), run("run-2")]);
  const [head, first, second] = csv.split("\n");
  expect(head).toBe("id,asked,answered,models");
  expect(first).toBe(`run-1,"'=HYPERLINK(""http://x"")","a, b",a/b c/d`);
  expect(second).toBe("run-2,,,a/b c/d");
});

test("all pages are loaded, one after the other, to the last or to the most", async () => {
  const after: (string | undefined)[] = [];
  const pagesOf = (count: number) => async (page: { limit: number; after?: string }) => {
    after.push(page.after);
    const from = page.after ? Number(page.after) + 1 : 0;
    return Array.from({ length: Math.min(page.limit, count - from) }, (_, n) => run(String(from + n)));
  };
  expect(await allRuns(pagesOf(1500))).toHaveLength(1500);
  expect(after).toEqual([undefined, "999"]);
  expect(await allRuns(pagesOf(20_000))).toHaveLength(MOST_EXPORTED);
});
