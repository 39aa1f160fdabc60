import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readContract } from "@/e2e/contract/document";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { UNAVAILABLE } from "@/lib/api/unavailable";
import { operations, readPage, withTable } from "@/scripts/operations";
import { openTestCore, type TestCore } from "../testing/harness";

const METHODS = ["get", "post", "put", "patch", "delete"];

type Document = { paths: Record<string, Record<string, unknown>> };

const sameForm = (route: string) => route.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "{}");
const keysOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.keys(methods)
      .filter((method) => METHODS.includes(method))
      .map((method) => `${method.toUpperCase()} ${sameForm(route)}`),
  );
/** Streams that a GET opens go on for ever. */
const ENDLESS = new Set(
  (ENDPOINTS as readonly Endpoint[])
    .filter((row) => row.streams && row.method === "get")
    .map((row) => row.path as string),
);
/** A path with something that looks like an id for each parameter. */
const filled = (route: string) => route.replaceAll(/\{\w+\}/g, "00000000-0000-4000-8000-000000000000");

describe("the table of all operations", () => {
  let t: TestCore;
  beforeAll(async () => {
    t = await openTestCore();
  });
  afterAll(() => t?.close());

  test("stands in docs/operations.md as the endpoints are", () => {
    const page = readPage();
    expect(withTable(page), "run `npx tsx scripts/operations.ts`").toBe(page);
  });

  test("lists what the OpenAPI document lists, and nothing else", async () => {
    const { body } = await t.api<Document>("GET", "/openapi.json");
    const table = operations().map(({ method, path: route }) => `${method} ${sameForm(route)}`);
    expect(new Set(table)).toEqual(new Set(keysOf(body)));
  });

  test("names no operation twice", () => {
    const table = operations().map(({ method, path: route }) => `${method} ${sameForm(route)}`);
    expect(table.filter((key, i) => table.indexOf(key) !== i)).toEqual([]);
  });

  test("what is called unavailable answers 501 with its sentence, and asks nobody to try again", async () => {
    for (const { method, path: route, why } of UNAVAILABLE) {
      const answer = await t.api(method.toUpperCase(), filled(route), method === "get" ? undefined : {});
      expect([route, answer.status, answer.body]).toEqual([route, 501, { detail: why }]);
      expect(answer.headers.get("x-should-retry")).toBe("false");
    }
  });

  test("what is said to work is routed: none of it answers 501 or as an unknown endpoint", async () => {
    const wrong: string[] = [];
    for (const { method, path: route, why } of operations()) {
      if (why !== null || ENDLESS.has(route)) continue;
      const answer = await t.api(method, filled(route), method === "GET" ? undefined : "not json");
      const detail = (answer.body as { detail?: unknown } | undefined)?.detail;
      if (answer.status === 501 || String(detail).startsWith("Not Found: "))
        wrong.push(`${method} ${route}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });

  test("leaves out no operation of the contract", () => {
    const ours = new Set(operations().map(({ method, path: route }) => `${method} ${sameForm(route)}`));
    const theirs = keysOf(readContract<Document>());
    expect(theirs.filter((key) => !ours.has(key))).toEqual([]);
  });
});
