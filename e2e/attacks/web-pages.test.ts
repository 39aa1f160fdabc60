import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "@playwright/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser } from "../../scripts/browser.mjs";
import { raw } from "../support/raw-http";
import { type ServerOptions, startServer, type TestServer } from "../support/server";

const AGENT = JSON.stringify({ model: "memoir/demo", name: "made by a page", include_base_tools: false });
const JSON_TYPE = { "content-type": "application/json" };
const PUBLIC = "https://memoir.example.com";
const CONFIGURED = "https://app.example.org";
const MODES: [string, ServerOptions][] = [
  ["the API alone", {}],
  ["the API and the pages", { web: true }],
  ["Next alone", { next: true }],
];

/** What pages are told alike, whatever they ask for. */
const API_PATHS = ["/v1/agents", "/latest/agents/", "/openapi.json", "/v1/events", "/v1/health", "/v1/nothing"];
const PAGE_PATHS = [
  "/",
  "/agents",
  "/nothing",
  "/_next/static/nothing.js",
  "/icon.svg",
  "/_next/image?url=%2Ficon.svg&w=64&q=75",
];

describe.each(MODES)("%s, without a password", (_, options) => {
  let server: TestServer;
  const paths = [...API_PATHS, ...(options.web || options.next ? PAGE_PATHS : [])];
  const hostOf = (name: string) => `${name}:${new URL(server.url).port}`;
  const count = async () => Number((await raw(`${server.url}/v1/agents/count`)).text);
  beforeAll(async () => {
    server = await startServer({
      ...options,
      environment: { MEMOIR_PUBLIC_URL: PUBLIC, MEMOIR_ALLOWED_ORIGINS: CONFIGURED, MEMOIR_ALLOWED_HOSTS: "*.lan" },
    });
  });
  afterAll(() => server?.stop());

  it("answers to names of this machine and configured ones, and to no other that leads here", async () => {
    const ours = [
      "localhost",
      "LOCALHOST",
      "localhost.",
      "memoir.localhost",
      "127.0.0.1",
      "127.1.2.3",
      "[::1]",
      "box.lan",
    ];
    for (const host of [...ours.map(hostOf), "localhost", "memoir.example.com", "memoir.example.com:443"]) {
      const { status } = await raw(`${server.url}/v1/agents`, { headers: { host } });
      expect([host, status]).toEqual([host, 200]);
    }
    const foreign = [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "evillocalhost",
      "lan",
      "evil.lan.example",
    ];
    const odd = [
      "0.0.0.0",
      "192.168.1.1",
      "[::]",
      "[::ffff:1.2.3.4]",
      "169.254.169.254",
      "memoir.example.com.evil.example",
    ];
    for (const host of [...[...foreign, ...odd].map(hostOf), "localhost@evil.example", "evil.example"]) {
      for (const path of paths) {
        const answer = await raw(server.url + path, { headers: { host, "x-forwarded-host": "localhost" } });
        expect([host, path, answer.status >= 400 && answer.status < 404]).toEqual([host, path, true]);
      }
    }
  });

  it("says in the contract's form what would let a name in", async () => {
    const { status, text, headers } = await raw(`${server.url}/v1/agents`, { headers: { host: "evil.example" } });
    expect([status, headers["x-request-id"]]).toEqual([403, expect.any(String)]);
    expect(JSON.parse(text)).toEqual({ detail: expect.stringMatching(/"evil\.example".*MEMOIR_PUBLIC_URL/) });
    const chat = await raw(`${server.url}/v1/chat/completions`, { method: "POST", headers: { host: "evil.example" } });
    expect(JSON.parse(chat.text)).toMatchObject({ error: { type: "permission_error" } });
  });

  it("refuses pages of other origins everything, and does nothing for them", async () => {
    const before = await count();
    const { port } = new URL(server.url);
    const origins = ["https://evil.example", "null", "http://localhost:1", `https://localhost:${port}.evil.example`];
    const near = [
      `http://localhost:${port}`,
      "http://127.0.0.1",
      "file://",
      "chrome-extension://x",
      `http://x@127.0.0.1:${port}`,
    ];
    for (const origin of [...origins, ...near]) {
      for (const path of paths) {
        const answer = await raw(server.url + path, { headers: { origin } });
        expect([origin, path, answer.status]).toEqual([origin, path, 403]);
        expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      }
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json", ""]) {
        const headers = { origin, ...(type ? { "content-type": type } : {}) };
        const made = await raw(`${server.url}/v1/agents`, { method: "POST", headers, body: AGENT });
        expect([origin, type, made.status]).toEqual([origin, type, 403]);
      }
      const preflight = await raw(`${server.url}/v1/agents`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
      });
      expect([origin, preflight.status]).toEqual([origin, 403]);
    }
    expect(await count()).toBe(before);
  });

  it("refuses what a page of another site asks without saying its origin, but lets people follow links", async () => {
    for (const site of ["cross-site", "same-site"]) {
      for (const path of paths) {
        const image = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
        expect([path, (await raw(server.url + path, { headers: image })).status]).toEqual([path, 403]);
        const frame = { "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };
        expect([path, (await raw(server.url + path, { headers: frame })).status]).toEqual([path, 403]);
      }
      const link = { "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect((await raw(`${server.url}/v1/agents`, { headers: link })).status).toBe(403);
      const posted = await raw(`${server.url}/v1/agents`, {
        method: "POST",
        headers: { ...link, ...JSON_TYPE },
        body: AGENT,
      });
      expect(posted.status).toBe(403);
      expect((await raw(`${server.url}/v1/reference`, { headers: link })).status).toBe(200);
      const back = await raw(`${server.url}/v1/tools/mcp/oauth/callback?state=x&code=y`, { headers: link });
      expect(back.status).not.toBe(403);
      if (options.web || options.next) expect((await raw(`${server.url}/agents`, { headers: link })).status).toBe(200);
    }
  });

  it("serves its own pages, and those of configured origins with leave to read", async () => {
    const { port } = new URL(server.url);
    for (const own of [`http://127.0.0.1:${port}`, `https://127.0.0.1:${port}`]) {
      const answer = await raw(`${server.url}/v1/agents`, {
        headers: { origin: own, "sec-fetch-site": "same-origin" },
      });
      expect([own, answer.status]).toEqual([own, 200]);
    }
    for (const origin of [PUBLIC, CONFIGURED]) {
      const headers = { origin, "sec-fetch-site": "cross-site" };
      const answer = await raw(`${server.url}/v1/agents`, { headers });
      expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, origin]);
      expect(answer.headers.vary).toMatch(/origin/i);
      const failed = await raw(`${server.url}/v1/nothing`, { headers });
      expect([failed.status, failed.headers["access-control-allow-origin"]]).toEqual([404, origin]);
      const preflight = await raw(`${server.url}/v1/agents`, {
        method: "OPTIONS",
        headers: { ...headers, "access-control-request-method": "PATCH", "access-control-request-headers": "x-a" },
      });
      expect([preflight.status, preflight.headers["access-control-allow-headers"]]).toEqual([204, "x-a"]);
      expect(preflight.headers["access-control-allow-methods"]).toContain("PATCH");
    }
    expect((await raw(`${server.url}/v1/agents`)).headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("takes an access token from the page that it was made for, and from no other", async () => {
    const agent = JSON.parse(
      (await raw(`${server.url}/v1/agents`, { method: "POST", headers: JSON_TYPE, body: AGENT })).text,
    ) as { id: string };
    const page = "https://shop.example";
    const policy = [{ type: "agent", id: agent.id, access: ["read_agent"] }];
    const preflight = {
      origin: page,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    };
    const ask = () => raw(`${server.url}/v1/agents/${agent.id}`, { method: "OPTIONS", headers: preflight });
    expect((await ask()).status).toBe(403);
    const made = await raw(`${server.url}/v1/client-side-access-tokens`, {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ hostname: `${page}/cart`, policy }),
    });
    const { token } = JSON.parse(made.text) as { token: string };
    const allowed = await ask();
    expect([allowed.status, allowed.headers["access-control-allow-origin"]]).toEqual([204, page]);
    const read = (origin: string, bearer: string) =>
      raw(`${server.url}/v1/agents/${agent.id}`, { headers: { origin, authorization: `Bearer ${bearer}` } });
    const answer = await read(page, token);
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, page]);
    expect((await read("https://evil.example", token)).status).toBe(403);
    expect((await read(page, "memoir-cst-made-up")).status).toBe(401);
    expect((await read(page, "something else")).status).toBe(403);
  });

  it("takes JSON for JSON only where it is said to be, or nothing is said, or curl says what it always says", async () => {
    const send = (headers: Record<string, string>, body = AGENT) =>
      raw(`${server.url}/v1/agents`, { method: "POST", headers, body });
    const good = [
      "application/json",
      "application/json; charset=utf-8",
      "APPLICATION/JSON",
      "application/vnd.api+json",
    ];
    for (const type of [...good, "text/json", "application/x-www-form-urlencoded"]) {
      expect([type, (await send({ "content-type": type })).status]).toEqual([type, 200]);
    }
    expect((await send({})).status).toBe(200);
    const bad = [
      "text/plain",
      "text/plain;application/json",
      "multipart/form-data; boundary=x",
      "application/xml",
      "json",
      "text/html",
    ];
    for (const type of bad) {
      const answer = await send({ "content-type": type });
      expect([type, answer.status]).toEqual([type, 415]);
      expect(JSON.parse(answer.text)).toEqual({ detail: expect.stringContaining("application/json") });
    }
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await send(form, "model=memoir%2Fdemo")).status).toBe(415);
    expect((await send({ ...form, "sec-fetch-mode": "cors" })).status).toBe(415);
    expect((await send({ ...form, origin: new URL(server.url).origin })).status).toBe(415);
    const upload = await raw(`${server.url}/v1/agents/import`, { method: "POST", headers: JSON_TYPE, body: "{}" });
    expect(upload.status).toBe(415);
  });
});

