import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeAgent, openTestSandbox, type TestSandbox } from "./testing/open";

let box: TestSandbox;
let server: Server;
let port: number;
let visits = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    visits += 1;
    response.end("secret");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  process.env.MEMOIR_HOST_SECRET = "the-secret-of-the-host";
  box = openTestSandbox("javascript");
});

afterAll(async () => {
  await box.close();
  server.close();
});

/** Tries expressions, one after another, and says what came of each. */
async function tryAll(ways: string[]) {
  const attempts = ways.map((way) => `async () => (${way})`).join(",\n");
  const result = await box.run(`const out = [];
for (const way of [${attempts}]) {
  try { out.push("GOT " + String(await way())); } catch (error) { out.push("REFUSED " + error); }
}
out`);
  expect(result.error).toBeNull();
  return (result.value as string[]) ?? [];
}

describe("the host", () => {
  test("files, modules, processes and the environment can't be reached", async () => {
    const out = await tryAll([
      `import("fs")`,
      `import("node:child_process")`,
      `import("file:///etc/passwd")`,
      `import("../../../../../etc/passwd")`,
      `import("data:text/javascript,export default 1")`,
      `require("fs")`,
      `process.binding("fs")`,
      `process.mainModule.require("fs")`,
      `process.kill(1)`,
      `globalThis.constructor.constructor("return process")().mainModule.x`,
      `(() => {}).constructor("return this")().process.dlopen()`,
      `std.getenv("PATH")`,
      `os.exec(["id"])`,
      `Deno.env`,
      `Object.keys(process.env).length > 0 ? process.env : process.env.MEMOIR_HOST_SECRET.length`,
      `new Worker("x")`,
      `WebAssembly.compile(new Uint8Array())`,
      `__loadScript("/etc/passwd")`,
    ]);
    expect(out.filter((one) => !one.startsWith("REFUSED"))).toEqual([]);
  });

  test("the environment is what the call was given", async () => {
    const result = await box.run("process.env", { env: { TOKEN: "of-the-agent" } });
    expect(result.value).toEqual({ TOKEN: "of-the-agent" });
  });

  test("the network can't be reached", async () => {
    const out = await tryAll([
      `fetch("http://127.0.0.1:${port}/")`,
      `fetch("http://169.254.169.254/latest/meta-data/")`,
      `new WebSocket("ws://127.0.0.1:${port}")`,
      `new XMLHttpRequest()`,
    ]);
    expect(out.every((one) => one.startsWith("REFUSED"))).toBe(true);
    expect(visits).toBe(0);
  });
});

