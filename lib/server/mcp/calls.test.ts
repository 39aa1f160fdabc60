import { getEventListeners } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireMcpServer, WireMcpToolResult } from "@/lib/api/mcp";
import type { WireTool } from "@/lib/api/tools";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { createMcpClients } from "./clients";
import { runMcpTool } from "./run-tool";
import { openSettings } from "./testing/core";
import { described, type FakeServer, startFakeServer } from "./testing/fake-server";

const CALL_MS = 400;

let t: RunningCore;
const fakes: FakeServer[] = [];
beforeAll(async () => {
  const config = openSettings({ MEMOIR_MCP_CALL_MS: String(CALL_MS), MEMOIR_MCP_CONNECT_MS: "1000" });
  t = await openRunningCore({ config, mcp: createMcpClients(config.mcp, config.allowPrivateUrls) });
});
afterAll(() => t.close());
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop().catch(() => {});
});

const said = (text: string) => ({ content: [{ type: "text", text }] });

/** A server with one tool of that name, and the tool in the library. */
async function serve(name: string, call: FakeServer["call"], config: Record<string, unknown> = {}) {
  const fake = await startFakeServer({ tools: [described(name, { a: { type: "string" } })], call });
  fakes.push(fake);
  const server = await t.api<WireMcpServer>("POST", "/v1/mcp-servers", {
    server_name: `server of ${name}`,
    config: { mcp_server_type: "streamable_http", server_url: fake.url, ...config },
  });
  expect(server.status).toBe(200);
  const [tool] = (await t.api<WireTool[]>("GET", `/v1/mcp-servers/${server.body.id}/tools`)).body;
  const path = `/v1/mcp-servers/${server.body.id}/tools/${tool!.id}/run`;
  const run = (args: Record<string, unknown> = {}) => t.api<WireMcpToolResult>("POST", path, { args });
  fake.asked.length = 0;
  return { fake, tool: tool!, server: server.body, run };
}

