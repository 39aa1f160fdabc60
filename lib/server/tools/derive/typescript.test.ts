import { describe, expect, test } from "vitest";
import { DeriveError } from "./schema";
import { deriveTypeScript } from "./typescript";

const source = (parameters: string, before = "") =>
  `${before}\n/** Does it. */\nexport function f(${parameters}) { return 1 }`;

function typed(annotation: string, before = "") {
  const { parameters } = deriveTypeScript(source(`x${annotation}`, before));
  return { schema: parameters.properties.x, required: parameters.required };
}

function refusal(code: string): string {
  try {
    deriveTypeScript(code);
  } catch (error) {
    expect(error).toBeInstanceOf(DeriveError);
    return (error as DeriveError).message;
  }
  throw new Error("a schema was derived");
}

describe("the tool of a TypeScript source", () => {
  test("is the last exported function, by its signature and JSDoc", () => {
    const code = `
function helper(): number { return 1 }
/**
 * Looks it up.
 *
 * Everywhere.
 * @param {string} query - what to look for,
 *   in words
 * @param [limit=5] how many at most
 * @returns the results
 * @example lookUp("tea")
 */
export const lookUp = async (query: string, limit: number = 5, exact?: boolean): Promise<string[]> => [];
function later() {}
`;
    expect(deriveTypeScript(code)).toEqual({
      name: "lookUp",
      description: 'Looks it up.\n\nEverywhere.\n\nExamples:\nlookUp("tea")',
      parameters: {
        type: "object",
        properties: {
          query: { type: "string", description: "what to look for,\n  in words" },
          limit: { type: "number", description: "how many at most" },
          exact: { type: "boolean" },
        },
        required: ["query"],
      },
    });
  });

  test("is the last function where none is exported, and may be exported by name or default", () => {
    expect(deriveTypeScript("/** A. */ function a() {}\n/** B. */ function b() {}").name).toBe("b");
    expect(deriveTypeScript("/** A. */ function a() {}\n/** B. */ function b() {}\nexport { a };").name).toBe("a");
    expect(deriveTypeScript("/** A. */ export default function a() {}\nfunction b() {}").name).toBe("a");
  });

  test("in JavaScript has the types of its JSDoc", () => {
    const code = `/** Adds.\n * @param {number} a one\n * @param {number[]} [more] others\n * @param {?string} label\n */\nfunction add(a, more, label) {}`;
    expect(deriveTypeScript(code).parameters).toEqual({
      type: "object",
      properties: {
        a: { type: "number", description: "one" },
        more: { type: "array", items: { type: "number" }, description: "others" },
        label: { type: "string" },
      },
      required: ["a"],
    });
  });

  test("may take its one argument apart", () => {
    const code = `/** D.\n * @param a first\n */\nexport function f({ a, b = 1 }: { a: string; b: number; c?: boolean }) {}`;
    expect(deriveTypeScript(code).parameters).toEqual({
      type: "object",
      properties: { a: { type: "string", description: "first" }, b: { type: "number" }, c: { type: "boolean" } },
      required: ["a"],
    });
  });
});

describe("types of TypeScript", () => {
  const NAMED = `
interface Base { id: number }
export interface Item extends Base { /** its name */ name: string; note?: string | null; "odd-key": boolean }
type Items = Item[];
enum Color { Red = "red", Blue = "blue" }
enum Level { Low, High }
`;
  const ITEM = {
    type: "object",
    properties: {
      id: { type: "number" },
      name: { type: "string", description: "its name" },
      note: { type: "string" },
      "odd-key": { type: "boolean" },
    },
    required: ["id", "name", "odd-key"],
  };

  test.each<[string, unknown]>([
    ["string", { type: "string" }],
    ["number", { type: "number" }],
    ["boolean", { type: "boolean" }],
    ["object", { type: "object" }],
    ["string[][]", { type: "array", items: { type: "array", items: { type: "string" } } }],
    ["readonly number[]", { type: "array", items: { type: "number" } }],
    [
      "Array<Record<string, number>>",
      { type: "array", items: { type: "object", additionalProperties: { type: "number" } } },
    ],
    ["Record<string, unknown>", { type: "object" }],
    ["'a' | 'b'", { type: "string", enum: ["a", "b"] }],
    ["1 | -2", { type: "integer", enum: [1, -2] }],
    ["'a' | number", { anyOf: [{ type: "string", enum: ["a"] }, { type: "number" }] }],
    ["(string)", { type: "string" }],
    [
      "{ a: string, b?: number }",
      { type: "object", properties: { a: { type: "string" }, b: { type: "number" } }, required: ["a"] },
    ],
    [
      "{ [key: string]: number }",
      { type: "object", properties: {}, required: [], additionalProperties: { type: "number" } },
    ],
    ["Items", { type: "array", items: ITEM }],
    ["Partial<Item>", { ...ITEM, required: [] }],
    ["Color", { type: "string", enum: ["red", "blue"] }],
    ["Level", { type: "integer", enum: [0, 1] }],
  ])("%s is required", (annotation, schema) => {
    expect(typed(`: ${annotation}`, NAMED)).toEqual({ schema, required: ["x"] });
  });

  test.each(["?: number", ": number = 1", ": number | undefined", ": number | null"])(
    "x%s is a number that may be left out",
    (annotation) => {
      expect(typed(annotation)).toEqual({ schema: { type: "number" }, required: [] });
    },
  );

  test.each([": any", ": [string, number]", ": () => void", ": Map<string, string>", ": Date", ": typeof f"])(
    "x%s has no form in JSON, and the error names the line",
    (annotation) => {
      expect(refusal(source(`x${annotation}`))).toMatch(/^Type .+ is not supported \(line 3\)$/);
    },
  );

  test("a type that contains itself is refused", () => {
    expect(refusal(source("x: Tree", "interface Tree { children: Tree[] }"))).toContain("contains itself (line 1)");
  });
});

describe("what is missing in TypeScript", () => {
  test.each<[string, string, string]>([
    ["a function", "const x = 1;", "No functions found in source code"],
    ["a comment", "\nexport function f() {}", "Function f missing JSDoc comment (line 2)"],
    ["a type", "/** D. */\nfunction f(a) {}", "Parameter 'a' in function 'f' lacks a type annotation (line 2)"],
    ["a bracket", "/** D. */\nfunction f(", "Failed to parse source code: Unexpected token (line 2)"],
  ])("%s is named with its line", (_what, code, message) => {
    expect(refusal(code)).toBe(message);
  });
});
