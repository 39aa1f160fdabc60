import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireBlock } from "@/lib/api/blocks";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const make = async (body: Record<string, unknown>) => (await t.api<WireBlock>("POST", "/v1/blocks/", body)).body;
const values = async (query: string) =>
  (await t.api<WireBlock[]>("GET", `/v1/blocks/?${query}`)).body.map((block) => block.value);

describe("listing blocks", () => {
  test("walking to the empty page meets every block that is not hidden, in both orders", async () => {
    const ids: string[] = [];
    for (const value of ["1", "2", "3", "4", "5"]) ids.push((await make({ label: "walk", value, tags: ["w"] })).id);
    await make({ label: "walk", value: "hidden", tags: ["w"], hidden: true });
    expect(await walk(t.api, "/v1/blocks/", { tags: "w", limit: 2 })).toEqual(ids);
    expect(await walk(t.api, "/v1/blocks/", { tags: "w", limit: 2, order: "desc" })).toEqual(ids.toReversed());
    expect(await values("tags=w&show_hidden_blocks=true")).toHaveLength(6);
  });

  test("a search is for its characters, none of which means another", async () => {
    for (const value of ["a_b", "axb", "a%b", "a\\b"]) await make({ label: "search", value });
    expect(await values("value_search=A_B")).toEqual(["a_b"]);
    expect(await values("value_search=a%25b")).toEqual(["a%b"]);
    expect(await values("value_search=a%5Cb")).toEqual(["a\\b"]);
  });
});

test.each<[string, string]>([
  ["half of a surrogate pair", '{"label":"human","value":"x \\ud800"}'],
  ["a limit that Postgres can't hold", '{"label":"human","value":"x","limit":3000000000}'],
  ["nesting without end", `{"label":"human","value":"x","metadata":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`],
])("%s is refused, and makes no block", async (_what, body) => {
  const before = await t.rowCounts();
  expect((await t.api("POST", "/v1/blocks/", body)).status).toBe(422);
  expect(await t.rowCounts()).toEqual(before);
});
