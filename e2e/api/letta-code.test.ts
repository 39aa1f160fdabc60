import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, gate, makeAgent, only, type Rig, startRig, until } from "../support/api";

const LETTA = path.resolve(import.meta.dirname, "../clients/letta-code/node_modules/@letta-ai/letta-code/letta.js");
const PATIENCE_MS = 90_000;
const REPLY = "Hello from the scripted model.";

/** Stands between the client and the server: notes what passes, and cuts the first stream of messages if told to. */
type Wire = {
  url: string;
  passed: { line: string; status: number }[];
  cutAfter: string | null;
  close(): Promise<void>;
};

let rig: Rig;
let wire: Wire;
let home: string;
beforeAll(async () => {
  rig = await startRig();
  wire = await startWire(rig.url);
});
afterAll(async () => {
  await wire.close();
  await rig.stop();
});
beforeEach(() => {
  rig.model.reset();
  wire.passed.length = 0;
  wire.cutAfter = null;
  home = mkdtempSync(path.join(tmpdir(), "memoir-letta-code-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function startWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to);
  const server: Server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      wire.passed.push({ line: `${method} ${url}`, status: answer.statusCode ?? 0 });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const cut = method === "POST" && url?.endsWith("/messages") ? wire.cutAfter : null;
      if (cut) wire.cutAfter = null;
      let seen = "";
      answer.on("data", (chunk: Buffer) => {
        outgoing.write(chunk);
        seen += chunk;
        if (cut && seen.includes(cut)) {
          answer.destroy();
          outgoing.socket?.end();
        }
      });
      answer.on("end", () => outgoing.end());
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: Wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: [],
    cutAfter: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return made;
}

type Finished = { code: number | null; out: string; err: string };

/** Runs the terminal client in a folder and a home of its own. */
function letta(...args: string[]): Promise<Finished> {
  return start(args).finished;
}

function start(args: string[]) {
  const child = spawn(process.execPath, [LETTA, ...args], {
    cwd: home,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: home,
      LETTA_CODE_TELEM: "0",
      DISABLE_AUTOUPDATER: "1",
      LETTA_BASE_URL: wire.url,
      LETTA_MEMFS_BASE_URL: wire.url,
      NODE_ENV: "production",
    },
    stdio: "pipe",
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const finished = new Promise<Finished>((resolve) =>
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, out, err });
    }),
  );
  return { child, finished, lines: () => out.split("\n").flatMap(parsed) };
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}

const failures = () => wire.passed.filter(({ status }) => status >= 400);