describe("the host's JavaScript", () => {
  test("constructors of what the host gives lead back into the interpreter only", async () => {
    const out = await tryAll([
      `console.log.constructor("return typeof process.pid")()`,
      `fetch.constructor("return typeof process.pid")()`,
      `setTimeout.constructor("return typeof require")()`,
      `process.env.constructor.constructor("return typeof process.pid")()`,
      `Error.prepareStackTrace = (_error, frames) => frames, typeof new Error().stack[0]?.getThis`,
    ]);
    expect(out.every((one) => one === "GOT undefined")).toBe(true);
  });

  test("a polluted prototype stays in its call", async () => {
    await box.run(`Object.prototype.polluted = "yes"; Array.prototype.map = () => ["evil"]; JSON.stringify = () => '"evil"';
Promise.prototype.then = () => { throw new Error("evil"); }; globalThis.leak = 1; 1`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const next = await box.run(`[typeof ({}).polluted, [1].map((x) => x), JSON.stringify(1), typeof leak]`);
    expect(next.value).toEqual(["undefined", [1], "1", "undefined"]);
  });

  test("keys that mean something to JavaScript stay data", async () => {
    const result = await box.run(
      `JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')`,
    );
    expect(result.status).toBe("success");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("limits", () => {
  test.each([
    ["a busy loop", "while (true) {}"],
    ["a timer far away", "await new Promise((done) => setTimeout(done, 1e9)); 1"],
    ["timers without end", "setInterval(() => {}, 0); await new Promise(() => {})"],
    ["promises without end", "const again = () => Promise.resolve().then(again); again(); await new Promise(() => {})"],
    ["a loop that catches everything", "for (;;) { try { for (;;) {} } catch {} }"],
    ["a slow regular expression", `/(a+)+$/.test("a".repeat(40) + "b")`],
  ])("%s ends at the time limit", async (_name, source) => {
    const result = await box.run(`console.log("before");\n${source}`, { limits: { timeoutMs: 600 } });
    expect(result.status).toBe("timeout");
    expect(result.stdout).toEqual(["before"]);
  });

  test("awaiting what never comes is an error, not a wait", async () => {
    const result = await box.run("await new Promise(() => {}); 1");
    expect(result.error?.message).toContain("never comes");
  });

  test.each([
    ["an array", "const x = []; for (;;) x.push('x'.repeat(1000) + x.length);"],
    ["a string", "let x = 'x'; for (;;) x += x;"],
    ["a buffer", "const x = []; for (;;) x.push(new Uint8Array(1 << 24));"],
  ])("a memory bomb ends its call: %s", async (_name, source) => {
    const result = await box.run(source, { limits: { memoryBytes: 32 * 1024 * 1024 } });
    expect(["error", "killed"]).toContain(result.status);
    expect((await box.run("3")).value).toBe(3);
  });

  test("an output bomb ends its call", async () => {
    const bomb = await box.run("for (;;) console.log('x'.repeat(100))", { limits: { outputChars: 1000 } });
    expect(bomb.error?.type).toBe("OutputLimitError");
    expect(bomb.stdout.join("\n").length).toBe(1000);
  });

  test.each([
    ["of functions", "const f = (n) => f(n + 1) + 1; f(0)"],
    ["in JSON", "let x = []; for (let i = 0; i < 1e5; i++) x = [x]; JSON.stringify(x)"],
    ["in the parser", "eval('('.repeat(1e5) + ')'.repeat(1e5))"],
    ["of getters", "const o = { get x() { return this.x; } }; o.x"],
  ])("deep recursion %s ends its call only", async (_name, source) => {
    const result = await box.run(source);
    expect(["error", "killed"]).toContain(result.status);
    expect((await box.run("4")).value).toBe(4);
  });
});

describe("returns and messages", () => {
  test("NUL bytes, halves of characters and odd numbers", async () => {
    const result = await box.run(
      `["a\\u0000b", "\\ud800x", NaN, Infinity, 10n ** 30n, undefined, new Map([["a", 1]])]`,
    );
    expect(result.status).toBe("success");
    const value = result.value as string[];
    expect(value[0]).toBe("ab");
    expect(value[1]!.isWellFormed()).toBe(true);
    expect(value.slice(2)).toEqual([null, null, "1000000000000000000000000000000", null, { a: 1 }]);
  });

  test("50 MB are cut, and their length is told", async () => {
    const result = await box.run("'x'.repeat(50_000_000)", { limits: { returnChars: 1000 } });
    expect(result.status).toBe("success");
    expect(result.text).toBe("x".repeat(1000));
    expect(result.textLength).toBe(50_000_000);
  });

  test("what contains itself has no JSON", async () => {
    const result = await box.run("const x = {}; x.x = x; x");
    expect(result.status).toBe("success");
    expect(result.value).toBeNull();
  });

  test("a toJSON or getter that throws, or never ends, is only its own call's trouble", async () => {
    expect((await box.run("({ toJSON() { throw new Error('no'); } })")).value).toBeNull();
    const endless = await box.run("({ toJSON() { for (;;) {} } })", { limits: { timeoutMs: 500 } });
    expect(endless.status).toBe("timeout");
  });

  test("a tool reaches no other agent than its own", async () => {
    const { port: agent, blocks } = fakeAgent();
    const source = `export async function f() {
  const out = [];
  for (const attempt of [
    () => client.agents.blocks.retrieve("human", { agent_id: "agent-other" }),
    () => client.agents.blocks.update("human", { agent_id: "agent-other", value: "x" }),
    () => client.agents.messages.list("agent-other"),
    () => client.agents.passages.list("agent-other"),
  ]) {
    try { out.push("GOT " + await attempt()); } catch { out.push("REFUSED"); }
  }
  return out;
}`;
    const result = await box.run(source, { entry: "f", agent });
    expect(result.value).toEqual(Array(4).fill("REFUSED"));
    expect(blocks.get("human")).toBe("Ada likes tea.");
  });
});