describe("a browser that shows somebody else's page", () => {
  let server: TestServer;
  let browser: Browser;
  let evil: Server;
  let evilPort: number;
  const count = async () => Number((await raw(`${server.url}/v1/agents/count`)).text);
  beforeAll(async () => {
    server = await startServer({ web: true });
    evil = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>evil</title>");
    });
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    evilPort = (evil.address() as AddressInfo).port;
    browser = await chromium.launch({
      executablePath: findBrowser() || undefined,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1",
      ],
    } as Parameters<typeof chromium.launch>[0]);
  });
  afterAll(async () => {
    await browser?.close();
    evil?.close();
    await server?.stop();
  });

  it.each(["localhost", "127.0.0.1", "evil.example"])(
    "makes no agent for a page of %s by a form or a script",
    async (host) => {
      const before = await count();
      const page = await browser.newPage();
      await page.goto(`http://${host}:${evilPort}/`);
      const target = `${server.url}/v1/agents`;
      const results = await page.evaluate(
        async ([url, body]) => {
          const tries: RequestInit[] = [
            { method: "POST", body, mode: "no-cors", headers: { "content-type": "text/plain" } },
            { method: "POST", body: new Blob([body]), mode: "no-cors" },
            { method: "POST", body, headers: { "content-type": "application/json" } },
            { method: "POST", body: new URLSearchParams({ [body]: "" }), mode: "no-cors" },
            {},
          ];
          return Promise.all(
            tries.map((init) =>
              fetch(url, init).then(
                (answer) => (answer.type === "opaque" ? "unread" : `read ${answer.status}`),
                () => "failed",
              ),
            ),
          );
        },
        [target, AGENT] as [string, string],
      );
      expect(results.filter((one) => one.startsWith("read"))).toEqual([]);
      const posted = await Promise.all([
        page.waitForResponse((answer) => answer.url() === target),
        page.evaluate(
          ([url, body]) => {
            const form = document.createElement("form");
            form.method = "post";
            form.enctype = "text/plain";
            form.action = url;
            const field = document.createElement("input");
            field.name = `${body.slice(0, -1)},"x":"`;
            field.value = '"}';
            form.append(field);
            document.body.append(form);
            form.submit();
          },
          [target, AGENT] as [string, string],
        ),
      ]);
      expect(posted[0].status()).toBe(403);
      expect(await count()).toBe(before);
      await page.close();
    },
  );

  it("gets nothing under a name that was led to this machine, and no frame of the pages", async () => {
    const { port } = new URL(server.url);
    const page = await browser.newPage();
    for (const path of ["/", "/v1/agents", "/openapi.json"]) {
      const answer = await page.goto(`http://rebound.example:${port}${path}`);
      expect([path, answer?.status()]).toEqual([path, 403]);
    }
    await page.goto(`http://evil.example:${evilPort}/`);
    const framed = page.waitForResponse((answer) => answer.url() === `${server.url}/agents`);
    await page.evaluate((url) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
    }, `${server.url}/agents`);
    expect((await framed).status()).toBe(403);
    await page.close();
  });
});
