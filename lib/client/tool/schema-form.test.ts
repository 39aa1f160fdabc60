import { describe, expect, test } from "vitest";
import { type FormValues, fieldsOf, formOf, newItem, readArguments, readForm, whenGiven } from "./schema-form";

const PROPERTIES = {
  name: { type: "string" },
  count: { type: "integer", default: 2, minimum: 1, maximum: 9 },
  unit: { enum: ["km", 5] },
  deep: { anyOf: [{ type: "boolean" }, { type: "null" }] },
  tags: { type: "array", items: { type: "string" }, maxItems: 2 },
  address: {
    type: "object",
    properties: { street: { type: "string" }, zip: { type: "integer" } },
    required: ["street", "zip"],
  },
  rates: { type: "object", additionalProperties: { type: "number" } },
  any: {},
};
const fields = fieldsOf({ parameters: { properties: PROPERTIES, required: ["name", "tags"] } });
const field = (name: string) => fields.find((one) => one.name === name)!;

describe("a form of a schema", () => {
  test("each type has its field, null is a field left empty, and what no form can show is JSON", () => {
    const kinds = ["string", "integer", "choice", "boolean", "list", "object", "json", "json"];
    expect(fields.map((one) => one.kind)).toEqual(kinds);
    expect(field("count").initial).toBe("2");
    expect(field("tags").initial).toEqual([]);
    expect(field("address").initial).toBeNull();
    expect(field("address").fields.map((one) => one.kind)).toEqual(["string", "integer"]);
  });

  test("texts become values of their type, in lists and objects too", () => {
    const values: FormValues = {
      ...{ name: "x", unit: "1", deep: "false", tags: ["a", ""], rates: '{"EUR": 2}' },
      address: { street: "S", zip: "12" },
    };
    expect(readForm(fields, values)).toEqual({
      args: {
        ...{ name: "x", count: 2, unit: 5, deep: false, tags: ["a", ""], rates: { EUR: 2 } },
        address: { street: "S", zip: 12 },
      },
      problems: {},
    });
    expect(readForm(fields, { name: "" }).args).toEqual({ name: "", count: 2, tags: [] });
  });

  test("what can't be read is named by the way to it, and not sent", () => {
    const values: FormValues = { count: "1.5", any: "{", tags: ["a", "b", "c"], address: { street: "S", zip: "x" } };
    const { problems } = readForm(fields, values);
    expect(Object.keys(problems).toSorted()).toEqual(["address.zip", "any", "count", "tags"]);
    expect(readForm(fields, { count: "10" }).problems).toEqual({ count: "At most 9." });
    const needed = fieldsOf({ parameters: { properties: { n: { type: "number" } }, required: ["n"] } });
    expect(readForm(needed, {}).problems).toEqual({ n: "This is needed." });
  });

  test("an object that is given begins with its own fields, and an item as its kind does", () => {
    expect(whenGiven(field("address"))).toEqual({ street: "", zip: "" });
    expect(whenGiven(field("tags"))).toEqual([""]);
    expect(newItem(field("tags"))).toBe("");
    const nested = fieldsOf({
      parameters: { properties: { rows: { type: "array", items: PROPERTIES.address } }, required: ["rows"] },
    });
    expect(newItem(nested[0]!)).toEqual({ street: "", zip: "" });
    const read = readForm(nested, {
      rows: [
        { street: "a", zip: "1" },
        { street: "b", zip: "" },
      ],
    });
    expect(read.problems).toEqual({ "rows.1.zip": "This is needed." });
  });

  test("a value of another schema than it was typed for is not read", () => {
    expect(readForm(fields, { name: "x", tags: "text", address: ["a"] }).args).toEqual({
      name: "x",
      count: 2,
      tags: [],
    });
  });

  test("arguments come back from JSON into the form", () => {
    const args = { name: "x", count: 3, unit: 5, tags: ["a"], address: { street: "S", zip: 1 }, rates: { A: 1 } };
    expect(readForm(fields, formOf(fields, args)).args).toEqual(args);
    expect(readArguments('{"a": 1}')).toEqual({ a: 1 });
    expect(() => readArguments("[1]")).toThrow("an object");
    expect(() => readArguments("{")).toThrow("not JSON");
  });

  test("a schema that contains itself without end is typed as JSON below some depth", () => {
    const node: Record<string, unknown> = { type: "object", properties: {} };
    node.properties = { next: node };
    let [one] = fieldsOf({ parameters: { properties: { node }, required: ["node"] } });
    let depth = 0;
    for (; one?.kind === "object"; depth++) one = one.fields[0];
    expect([one?.kind, depth < 10]).toEqual(["json", true]);
  });
});
