import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { implementations } from "./testing/implementations";
import { fakeAgent, openTestSandbox, type TestSandbox } from "./testing/open";

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/away") {
      response.writeHead(302, { location: `http://localhost:${port}/` }).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = {
        method: request.method,
        sent: Buffer.concat(chunks).toString(),
        header: request.headers["x-test"],
      };
      response.writeHead(request.url === "/404" ? 404 : 200, { "content-type": "application/json", "x-answer": "yes" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => void server.close());

/** The same tools in both languages: what one promises, the other does. */
const SUITE = {
  python: {
    add: "def add(a: int, b: int = 2) -> int:\n    return a + b",
    later: "import asyncio\nasync def later(a: int):\n    await asyncio.sleep(0.01)\n    return a",
    print: "import sys\ndef say():\n    print('one\\ntwo')\n    print('bad', file=sys.stderr)\n    return None",
    fail: "def fail():\n    x = {}\n    return x['missing']",
    broken: "def broken(:\n    pass",
    state:
      "def state(agent_state, agent_id: str):\n    return [agent_state.id, agent_id, agent_state.memory.get_block('human').value]",
    edit: "def edit(agent_state):\n    agent_state.memory.update_block_value('human', 'Ada likes coffee.')",
    client: `def run():
    block = client.agents.blocks.retrieve("human", agent_id="agent-own")
    client.agents.blocks.update("persona", agent_id="agent-own", value=block.value.upper())
    client.agents.passages.create(agent_id="agent-own", text="green tea", tags=["drink"])
    found = client.agents.passages.search(agent_id="agent-own", query="tea")
    return [len(client.agents.blocks.list(agent_id="agent-own")), found.results[0].content, found.count]`,
    noBlock: `def run():\n    return client.agents.blocks.retrieve("absent")`,
    functions: "x = twice(n=4)\nx + 1",
    functionFails: "try:\n    fails()\nexcept Exception as error:\n    x = str(error)\nx",
    fetch: (url: string) =>
      `import requests\nanswer = requests.post("${url}", json={"a": 1}, headers={"X-Test": "t"})\n[answer.status_code, answer.json(), answer.headers["X-Answer"]]`,
    fetchFails: (url: string) =>
      `import urllib.request\ntry:\n    x = urllib.request.urlopen("${url}").read().decode()\nexcept Exception as error:\n    x = "REFUSED " + str(error)\nx`,
    script: "x = 20\nprint('hi')\nx * 2 + 2",
    nothing: "x = 1",
    env: "import os\ndef env():\n    return os.environ['KEY']",
    spin: "import time\ndef spin(n: float):\n    time.sleep(n)\n    return n",
    object: "def f():\n    return {'a': [1, 2.5, None, True], 'ä': 'ü'}",
  },
  javascript: {
    add: "export function add(a, b = 2) { return a + b; }",
    later: "export async function later(a) { await new Promise((done) => setTimeout(done, 10)); return a; }",
    print: "function say() { console.log('one\\ntwo'); console.error('bad'); return null; }",
    fail: "function fail() { return undefined.missing; }",
    broken: "function broken( {",
    state:
      "function state(agent_state, agent_id) { return [agent_state.id, agent_id, agent_state.memory.get_block('human').value]; }",
    edit: "function edit(agent_state) { agent_state.memory.update_block_value('human', 'Ada likes coffee.'); }",
    client: `async function run() {
  const block = await client.agents.blocks.retrieve("human", { agent_id: "agent-own" });
  await client.agents.blocks.update("persona", { agent_id: "agent-own", value: block.value.toUpperCase() });
  await client.agents.passages.create("agent-own", { text: "green tea", tags: ["drink"] });
  const found = await client.agents.passages.search("agent-own", { query: "tea" });
  return [(await client.agents.blocks.list("agent-own")).length, found.results[0].content, found.count];
}`,
    noBlock: `async function run() { return client.agents.blocks.retrieve("absent"); }`,
    functions: "const x = await twice({ n: 4 });\nx + 1",
    functionFails: "let x; try { await fails(); } catch (error) { x = error.message; }\nx",
    fetch: (url: string) =>
      `const answer = await fetch("${url}", { method: "POST", body: JSON.stringify({ a: 1 }), headers: { "X-Test": "t" } });\n[answer.status, await answer.json(), answer.headers.get("x-answer")]`,
    fetchFails: (url: string) =>
      `let x; try { x = await (await fetch("${url}")).text(); } catch (error) { x = "REFUSED " + error.message; }\nx`,
    script: "const x = 20;\nconsole.log('hi');\nx * 2 + 2",
    nothing: "const x = 1;",
    env: "function env() { return process.env.KEY; }",
    spin: "async function spin(n) { await new Promise((done) => setTimeout(done, n * 1000)); return n; }",
    object: "function f() { return { a: [1, 2.5, null, true], 'ä': 'ü' }; }",
  },
};

const { all: IMPLEMENTATIONS, standIn } = await implementations();
afterAll(() => standIn?.close());

describe.each(IMPLEMENTATIONS)("$name", ({ language, settings }) => {
  const tools = SUITE[language];
  let box: TestSandbox;
  beforeAll(() => {
    box = openTestSandbox(language, settings, { allowPrivateUrls: true });
  });
  afterAll(() => box.close());

  test("a function gets its arguments by name, and its defaults", async () => {
    expect(await box.run(tools.add, { entry: "add", args: { b: 5, a: 1 } })).toMatchObject({
      status: "success",
      value: 6,
      text: "6",
    });
    expect((await box.run(tools.add, { entry: "add", args: { a: 1 } })).value).toBe(3);
  });

  test("an asynchronous function is awaited", async () => {
    expect((await box.run(tools.later, { entry: "later", args: { a: 7 } })).value).toBe(7);
  });

  test("a script's last expression is its value, and a script without one has none", async () => {
    expect(await box.run(tools.script)).toMatchObject({ status: "success", value: 42, text: "42", stdout: ["hi"] });
    expect(await box.run(tools.nothing)).toMatchObject({ status: "success", value: null });
  });

  test("a call says how much memory it held, though it needed no more than was there", async () => {
    for (let turn = 0; turn < 3; turn++) {
      const small = await box.run(tools.add, { entry: "add", args: { a: 1 } });
      expect(small.memoryBytes).toBeGreaterThan(0);
      const failed = await box.run(tools.fail, { entry: "fail" });
      expect(failed).toMatchObject({ status: "error", memoryBytes: expect.any(Number) });
      expect(failed.memoryBytes).toBeGreaterThan(0);
    }
    const text = "x".repeat(1 << 22);
    const small = await box.run(tools.later, { entry: "later", args: { a: 7 } });
    const large = await box.run(tools.later, { entry: "later", args: { a: text } });
    expect(large.memoryBytes! - small.memoryBytes!).toBeGreaterThan(text.length / 2);
  });

  test("an object comes back as JSON", async () => {
    const { value, text } = await box.run(tools.object, { entry: "f" });
    expect(value).toEqual({ a: [1, 2.5, null, true], ä: "ü" });
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain("ä");
  });

  test("stdout and stderr come as lines, and are heard while it runs", async () => {
    const heard: string[] = [];
    const result = await box.run(tools.print, {
      entry: "say",
      onOutput: (stream, text) => heard.push(`${stream}: ${text}`),
    });
    expect(result).toMatchObject({ stdout: ["one", "two"], stderr: ["bad"], value: null });
    expect(heard.join("")).toContain("stderr: bad");
  });

  test("an exception is an error with its class, message and line", async () => {
    const { status, error } = await box.run(tools.fail, { entry: "fail" });
    expect(status).toBe("error");
    expect(error?.type).toBe(language === "python" ? "KeyError" : "TypeError");
    expect(error?.message).toContain(language === "python" ? "missing" : "undefined");
    expect(error?.traceback).toContain("tool.");
    expect(error?.traceback).not.toContain("memoir_driver");
  });

  test("source that can't be parsed is a SyntaxError that names the line", async () => {
    const { error } = await box.run(tools.broken, { entry: "broken" });
    expect(error?.type).toBe("SyntaxError");
    expect(error?.message).toContain("line 1");
  });

  test("an entry that is not there is an error", async () => {
    const { status, error } = await box.run(tools.add, { entry: "absent" });
    expect(status).toBe("error");
    expect(error?.message).toContain("absent");
  });

  test("a tool sees its agent's state, where it declares it", async () => {
    const { port: agent } = fakeAgent();
    const { value } = await box.run(tools.state, { entry: "state", agent });
    expect(value).toEqual(["agent-own", "agent-own", "Ada likes tea."]);
  });

  test("what it changes in agent_state is told, and nothing else", async () => {
    const { port: agent, blocks } = fakeAgent();
    const { memoryEdits } = await box.run(tools.edit, { entry: "edit", agent });
    expect(memoryEdits).toEqual([{ label: "human", value: "Ada likes coffee." }]);
    expect(blocks.get("human")).toBe("Ada likes tea.");
  });

  test("its client reads and writes its own agent's memory", async () => {
    const { port: agent, blocks, passages } = fakeAgent();
    const { value, error } = await box.run(tools.client, { entry: "run", agent });
    expect(error).toBeNull();
    expect(value).toEqual([2, "green tea", 1]);
    expect(blocks.get("persona")).toBe("ADA LIKES TEA.");
    expect(passages).toEqual([{ id: "passage-0", text: "green tea", tags: ["drink"] }]);
  });

  test("what the server refuses is an exception in the tool", async () => {
    const { port: agent } = fakeAgent();
    const { error } = await box.run(tools.noBlock, { entry: "run", agent });
    expect(error?.message).toContain("no block absent");
  });

  test("functions of the server are in scope, by name", async () => {
    const functions = {
      names: ["twice", "fails"],
      async call(name: string, args: { [key: string]: unknown }) {
        if (name === "fails") throw new Error("it failed");
        return Number(args.n) * 2;
      },
    };
    expect((await box.run(tools.functions, { functions })).value).toBe(9);
    expect((await box.run(tools.functionFails, { functions })).value).toContain("it failed");
  });

  test("a function of the server may run code itself, also when every process is busy", async () => {
    const functions = {
      names: ["twice", "fails"],
      call: async (_name: string, args: { [key: string]: unknown }) =>
        (await box.run(tools.add, { entry: "add", args: { a: Number(args.n), b: 1 } })).value,
    };
    const results = await Promise.all(Array.from({ length: 6 }, () => box.run(tools.functions, { functions })));
    expect(results.map((result) => result.value)).toEqual(Array(6).fill(6));
  });

  test("hosts that are allowed by name can be fetched from", async () => {
    const { value, error } = await box.run(tools.fetch(`http://127.0.0.1:${port}/`), { allowedHosts: ["127.0.0.1"] });
    expect(error).toBeNull();
    expect(value).toMatchObject([200, { method: "POST", header: "t" }, "yes"]);
    expect(JSON.parse((value as [number, { sent: string }])[1].sent)).toEqual({ a: 1 });
  });

  test("other hosts can't, nor can an allowed one send it there", async () => {
    const call = { allowedHosts: ["127.0.0.1"] };
    const other = await box.run(tools.fetchFails(`http://localhost:${port}/`), call);
    expect(other.value).toMatch(/^REFUSED .*may not reach localhost/);
    const away = await box.run(tools.fetchFails(`http://127.0.0.1:${port}/away`), call);
    expect(away.value).toMatch(/^REFUSED .*may not reach localhost/);
    const none = await box.run(tools.fetchFails(`http://127.0.0.1:${port}/`));
    expect(none.value).toMatch(/^REFUSED .*no network/);
  });

  test("the environment is the call's", async () => {
    expect((await box.run(tools.env, { entry: "env", env: { KEY: "välue" } })).value).toBe("välue");
  });

  test("a call can be cancelled, before and while it runs", async () => {
    const before = await box.run(tools.spin, { entry: "spin", args: { n: 30 }, signal: AbortSignal.abort() });
    expect(before).toMatchObject({ status: "killed", error: { type: "CancelledError" } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const started = performance.now();
    const result = await box.run(tools.spin, { entry: "spin", args: { n: 30 }, signal: controller.signal });
    expect(result).toMatchObject({ status: "killed", error: { type: "CancelledError" } });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("time and memory are measured", async () => {
    const { durationMs } = await box.run(tools.spin, { entry: "spin", args: { n: 0.05 } });
    expect(durationMs).toBeGreaterThan(45);
    expect(durationMs).toBeLessThan(5000);
  });
});

describe("Python's own", () => {
  let box: TestSandbox;
  beforeAll(() => {
    box = openTestSandbox("python");
  });
  afterAll(() => box.close());

  test("arguments that are pydantic models arrive as models", async () => {
    const source = `from pydantic import BaseModel, Field
from typing import Optional, List, Literal
class Item(BaseModel):
    name: str = Field(..., description="what")
    count: int = 1
class Order(BaseModel):
    """An order."""
    items: List[Item]
    kind: Literal["now", "later"] = "now"
    note: Optional[str] = None
def order(order: Order, extra: Optional[Item] = None, more: List[Item] = []) -> str:
    return f"{order.items[0].name} {order.items[0].count} {order.kind} {type(extra).__name__} {more[0].name} {order.model_dump()}"`;
    const args = { order: { items: [{ name: "tea", count: "3" }] }, extra: { name: "x" }, more: [{ name: "y" }] };
    const { value, error } = await box.run(source, { entry: "order", args });
    expect(error).toBeNull();
    expect(value).toBe("tea 3 now Item y {'items': [{'name': 'tea', 'count': 3}], 'kind': 'now', 'note': None}");
    const wrong = await box.run(source, {
      entry: "order",
      args: { order: { items: [{ count: "many" }], kind: "never" } },
    });
    expect(wrong.error?.type).toBe("ValidationError");
    expect(wrong.error?.message).toContain("items.0.name");
    expect(wrong.error?.message).toContain("kind");
  });

  test("models have what tools use of pydantic: validators of both kinds, aliases, tags, computed and private fields", async () => {
    const source = `from typing import Annotated, Literal, Union, Optional
from pydantic import (BaseModel, Field, ConfigDict, ValidationError, TypeAdapter, PrivateAttr, PositiveInt, EmailStr,
    computed_field, field_validator, model_validator, validator, root_validator)
class Cat(BaseModel):
    kind: Literal["cat"]
    lives: PositiveInt = 9
class Dog(BaseModel):
    kind: Literal["dog"]
    name: Annotated[str, Field(min_length=2)]
class Home(BaseModel):
    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)
    pet: Union[Cat, Dog] = Field(discriminator="kind")
    street: str = Field(alias="streetName")
    number: Union[int, str, None] = None
    mail: Optional[EmailStr] = None
    low: int = 0
    high: int = 10
    _seen: list = PrivateAttr(default_factory=list)
    @field_validator("high")
    @classmethod
    def ordered(cls, value, info):
        if value < info.data["low"]:
            raise ValueError("high is below low")
        return value
    @validator("low", pre=True)
    def even(cls, value):
        return int(value) * 2
    @model_validator(mode="after")
    def known(self):
        if self.street == "nowhere":
            raise ValueError("no such street")
        return self
    @computed_field
    @property
    def label(self) -> str:
        return f"{self.street} {self.number}"
home = Home.model_validate({"pet": {"kind": "dog", "name": "Rex"}, "streetName": " Main ", "number": "7b", "low": "2", "more": 1})
home._seen.append(1)
wrong = []
for change in [{"pet": {"kind": "cow"}}, {"pet": {"kind": "cat", "lives": 0}}, {"high": 1, "low": 3}, {"streetName": "nowhere"}, {"mail": "x"}, {"pet": {"kind": "dog", "name": "R"}}]:
    try:
        Home(**{"pet": {"kind": "cat"}, "streetName": "Main", **change})
        wrong.append(None)
    except ValidationError as error:
        wrong.append(len(error.errors()))
{"home": home.model_dump(by_alias=True), "seen": home._seen, "wrong": wrong, "list": TypeAdapter(list[Cat]).validate_python([{"kind": "cat"}])[0].lives}`;
    const { value, error } = await box.run(source);
    expect(error).toBeNull();
    expect(value).toEqual({
      home: {
        ...{ pet: { kind: "dog", name: "Rex" }, streetName: "Main", number: "7b", mail: null, low: 4, high: 10 },
        ...{ more: 1, label: "Main 7b" },
      },
      seen: [1],
      wrong: [1, 1, 1, 1, 1, 1],
      list: 9,
    });
  });

  test("a model's schema is JSON Schema", async () => {
    const source = `from pydantic import BaseModel, Field
class Inner(BaseModel):
    x: float
class Outer(BaseModel):
    a: int = Field(description="an a")
    b: list[Inner] = []
Outer.model_json_schema()`;
    expect((await box.run(source)).value).toMatchObject({
      type: "object",
      required: ["a"],
      properties: {
        a: { type: "integer", description: "an a" },
        b: { type: "array", items: { $ref: "#/$defs/Inner" } },
      },
      $defs: { Inner: { properties: { x: { type: "number" } }, required: ["x"] } },
    });
  });

  test("returns are shown as Python shows them", async () => {
    const shown = async (expression: string) => (await box.run(expression)).text;
    expect(await shown("[1, 'a', None, True]")).toBe("[1, 'a', None, True]");
    expect(await shown("None")).toBe("None");
    expect(await shown("'text'")).toBe("text");
    expect(await shown("{'a': None}")).toBe('{"a": null}');
    expect(await shown("3.0")).toBe("3.0");
  });

  test("asyncio.run, event loops and gather work", async () => {
    const source = `import asyncio, time
async def one(n):
    await asyncio.sleep(0.02)
    return n
def f():
    started = time.monotonic()
    async def many():
        return await asyncio.wait_for(asyncio.gather(*(one(n) for n in range(5))), 5)
    first = asyncio.run(many())
    second = asyncio.new_event_loop().run_until_complete(many())
    return first == second == [0, 1, 2, 3, 4] and time.monotonic() - started < 1`;
    expect((await box.run(source, { entry: "f" })).value).toBe(true);
  });

  test("hash() and the standard library work", async () => {
    const source = `import re, json, math, datetime, hashlib, collections, itertools, statistics, zoneinfo, sqlite3 if False else re
def f(text: str) -> str:
    return str(hash(text) == hash(text)) + hashlib.md5(text.encode()).hexdigest()`;
    const result = await box.run(source.replace(", sqlite3 if False else re", ""), { entry: "f", args: { text: "a" } });
    expect(result.value).toBe("True0cc175b9c0f1b6a831c399e269772661");
  });

  test("time zones are known, with their changes", async () => {
    const source = `from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError
def at(zone, *moment):
    return datetime(*moment, tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).isoformat()
out = [at("Europe/Berlin", 2026, 7, 1), at("Europe/Berlin", 2026, 12, 1), at("America/New_York", 2026, 3, 8, 6, 59, 59),
    at("America/New_York", 2026, 3, 8, 7), at("Asia/Kathmandu", 2026, 1, 1), at("UTC", 2026, 1, 1)]
try:
    ZoneInfo("No/Where")
except ZoneInfoNotFoundError:
    out.append("unknown")
[*out, bool(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).dst())]`;
    expect((await box.run(source)).value).toEqual([
      "2026-07-01T02:00:00+02:00",
      "2026-12-01T01:00:00+01:00",
      "2026-03-08T01:59:59-05:00",
      "2026-03-08T03:00:00-04:00",
      "2026-01-01T05:45:00+05:45",
      "2026-01-01T00:00:00+00:00",
      "unknown",
      true,
    ]);
  });

  test("letta_client's Letta is the tool's own client", async () => {
    const { port: agent } = fakeAgent();
    const source = `def f(agent_state):
    from letta_client import Letta
    return Letta(base_url="http://localhost:8283", token="x").agents.blocks.retrieve(agent_id=agent_state.id, block_label="human").value`;
    expect((await box.run(source, { entry: "f", agent })).value).toBe("Ada likes tea.");
  });
});

describe("TypeScript's own", () => {
  let box: TestSandbox;
  beforeAll(() => {
    box = openTestSandbox("typescript");
  });
  afterAll(() => box.close());

  test("types are taken away, and lines keep their numbers", async () => {
    const source = `interface Args { a: number }
enum Kind { One = "one" }
export const tool = async <T extends Args>({ a }: T, ...rest: unknown[]): Promise<string> => {
  if (a > 1) throw new RangeError("too large");
  return \`\${a satisfies number} \${Kind.One as string} \${rest.length}\`;
};`;
    expect((await box.run(source, { entry: "tool", args: { a: 1 } })).value).toBe("1 one 0");
    const { error } = await box.run(source, { entry: "tool", args: { a: 2 } });
    expect(error).toMatchObject({ type: "RangeError", message: "too large" });
    expect(error?.traceback).toContain("tool.js:4");
  });
});
