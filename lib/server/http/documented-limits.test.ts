import type { z } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { mostItems, REQUEST_LIMITS } from "@/lib/api/limits";
import { openTestCore, type TestCore } from "../testing/harness";

type Json = { [key: string]: unknown };
type Operation = { operationId: string; requestBody?: Json; parameters?: { name: string; schema: Json }[] };
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Json> } };

const SAID = ["maxItems", "maxProperties", "maxLength", "minLength", "minItems"] as const;

/** What is said of lists, open objects and texts within a schema of the document: `place keyword number`. */
function documented(document: Document, root: unknown, at = "", above: readonly string[] = []): string[] {
  if (!root || typeof root !== "object") return [];
  const schema = root as Json;
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1)!;
    if (above.includes(name)) return [];
    return documented(document, document.components.schemas[name], at, [...above, name]);
  }
  const inner = (value: unknown, more = "") => documented(document, value, at + more, above);
  return [
    ...SAID.flatMap((word) => (typeof schema[word] === "number" ? [`${at} ${word} ${schema[word]}`] : [])),
    ...["anyOf", "oneOf", "allOf"].flatMap((word) => ((schema[word] as unknown[]) ?? []).flatMap((one) => inner(one))),
    ...inner(schema.items, "[]"),
    ...inner(schema.additionalProperties, "{}"),
    ...Object.entries((schema.properties as Json) ?? {}).flatMap(([key, value]) => inner(value, `.${key}`)),
  ];
}

type Def = { type: string; checks?: { _zod: { def: Json } }[] } & Json;

/** The same, as it is kept: lists and objects by `overBounds`, texts by their schema. */
function kept(schema: z.core.$ZodType, at = "", above: readonly unknown[] = []): string[] {
  if (above.includes(schema)) return [];
  const def = schema._zod.def as unknown as Def;
  const inner = (value: unknown, more = "") =>
    value && typeof value === "object" && "_zod" in value
      ? kept(value as z.core.$ZodType, at + more, [...above, schema])
      : [];
  const isOpen = def.type === "record" || isAny(def.catchall);
  return [
    ...(def.type === "array" ? [`${at} maxItems ${mostItems(schema)}`] : []),
    ...(isOpen ? [`${at} maxProperties ${REQUEST_LIMITS.keys}`] : []),
    ...(def.type === "string" ? lengths(def).map(([word, number]) => `${at} ${word} ${number}`) : []),
    ...(def.type === "array"
      ? lengths(def).flatMap(([word, n]) => (word === "minLength" ? [`${at} minItems ${n}`] : []))
      : []),
    ...["innerType", "left", "right"].flatMap((key) => inner(def[key])),
    ...(def.type === "pipe" ? inner(isTransform(def.in) ? def.out : def.in) : []),
    ...inner(def.element, "[]"),
    ...(def.type === "record" ? inner(def.valueType, "{}") : []),
    ...inner(def.catchall, "{}"),
    ...((def.options as unknown[] | undefined) ?? []).flatMap((option) => inner(option)),
    ...Object.entries((def.shape as object | undefined) ?? {}).flatMap(([key, value]) => inner(value, `.${key}`)),
    ...(def.type === "lazy" ? inner((def.getter as () => unknown)()) : []),
  ];
}

const isTransform = (schema: unknown) => (schema as z.core.$ZodType)._zod.def.type === "transform";
const isAny = (schema: unknown) => schema !== undefined && (schema as z.core.$ZodType)._zod.def.type !== "never";
const lengths = ({ checks }: Def): [string, number][] =>
  (checks ?? []).flatMap(({ _zod: { def } }): [string, number][] => {
    if (def.check === "max_length") return [["maxLength", Number(def.maximum)]];
    if (def.check === "min_length") return [["minLength", Number(def.minimum)]];
    return def.check === "length_equals"
      ? [
          ["maxLength", Number(def.length)],
          ["minLength", Number(def.length)],
        ]
      : [];
  });

describe("the OpenAPI document", () => {
  let t: TestCore;
  let document: Document;
  beforeAll(async () => {
    t = await openTestCore();
    document = (await t.api<Document>("GET", "/openapi.json")).body;
  });
  afterAll(() => t?.close());

  test("says of each request what it may hold, and nothing that is not kept", () => {
    const operations = new Map(
      Object.values(document.paths).flatMap((path) =>
        Object.values(path).map((one) => [one.operationId, one] as const),
      ),
    );
    const rows: readonly Endpoint[] = ENDPOINTS;
    const [saidOf, keptOf]: Record<string, string[]>[] = [{}, {}];
    for (const { id, body, form, query, params } of rows) {
      const operation = operations.get(id)!;
      const content = (operation.requestBody?.content ?? {}) as Record<string, { schema: unknown }>;
      const said = [
        ...Object.values(content).flatMap(({ schema }) => documented(document, schema)),
        ...(operation.parameters ?? []).flatMap(({ name, schema }) => documented(document, schema, `.${name}`)),
      ];
      const is = [body, form, query, params].flatMap((schema) => (schema ? kept(schema) : []));
      saidOf![id] = [...new Set(said)].sort();
      keptOf![id] = [...new Set(is)].sort();
    }
    expect(saidOf).toEqual(keptOf);
    expect(Object.values(keptOf!).flat().length).toBeGreaterThan(300);
  });

  test("says of a key how long it may be", () => {
    const create = document.components.schemas.CreateAgent as { properties: { metadata: Json } };
    expect(create.properties.metadata).toMatchObject({
      maxProperties: REQUEST_LIMITS.keys,
      propertyNames: { maxLength: REQUEST_LIMITS.keyChars },
    });
  });

  test("promises nothing of answers", () => {
    const list = document.paths["/v1/agents"]!.get as unknown as { responses: unknown };
    expect(JSON.stringify(list.responses)).not.toContain("maxItems");
    expect(JSON.stringify(document.components.schemas.AgentState)).not.toContain("maxProperties");
  });
});
