import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WireMcpServer, WireMcpStatus, WireMcpToolResult } from "@/lib/api/mcp";
import { createApp } from "../http/app";
import { asJson } from "../testing/requests";
import type { ConnectEvent } from "./oauth-flow";
import { type AuthServer, guardedBy, startAuthServer } from "./testing/auth-server";
import { type McpCore, openMcpCore } from "./testing/core";
import { described, type FakeServer, startFakeServer } from "./testing/fake-server";

let t: McpCore;
let app: ReturnType<typeof createApp>;
let auth: AuthServer;
let fake: FakeServer;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  t = await openMcpCore();
  app = createApp(t.core);
});
afterAll(() => t.close());
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(): Promise<void> {
  auth = await startAuthServer();
  fake = await startFakeServer({
    tools: [described(`tool_${auth.url.split(":").at(-1)}`)],
    gate: guardedBy(auth),
    call: () => ({ content: [{ type: "text", text: "let in" }] }),
  });
  stops.push(auth.stop, fake.stop);
}

const config = (more = {}) => ({ mcp_server_type: "streamable_http", server_url: fake.url, ...more });

type Stream = { next(): Promise<ConnectEvent | null>; rest(): Promise<ConnectEvent[]>; leave(): Promise<void> };

async function open(method: string, path: string, body?: unknown): Promise<Stream> {
  const response = await app.request(`http://memoir.test${path}`, {
    method,
    ...(body ? { body: asJson(body) } : {}),
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => {
    const { value } = await reader.read();
    return value === undefined ? null : (JSON.parse(value.replace("data: ", "")) as ConnectEvent);
  };
  return {
    next,
    async rest() {
      const events: ConnectEvent[] = [];
      for (let event = await next(); event; event = await next()) events.push(event);
      return events;
    },
    leave: () => reader.cancel(),
  };
}

/** Goes through the events up to where a person is sent, and answers where that is. */
async function askedToGo(stream: Stream): Promise<URL> {
  expect(await stream.next()).toMatchObject({ event: "connection_attempt" });
  expect(await stream.next()).toMatchObject({ event: "oauth_required" });
  const event = await stream.next();
  expect(event).toMatchObject({ event: "authorization_url", session_id: expect.stringMatching(/^mcp-oauth-/) });
  return new URL(event?.event === "authorization_url" ? event.url : "");
}

/** What a person's browser does: it goes there, and comes back with an answer. */
async function consent(url: URL): Promise<URL> {
  const answer = await fetch(url, { redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
}

const callback = async (url: URL, headers: Record<string, string> = {}) => {
  const response = await app.request(url.href, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

async function connected(name: string, more = {}): Promise<WireMcpServer> {
  const server = await t.add(name, config(more));
  const stream = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
  const back = await consent(await askedToGo(stream));
  expect(JSON.parse((await callback(back)).text)).toMatchObject({ status: "success", server_url: fake.url });
  expect((await stream.rest()).at(-1)).toMatchObject({ event: "success", tools: fake.tools });
  return server;
}

const run = async (server: WireMcpServer) => {
  const [tool] = await t.toolsOf(server.id);
  return t.api<WireMcpToolResult>("POST", `/v1/mcp-servers/${server.id}/tools/${tool!.id}/run`, { args: {} });
};
const statusOf = async (server: WireMcpServer) =>
  (await t.api<WireMcpStatus>("GET", `/v1/mcp-servers/${server.id}/status`)).body;

describe("a server that wants a person's leave", () => {
  it("is connected to by one, and has its tools then", async () => {
    await start();
    const server = await t.add("guarded", config());
    expect(await statusOf(server)).toMatchObject({
      state: "needs_authorization",
      tools: 0,
      error: expect.stringContaining("let in"),
      authorized: false,
    });
    const stream = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    const url = await askedToGo(stream);
    expect(url.searchParams.get("redirect_uri")).toBe("http://memoir.test/v1/tools/mcp/oauth/callback");
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    expect(url.searchParams.get("state")!.length).toBeGreaterThanOrEqual(43);
    expect(await stream.next()).toMatchObject({ event: "waiting_for_auth" });
    const back = await consent(url);
    const page = await callback(back, { accept: "text/html" });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("<h1>Connected</h1>")]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await stream.rest()).toEqual([expect.objectContaining({ event: "success" })]);
    expect(await statusOf(server)).toMatchObject({ state: "connected", tools: 1, error: null, authorized: true });
    expect((await run(server)).body).toMatchObject({ status: "success", func_return: "let in" });
    const again = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    expect((await again.rest()).map(({ event }) => event)).toEqual(["connection_attempt", "success"]);
  });

  it("has its tokens kept encrypted, and its headers kept from the authorization server", async () => {
    await start();
    await connected("quiet", { custom_headers: { "X-Own": "for-the-server-only" } });
    expect(fake.asked.at(-1)!.headers["x-own"]).toBe("for-the-server-only");
    expect(auth.asked.length).toBeGreaterThan(2);
    expect(JSON.stringify(auth.asked)).not.toContain("for-the-server-only");
    const token = fake.asked.at(-1)!.headers.authorization!.replace("Bearer ", "");
    const rows = JSON.stringify(await t.core.db.prisma.mcpOauth.findMany());
    expect(rows).not.toContain(token);
    expect(rows).not.toContain("code_challenge");
  });

  it("takes an answer once, and none with a state that it never gave", async () => {
    await start();
    const server = await t.add("once", config());
    const stream = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    const back = await consent(await askedToGo(stream));
    const forged = new URL(back);
    forged.searchParams.set("state", "A".repeat(43));
    expect((await callback(forged)).text).toContain("Invalid or expired state");
    expect((await callback(new URL("/v1/tools/mcp/oauth/callback", back))).text).toContain("Missing state");
    expect((await callback(back)).text).toContain('"success"');
    expect((await callback(back)).text).toContain("Invalid or expired state");
    await stream.rest();
    expect((await run(server)).body.status).toBe("success");
  });

  it("stays closed when the person says no, or the code is not accepted", async () => {
    await start();
    const server = await t.add("refused", config());
    const first = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    const asked = await askedToGo(first);
    const no = new URL("http://memoir.test/v1/tools/mcp/oauth/callback");
    const words = "<script>alert(1)</script>";
    no.search = new URLSearchParams({
      state: asked.searchParams.get("state")!,
      error: "access_denied",
      error_description: words,
    }).toString();
    const page = await callback(no, { accept: "text/html" });
    expect(page.text).toContain("access_denied");
    expect(page.text).not.toContain("<script>");
    expect((await first.rest()).at(-1)).toMatchObject({
      event: "error",
      message: expect.stringContaining("access_denied"),
    });

    const second = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    const back = await consent(await askedToGo(second));
    back.searchParams.set("code", "wrong");
    expect(JSON.parse((await callback(back)).text)).toMatchObject({ status: "error" });
    expect((await second.rest()).at(-1)).toMatchObject({ event: "error" });
    expect(await statusOf(server)).toMatchObject({ tools: 0, authorized: false });
  });

  it("has an old token renewed, with no refresh token used twice by calls at the same time", async () => {
    await start();
    const server = await connected("renewing");
    auth.expire();
    const answers = await Promise.all([run(server), run(server), run(server), run(server)]);
    expect(answers.map((answer) => answer.body.status)).toEqual(["success", "success", "success", "success"]);
    expect(auth.renewals).toBeGreaterThan(0);
    auth.expire();
    const before = auth.renewals;
    expect((await run(server)).body.status).toBe("success");
    expect([auth.renewals, auth.reused]).toEqual([before + 1, 0]);
  });

  it("asks for leave again when it can't be renewed, and an agent's call fails meanwhile", async () => {
    await start();
    const server = await connected("expired");
    const registered = auth.asked.filter(({ path }) => path === "/register").length;
    await auth.stop();
    auth.expire();
    const answer = await run(server);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([502, expect.stringContaining("authoriz")]);
    expect(auth.asked.filter(({ path }) => path === "/register")).toHaveLength(registered);
    stops.shift();
  });

  it("at another address is not shown the tokens of the old one", async () => {
    await start();
    const server = await connected("moved");
    const token = fake.asked.at(-1)!.headers.authorization!;
    const other = await startFakeServer({ tools: [described("elsewhere")] });
    stops.push(other.stop);
    await t.api("PATCH", `/v1/mcp-servers/${server.id}`, { config: { ...config(), server_url: other.url } });
    expect(other.asked.length).toBeGreaterThan(0);
    expect(JSON.stringify(other.asked)).not.toContain(token);
    expect(await statusOf(server)).toMatchObject({ tools: 1, authorized: false });
  });

  it("can be connected to before it is added", async () => {
    await start();
    const body = { server_name: "later", type: "streamable_http", server_url: fake.url };
    const stream = await open("POST", "/v1/tools/mcp/servers/connect", body);
    await callback(await consent(await askedToGo(stream)));
    expect((await stream.rest()).at(-1)).toMatchObject({ event: "success" });
    const server = await t.add("later", config());
    expect(await statusOf(server)).toMatchObject({ tools: 1, error: null, authorized: true });
  });

  it("is not waited for by a stream that nobody reads", async () => {
    await start();
    const server = await t.add("left", config());
    const stream = await open("GET", `/v1/mcp-servers/connect/${server.id}`);
    const url = await askedToGo(stream);
    await stream.leave();
    expect((await callback(await consent(url))).text).toContain('"success"');
    expect(await statusOf(server)).toMatchObject({ tools: 1, authorized: true });
  });

  it("loses its leave when it is deleted", async () => {
    await start();
    const server = await connected("deleted");
    await t.api("DELETE", `/v1/mcp-servers/${server.id}`);
    expect(await t.core.db.prisma.mcpOauth.count({ where: { serverUrl: fake.url } })).toBe(0);
  });
});

describe("connecting", () => {
  it("needs no leave where the server asks for none, and says what is wrong with one that is not there", async () => {
    const plain = await startFakeServer({ tools: [described("free")] });
    stops.push(plain.stop);
    const body = { server_name: "plain", type: "streamable_http", server_url: plain.url };
    const events = await (await open("POST", "/v1/tools/mcp/servers/connect", body)).rest();
    expect(events).toEqual([
      { event: "connection_attempt", server_name: "plain" },
      { event: "success", tools: [expect.objectContaining({ name: "free" })] },
    ]);
    await plain.stop();
    const failed = await (await open("POST", "/v1/tools/mcp/servers/connect", body)).rest();
    expect(failed.at(-1)).toEqual({ event: "error", message: expect.stringMatching(/ECONNREFUSED|hang up/) });
    stops.shift();
    expect((await t.api("GET", "/v1/mcp-servers/connect/mcp_server-00000000-0000-4000-8000-00000000dead")).status).toBe(
      404,
    );
  });
});