describe("letta-code", () => {
  it("prints the reply to -p and exits 0, without one request that fails", async () => {
    const { code, out, err } = await letta("-p", "hello");
    expect([code, out.trim(), failures()], err).toEqual([0, REPLY, []]);
    const [agent] = (await rig.letta.agents.list({ limit: 1 })).items;
    expect(agent).toMatchObject({ agent_type: "letta_v1_agent", name: "Letta Code" });
  });

  it("prints the result as JSON, with its usage", async () => {
    const { code, out, err } = await letta("-p", "hello", "--output-format", "json");
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      type: "result",
      subtype: "success",
      is_error: false,
      result: REPLY,
      usage: { prompt_tokens: 100, step_count: 1 },
    });
  });

  it("goes on with its agent, whose second conversation knows nothing of the first", async () => {
    await letta("-p", "first words");
    const { code, out } = await letta("-p", "second words");
    expect([code, out.trim()]).toEqual([0, REPLY]);
    expect(JSON.stringify(rig.model.requests.at(-1)!.messages)).not.toContain("first words");
    expect(wire.passed.filter(({ line }) => line === "POST /v1/agents/")).toHaveLength(1);
  });

  it("runs a tool of its own and sends what it returned", async () => {
    rig.model.otherwise = (asked) => {
      const last = asked.messages.at(-1)!;
      if (last.role === "tool") return { text: `The shell said: ${JSON.stringify(last.content)}` };
      const shell = asked.tools?.find((tool) => /^(ShellCommand|Bash)$/.test(tool.function.name));
      if (!shell) return { text: "There is no shell." };
      return {
        calls: [
          { id: "c1", name: shell.function.name, args: { command: "echo memoir-$((40+2))", description: "Says it" } },
        ],
      };
    };
    const { code, out, err } = await letta("-p", "run it", "--yolo");
    expect(code, err).toBe(0);
    expect(out).toContain("The shell said: ");
    expect(out).toContain("memoir-42");
    const [run] = await all(rig.letta.runs.list({ stop_reason: "requires_approval", limit: 1 }));
    const messages = await all(rig.letta.runs.messages.list(run!.id));
    expect(only(messages, "approval_request_message")[0]).toMatchObject({ tool_call: { tool_call_id: "c1" } });
  });

  it("goes on with a stream that was cut, and has all of the reply", async () => {
    wire.cutAfter = '"message_type":"assistant_message"';
    const door = gate();
    rig.model.push({ text: "one two three four five", holdAt: 3, hold: door.opened });
    // Only a client that stays to be spoken to resumes: a single -p gives up.
    const talk = start(["-p", "--input-format", "stream-json", "--output-format", "stream-json"]);
    talk.child.stdin.write(`${JSON.stringify({ type: "user", message: { role: "user", content: "count" } })}\n`);
    await until("the client comes back", () =>
      wire.passed.some(
        ({ line, status }) => /^POST \/v1\/(runs|conversations)\/[^/]+\/stream/.test(line) && status === 200,
      ),
    );
    door.open();
    const result = await until("the result", () => talk.lines().find((line) => line.type === "result"));
    expect(result).toMatchObject({ subtype: "success", result: "one two three four five" });
    expect(rig.model.requests).toHaveLength(1);
    talk.child.stdin.end();
    expect((await talk.finished).code).toBe(0);
  });

  it("waits for its turn where the conversation is busy: one 409, then success", async () => {
    const made = JSON.parse((await letta("-p", "hello", "--output-format", "json")).out) as { conversation_id: string };
    const door = gate();
    rig.model.push({ text: "slow one", hold: door.opened });
    const asked = rig.model.requests.length;
    const first = letta("-p", "slow", "--conversation", made.conversation_id);
    await until("the model is asked", () => rig.model.requests.length === asked + 1);
    const second = letta("-p", "me too", "--conversation", made.conversation_id);
    await until("the second is refused", () => wire.passed.some(({ status }) => status === 409));
    door.open();
    const [one, two] = await Promise.all([first, second]);
    expect([one.code, one.out.trim()], one.err).toEqual([0, "slow one"]);
    expect([two.code, two.out.trim()], two.err).toEqual([0, REPLY]);
  });

  it("makes an agent of a file with --import, with its memory, and talks to it", async () => {
    const agent = await makeAgent(rig, {
      name: "From a file",
      include_base_tools: true,
      memory_blocks: [{ label: "human", value: "Name: Mara, who sails." }],
    });
    await rig.letta.agents.messages.create(agent.id, { input: "What I said before." });
    const file = path.join(home, "agent.af");
    const exported = await rig.letta.agents.exportFile(agent.id);
    // As older servers gave it out: JSON inside a JSON string.
    writeFileSync(file, JSON.stringify(JSON.stringify(exported)));
    rig.model.reset();
    const { code, out, err } = await letta("--import", file, "-p", "hello");
    expect([code, out.trim()], err).toEqual([0, REPLY]);
    const asked = JSON.stringify(rig.model.requests.at(-1)?.messages);
    expect(asked).toContain("Name: Mara, who sails.");
    const made = await all(rig.letta.agents.list({ query_text: "From a file" }));
    expect(made).toHaveLength(2);
  });

  it("lists agents and searches messages", async () => {
    const made = JSON.parse((await letta("-p", "where are the badgers?", "--output-format", "json")).out) as {
      agent_id: string;
    };
    const agents = await letta("agents", "list");
    expect([agents.code, agents.out.includes(made.agent_id)], agents.err).toEqual([0, true]);
    const found = await letta("messages", "search", "--query", "badgers", "--agent", made.agent_id);
    expect([found.code, found.out.includes("badgers")], found.err).toEqual([0, true]);
  });
});
