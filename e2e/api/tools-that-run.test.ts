import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, type Message, makeAgent, only, type Rig, said, says, startRig, until } from "../support/api";

let rig: Rig;
let counter: Server;
let visits = 0;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on" } });
  counter = createServer((_request, response) => {
    visits += 1;
    response.end("counted");
  });
  await new Promise<void>((resolve) => counter.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  counter.close();
  await rig.stop();
});
beforeEach(() => rig.model.reset());

const COUNT = 1000;
const MB = 1024 * 1024;

/** What a process holds, in bytes. */
const residentBytes = (pid: number) =>
  Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;

/** Sandbox processes below a server, by the programs they run. */
const workersOf = (pid: number) => {
  const rows = execFileSync("ps", ["-e", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const parsed = rows.flatMap((row) => {
    const [, own, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return own ? [{ pid: Number(own), parent: Number(parent), args: args! }] : [];
  });
  const below = new Set([pid]);
  for (const one of parsed.toSorted((a, b) => a.pid - b.pid)) if (below.has(one.parent)) below.add(one.pid);
  return parsed.filter((one) => below.has(one.pid) && /workers\/(python|javascript)\.mjs/.test(one.args));
};

describe("a thousand tool calls in a row", () => {
  it("leave the server's memory as it was", async () => {
    const python = await rig.letta.tools.create({
      source_code: `def grow(n: int, text: str) -> dict:\n    """Counts.\n\n    Args:\n        n: a number\n        text: a text\n    """\n    print("call", n)\n    return {"n": n + 1, "text": text.upper()}\n`,
    });
    const agent = await makeAgent(rig, { tool_ids: [python.id], tools: ["run_code"] });
    const text = "x".repeat(10_000);
    const call = async (n: number) => {
      const isCode = n % 4 === 3;
      const args = isCode ? { code: `${n} + 1`, language: "js" } : { n, text };
      const ran = await rig.letta.agents.tools.run(isCode ? "run_code" : "grow", { agent_id: agent.id, args });
      expect(ran.func_return).toMatchObject(isCode ? { results: [String(n + 1)] } : { n: n + 1 });
    };
    const held: number[] = [];
    for (let n = 0; n < COUNT; n++) {
      await call(n);
      if (n >= 200) held.push(residentBytes(rig.server.pid));
    }
    // The least in each stretch: what a collector has not come to yet is no growth.
    const stretches = [0, 200, 400, 600].map((from) => Math.min(...held.slice(from, from + 200)));
    expect(stretches.at(-1)! - stretches[0]!, `${stretches.map((one) => Math.round(one / MB))} MB`).toBeLessThan(
      96 * MB,
    );
    const workers = workersOf(rig.server.pid);
    expect(workers.length).toBeGreaterThan(0);
    expect(Math.max(...workers.map(({ pid }) => residentBytes(pid)))).toBeLessThan(700 * MB);
  });
});

describe("a call that was in flight when the server died", () => {
  const tool = (name: string, port: number) => `import urllib.request, time
def ${name}() -> str:
    """Counts itself, and stays."""
    urllib.request.urlopen("http://127.0.0.1:${port}/")
    time.sleep(120)
    return "done"
`;

  it.each([
    ["stays", [], "check before you call it again"],
    ["repeats", ["idempotent"], "It is safe to call it again"],
  ] as const)("is told to the model as interrupted, and not run again: %s", async (name, tags, words) => {
    visits = 0;
    const { port } = counter.address() as AddressInfo;
    const made = await rig.letta.tools.create({
      source_code: tool(name, port),
      tags: [...tags],
    });
    await rig.letta.tools.update(made.id, { metadata_: { allowed_hosts: ["127.0.0.1"], timeout_seconds: 100 } });
    const agent = await makeAgent(rig, { tool_ids: [made.id] });
    rig.model.push({ calls: [{ name, args: {} }] });
    const asked = rig.letta.agents.messages.create(agent.id, { messages: says("go") }).catch(() => null);
    await until("the tool runs", () => visits === 1);
    const workers = workersOf(rig.server.pid).map(({ pid }) => pid);
    expect(workers.length).toBeGreaterThan(0);
    await rig.server.kill();
    await asked;
    // Where the system offers it, they die with the server; elsewhere when they next turn to it.
    if (process.platform === "linux")
      await until("its processes are gone", () => workers.every((pid) => !isAlive(pid)));
    await rig.server.restart({ MEMOIR_LEASE_MS: "1000" });
    const returned = await until("its return", async () => {
      const { items } = await rig.letta.agents.messages.list(agent.id);
      return only(items, "tool_return_message")[0];
    });
    expect(returned).toMatchObject({ status: "error", tool_return: expect.stringContaining(words) });
    rig.model.push({ text: "I see." });
    const next = await rig.letta.agents.messages.create(agent.id, { messages: says("and?") });
    expect(said(next.messages)).toBe("I see.");
    expect(JSON.stringify(rig.model.requests.at(-1)!.messages)).toContain(words);
    expect(visits).toBe(1);
  });
});

describe("a session of run_code", () => {
  const run = async (agentId: string, code: string, session = "s", language = "python") => {
    const ran = await rig.letta.agents.tools.run("run_code", { agent_id: agentId, args: { code, language, session } });
    expect(ran.status).toBe("success");
    return ran.func_return as { results: string[]; session: { state: string; note?: string } };
  };

  it("keeps state between two calls of an agent, and nothing for another agent", async () => {
    const [one, other] = [await makeAgent(rig, { tools: ["run_code"] }), await makeAgent(rig, { tools: ["run_code"] })];
    expect((await run(one.id, "def f(n):\n    return n + 1\nx = 41")).session).toEqual({ name: "s", state: "new" });
    expect(await run(one.id, "f(x)")).toMatchObject({ results: ["42"], session: { state: "continued" } });
    expect((await run(other.id, "'x' in globals()")).results).toEqual(["False"]);
    expect((await run(one.id, "'x' in globals()", "another")).results).toEqual(["False"]);
    await run(one.id, "const x = 7;", "s", "js");
    expect((await run(one.id, "x", "s", "ts")).results).toEqual(["7"]);
  });

  it("is another one in another conversation, and said to be lost after the server was stopped", async () => {
    const agent = await makeAgent(rig, { tools: ["run_code"] });
    const turn = async (conversation: string | null, code: string) => {
      rig.model.push({ calls: [{ name: "run_code", args: { code, language: "python", session: "s" } }] });
      rig.model.push({ text: "Done." });
      const messages = says("run it");
      const items = conversation
        ? await all(await rig.letta.conversations.messages.create(conversation, { messages }))
        : (await rig.letta.agents.messages.create(agent.id, { messages })).messages;
      const [returned] = only(items as Message[], "tool_return_message");
      return JSON.parse(String(returned!.tool_return)) as {
        results: string[];
        session: { state: string; note?: string };
      };
    };
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id });
    expect(await turn(null, "x = 1\nx")).toMatchObject({ results: ["1"], session: { state: "new" } });
    expect(await turn(conversation.id, "'x' in globals()")).toMatchObject({
      results: ["False"],
      session: { state: "new" },
    });
    expect(await turn(null, "x + 1")).toMatchObject({ results: ["2"], session: { state: "continued" } });
    await rig.server.kill();
    await rig.server.restart({ MEMOIR_LEASE_MS: "1000" });
    const after = await turn(null, "'x' in globals()");
    expect(after).toMatchObject({ results: ["False"], session: { state: "lost" } });
    expect(after.session.note).toContain("a new session was started");
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
