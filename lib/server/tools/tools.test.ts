import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toolSchema, type WireTool } from "@/lib/api/tools";
import { openTestCore, type TestCore, walk } from "../testing/harness";
import { BUILTIN_TOOLS, ensureBuiltinTools } from "./builtin-tools";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const UUID = "00000000-0000-4000-8000-00000000dead";
const schema = (name: string) => ({
  name,
  description: `does ${name}`,
  parameters: { type: "object", properties: { x: { type: "integer" } }, required: ["x"] },
});
const make = (name: string, more: Record<string, unknown> = {}) =>
  t.api<WireTool>("POST", "/v1/tools/", { source_code: `def ${name}(x): pass`, json_schema: schema(name), ...more });
const list = async (query: string) => (await t.api<WireTool[]>("GET", `/v1/tools/?${query}`)).body;

describe("built-in tools", () => {
  test("are all there at the first look, as the contract names and types them", async () => {
    const tools = await list("limit=100");
    expect(tools).toHaveLength(31);
    const types = Object.fromEntries(tools.map((tool) => [tool.name, tool.tool_type]));
    expect(types).toMatchObject({
      send_message: "letta_core",
      conversation_search: "letta_core",
      archival_memory_insert: "letta_core",
      core_memory_append: "letta_memory_core",
      memory_apply_patch: "letta_memory_core",
      memory_finish_edits: "letta_sleeptime_core",
      search_memory: "letta_voice_sleeptime_core",
      send_message_to_agent_async: "letta_multi_agent_core",
      web_search: "letta_builtin",
      grep_files: "letta_files_core",
    });
    expect(tools.map((tool) => tool.name)).toEqual(BUILTIN_TOOLS.map((tool) => tool.name));
  });

  test("have a schema that a provider takes, in which every required argument is described", async () => {
    for (const { name, json_schema } of await list("limit=100")) {
      const { parameters, description } = json_schema as ReturnType<typeof schema>;
      expect(json_schema).toMatchObject({ name, parameters: { type: "object" } });
      expect(description.length).toBeGreaterThan(20);
      const properties: Record<string, { type: string; description?: string } | undefined> = parameters.properties;
      for (const required of parameters.required) expect(properties[required]?.description, name).toBeTruthy();
    }
  });

  test("to begin with give way to a tool of one's own of their name, as one that is there already does, and come back", async () => {
    const starter = (await list("names=file_manager"))[0]!;
    const own = await make("file_manager");
    expect([own.status, own.body.id, own.body.tool_type]).toEqual([200, starter.id, "custom"]);
    expect(await list("limit=100")).toHaveLength(31);
    expect(await list("names=file_manager")).toMatchObject([
      { tool_type: "custom", source_code: "def file_manager(x): pass" },
    ]);
    expect((await make("send_message")).status).toBe(400);
    await t.api("DELETE", `/v1/tools/${own.body.id}`);
    expect(await list("names=file_manager")).toMatchObject([{ tool_type: "letta_builtin" }]);
  });

  test("come back with the next list when some are deleted, and keep what an owner set on them", async () => {
    const [kept, gone] = await list("names=memory_insert,memory_replace");
    await t.api("PATCH", `/v1/tools/${kept!.id}`, { default_requires_approval: true, return_char_limit: 7 });
    await t.api("DELETE", `/v1/tools/${gone!.id}`);
    expect(await list("limit=100")).toHaveLength(31);
    const [now] = await list(`tool_ids=${kept!.id}`);
    expect(now).toMatchObject({ default_requires_approval: true, return_char_limit: 7 });
    expect((await t.api<WireTool[]>("POST", "/v1/tools/add-base-tools")).body).toHaveLength(31);
  });

  test("cost one small statement once they are there", async () => {
    await ensureBuiltinTools(t.ctx);
    expect(await t.countStatements(() => ensureBuiltinTools(t.ctx))).toBe(1);
  });

  test("can't be replaced by a custom tool, renamed into or rewritten", async () => {
    expect((await make("send_message")).status).toBe(400);
    const custom = (await make("innocent")).body;
    const renamed = await t.api("PATCH", `/v1/tools/${custom.id}`, { json_schema: schema("send_message") });
    expect(renamed.status).toBe(400);
    const [builtin] = await list("name=send_message");
    expect((await t.api("PATCH", `/v1/tools/${builtin!.id}`, { json_schema: schema("x") })).status).toBe(400);
  });
});

