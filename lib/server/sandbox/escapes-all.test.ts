import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SandboxCall } from "./sandbox";
import { implementations } from "./testing/implementations";
import { fakeAgent, openTestSandbox, type TestSandbox } from "./testing/open";

const { all: IMPLEMENTATIONS, standIn } = await implementations();

let server: Server;
let port: number;
let visits = 0;
beforeAll(async () => {
  server = createServer((_request, response) => {
    visits += 1;
    response.end("secret");
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await standIn?.close();
});

/** All text in a value, keys too. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(textsOf)];
}

/** The same attacks in both languages. */
const ATTACKS = {
  python: {
    fetch: (urls: string[]) => `import urllib.request
out = []
for url in ${JSON.stringify(urls)}:
    try:
        out.append("GOT " + urllib.request.urlopen(url, timeout=3).read().decode())
    except Exception as error:
        out.append("REFUSED " + str(error))
out`,
    poison: `import json
calls = [json.loads('{"n": 1, "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')]
out = []
for args in calls:
    try:
        out.append(twice(**args))
    except Exception as error:
        out.append(str(error))
client.agents.passages.create(text="x", tags=["__proto__"])
out`,
    broken: `import sys
print("a\\x00b", "\\ud800")
print("c\\x00d", "\\udfff", file=sys.stderr)
{"k\\x00ey": "v\\x00", "\\ud800": ["\\udfff", {"deep": "\\x00"}]}`,
    throws: `raise ValueError("a\\x00b\\ud800" + "x" * 100000)`,
    deep: "x = []\nfor _ in range(5000):\n    x = [x]\nx",
    long: "'é' * 50_000_000",
    stderr: "import sys\nwhile True:\n    print('x' * 100, file=sys.stderr)",
    never: "import time\nwhile True:\n    time.sleep(1000)",
    dns: `import socket
out = []
for host in ("localhost", "example.org", "metadata.google.internal"):
    for ask in (socket.gethostbyname, lambda one: socket.getaddrinfo(one, 80), socket.gethostbyname_ex):
        try:
            out.append(str(ask(host)))
        except Exception:
            pass
out`,
    leave:
      "import builtins, sys, os\nbuiltins.leak = 1\nsys.modules['leak'] = sys\nopen('/tmp/leak', 'w').write('x')\n1",
    find: "import builtins, sys, os\n[hasattr(builtins, 'leak'), 'leak' in sys.modules, 'leak' in globals(), os.path.exists('/tmp/leak')]",
  },
  javascript: {
    fetch: (urls: string[]) => `const out = [];
for (const url of ${JSON.stringify(urls)}) {
  try { out.push("GOT " + await (await fetch(url)).text()); } catch (error) { out.push("REFUSED " + error.message); }
}
out`,
    poison: `const out = [];
for (const args of [JSON.parse('{"n": 1, "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')]) {
  try { out.push(await twice(args)); } catch (error) { out.push(error.message); }
}
await client.agents.passages.create(agent_state.id, { text: "x", tags: ["__proto__"] });
out`,
    broken: `console.log("a\\u0000b", "\\ud800");
console.error("c\\u0000d", "\\udfff");
({ ["k\\u0000ey"]: "v\\u0000", "\\ud800": ["\\udfff", { deep: "\\u0000" }] })`,
    throws: `throw new RangeError("a\\u0000b\\ud800" + "x".repeat(100000))`,
    deep: "let x = []; for (let i = 0; i < 5000; i++) x = [x];\nx",
    long: "'é'.repeat(50_000_000)",
    stderr: "for (;;) console.error('x'.repeat(100))",
    never: "await new Promise((done) => setTimeout(done, 1e9))",
    dns: `const out = [];
for (const host of ["localhost", "example.org", "metadata.google.internal"]) {
  try { out.push(String(await fetch("http://" + host + "/"))); } catch {}
}
out`,
    leave: "globalThis.leak = 1; Object.prototype.leak = 1; Array.prototype.map = () => 'leak';\n1",
    find: "[typeof leak !== 'undefined', 'leak' in {}, [1].map((x) => x)[0] !== 1]",
  },
};

describe.each(IMPLEMENTATIONS)("$name", ({ language, settings }) => {
  const attacks = ATTACKS[language];
  let box: TestSandbox;
  beforeAll(() => {
    box = openTestSandbox(language, settings);
  });
  afterAll(() => box.close());
  const run = (source: string, call: Partial<SandboxCall> = {}) => box.run(source, call);

  test("no address of this machine or its network can be fetched, also where its name is allowed", async () => {
    const before = visits;
    const hosts = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1"];
    const urls = [
      ...hosts.map((host) => `http://${host}:${port}/`),
      "http://169.254.169.254/",
      "http://[fd00:ec2::254]/",
    ];
    const allowedHosts = [...hosts, "[::ffff:7f00:1]", "169.254.169.254", "[fd00:ec2::254]", "*.internal"];
    for (const call of [{ allowedHosts }, {}]) {
      const { value, error } = await run(attacks.fetch(urls), call);
      expect(error).toBeNull();
      expect((value as string[]).filter((one) => !one.startsWith("REFUSED"))).toEqual([]);
      expect(value).toHaveLength(urls.length);
    }
    expect(visits).toBe(before);
  });

  test("a fetch is of http only: no file, no other scheme", async () => {
    const urls = ["file:///etc/passwd", "ftp://example.org/", "data:text/plain,x", "javascript:1", "//example.org", ""];
    const { value } = await run(attacks.fetch(urls), { allowedHosts: ["", "example.org", "*.org"] });
    expect((value as string[]).filter((one) => one.startsWith("GOT"))).toEqual([]);
  });

  test("no name is looked up", async () => {
    const { value, error } = await run(attacks.dns);
    expect([value, error]).toEqual([[], null]);
  });

  test("keys that mean something to JavaScript are only data to the server", async () => {
    const seen: object[] = [];
    const functions = {
      names: ["twice"],
      async call(_name: string, args: { n?: unknown }) {
        seen.push(args);
        return Number(args.n) * 2;
      },
    };
    const { port: agent } = fakeAgent();
    const { error, value } = await run(attacks.poison, { functions, agent });
    expect(error).toBeNull();
    expect(value).toEqual([2]);
    expect(seen).toHaveLength(1);
    expect(Object.getPrototypeOf(seen[0]!)).toBe(Object.prototype);
    expect([{}, seen[0]!, [], () => {}].map((one) => "polluted" in one)).toEqual([false, false, false, false]);
  });

  test("NUL and halves of characters are nowhere in a result: value, keys, text, output, or what was heard", async () => {
    const heard: string[] = [];
    const result = await run(attacks.broken, { onOutput: (_stream, text) => heard.push(text) });
    expect(result.status).toBe("success");
    const texts = textsOf([result, heard]);
    expect(texts.length).toBeGreaterThan(8);
    expect(texts.filter((text) => text.includes("\0") || !text.isWellFormed())).toEqual([]);
    expect(result.stdout.join()).toContain("ab");
    expect(result.stderr.join()).toContain("cd");
    expect(result.value).toMatchObject({ key: "v" });
  });

  test("nor in an error, which is cut where it is long", async () => {
    const { status, error } = await run(attacks.throws);
    expect(status).toBe("error");
    expect(textsOf(error).filter((text) => text.includes("\0") || !text.isWellFormed())).toEqual([]);
    expect(error!.message.length).toBeLessThanOrEqual(20_000);
    expect(error!.traceback.length).toBeLessThanOrEqual(20_000);
  });

  test("a return that is nested too deep has no value, and harms nobody", async () => {
    const { status, value } = await run(attacks.deep);
    expect(["success", "error", "killed"]).toContain(status);
    expect(value).toBeNull();
    expect((await run("1")).value).toBe(1);
  });

  test("a return of 50 million characters is cut, and its length is told", async () => {
    const result = await run(attacks.long, { limits: { returnChars: 1000 } });
    expect(result).toMatchObject({ status: "success", text: "é".repeat(1000), textLength: 50_000_000, value: null });
  });

  test("what floods stderr ends as what floods stdout does", async () => {
    const result = await run(attacks.stderr, { limits: { outputChars: 1000 } });
    expect(result.error?.type).toBe("OutputLimitError");
    expect(result.stderr.join("\n").length).toBeLessThanOrEqual(1000);
  });

  test("a tool that never returns ends at its time limit", async () => {
    const result = await run(attacks.never, { limits: { timeoutMs: 1000 } });
    expect(result).toMatchObject({ status: "timeout", error: { type: "TimeoutError" } });
  });

  test("the next call, of the same organization or of another, sees nothing of one before it", async () => {
    for (const organizationId of ["org-a", "org-a", "org-b", "org-a"]) {
      const seen = await run(attacks.find, { organizationId });
      expect(seen.error).toBeNull();
      expect((seen.value as boolean[]).includes(true)).toBe(false);
      await run(attacks.leave, { organizationId });
    }
  });
});
