import { describe, expect, test } from "vitest";
import { ApiError } from "./api-error";
import { readPairs, reportOf, stateOf, toNewServer } from "./mcp";
import { fieldsOf, readForm } from "./schema-form";
import { daysOfUse } from "./tool-usage";
import { findTools, originOf, problemOfJson, problemOfSource, readTags } from "./tools";
import type { Tool } from "./wire";

const tool = (name: string, part: Partial<Tool> = {}): Tool => ({
  id: `tool-${name}`,
  tool_type: "custom",
  description: null,
  source_type: "python",
  name,
  tags: [],
  source_code: "",
  json_schema: null,
  args_json_schema: null,
  return_char_limit: 1,
  pip_requirements: null,
  npm_requirements: null,
  default_requires_approval: null,
  enable_parallel_execution: false,
  created_by_id: null,
  last_updated_by_id: null,
  metadata_: {},
  project_id: null,
  ...part,
});

describe("the catalogue", () => {
  const all = [
    tool("b_search", { description: "Finds mail" }),
    tool("a_other", { description: "does a search of mail" }),
    tool("core", { tool_type: "letta_core" }),
    tool("remote", { tool_type: "external_mcp" }),
    tool("page", { source_type: "json" }),
  ];

  test("every tool has one origin", () => {
    expect(all.map(originOf)).toEqual(["custom", "custom", "built-in", "mcp", "client"]);
  });

  test("all words have to be there, and those with the name come first", () => {
    expect(findTools(all, "SEARCH mail", null).map((one) => one.name)).toEqual(["a_other", "b_search"]);
    expect(findTools(all, "search", null).map((one) => one.name)).toEqual(["b_search", "a_other"]);
    expect(findTools(all, "", "mcp").map((one) => one.name)).toEqual(["remote"]);
  });

  test("a day without a call is a day of use all the same", () => {
    const days = daysOfUse([{ date: "2026-11-21", calls: 3, failures: 1 }], new Date("2026-11-22T10:00:00Z"));
    expect(days).toHaveLength(30);
    expect(days.slice(-2)).toEqual([
      { date: "2026-11-21", calls: 3, failures: 1 },
      { date: "2026-11-22", calls: 0, failures: 0 },
    ]);
  });
});

describe("a source", () => {
  test("what the server refuses is said without its frame, at its line", () => {
    const error = new ApiError(400, "Schema generation failed: a colon is missing (line 3)");
    expect(problemOfSource(error)).toEqual({ message: "a colon is missing", line: 3 });
    expect(problemOfSource(new ApiError(400, "no function"))).toEqual({ message: "no function", line: null });
    expect(problemOfSource(new ApiError(500, "down"))).toBeNull();
  });

  test("a schema that is not JSON has a problem at a line", () => {
    expect(problemOfJson('{"name": "x"}')).toBeNull();
    expect(problemOfJson('{\n"name": x}')?.line).toBeGreaterThan(0);
    expect(problemOfJson("[]")?.line).toBe(1);
  });

  test("tags are taken once each", () => expect(readTags(" a, b,a ,,")).toEqual(["a", "b"]));
});

describe("a form of a schema", () => {
  const fields = fieldsOf({
    parameters: {
      properties: {
        name: { type: "string" },
        count: { type: "integer", default: 2 },
        unit: { enum: ["km", 5] },
        deep: { anyOf: [{ type: "boolean" }, { type: "null" }] },
        list: { type: "array", items: { type: "string" } },
      },
      required: ["name", "list"],
    },
  });

  test("each type has its field, and null is a field left empty", () => {
    expect(fields.map((field) => field.kind)).toEqual(["string", "integer", "choice", "boolean", "json"]);
    expect(fields[1]?.initial).toBe("2");
  });

  test("texts become values of their type", () => {
    expect(readForm(fields, { name: "x", unit: "1", deep: "false", list: '["a"]' })).toEqual({
      args: { name: "x", count: 2, unit: 5, deep: false, list: ["a"] },
      problems: {},
    });
  });

  test("what can't be read is named, and not sent", () => {
    const { args, problems } = readForm(fields, { name: "", count: "1.5", list: "a" });
    expect(args).toEqual({ name: "" });
    expect(Object.keys(problems)).toEqual(["count", "list"]);
    expect(readForm(fields, { list: "" }).problems.list).toBe("This is needed.");
  });
});

describe("MCP servers", () => {
  const draft = {
    type: "sse",
    name: " s ",
    url: "https://x/sse",
    token: "t",
    headers: "A: b: c\n\nD:",
    command: "",
  } as const;

  test("a token alone is a bearer token, headers are cut at their first colon", () => {
    expect(toNewServer({ ...draft, args: "", env: "" })).toEqual({
      server_name: "s",
      config: {
        mcp_server_type: "sse",
        server_url: "https://x/sse",
        auth_header: "Authorization",
        auth_token: "Bearer t",
        custom_headers: { A: "b: c", D: "" },
      },
    });
    expect(readPairs("K=a=b", "=")).toEqual({ K: "a=b" });
  });

  test("only pages of the web are opened for a person to sign in", () => {
    const event = (url: string) => stateOf(JSON.stringify({ event: "authorization_url", url, session_id: "1" }));
    expect(event("https://auth.example/x")).toEqual({ phase: "waiting", url: "https://auth.example/x" });
    expect(event("javascript:alert(1)")?.phase).toBe("failed");
    expect(stateOf("not json")).toBeNull();
  });

  test("a resync says what changed", () => {
    expect(reportOf({ added: ["a"], updated: [], deleted: ["b", "c"] })).toBe("Added: a. Gone: b, c.");
    expect(reportOf({ added: [], updated: [], deleted: [] })).toBe("Nothing has changed.");
  });
});
