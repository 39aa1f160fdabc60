import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { guardedBy, startAuthServer } from "@/lib/server/mcp/testing/auth-server";
import { described, type FakeServer, startFakeServer } from "@/lib/server/mcp/testing/fake-server";
import { programOf, type ReferenceServer, startEverything } from "@/lib/server/mcp/testing/reference";
import {
  http,
  idOf,
  makeAgent,
  only,
  type Rig,
  rawFrames,
  refused,
  said,
  says,
  startRig,
  UNKNOWN,
} from "../support/api";

let rig: Rig;
let everything: ReferenceServer;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const environment = { MEMOIR_ALLOW_PRIVATE_URLS: "on", MEMOIR_MCP_STDIO: "on", MEMOIR_MCP_CALL_MS: "2000" };
  [rig, everything] = await Promise.all([startRig({ environment }), startEverything("streamableHttp")]);
});
afterAll(async () => {
  await rig?.stop();
  await everything?.stop();
});
beforeEach(() => rig.model.reset());
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop().catch(() => {});
});

async function fakeServer(changes: Parameters<typeof startFakeServer>[0] = {}): Promise<FakeServer> {
  const fake = await startFakeServer(changes);
  stops.push(fake.stop);
  return fake;
}

const remote = (url: string) => ({ mcp_server_type: "streamable_http" as const, server_url: url });
const text = (words: string) => ({ content: [{ type: "text", text: words }] });

describe("the official client's mcpServers", () => {
  it("add a server, list its tools and run one", async () => {
    const { mcpServers } = rig.letta;
    const server = await mcpServers.create({ server_name: "everything", config: remote(everything.url) });
    expect(server).toEqual({
      id: expect.stringMatching(idOf("mcp_server")),
      server_name: "everything",
      mcp_server_type: "streamable_http",
      server_url: everything.url,
      auth_header: null,
      auth_token: null,
      custom_headers: null,
    });
    expect(await mcpServers.retrieve(server.id!)).toEqual(server);
    expect(await mcpServers.list()).toContainEqual(server);
    const tools = await mcpServers.tools.list(server.id!);
    const echo = tools.find((tool) => tool.name === "echo")!;
    expect(echo).toMatchObject({
      id: expect.stringMatching(idOf("tool")),
      tool_type: "external_mcp",
      tags: ["mcp:everything"],
      json_schema: { name: "echo", parameters: { type: "object", required: ["message"] } },
    });
    expect(await mcpServers.tools.retrieve(echo.id, { mcp_server_id: server.id! })).toEqual(echo);
    expect(await rig.letta.tools.retrieve(echo.id)).toEqual(echo);
    const result = await mcpServers.tools.run(echo.id, { mcp_server_id: server.id!, args: { message: "hi" } });
    expect(result).toMatchObject({ status: "success", func_return: "Echo: hi" });
    const wrong = await mcpServers.tools.run(echo.id, { mcp_server_id: server.id!, args: { message: 7 } });
    expect(wrong.status).toBe("error");
    expect(await mcpServers.refresh(server.id!)).toEqual({ deleted: [], updated: [], added: [] });
    await mcpServers.delete(server.id!);
    expect((await refused(mcpServers.retrieve(server.id!))).status).toBe(404);
    expect((await refused(rig.letta.tools.retrieve(echo.id))).status).toBe(404);
  });

  it("change one, and never read its secrets", async () => {
    const { mcpServers } = rig.letta;
    const fake = await fakeServer({ tools: [described("renamed_later")] });
    const server = await mcpServers.create({
      server_name: "plain",
      config: { ...remote(fake.url), auth_token: "token-of-the-test", custom_headers: { "X-A": "header-of-the-test" } },
    });
    const changed = await mcpServers.update(server.id!, { server_name: "renamed", config: remote(fake.url) });
    expect(changed).toMatchObject({
      server_name: "renamed",
      auth_token: "********",
      custom_headers: { "X-A": "********" },
    });
    expect(fake.asked.at(-1)!.headers).toMatchObject({
      authorization: "Bearer token-of-the-test",
      "x-a": "header-of-the-test",
    });
    const own = (await http(rig, "GET", `/v1/mcp-servers/${server.id}/status`)).body;
    expect(own).toEqual({
      state: "connected",
      tools: 1,
      error: null,
      synced_at: expect.any(String),
      authorized: false,
    });
    const shown = await Promise.all(
      ["/v1/mcp-servers/", "/v1/tools/mcp/servers", `/v1/mcp-servers/${server.id}/tools`].map((path) =>
        http(rig, "GET", path),
      ),
    );
    expect(JSON.stringify([server, changed, shown])).not.toMatch(/token-of-the-test|header-of-the-test/);
    const taken = await refused(mcpServers.create({ server_name: "renamed", config: remote(fake.url) }));
    expect(taken.status).toBe(409);
    await mcpServers.delete(server.id!);
  });

  it("refuse what there is not, and what is none", async () => {
    const { mcpServers } = rig.letta;
    const unknown = `mcp_server-${UNKNOWN}`;
    expect((await refused(mcpServers.retrieve(unknown))).status).toBe(404);
    expect((await refused(mcpServers.refresh(unknown))).status).toBe(404);
    expect((await refused(mcpServers.delete(unknown))).status).toBe(404);
    expect((await refused(mcpServers.tools.list(unknown))).status).toBe(404);
    expect((await refused(mcpServers.retrieve("server"))).status).toBe(422);
    const nowhere = { ...remote("nowhere") };
    expect((await refused(mcpServers.create({ server_name: "n", config: nowhere }))).status).toBe(422);
  });
});