async function makeAgent(tools: WireTool[], more: Record<string, unknown> = {}): Promise<WireAgent> {
  const body = { include_base_tools: false, tool_ids: tools.map((tool) => tool.id), ...more };
  return (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
}

let number = 0;
const call = (name: string, args: Record<string, unknown> = {}) => calls({ id: `call-${number++}`, name, args });

describe("a tool that is run by the API", () => {
  it("gets its arguments and answers what came of it, on one connection", async () => {
    const { fake, run } = await serve("echo_args", (_, args) => said(JSON.stringify(args)));
    const answer = await run({ a: "größe", n: [1, null] });
    expect(answer.body).toEqual({
      status: "success",
      func_return: '{"a":"größe","n":[1,null]}',
      agent_state: null,
      stdout: null,
      stderr: null,
      sandbox_config_fingerprint: null,
      duration_ms: expect.any(Number),
    });
    await Promise.all([run(), run(), run()]);
    expect(fake.asked.map(({ method }) => method)).toEqual(Array.from({ length: 4 }, () => "tools/call"));
  });

  it("runs five hundred times on one connection, which holds on to none of them", async () => {
    const { tool } = await serve("many_times", () => said("ok"));
    const warnings: string[] = [];
    const listen = (warning: Error) => void warnings.push(warning.name);
    process.on("warning", listen);
    const run = new AbortController();
    const row = { id: tool.id, name: tool.name, returnCharLimit: null };
    for (let n = 0; n < 500; n++) {
      expect((await runMcpTool(t.ctx, row, {}, { signal: run.signal })).status).toBe("success");
    }
    process.off("warning", listen);
    expect(getEventListeners(run.signal, "abort")).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("may fail, which is an answer", async () => {
    const failing = await serve("says_no", () => ({ ...said("it can't"), isError: true }));
    expect((await failing.run()).body).toMatchObject({ status: "error", func_return: null, stderr: ["it can't"] });
    const refusing = await serve("not_there", () => {
      throw new Error("Unknown tool");
    });
    const refusal = await refusing.run();
    expect(refusal.body).toMatchObject({
      status: "error",
      func_return: null,
      stderr: [expect.stringContaining("Unknown tool")],
    });
  });

  it("times out with 408 when the server hangs, and runs again when it no longer does", async () => {
    const { fake, run } = await serve("slow_one", () => said("done"));
    fake.silent.add("tools/call");
    const answer = await run();
    expect([answer.status, answer.body]).toEqual([
      408,
      { detail: { code: "MCPTimeoutError", message: expect.any(String), server_name: "server of slow_one" } },
    ]);
    fake.silent.clear();
    expect((await run()).body).toMatchObject({ status: "success", func_return: "done" });
  });

  it("fails at once when the server dies under it, and runs again when it is back", async () => {
    const { fake, run } = await serve("dying_one", () => said("alive"));
    expect((await run()).body).toMatchObject({ func_return: "alive" });
    fake.cutting.add("tools/call");
    expect((await run()).status).toBe(502);
    fake.cutting.clear();
    await fake.stop();
    expect((await run()).status).toBe(502);
    await fake.restart();
    expect((await run()).body).toMatchObject({ func_return: "alive" });
  });

  it("runs once on a new session where the server was restarted in between", async () => {
    const { fake, run } = await serve("restarted_one", () => said("again"));
    await fake.stop();
    await fake.restart();
    expect((await run()).body).toMatchObject({ status: "success", func_return: "again" });
    expect(fake.asked.map(({ method }) => method)).toEqual([
      "tools/call",
      "initialize",
      "notifications/initialized",
      "tools/call",
    ]);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "text"],
    ["content that is no list", { content: "text" }],
  ])("answers 502 where the server answers %s", async (what, returned) => {
    const { run } = await serve(`odd_${what.replaceAll(" ", "_")}`, () => returned);
    expect((await run()).status).toBe(502);
  });
});

describe("a tool whose answer takes its time", () => {
  // So much as is sent here takes longer than the short limit above, where the machine has other work.
  const settings = openSettings({ MEMOIR_MCP_CALL_MS: "60000", MEMOIR_MCP_CONNECT_MS: "30000" });
  let hurried: RunningCore;
  beforeAll(async () => {
    hurried = t;
    t = await openRunningCore({ config: settings, mcp: createMcpClients(settings.mcp, settings.allowPrivateUrls) });
  });
  afterAll(async () => {
    await t.close();
    t = hurried;
  });

  it("answers 502 where the answer is longer than can be held", async () => {
    const { run } = await serve("bomb", () => said("x".repeat(11 * 1024 * 1024)));
    expect((await run()).status).toBe(502);
  });
});

describe("an agent", () => {
  it("calls a tool of a server, and is shown what it returned", async () => {
    const { fake, tool } = await serve("lookup", (_, args) => said(`found ${String(args.a)}`));
    const agent = await makeAgent([tool]);
    t.requests.length = 0;
    t.push(call("lookup", { a: "x" }), says("Thanks."));
    const run = await t.say({ agentId: agent.id }, "look");
    expect(run.stopReason).toBe("end_turn");
    expect(t.requests[0]!.tools).toMatchObject([
      { name: "lookup", description: "Does lookup.", parameters: { properties: { a: { type: "string" } } } },
    ]);
    expect(JSON.stringify(t.requests[1]!.messages)).toContain("found x");
    expect(fake.asked.at(-1)!.params).toMatchObject({ name: "lookup", arguments: { a: "x" } });
  });

  it("is told of a server that is gone, hangs or lost the tool, and goes on", async () => {
    const gone = await serve("gone_tool", () => said("x"));
    const hanging = await serve("hanging_tool", () => said("x"));
    const agent = await makeAgent([gone.tool, hanging.tool]);
    await gone.fake.stop();
    hanging.fake.silent.add("tools/call");
    t.requests.length = 0;
    t.push(call("gone_tool"), call("hanging_tool"), says("Never mind."));
    const run = await t.say({ agentId: agent.id }, "try");
    expect(run.stopReason).toBe("end_turn");
    const returns = run.items.flatMap((item) => (item.type === "tool-return" ? item.returns : []));
    expect(returns).toMatchObject([
      { name: "gone_tool", status: "error", content: expect.stringContaining("server of gone_tool") },
      { name: "hanging_tool", status: "error", content: expect.stringContaining("in time") },
    ]);
    await t.api("DELETE", `/v1/mcp-servers/${gone.server.id}`);
    t.push(says("Still here."));
    expect((await t.say({ agentId: agent.id }, "and now?")).stopReason).toBe("end_turn");
  });

  it("is shown no more than the tool's limit, and none of the server's secrets", async () => {
    const { tool } = await serve("talkative", () => said(`my-own-token ${"y".repeat(500)}`), {
      auth_token: "my-own-token",
    });
    await t.api("PATCH", `/v1/tools/${tool.id}`, { return_char_limit: 100 });
    const agent = await makeAgent([tool]);
    t.push(call("talkative"), says("ok"));
    const run = await t.say({ agentId: agent.id }, "go");
    const [returned] = run.items.flatMap((item) => (item.type === "tool-return" ? item.returns : []));
    expect(returned!.content).toMatch(/^\*{8} y{91}\.\.\. \[NOTE: function output was truncated/);
    expect(JSON.stringify(run.items)).not.toContain("my-own-token");
  });

  it("is shown images as images", async () => {
    const { tool } = await serve("picture", () => ({
      content: [
        { type: "text", text: "look:" },
        { type: "image", data: "iVBORw0KGgo=", mimeType: "image/png" },
      ],
    }));
    const agent = await makeAgent([tool]);
    t.requests.length = 0;
    t.push(call("picture"), says("Nice."));
    await t.say({ agentId: agent.id }, "show me");
    expect(t.requests[1]!.messages.at(-1)).toMatchObject({
      parts: [
        { type: "tool_return", content: [{ type: "text" }, { type: "image", source: { media_type: "image/png" } }] },
      ],
    });
  });

  it("fills the variables of a server's secrets from its own", async () => {
    const headers = { custom_headers: { "X-User": "{{ USER_KEY }}", "X-Else": "{{ NONE | nobody }}" } };
    const { fake, tool } = await serve("personal", () => said("ok"), headers);
    for (const key of ["key-of-ada", "key-of-bob"]) {
      const agent = await makeAgent([tool], { secrets: { USER_KEY: key } });
      t.push(call("personal"), says("ok"));
      await t.say({ agentId: agent.id }, "go");
      expect(fake.asked.at(-1)!.headers).toMatchObject({ "x-user": key, "x-else": "nobody" });
    }
  });

  it("that is stopped does not wait for the server, which is told", async () => {
    const { fake, tool } = await serve("endless", () => said("never"));
    fake.silent.add("tools/call");
    const stop = new AbortController();
    const reached = fake.reached("tools/call");
    const told = fake.reached("notifications/cancelled");
    const row = { id: tool.id, name: tool.name, returnCharLimit: null };
    const outcome = runMcpTool(t.ctx, row, {}, { signal: stop.signal });
    await reached;
    stop.abort();
    expect(await outcome).toMatchObject({ status: "error", content: expect.stringContaining("cancelled") });
    await told;
  });
});
