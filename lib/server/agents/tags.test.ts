import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("POST", "/v1/agents/", { tags: ["delta", "alpha", "100%"] });
  await t.api("POST", "/v1/agents/", { tags: ["alpha", "Zeta"] });
  await t.api("POST", "/v1/blocks/", { label: "human", value: "", tags: ["block_tag", "alpha"] });
});
afterAll(() => t.close());

const ALL = ["100%", "Zeta", "alpha", "block_tag", "delta"];
const list = async (query: string) => (await t.api<string[]>("GET", `/v1/tags/?${query}`)).body;

test("tags of agents and blocks are listed once each, in order, and walked to the empty page both ways", async () => {
  expect(await list("")).toEqual(ALL);
  expect(await walk(t.api, "/v1/tags/", { limit: 2 })).toEqual(ALL);
  expect(await walk(t.api, "/v1/tags/", { limit: 2, order: "desc" })).toEqual(ALL.toReversed());
});

test("before is the page that ends at the cursor", async () => {
  expect(await list("before=delta&limit=2")).toEqual(["alpha", "block_tag"]);
  expect(await list("order=desc&before=alpha&limit=1")).toEqual(["block_tag"]);
  expect(await list("after=Zeta&before=delta")).toEqual(["alpha", "block_tag"]);
});

test("a filter is part of the tag, with no character that means another", async () => {
  expect(await list("name=ALPH")).toEqual(["alpha"]);
  expect(await list("query_text=ta")).toEqual(["Zeta", "block_tag", "delta"]);
  expect(await list("name=%25")).toEqual(["100%"]);
  expect(await list("name=k_t")).toEqual(["block_tag"]);
});

test("health and readiness need no database rows, under both prefixes and with or without a slash", async () => {
  for (const path of ["/v1/health", "/v1/health/", "/v1/ready/", "/latest/health", "/latest/ready/"]) {
    expect(await t.api("GET", path)).toMatchObject({
      status: 200,
      body: { status: "ok", version: expect.any(String) },
    });
  }
});
