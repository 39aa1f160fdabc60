import { rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

const SECRET_WORDS = "the prompt that nobody else may see";
const INSIDE = "words of a page inside";

/**
 * Names that mean what a test says, as an attacker's name server would have it: the first look-up of `rebound.test` is
 * answered with a public address, all later ones, and other names, with loopback.
 */
const NAMES = `
import dns from "node:dns";
let looked = 0;
const answer = (host) => (host === "rebound.test" && looked++ === 0 ? "93.184.216.34" : "127.0.0.1");
const isOurs = (host) => /\\.test$/.test(host);
const { lookup } = dns;
dns.lookup = (host, options, done) => {
  if (typeof options === "function") [options, done] = [{}, options];
  if (!isOurs(host)) return lookup(host, options, done);
  const address = answer(host);
  process.nextTick(() => (options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
};
const plain = dns.promises.lookup;
dns.promises.lookup = async (host, options) => {
  if (!isOurs(host)) return plain(host, options);
  const found = { address: answer(host), family: 4 };
  return options?.all ? [found] : found;
};
const { syncBuiltinESMExports } = await import("node:module");
syncBuiltinESMExports();
`;

type Seen = { url: string; authorization: string; body: string };
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that notes what it is asked. */
async function listen(answer: Answer) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push({ url: request.url ?? "", authorization: request.headers.authorization ?? "", body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { seen, port, close };
}

const list = (response: ServerResponse) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ data: [{ id: "one" }, { id: "text-embedding-one" }] }));
};

let model: ScriptedModel;
let server: TestServer;
/** What must not be asked. */
let inside: Awaited<ReturnType<typeof listen>>;
/** An attacker's provider, at an address that the operator allows. */
let front: Awaited<ReturnType<typeof listen>>;
let answerOfFront: Answer = (_, response) => list(response);
const names = path.join(tmpdir(), `memoir-names-${process.pid}.mjs`);

