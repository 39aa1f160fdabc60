import type { z } from "@hono/zod-openapi";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "./endpoint";
import { ENDPOINTS } from "./endpoints";
import { mostItems, overBounds, REQUEST_LIMITS } from "./limits";

type Def = { type: string } & Record<string, unknown>;
type Found = { at: string; schema: z.core.$ZodType; def: Def };

/** Each schema within one, with where it is. */
function within(schema: z.core.$ZodType, at: string, seen: Set<unknown> = new Set()): Found[] {
  if (seen.has(schema)) return [];
  const inside = new Set(seen).add(schema);
  const def = schema._zod.def as unknown as Def;
  const inner = (value: unknown, name: string): Found[] =>
    value && typeof value === "object" && "_zod" in value ? within(value as z.core.$ZodType, at + name, inside) : [];
  return [
    { at, schema, def },
    ...["innerType", "element", "valueType", "in", "out", "left", "right", "catchall"].flatMap((key) =>
      inner(def[key], key === "element" ? "[]" : ""),
    ),
    ...((def.options as unknown[] | undefined) ?? []).flatMap((option) => inner(option, "")),
    ...Object.entries((def.shape as object | undefined) ?? {}).flatMap(([key, value]) => inner(value, `.${key}`)),
    ...(def.type === "lazy" ? inner((def.getter as () => unknown)(), "") : []),
  ];
}

const ROWS: readonly Endpoint[] = ENDPOINTS;
const requests = ROWS.flatMap((row) =>
  [row.params, row.query, row.body, row.form].flatMap((schema) => (schema ? within(schema, row.id) : [])),
);

/** A value of this schema with more in it than it may have, in its place. */
const tooMany = (def: Def, schema: z.core.$ZodType) =>
  def.type === "array"
    ? Array.from({ length: mostItems(schema) + 1 }, () => null)
    : Object.fromEntries(Array.from({ length: REQUEST_LIMITS.keys + 1 }, (_, n) => [`k${n}`, null]));

describe("what a request may hold", () => {
  test("is bounded for each list, and for each object that takes any key, of every endpoint", () => {
    const open = requests.filter(({ def }) => def.type === "array" || def.type === "record" || def.catchall);
    expect(open.length).toBeGreaterThan(100);
    const unbounded = open.filter(({ schema, def }) => overBounds(schema, tooMany(def, schema)) === null);
    expect(unbounded.map(({ at }) => at)).toEqual([]);
  });

  test("has no list that is longer than all that a request may hold, but for files that are forms", () => {
    const long = requests.filter(
      ({ def, schema }) => def.type === "array" && mostItems(schema) > REQUEST_LIMITS.values,
    );
    expect(long.map(({ at }) => at)).toEqual([]);
  });

  test("is told by where it is, before anything looks into it", () => {
    const body = ROWS.find((row) => row.id === "agents.create")!.body!;
    const over = overBounds(body, { block_ids: Array.from({ length: 10_001 }, () => 1) });
    expect(over).toBe("block_ids: has 10001 items, and 10000 are the most");
    expect(overBounds(body, { metadata: { deep: Array.from({ length: 10_001 }, () => 1) } })).toBe(
      "metadata.deep: has 10001 items, and 10000 are the most",
    );
    expect(overBounds(body, { metadata: { [`${"k".repeat(1001)}`]: 1 } })).toContain("a key of 1001 characters");
  });
});
