import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireToolExecution } from "@/lib/api/tool-runs";
import type { WireTool } from "@/lib/api/tools";
import { readConfig } from "../../config/env";
import type { SandboxResult } from "../../sandbox/sandbox";
import { createFakeSandbox, type FakeSandbox, returned, threw } from "../../testing/fake-sandbox";
import { openTestCore, type TestCore } from "../../testing/harness";

let t: TestCore;
let sandbox: FakeSandbox;
let web: Server;
let address: string;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
const asked: { url: string; headers: IncomingMessage["headers"]; body: string }[] = [];

beforeAll(async () => {
  web = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ url: request.url!, headers: request.headers, body });
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  sandbox = createFakeSandbox();
  const config = readConfig({
    MEMOIR_SEED: "off",
    MEMOIR_ALLOW_PRIVATE_URLS: "on",
    EXA_BASE_URL: address,
    TAVILY_BASE_URL: address,
    BRAVE_BASE_URL: address,
  });
  t = await openTestCore({ sandbox, config });
  await t.api("GET", "/v1/tools/");
});
afterAll(async () => {
  await t.close();
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});
beforeEach(() => void asked.splice(0));

async function makeAgent(tools: string[], body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    include_base_tools: false,
    tools,
    ...body,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.id;
}

async function run(agentId: string, name: string, args: Record<string, unknown>) {
  const { status, body } = await t.api<WireToolExecution>("POST", `/v1/agents/${agentId}/tools/${name}/run`, { args });
  expect(status, JSON.stringify(body)).toBe(200);
  return { ...body, why: body.stderr?.join() ?? "" };
}

const send = (content: unknown, type = "application/json", status = 200) => {
  answer = (_request, response) => {
    response.writeHead(status, { "content-type": type });
    response.end(typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  };
};

describe("web_search", () => {
  test("that is not set up says what to set", async () => {
    const said = await run(await makeAgent(["web_search"]), "web_search", { query: "tea" });
    expect(said.status).toBe("error");
    const { error } = JSON.parse(said.why.split("\n")[0]!);
    expect(error).toContain("EXA_API_KEY, TAVILY_API_KEY, BRAVE_API_KEY or MEMOIR_SEARXNG_URL");
  });

  test("asks Exa, and answers in the contract's words", async () => {
    const agent = await makeAgent(["web_search"], { secrets: { EXA_API_KEY: "exa-key-1" } });
    send({
      results: [
        {
          title: "T",
          url: "https://a.org/x",
          publishedDate: "2026-01-01",
          author: "Ann",
          text: "All",
          highlights: ["h"],
          summary: "s",
        },
        { title: "Other", url: "https://other.org/" },
      ],
    });
    const said = await run(agent, "web_search", {
      query: "tea",
      num_results: 3,
      include_text: true,
      include_domains: ["a.org"],
      start_published_date: "2026-01-01",
      user_location: "de",
    });
    const result = { title: "T", url: "https://a.org/x", published_date: "2026-01-01", author: "Ann" };
    expect(said.func_return).toEqual({
      query: "tea",
      results: [{ ...result, text: "All", highlights: ["h"], summary: "s" }],
    });
    expect(asked[0]!.headers["x-api-key"]).toBe("exa-key-1");
    expect(JSON.parse(asked[0]!.body)).toEqual({
      query: "tea",
      numResults: 3,
      includeDomains: ["a.org"],
      startPublishedDate: "2026-01-01T00:00:00.000Z",
      userLocation: "DE",
      contents: { highlights: true, summary: true, text: true },
    });
  });

  test("asks Tavily", async () => {
    const agent = await makeAgent(["web_search"], { secrets: { TAVILY_API_KEY: "tvly-key" } });
    send({ results: [{ title: "T", url: "https://a.org/", content: "c", raw_content: null }] });
    const said = await run(agent, "web_search", { query: "tea", category: "news", num_results: 50 });
    expect(said.func_return).toMatchObject({ results: [{ url: "https://a.org/", highlights: ["c"], summary: null }] });
    expect(asked[0]!.headers.authorization).toBe("Bearer tvly-key");
    expect(JSON.parse(asked[0]!.body)).toEqual({ query: "tea", max_results: 20, topic: "news" });
  });

  test("asks Brave", async () => {
    const agent = await makeAgent(["web_search"], { secrets: { BRAVE_API_KEY: "brave-key" } });
    send({ web: { results: [{ title: "T", url: "https://a.org/", description: "d", extra_snippets: ["e"] }] } });
    const said = await run(agent, "web_search", {
      query: "tea",
      exclude_domains: ["b.org"],
      end_published_date: "2026-02-01",
    });
    expect(said.func_return).toMatchObject({ results: [{ highlights: ["e"], summary: "d" }] });
    const url = new URL(asked[0]!.url, address);
    expect(url.pathname).toBe("/res/v1/web/search");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      q: "tea -site:b.org",
      count: "10",
      freshness: "1970-01-01to2026-02-01",
    });
    expect(asked[0]!.headers["x-subscription-token"]).toBe("brave-key");
  });

  test("asks a SearXNG, and keeps to the domains itself", async () => {
    const agent = await makeAgent(["web_search"], { secrets: { MEMOIR_SEARXNG_URL: `${address}/searx/` } });
    const results = ["https://sub.a.org/1", "https://nota.org/2", "javascript:alert(1)", "https://a.org/3"];
    send({ results: results.map((url) => ({ title: url, url, content: "c" })) });
    const said = await run(agent, "web_search", { query: "tea", include_domains: ["a.org"] });
    const found = said.func_return as { results: { url: string }[] };
    expect(found.results.map(({ url }) => url)).toEqual(["https://sub.a.org/1", "https://a.org/3"]);
    expect(asked[0]!.url).toBe("/searx/search?q=tea+site%3Aa.org&format=json");
  });

  test("says what went wrong, without the key", async () => {
    const agent = await makeAgent(["web_search"], { secrets: { EXA_API_KEY: "exa-key-1" } });
    send({ error: "the key exa-key-1 is unknown" }, "application/json", 401);
    const refused = await run(agent, "web_search", { query: "tea" });
    expect(JSON.parse(refused.why.split("\n")[0]!).error).toContain("status 401");
    expect(refused.why).toContain("the key [secret:EXA_API_KEY] is unknown");
    send("<html>", "text/html");
    expect((await run(agent, "web_search", { query: "tea" })).why).toContain("is not JSON");
    expect((await run(agent, "web_search", {})).why).toContain("Missing required argument 'query'");
  });
});