describe("an agent with a server's tools", () => {
  it("runs them, over stdio too, and its transcript has what they returned", async () => {
    const server = await rig.letta.mcpServers.create({
      server_name: "local",
      config: { mcp_server_type: "stdio", command: process.execPath, args: [programOf("everything")] },
    });
    const tools = await rig.letta.mcpServers.tools.list(server.id!);
    const sum = tools.find((tool) => tool.name === "get-sum")!;
    const agent = await makeAgent(rig, { tool_ids: [sum.id] });
    rig.model.push({ calls: [{ id: "c1", name: "get-sum", args: { a: 20, b: 22 } }] }, { text: "It is 42." });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("add") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    expect(only(reply.messages, "tool_return_message")).toMatchObject([
      { name: "get-sum", status: "success", tool_return: expect.stringContaining("42") },
    ]);
    expect(said(reply.messages)).toBe("It is 42.");
    expect(rig.model.requests[0]!.tools!.map((tool) => tool.function.name)).toEqual(["get-sum"]);
    await rig.letta.mcpServers.delete(server.id!);
    expect((await rig.letta.agents.retrieve(agent.id, { include: ["agent.tools"] })).tools).toEqual([]);
  });

  it("is told of one that hangs, dies or is gone, and goes on", async () => {
    const fake = await fakeServer({ tools: [described("fragile")], call: () => text("fine") });
    const server = await rig.letta.mcpServers.create({ server_name: "fragile", config: remote(fake.url) });
    const [tool] = await rig.letta.mcpServers.tools.list(server.id!);
    const agent = await makeAgent(rig, { tool_ids: [tool!.id] });
    const ask = async (id: string) => {
      rig.model.push({ calls: [{ id, name: "fragile", args: {} }] }, { text: "On with it." });
      const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
      expect([reply.stop_reason.stop_reason, said(reply.messages)]).toEqual(["end_turn", "On with it."]);
      return only(reply.messages, "tool_return_message")[0]!;
    };
    expect(await ask("c1")).toMatchObject({ status: "success", tool_return: "fine" });
    fake.silent.add("tools/call");
    expect(await ask("c2")).toMatchObject({ status: "error", tool_return: expect.stringContaining("in time") });
    fake.silent.clear();
    fake.cutting.add("tools/call");
    expect(await ask("c3")).toMatchObject({ status: "error" });
    fake.cutting.clear();
    expect(await ask("c4")).toMatchObject({ status: "success", tool_return: "fine" });
    await fake.stop();
    expect(await ask("c5")).toMatchObject({ status: "error", tool_return: expect.stringContaining("fragile") });
    await fake.restart();
    expect(await ask("c6")).toMatchObject({ status: "success", tool_return: "fine" });
    fake.tools = [];
    expect(await rig.letta.mcpServers.refresh(server.id!)).toEqual({ deleted: ["fragile"], updated: [], added: [] });
  });

  it("waits for an approval where the tool asks for one", async () => {
    const fake = await fakeServer({ tools: [described("careful")], call: () => text("done") });
    const server = await rig.letta.mcpServers.create({ server_name: "careful", config: remote(fake.url) });
    const [tool] = await rig.letta.mcpServers.tools.list(server.id!);
    await rig.letta.tools.update(tool!.id, { default_requires_approval: true });
    const agent = await makeAgent(rig, { tool_ids: [tool!.id] });
    rig.model.push({ calls: [{ id: "c1", name: "careful", args: {} }] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(reply.stop_reason.stop_reason).toBe("requires_approval");
    expect(fake.asked.map(({ method }) => method)).not.toContain("tools/call");
    const done = await rig.letta.agents.messages.create(agent.id, {
      messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] }],
    });
    expect(done.stop_reason.stop_reason).toBe("end_turn");
    expect(fake.asked.map(({ method }) => method)).toContain("tools/call");
  });
});

