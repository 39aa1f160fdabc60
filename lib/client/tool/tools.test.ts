import { describe, expect, test } from "vitest";
import { ApiError } from "../api/api-error";
import type { Tool } from "../api/wire";
import {
  problemsOfServer,
  readPairs,
  reportOf,
  serverDraftOf,
  stateOf,
  toChange,
  toNewServer,
  toTest,
} from "../mcp/mcp";
import type { McpServer } from "./tool-queries";
import { daysOfUse } from "./tool-usage";
import { originOf, problemOfJson, readTags } from "./tools";

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
  test("every tool has one origin", () => {
    const all = [
      tool("own"),
      tool("core", { tool_type: "letta_core" }),
      tool("remote", { tool_type: "external_mcp" }),
      tool("page", { source_type: "json" }),
    ];
    expect(all.map(originOf)).toEqual(["custom", "built-in", "mcp", "client"]);
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
  test("a schema that is not JSON has a problem at a line", () => {
    expect(problemOfJson('{"name": "x"}')).toBeNull();
    expect(problemOfJson('{\n"name": x}')?.line).toBeGreaterThan(0);
    expect(problemOfJson("[]")?.line).toBe(1);
  });

  test("tags are taken once each", () => expect(readTags(" a, b,a ,,")).toEqual(["a", "b"]));
});

describe("MCP servers", () => {
  const kept: McpServer = {
    id: "mcp_server-1",
    server_name: "s",
    mcp_server_type: "sse",
    server_url: "https://x/sse",
    auth_header: null,
    auth_token: "********",
    custom_headers: { A: "********" },
  };

  test("a new one has its token as it was typed, and headers that are cut at their first colon", () => {
    const draft = { ...serverDraftOf(null), name: " s ", url: "https://x/mcp", token: "t ", headers: "A: b: c\n\nD:" };
    expect(toNewServer(draft)).toEqual({
      server_name: "s",
      config: {
        mcp_server_type: "streamable_http",
        server_url: "https://x/mcp",
        auth_header: "Authorization",
        auth_token: "t",
        custom_headers: { A: "b: c", D: "" },
      },
    });
    expect(readPairs("K=a=b", "=")).toEqual({ K: "a=b" });
  });

  test("one that is changed sends back masks as they came, and what was emptied as empty", () => {
    const draft = serverDraftOf(kept);
    expect(draft).toMatchObject({ token: "********", headers: "A: ********" });
    expect(toChange(draft).config).toMatchObject({ auth_token: "********", custom_headers: { A: "********" } });
    expect(toChange({ ...draft, token: "", headers: "" }).config).toMatchObject({ auth_token: "", custom_headers: {} });
    expect(toTest(draft, kept).mcp_server_id).toBe(kept.id);
    const program: McpServer = {
      ...{ id: "mcp_server-2", server_name: "p", mcp_server_type: "stdio" },
      ...{ command: "npx", args: ["-y", "a b"], env: { KEY: "********" } },
    };
    expect(toChange(serverDraftOf(program)).config).toEqual({
      ...{ mcp_server_type: "stdio", command: "npx", args: ["-y", "a b"] },
      env: { KEY: "********" },
    });
  });

  test("a refusal is told at the field that it names", () => {
    const refused = (detail: string) => problemsOfServer(new ApiError(422, detail));
    expect(refused("config.auth_token: is masked; config.custom_headers.a b: must be the name of a header")).toEqual({
      token: "is masked",
      headers: "a b must be the name of a header",
    });
    expect(problemsOfServer(new ApiError(409, "CONFLICT"))).toHaveProperty("name");
    expect(problemsOfServer(new ApiError(502, "config.url: down"))).toEqual({});
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