const ARTICLE = `<!doctype html><html><head><title>Cedars</title><meta name="author" content="Ann">
<meta property="article:published_time" content="2026-01-02"></head><body><nav><a href="/menu">Menu</a></nav>
<article><h1>Cedars</h1><p>${"Cedars are tall, and they live long. ".repeat(20)}</p><h2>Care</h2>
<p>See <a href="/care">how to care</a> for them. ${"Water them, and wait. ".repeat(20)}</p>
<pre>x = 1\n  y</pre></article><script>steal()</script></body></html>`;

describe("fetch_webpage", () => {
  let agent: string;
  beforeAll(async () => {
    agent = await makeAgent(["fetch_webpage"]);
  });
  const fetchPage = (url: string) => run(agent, "fetch_webpage", { url });

  test("answers the readable text of a page, as markdown", async () => {
    send(ARTICLE, "text/html; charset=utf-8");
    const { status, func_return } = await fetchPage(`${address}/cedars`);
    expect(status).toBe("success");
    const page = func_return as { title: string; text: string; author: string; published_date: string };
    expect(page).toMatchObject({ title: "Cedars", author: "Ann", published_date: "2026-01-02" });
    expect(page.text).toContain("## Care");
    expect(page.text).toContain(`[how to care](${address}/care)`);
    expect(page.text).toContain("```\nx = 1\n  y\n```");
    expect(page.text).not.toMatch(/Menu|steal/);
  });

  test("reads UTF-16, refuses what is labelled as a page and is none, and reads what is nested without end", async () => {
    const said = "<html><body><p>Größe – schön</p></body></html>";
    for (const text of [`\ufeff${said}`, said]) {
      send(Buffer.from(text, "utf16le"), "text/html");
      expect((await fetchPage(address)).func_return).toMatchObject({ text: "Größe – schön" });
    }
    send(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0, 0xff]), "text/html");
    expect((await fetchPage(address)).why).toContain("is not");
    for (const tag of ["div", "b", "x-y"]) {
      send(
        `<html><body><h1>Head</h1>${`<${tag}>`.repeat(100_000)}deep words${`</${tag}>`.repeat(100_000)}<p>After</p></body></html>`,
        "text/html",
      );
      const page = (await fetchPage(address)).func_return as { text: string };
      expect(page.text).toContain("deep words");
      expect(page.text).toContain("After");
    }
  });

  test("follows redirects, but not for ever and only to the web", async () => {
    answer = (request, response) => {
      const next = Number(new URL(request.url!, address).searchParams.get("n")) - 1;
      if (next < 0) return void response.writeHead(200, { "content-type": "text/plain" }).end("there");
      response.writeHead(302, { location: next === 98 ? "file:///etc/passwd" : `/?n=${next}` }).end();
    };
    expect((await fetchPage(`${address}/?n=3`)).func_return).toMatchObject({ text: "there" });
    expect((await fetchPage(`${address}/?n=20`)).why).toContain("redirects more than 5 times");
    expect((await fetchPage(`${address}/?n=99`)).why).toContain("Only http and https");
  });

  test("reads what is compressed and in another charset, and no more than it may", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain; charset=latin1", "content-encoding": "gzip" });
      response.end(gzipSync(Buffer.from("caf\xe9", "latin1")));
    };
    expect((await fetchPage(address)).func_return).toMatchObject({ text: "café" });
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, "a"));
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" });
      response.end(bomb);
    };
    const before = process.memoryUsage().rss;
    const page = (await fetchPage(address)).func_return as string;
    expect(page.length).toBeLessThan(60_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  test.each<[string, string]>([
    ["ftp://example.org/", "Only http and https"],
    ["nothing", "is not the address of a web page"],
    ["http://127.0.0.1:9/", "can't be fetched"],
  ])("%s is refused", async (url, why) => {
    const { status, func_return, why: said } = await fetchPage(url);
    expect([status, func_return, said]).toEqual(["error", null, expect.stringContaining(why)]);
  });

  test("says so where there is no page, or none that is text", async () => {
    send("gone", "text/html", 404);
    expect((await fetchPage(address)).why).toContain("status 404");
    send(Buffer.alloc(10), "image/png");
    expect((await fetchPage(address)).why).toContain("image/png");
  });

  test("of a private address is refused, by name and after a redirect too", async () => {
    const closed = await openTestCore({ config: readConfig({ MEMOIR_SEED: "off" }) });
    await closed.api("GET", "/v1/tools/");
    const made = await closed.api<WireAgent>("POST", "/v1/agents/", {
      model: "openai/gpt-4o-mini",
      tools: ["fetch_webpage"],
    });
    send("secret", "text/plain");
    const port = new URL(address).port;
    for (const url of [
      address,
      `http://localhost:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      "http://169.254.169.254/",
    ]) {
      const path = `/v1/agents/${made.body.id}/tools/fetch_webpage/run`;
      const { body } = await closed.api<WireToolExecution>("POST", path, { args: { url } });
      expect([body.status, body.stderr?.join()], url).toEqual(["error", expect.stringContaining("private address")]);
    }
    expect(asked).toEqual([]);
    await closed.close();
  });
});

describe("run_code", () => {
  test("answers results, logs and what was thrown, as JSON", async () => {
    const agent = await makeAgent(["run_code"], { secrets: { TOKEN: "abcd-1234" } });
    sandbox.on("1+1", () => ({ ...returned("2"), stdout: ["out"] }));
    expect((await run(agent, "run_code", { code: "1+1", language: "js" })).func_return).toEqual({
      results: ["2"],
      logs: { stdout: ["out"], stderr: [] },
    });
    expect(sandbox.calls.at(-1)).toMatchObject({ language: "javascript", entry: null, env: {} });
    expect(sandbox.calls.at(-1)).not.toHaveProperty("agent");
    sandbox.on("bad", () => threw("NameError", "x"));
    const failed = await run(agent, "run_code", { code: "bad", language: "python" });
    expect(failed).toMatchObject({
      status: "success",
      func_return: { results: [], error: { name: "NameError", value: "x", traceback: expect.any(String) } },
    });
  });

  test("that names a session runs in its own conversation's, and is told what became of it", async () => {
    const agent = await makeAgent(["run_code"]);
    const other = await makeAgent(["run_code"]);
    const news = { began: "continued", lost: null, ended: null } as const;
    sandbox.on("1", () => ({ ...returned("1"), session: news }));
    const ask = async (id: string, session?: unknown) =>
      (await run(id, "run_code", { code: "1", language: "python", session })).func_return as Record<string, unknown>;
    expect(await ask(agent, "work")).toMatchObject({ results: ["1"], session: { name: "work", state: "continued" } });
    await ask(agent, "work");
    await ask(agent, "play");
    await ask(other, "work");
    const keys = sandbox.calls.slice(-4).map(({ session }) => session);
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
    expect(await ask(agent)).not.toHaveProperty("session");
    expect(sandbox.calls.at(-1)).not.toHaveProperty("session");
  });

  test("tells the model when a session is new, was lost, or ends", async () => {
    const agent = await makeAgent(["run_code"]);
    const told = async (session: NonNullable<SandboxResult["session"]>) => {
      sandbox.on("2", () => ({ ...returned("2"), session }));
      const said = await run(agent, "run_code", { code: "2", language: "python", session: "s" });
      return (said.func_return as { session: { state: string; note?: string } }).session;
    };
    expect(await told({ began: "started", lost: null, ended: null })).toEqual({ name: "s", state: "new" });
    expect(await told({ began: "started", lost: "it was not used for too long", ended: null })).toEqual({
      name: "s",
      state: "lost",
      note: "The state of this session was lost (it was not used for too long): a new session was started for this run.",
    });
    expect(await told({ began: "continued", lost: null, ended: "its process ended" })).toMatchObject({
      note: "The session ended with this run (its process ended): its state is lost.",
    });
  });

  test("refuses a session's name that is none", async () => {
    const agent = await makeAgent(["run_code"]);
    for (const session of ["x".repeat(101), 5]) {
      const said = await run(agent, "run_code", { code: "1", language: "python", session });
      expect([said.status, said.why]).toEqual(["error", expect.stringContaining("session")]);
    }
  });

  test.each(["r", "java"])("has no %s here", async (language) => {
    const agent = await makeAgent(["run_code"]);
    const said = await run(agent, "run_code", { code: "1", language });
    expect([said.status, said.why]).toEqual(["error", expect.stringContaining(`no ${language}`)]);
  });
});

describe("run_code_with_tools", () => {
  test("lets code call the agent's tools, and keeps what they wrote with the return", async () => {
    const source = 'def shout(text: str):\n    """D.\n\n    Args:\n        text: t\n    """';
    const tool = await t.api<WireTool>("POST", "/v1/tools/", { source_code: source });
    const gated = await t.api<WireTool>("POST", "/v1/tools/", {
      source_code: source.replace("shout", "gated"),
      default_requires_approval: true,
    });
    const agent = await makeAgent(["run_code_with_tools", "memory_insert", "send_message"], {
      tool_ids: [tool.body.id, gated.body.id],
    });
    sandbox.on("shout", async ({ args, agent: port }) => {
      expect((await port!.readBlock("human")).value).toBe("Bob\ntea");
      return { value: { said: args.text as string }, text: "{}", textLength: 2 };
    });
    sandbox.on("code", async ({ functions }) => {
      expect(functions!.names.toSorted()).toEqual(["memory_insert", "shout"]);
      const inserted = await functions!.call("memory_insert", { label: "human", new_string: "tea" });
      const said = await functions!.call("shout", { text: "hey" });
      for (const name of ["gated", "send_message", "web_search", "run_code_with_tools", "constructor"])
        await expect(functions!.call(name, {})).rejects.toThrow("Tool not found");
      await expect(functions!.call("memory_insert", { label: "none", new_string: "x" })).rejects.toThrow(
        "does not exist",
      );
      return returned(JSON.stringify([inserted, said]));
    });
    const answer = await run(agent, "run_code_with_tools", { code: "code" });
    expect(answer.func_return).toMatchObject({
      results: [JSON.stringify(["Bob\ntea", { said: "hey" }])],
      tool_calls: [
        { name: "memory_insert", status: "success" },
        { name: "shout", status: "success" },
        { name: "memory_insert", status: "error" },
      ],
    });
    const blocks = await t.api<{ value: string }[]>("GET", `/v1/agents/${agent}/core-memory/blocks`);
    expect(blocks.body.map(({ value }) => value)).toEqual(["Bob\ntea"]);
  });
});