beforeAll(async () => {
  model = await startScriptedModel();
  inside = await listen((_, response) => {
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(INSIDE);
  });
  front = await listen((request, response) => answerOfFront(request, response));
  writeFileSync(names, NAMES);
  server = await startServer({
    modelUrl: model.url,
    environment: {
      NODE_OPTIONS: `--import ${names}`,
      MEMOIR_PRIVATE_PROVIDERS: `127.0.0.1:${front.port}, ${new URL(model.url).host}`,
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await model?.close();
  inside?.close();
  front?.close();
  rmSync(names, { force: true });
});
beforeEach(() => {
  model.reset();
  inside.seen.length = 0;
  front.seen.length = 0;
  answerOfFront = (_, response) => list(response);
});

async function api<Body = Record<string, unknown>>(method: string, route: string, body?: unknown) {
  const response = await fetch(server.url + route, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text === "" ? null : JSON.parse(text)) as Body };
}

let count = 0;
async function addProvider(base_url: string, api_key = "sk-provider"): Promise<{ id: string; name: string }> {
  const name = `added-${++count}`;
  const added = await api<{ id: string }>("POST", "/v1/providers/", { name, provider_type: "vllm", base_url, api_key });
  expect(added).toMatchObject({ status: 200 });
  return { id: added.body.id, name };
}

async function makeAgent(handle: string): Promise<string> {
  const made = await api<{ id: string }>("POST", "/v1/agents/", { model: handle, include_base_tools: false });
  expect(made).toMatchObject({ status: 200 });
  return made.body.id;
}

const say = (agent: string) =>
  api("POST", `/v1/agents/${agent}/messages`, { messages: [{ role: "user", content: SECRET_WORDS }] });
const frontUrl = () => `http://127.0.0.1:${front.port}/v1`;

describe("a provider that a client has added", () => {
  test("is not at a private address, however it is written, unless the operator has named it", async () => {
    for (const host of [
      "127.0.0.1",
      "localhost",
      "2130706433",
      "0x7f.1",
      "[::1]",
      "[::ffff:7f00:1]",
      "[::7f00:1]",
      "[64:ff9b::7f00:1]",
      "[2002:7f00:1::]",
      "169.254.169.254",
      "168.63.129.16",
      "metadata.google.internal",
      "inside.test",
    ]) {
      const base_url = `http://${host}:${inside.port}/v1`;
      const body = { name: "x", provider_type: "vllm", base_url, api_key: "k" };
      for (const route of ["/v1/providers/", "/v1/providers/check"]) {
        const refused = await api<{ detail: string }>("POST", route, body);
        expect(refused.status, host).toBe(400);
        expect(refused.body.detail).toMatch(/is a private address.*MEMOIR_PRIVATE_PROVIDERS/);
      }
    }
    expect(inside.seen).toEqual([]);
  });

  test.each([301, 302, 303, 307, 308])(
    "that answers a model call with %i has prompt and key sent nowhere else",
    async (status) => {
      answerOfFront = (request, response) => {
        if (request.url?.endsWith("/models")) return list(response);
        response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/v1/chat/completions` }).end();
      };
      const { name } = await addProvider(frontUrl());
      const answer = await say(await makeAgent(`${name}/one`));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).toMatch(/redirects of a provider are not followed/);
      expect(answer.text).not.toContain(INSIDE);
      expect(front.seen.at(-1)!.body).toContain(SECRET_WORDS);
      expect(inside.seen).toEqual([]);
    },
  );

  test("that answers a list or an embedding with a redirect leads nowhere, and tells nothing of it", async () => {
    const away: Answer = (_, response) =>
      void response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/secret` }).end();
    const { id, name } = await addProvider(frontUrl());
    const archive = await api<{ id: string }>("POST", "/v1/archives/", {
      name: "notes",
      embedding: `${name}/text-embedding-one`,
    });
    expect(archive.status).toBeLessThan(300);
    answerOfFront = away;
    const body = { provider_type: "vllm", base_url: frontUrl(), api_key: "k" };
    const asked = [
      await api("POST", "/v1/providers/check", body),
      await api("POST", `/v1/providers/${id}/check`),
      await api("PATCH", `/v1/providers/${id}/refresh`),
    ];
    for (const { status, text } of asked) {
      expect(status).toBe(400);
      expect(text).not.toContain(INSIDE);
    }
    await api("POST", `/v1/archives/${archive.body.id}/passages`, { text: SECRET_WORDS });
    await api("POST", "/v1/passages/search", { query: SECRET_WORDS, archive_id: archive.body.id });
    expect(front.seen.map(({ url }) => url)).toContain("/v1/embeddings");
    expect(inside.seen).toEqual([]);
  });

  test("whose name turns into an address inside is not asked, and no answer from there is seen", async () => {
    const { id, name } = await addProvider(`http://rebound.test:${inside.port}/v1`);
    const said = await say(await makeAgent(`${name}/one`));
    const checked = await api("POST", `/v1/providers/${id}/check`);
    expect(checked.status).toBe(400);
    expect(said.status).toBeGreaterThanOrEqual(400);
    expect(said.text + checked.text).not.toContain(INSIDE);
    expect((await api("GET", "/v1/models/")).status).toBe(200);
    expect(inside.seen).toEqual([]);
  });

  test("whose address is changed is not sent the key that was given for the one before", async () => {
    const { id } = await addProvider("http://93.184.216.34/v1", "sk-of-somebody-else");
    const change = (body: unknown) => api("PATCH", `/v1/providers/${id}`, body);
    expect((await change({ base_url: frontUrl() })).status).toBe(200);
    await api("POST", `/v1/providers/${id}/check`);
    // Others that were added before have this address too, and their own keys.
    expect(front.seen.map(({ authorization }) => authorization)).toContain("");
    for (const { authorization } of front.seen) expect(authorization).not.toContain("sk-of-somebody-else");
    // A new key that comes along is kept; the same address again changes nothing.
    expect((await change({ base_url: "http://93.184.216.34/v1" })).status).toBe(200);
    expect((await change({ base_url: frontUrl(), api_key: "sk-new" })).status).toBe(200);
    expect((await change({ base_url: `${frontUrl()}/` })).status).toBe(200);
    await api("POST", `/v1/providers/${id}/check`);
    expect(front.seen.map(({ authorization }) => authorization)).toContain("Bearer sk-new");
  });

  test("and that the operator allows streams as any other", async () => {
    const { name } = await addProvider(model.url);
    const agent = await makeAgent(`${name}/scripted`);
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    model.push({ text: "one two three", holdAt: 2, hold });
    const response = await fetch(`${server.url}/v1/agents/${agent}/messages/stream`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }], stream_tokens: true }),
    });
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      // The first word is here while the rest is held: nothing on the way waits for the end.
      if (text.includes('"one ')) release();
    }
    expect(text).toContain("three");
  });
});