describe("custom tools", () => {
  test("have every key of the contract", async () => {
    const tool = await make("complete", { tags: ["t"], pip_requirements: [{ name: "numpy" }] });
    toolSchema.strict().parse(tool.body);
    expect(tool.body).toMatchObject({
      tool_type: "custom",
      source_type: "python",
      name: "complete",
      description: "does complete",
      json_schema: schema("complete"),
      tags: ["t"],
      metadata_: {},
      return_char_limit: 50_000,
    });
    expect((await t.api("GET", `/v1/tools/${tool.body.id}`)).body).toEqual(tool.body);
  });

  test.each(["POST", "PUT"])("%s with a name that is taken changes that tool, under its id", async (method) => {
    const first = (await make("twice", { tags: ["old"] })).body;
    const body = { source_code: "def twice(x): ...", json_schema: schema("twice") };
    const second = (await t.api<WireTool>(method, "/v1/tools/", body)).body;
    expect(second).toMatchObject({ id: first.id, tags: ["old"], source_code: "def twice(x): ..." });
  });

  test("made again without tags or settings keeps those that it had, whichever way it is made", async () => {
    const own = {
      tags: ["a", "b"],
      return_char_limit: 77,
      pip_requirements: [{ name: "six", version: null }],
      npm_requirements: [{ name: "left-pad", version: null }],
      default_requires_approval: true,
      enable_parallel_execution: true,
    };
    const { body: made } = await make("kept_settings", own);
    for (const method of ["PUT", "POST"] as const) {
      const body = { source_code: "def kept_settings(x): pass", json_schema: schema("kept_settings") };
      expect((await t.api<WireTool>(method, "/v1/tools/", body)).body).toMatchObject({ id: made.id, ...own });
    }
    expect(
      (
        await t.api<WireTool>("PUT", "/v1/tools/", {
          source_code: "def kept_settings(x): pass",
          json_schema: schema("kept_settings"),
          tags: [],
          enable_parallel_execution: false,
        })
      ).body,
    ).toMatchObject({ tags: [], enable_parallel_execution: false, return_char_limit: 77 });
  });

  test("with a schema of its arguments needs no docstring: its description is the one that it is given", async () => {
    const args_json_schema = { type: "object", properties: { x: { type: "integer" } }, required: ["x"] };
    const source_code = "\ufeffdef undocumented(x):\n    return x\n\ndef _helper(x):\n    return x\n";
    const { status, body } = await t.api<WireTool>("POST", "/v1/tools/", {
      source_code,
      args_json_schema,
      description: "does it",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "undocumented",
      description: "does it",
      source_code: source_code.slice(1),
      json_schema: { name: "undocumented", description: "does it", parameters: args_json_schema },
    });
  });

  test("a json tool may bring its schema as its source", async () => {
    const tool = await t.api<WireTool>("POST", "/v1/tools/", {
      source_type: "json",
      source_code: JSON.stringify({ name: "from_json", description: "d" }),
    });
    expect(tool.body.json_schema).toMatchObject({ name: "from_json", parameters: { type: "object", properties: {} } });
  });

  test("a change leaves what is null or left out as it is", async () => {
    const tool = (await make("changing", { tags: ["a"], pip_requirements: [{ name: "x" }] })).body;
    const path = `/v1/tools/${tool.id}`;
    const next = await t.api<WireTool>("PATCH", path, { tags: null, return_char_limit: 10, metadata_: { k: 1 } });
    expect(next.body).toEqual({ ...tool, return_char_limit: 10, metadata_: { k: 1 } });
    expect((await t.api<WireTool>("PATCH", path, { tags: [] })).body.tags).toEqual([]);
    const renamed = await t.api<WireTool>("PATCH", path, { json_schema: schema("changed") });
    expect(renamed.body).toMatchObject({ id: tool.id, name: "changed", description: "does changed" });
  });

  test("new source must still define the function that the schema names", async () => {
    const tool = (await make("stable")).body;
    const path = `/v1/tools/${tool.id}`;
    expect((await t.api("PATCH", path, { source_code: "def other(): pass" })).status).toBe(400);
    expect((await t.api("PATCH", path, { source_code: "x = 1\ndef stable(x):\n  pass" })).status).toBe(200);
    const typescript = { source_type: "typescript", source_code: "export async function stable(x: number) {}" };
    expect((await t.api("PATCH", path, typescript)).status).toBe(200);
  });

  test("renaming one into another is a conflict", async () => {
    await make("taken");
    const tool = (await make("free_name")).body;
    expect((await t.api("PATCH", `/v1/tools/${tool.id}`, { json_schema: schema("taken") })).status).toBe(409);
  });

  test.each<[string, unknown, number]>([
    ["source without a docstring", { source_code: "def f(): pass" }, 400],
    ["typescript without a comment", { source_code: "function f() {}", source_type: "typescript" }, 400],
    ["a time-out of nothing", { source_code: "", json_schema: schema("x"), metadata_: { timeout_seconds: 0 } }, 422],
    ["a host that is none", { source_code: "", json_schema: schema("x"), metadata_: { allowed_hosts: ["a/b"] } }, 422],
    ["json without a schema", { source_code: "nothing", source_type: "json" }, 422],
    ["no source", { json_schema: schema("x") }, 422],
    ["a name that is none", { source_code: "", json_schema: schema("a b") }, 422],
    ["a name that is too long", { source_code: "", json_schema: schema("x".repeat(49)) }, 422],
    ["no name", { source_code: "", json_schema: { description: "d" } }, 422],
    ["parameters that are a list", { source_code: "", json_schema: { name: "x", parameters: [] } }, 422],
    ["a limit of nothing", { source_code: "", json_schema: schema("x"), return_char_limit: 0 }, 422],
    ["an unknown language", { source_code: "", json_schema: schema("x"), source_type: "cobol" }, 422],
    ["a NUL", { source_code: "\0", json_schema: schema("x") }, 422],
  ])("%s is refused, and makes no tool", async (_what, body, status) => {
    const before = await t.rowCounts();
    const answer = await t.api<{ detail: string }>("POST", "/v1/tools/", body);
    expect([answer.status, typeof answer.body.detail], JSON.stringify(answer.body)).toEqual([status, "string"]);
    expect(await t.rowCounts()).toEqual(before);
  });

  test.each(["GET", "DELETE", "PATCH"])("%s of a tool that there is not is a 404", async (method) => {
    const body = method === "PATCH" ? {} : undefined;
    expect((await t.api(method, `/v1/tools/tool-${UUID}`, body)).status).toBe(404);
    expect((await t.api(method, "/v1/tools/nope", body)).status).toBe(422);
  });
});

