import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WireMcpTest } from "@/lib/api/mcp";
import { guardedBy, startAuthServer } from "./testing/auth-server";
import { type McpCore, openMcpCore } from "./testing/core";
import { described, type FakeServer, startFakeServer } from "./testing/fake-server";

let t: McpCore;
let off: McpCore;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  t = await openMcpCore();
  off = await openMcpCore({ MEMOIR_MCP_STDIO: "off", MEMOIR_ALLOW_PRIVATE_URLS: "off" });
});
afterAll(async () => {
  await t.close();
  await off.close();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(changes: Parameters<typeof startFakeServer>[0] = {}): Promise<FakeServer> {
  const fake = await startFakeServer({ tools: [described("one")], ...changes });
  stops.push(fake.stop);
  return fake;
}

const remote = (server_url: string, more = {}) => ({ mcp_server_type: "streamable_http", server_url, ...more });
const test = (body: Record<string, unknown>, core = t) =>
  core.api<WireMcpTest & { detail: string }>("POST", "/v1/mcp-servers/test", body);

describe("a server that is tried", () => {
  it("answers with its tools, and nothing is kept", async () => {
    const fake = await start();
    const before = await t.rowCounts();
    const answer = await test({ config: remote(fake.url, { auth_token: "token-of-a-trial" }) });
    expect(answer.body).toMatchObject({ state: "connected", message: null, tools: [{ name: "one" }] });
    expect(fake.asked.at(-1)!.headers.authorization).toBe("Bearer token-of-a-trial");
    expect(await t.rowCounts()).toEqual(before);
  });

  it("is said to fail, and why, with status 200", async () => {
    const gone = await test({ config: remote("http://127.0.0.1:9/mcp") });
    expect([gone.status, gone.body.state, gone.body.tools]).toEqual([200, "failed", []]);
    expect(gone.body.message).toContain("ECONNREFUSED");
    const denied = await test({ config: remote("http://127.0.0.1:9/mcp") }, off);
    expect([denied.status, denied.body.state]).toEqual([200, "failed"]);
    const program = await test({ config: { mcp_server_type: "stdio", command: "node", args: [] } }, off);
    expect(program.body).toMatchObject({ state: "failed", message: expect.stringContaining("MEMOIR_MCP_STDIO=on") });
  });

  it("is said to want a person's leave", async () => {
    const auth = await startAuthServer();
    const fake = await start({ gate: guardedBy(auth) });
    stops.push(auth.stop);
    expect((await test({ config: remote(fake.url) })).body).toMatchObject({ state: "needs_authorization", tools: [] });
  });

  it("has its kept secrets stand for masks while it is being changed", async () => {
    const fake = await start();
    const server = await t.add(
      "changing",
      remote(fake.url, { auth_token: "kept-token-1", custom_headers: { "X-A": "kept-a" } }),
    );
    const change = { auth_token: "********", custom_headers: { "X-A": "********", "X-B": "new" } };
    const answer = await test({ mcp_server_id: server.id, config: remote(fake.url, change) });
    expect(answer.body.state).toBe("connected");
    expect(fake.asked.at(-1)!.headers).toMatchObject({
      authorization: "Bearer kept-token-1",
      "x-a": "kept-a",
      "x-b": "new",
    });
    expect(JSON.stringify(answer.body)).not.toContain("kept-token-1");
    expect((await t.api("GET", `/v1/mcp-servers/${server.id}`)).body).toEqual(server);
  });

  it("gets no secret of another address, and a mask stands for none where none is kept", async () => {
    const [fake, other] = [await start(), await start()];
    const server = await t.add("elsewhere", remote(fake.url, { auth_token: "kept-token-2" }));
    const masked = await test({ mcp_server_id: server.id, config: remote(other.url, { auth_token: "********" }) });
    expect([masked.status, masked.body.detail]).toEqual([422, expect.stringContaining("config.auth_token")]);
    await test({ mcp_server_id: server.id, config: remote(other.url) });
    expect(JSON.stringify(other.asked)).not.toContain("kept-token-2");
    expect((await test({ config: remote(other.url, { auth_token: "********" }) })).status).toBe(422);
    expect((await test({ config: { mcp_server_type: "sse" } })).status).toBe(422);
    const unknown = "mcp_server-00000000-0000-4000-8000-00000000dead";
    expect((await test({ mcp_server_id: unknown, config: remote(fake.url) })).status).toBe(404);
  });
});