describe("the older routes", () => {
  it("work by the server's name", async () => {
    const config = { server_name: "older", type: "streamable_http", server_url: everything.url };
    const tested = (await http(rig, "POST", "/v1/tools/mcp/servers/test", { body: config })).body;
    expect(tested).toMatchObject({
      status: "success",
      tools: expect.arrayContaining([expect.objectContaining({ name: "echo" })]),
    });
    const added = (await http(rig, "PUT", "/v1/tools/mcp/servers/", { body: config })).body;
    expect(added).toContainEqual(expect.objectContaining(config));
    const listed = (await http(rig, "GET", "/v1/tools/mcp/servers")).body;
    expect(listed).toHaveProperty("older", expect.objectContaining(config));
    const path = "/latest/tools/mcp/servers/older";
    const tools = (await http(rig, "GET", `${path}/tools`)).body;
    expect(tools).toContainEqual(expect.objectContaining({ name: "echo", health: expect.anything() }));
    const tool = (await http(rig, "POST", `${path}/echo`)).body;
    expect(tool).toMatchObject({ name: "echo", tool_type: "external_mcp" });
    const run = (await http(rig, "POST", `${path}/tools/echo/execute`, { body: { args: { message: "old" } } })).body;
    expect(run).toEqual({ result: "Echo: old", success: true });
    const report = (await http(rig, "POST", `${path}/resync`)).body;
    expect(report).toEqual({ deleted: [], updated: [], added: [] });
    const renamed = (await http(rig, "PATCH", path, { body: { server_name: "oldest" } })).body;
    expect(renamed).toMatchObject({ server_name: "oldest", server_url: everything.url });
    const left = (await http(rig, "DELETE", "/v1/tools/mcp/servers/oldest")).body;
    expect(left).not.toContainEqual(expect.objectContaining({ server_name: "oldest" }));
  });
});

describe("OAuth", () => {
  it("goes from the stream to a person's browser and back, also with a password on the server", async () => {
    const own = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on", MEMOIR_PASSWORD: "password" } });
    stops.push(own.stop);
    const headers = { authorization: "Bearer password" };
    const auth = await startAuthServer();
    stops.push(auth.stop);
    const fake = await fakeServer({ tools: [described("guarded")], gate: guardedBy(auth) });
    const body = { server_name: "guarded", config: remote(fake.url) };
    const server = (await http(own, "POST", "/v1/mcp-servers", { body, headers })).body as { id: string };
    const events: { event: string; url?: string; tools?: unknown[] }[] = [];
    const stream = await fetch(`${own.url}/v1/mcp-servers/connect/${server.id}`, { headers });
    for await (const frame of rawFrames(stream)) {
      const event = JSON.parse(frame.data);
      events.push(event);
      if (event.event !== "authorization_url") continue;
      // The browser of the person, who knows no password of this server.
      const page = await fetch(event.url, { headers: { accept: "text/html" } });
      expect([new URL(page.url).origin, await page.text()]).toEqual([own.url, expect.stringContaining("Connected")]);
    }
    expect(events.map(({ event }) => event)).toEqual([
      "connection_attempt",
      "oauth_required",
      "authorization_url",
      "waiting_for_auth",
      "success",
    ]);
    const tools = (await http(own, "GET", `/v1/mcp-servers/${server.id}/tools`, { headers })).body;
    expect(tools).toMatchObject([{ name: "guarded" }]);
    expect((await http(own, "GET", `/v1/mcp-servers/${server.id}/tools`)).status).toBe(401);
  });
});

describe("a server without the operator's leave", () => {
  it("starts no program and asks no private address", async () => {
    const strict = await startRig();
    stops.push(strict.stop);
    const fake = await fakeServer();
    for (const config of [remote(fake.url), { mcp_server_type: "stdio" as const, command: "node", args: [] }]) {
      const refusal = await refused(strict.letta.mcpServers.create({ server_name: "n", config }));
      expect([refusal.status, refusal.body]).toEqual([400, { detail: expect.stringMatching(/MEMOIR_/) }]);
    }
    expect(fake.asked).toEqual([]);
    expect(await strict.letta.mcpServers.list()).toEqual([]);
  });
});