describe("listing tools", () => {
  test("walking to the empty page meets every tool once, in both orders", async () => {
    const descending = await walk(t.api, "/v1/tools/", { limit: 5 });
    expect(new Set(descending).size).toBe(descending.length);
    expect(descending).toHaveLength((await t.api<number>("GET", "/v1/tools/count")).body);
    expect(await walk(t.api, "/v1/tools/", { limit: 5, order: "asc" })).toEqual(descending.toReversed());
    expect((await t.api("GET", `/v1/tools/?after=tool-${UUID}`)).status).toBe(404);
  });

  test("filters take a value, several, or a list with commas, and count agrees", async () => {
    await make("filter_me");
    const names = async (query: string) => {
      const found = (await list(`limit=100&${query}`)).map((tool) => tool.name);
      expect((await t.api<number>("GET", `/v1/tools/count?${query}`)).body).toBe(found.length);
      return found;
    };
    expect(await names("name=filter_me")).toEqual(["filter_me"]);
    expect(await names("names=memory,web_search")).toEqual(await names("names=memory&names=web_search"));
    expect(await names("search=FILTER_M")).toEqual(["filter_me"]);
    expect(await names("search=filter%25")).toEqual([]);
    expect(await names("tool_types=letta_memory_core,letta_files_core")).toHaveLength(7);
    expect(await names("exclude_tool_types=custom")).toHaveLength(31);
    expect(await names("return_only_letta_tools=true")).toHaveLength(31);
    expect((await t.api<number>("GET", "/v1/tools/count?exclude_letta_tools=true&name=filter_me")).body).toBe(1);
    expect((await t.api("GET", "/v1/tools/?tool_types=nope")).status).toBe(400);
  });

  test("search finds tools by their words, those in the name first", async () => {
    await make("weather_report", { description: "Tells of rain" });
    await make("umbrella", { description: "Opens when there is a weather report of rain" });
    const search = { query: "weather report", limit: 2 };
    const found = await t.api<{ tool: WireTool; combined_score: number }[]>("POST", "/v1/tools/search", search);
    expect(found.body.map((hit) => hit.tool.name)).toEqual(["weather_report", "umbrella"]);
    expect(found.body[0]!.combined_score).toBe(1);
    expect((await t.api("POST", "/v1/tools/search", { limit: 101 })).status).toBe(422);
  });
});
