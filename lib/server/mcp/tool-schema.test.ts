import { describe, expect, it } from "vitest";
import { nameCandidates, readTools } from "./tool-schema";

const PROVIDER_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,47}$/;

function nested(depth: number): unknown {
  let schema: unknown = { type: "string" };
  for (let level = 0; level < depth; level++) schema = { type: "object", properties: { a: schema } };
  return schema;
}

const one = (inputSchema: unknown) => readTools([{ name: "t", inputSchema }])[0]!;

describe("what a server says of its tools", () => {
  it("is read tool by tool: what is not one, has no name or comes twice is left out", () => {
    const tools = readTools([
      null,
      7,
      "text",
      {},
      { name: "" },
      { name: 3 },
      { name: "nul\0" },
      { name: "x".repeat(300) },
      { name: "good", description: "first" },
      { name: "good", description: "second" },
    ]);
    expect(tools.map((tool) => [tool.name, tool.description])).toEqual([["good", "first"]]);
  });

  it("may lack a schema, which is one without parameters", () => {
    expect(one(undefined).parameters).toEqual({ type: "object", properties: {}, required: [] });
    expect(one(null).parameters).toEqual({ type: "object", properties: {}, required: [] });
    expect(one({ properties: { a: { type: "string" } } }).parameters).toMatchObject({ type: "object" });
  });

  it.each([
    ["a text", "text"],
    ["a list", []],
    ["a schema of a list", { type: "array", items: {} }],
    ["properties that are a list", { type: "object", properties: [] }],
    ["a property without a schema", { type: "object", properties: { a: "string" } }],
    ["a property that is null", { type: "object", properties: { a: null } }],
    ["a parameter that providers refuse", { type: "object", properties: { "a b<script>": {} } }],
    ["nesting without end", { type: "object", properties: { a: nested(100) } }],
    ["a schema as long as a book", { type: "object", properties: { a: { description: "x".repeat(100_000) } } }],
    ["a reference to another place", { type: "object", properties: { a: { $ref: "https://example.com/x" } } }],
  ])("is refused with a reason for %s", (_, schema) => {
    const tool = one(schema);
    expect([tool.parameters, tool.health.status]).toEqual([null, "INVALID"]);
    expect(tool.health.reasons.length).toBeGreaterThan(0);
  });

  it("loses what providers refuse at the top, and requirements of what is not there", () => {
    const tool = one({
      type: "object",
      properties: { a: { type: "string" }, b: { anyOf: [{ type: "string" }, { type: "null" }] } },
      required: ["a", "missing", 7],
      anyOf: [{ required: ["a"] }],
      not: {},
      $defs: { x: { type: "string" } },
    });
    expect(tool.parameters).toEqual({
      type: "object",
      properties: { a: { type: "string" }, b: { anyOf: [{ type: "string" }, { type: "null" }] } },
      required: ["a"],
      $defs: { x: { type: "string" } },
    });
  });

  it("is called strict where every object is closed and every property required", () => {
    const strict = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    expect(one(strict).health).toEqual({ status: "STRICT_COMPLIANT", reasons: [] });
    const inner = { ...strict, properties: { a: { type: "object", properties: { b: {} } } } };
    expect(one(inner).health).toEqual({
      status: "NON_STRICT_ONLY",
      reasons: ["parameters.a: additionalProperties is not false", "parameters.a: not required: b"],
    });
  });
});

describe("the name of a tool in the library", () => {
  it("is the server's own where every provider takes that", () => {
    expect(nameCandidates("mcp_server-1", "git", "read_file")).toEqual([
      "read_file",
      "git_read_file",
      expect.stringMatching(/^git_read_file_[0-9a-f]{6}$/),
    ]);
  });

  it.each([["über/größe"], ["1st"], ["-x"], ["a.b:c d"], ["💥"], ["x".repeat(200)], ["__proto__"]])(
    "has only letters, digits, _ and - for %s",
    (name) => {
      for (const candidate of nameCandidates("mcp_server-1", "Server: №1", name))
        expect(candidate).toMatch(PROVIDER_NAME);
    },
  );

  it("stays different for names that begin alike, and for the same tool of two servers", () => {
    const long = "x".repeat(100);
    expect(nameCandidates("s", "n", `${long}1`)[0]).not.toBe(nameCandidates("s", "n", `${long}2`)[0]);
    expect(nameCandidates("s1", "n", "t")[2]).not.toBe(nameCandidates("s2", "n", "t")[2]);
  });
});
