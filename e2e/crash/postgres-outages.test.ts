import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresPrograms, type ScratchPostgres, startPostgres } from "../support/postgres";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

const MODEL = "openai/scripted";
const OUTAGE_MS = 20_000;
const WAIT_MS = 3000;
const BACK_MS = 60_000;

const programs = postgresPrograms();
if (!programs) console.log("skipped: no Postgres on this machine, so that none can be stopped");

type Answer = { status: number; retryAfter: string | null; body: Record<string, unknown> };
type Mode = { name: string; server: TestServer; agent: string; pid: number };
type Sent = Map<string, { mode: Mode; agent: string; words: string }>;

describe.skipIf(!programs)("a Postgres server that goes away, under a server with and without its pages", () => {
  let postgres: ScratchPostgres;
  let model: ScriptedModel;
  const modes: Mode[] = [];

  beforeAll(async () => {
    postgres = await startPostgres(programs!);
    model = await startScriptedModel();
    for (const [name, web] of [
      ["api", false],
      ["pages", true],
    ] as const) {
      await postgres.createDatabase(name);
      const server = await startServer({
        modelUrl: model.url,
        databaseUrl: postgres.url(name),
        web,
        environment: {
          MEMOIR_LEASE_MS: "3000",
          MEMOIR_DATABASE_WAIT_MS: String(WAIT_MS),
          MEMOIR_ALLOW_PRIVATE_URLS: "on",
        },
      });
      const mode = { name, server, agent: "", pid: server.pid };
      modes.push(mode);
      mode.agent = await makeAgent(mode);
    }
  });
  afterAll(async () => {
    await Promise.all(modes.map(({ server }) => server.stop()));
    await model?.close();
    await postgres?.remove();
  });

  async function ask({ server }: Mode, method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(server.url + path, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      body: text === "" ? null : JSON.parse(text),
    };
  }

  async function makeAgent(mode: Mode): Promise<string> {
    const made = await ask(mode, "POST", "/v1/agents/", {
      model: MODEL,
      include_base_tools: false,
      memory_blocks: [{ label: "human", value: "Bob" }],
    });
    expect(made.status).toBe(200);
    return made.body.id as string;
  }

  let count = 0;
  const newOtid = () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
  const bodyOf = (otid: string, words: string) => ({ messages: [{ role: "user", content: words, otid }] });
  const pathOf = (agent: string) => `/v1/agents/${agent}/messages`;

  /** What the contract says of an answer while the database is away: 503, when to come again, and a sentence. */
  function expectRefusal(answer: Answer): void {
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringMatching(/database/) } });
    expect(Number(answer.retryAfter)).toBeGreaterThan(0);
  }

  /** Sends a message as a client with patience does: by the same otid until it is answered. */
  async function sendSurely(mode: Mode, agent: string, sent: Sent): Promise<void> {
    const otid = newOtid();
    const words = `words ${otid}`;
    const until = Date.now() + BACK_MS;
    for (;;) {
      const answer = await ask(mode, "POST", pathOf(agent), bodyOf(otid, words));
      if (answer.status === 200) break;
      if (answer.status === 409) await pause(50);
      else expectRefusal(answer);
      expect(Date.now()).toBeLessThan(until);
      await pause(100);
    }
    sent.set(otid, { mode, agent, words });
  }

  /** Both servers at work, each for several agents, while `disturb` does what it does. */
  async function underLoad(disturb: () => Promise<void>): Promise<Sent> {
    const sent: Sent = new Map();
    const agents = await Promise.all(
      modes.flatMap((mode) => [0, 1, 2].map(async () => ({ mode, agent: await makeAgent(mode) }))),
    );
    let isOver = false;
    const clients = agents.map(async ({ mode, agent }) => {
      while (!isOver) {
        await sendSurely(mode, agent, sent);
        const list = await ask(mode, "GET", "/v1/agents/");
        if (list.status !== 200) expectRefusal(list);
      }
    });
    const disturbed = disturb().finally(() => {
      isOver = true;
    });
    await Promise.all([disturbed, ...clients]);
    return sent;
  }

  /** Each message stands in its conversation once, with one answer; nothing runs any more. */
  async function expectKeptOnce(sent: Sent): Promise<void> {
    expect(sent.size).toBeGreaterThan(0);
    for (const mode of modes) {
      const agents = new Set([...sent.values()].filter((one) => one.mode === mode).map((one) => one.agent));
      for (const agent of agents) {
        const { body } = await ask(mode, "GET", `${pathOf(agent)}?limit=1000`);
        const messages = body as unknown as { message_type: string; otid: string; run_id: string; content: string }[];
        const answers = messages.filter((one) => one.message_type === "assistant_message");
        for (const [otid, { words }] of [...sent].filter(([, one]) => one.agent === agent)) {
          const found = messages.filter((one) => one.message_type === "user_message" && one.content === words);
          expect(found, otid).toHaveLength(1);
          expect(answers.filter((one) => one.run_id === found[0]!.run_id)).toHaveLength(1);
        }
      }
      const runs = await ask(mode, "GET", "/v1/runs/?limit=1000");
      for (const run of runs.body as unknown as { status: string }[]) expect(run.status).toBe("completed");
    }
  }

  async function expectAlive(): Promise<void> {
    for (const { server, pid, name } of modes) {
      expect(() => process.kill(pid, 0), name).not.toThrow();
      expect(server.output(), name).not.toMatch(/uncaught|unhandled/i);
    }
  }

  /** Without anybody's doing, both answer again. */
  async function expectBack(): Promise<void> {
    const until = Date.now() + BACK_MS;
    for (const mode of modes) {
      while ((await ask(mode, "GET", "/v1/agents/")).status !== 200) expect(Date.now()).toBeLessThan(until);
      const answer = await ask(mode, "POST", pathOf(mode.agent), bodyOf(newOtid(), "Are you there?"));
      expect(answer.status).toBe(200);
    }
  }

  test("under load, 150 ended sessions lose no message and double none, and no process dies", async () => {
    const sent = await underLoad(async () => {
      for (let ended = 0; ended < 150; ) ended += await postgres.terminate();
    });
    await expectKeptOnce(sent);
    await expectAlive();
  });

  test("idle, ended sessions, a fast restart and an immediate one are not noticed by the next request", async () => {
    for (const disturb of [
      () => postgres.terminate(),
      () => postgres.stop("fast").then(postgres.start),
      () => postgres.stop("immediate").then(postgres.start),
    ]) {
      // Connections that are open and unused.
      await expectBack();
      await disturb();
      await expectBack();
      await expectAlive();
    }
  });

  test("under load, a fast restart and an immediate one lose nothing, and all goes on by itself", async () => {
    for (const how of ["fast", "immediate"] as const) {
      const sent = await underLoad(async () => {
        await pause(300);
        await postgres.stop(how);
        await postgres.start();
        await expectBack();
      });
      await expectKeptOnce(sent);
      await expectAlive();
    }
  });

  test("in an outage of 20 s requests get 503 and when to come again; runs at work and jobs go on when it is over", async () => {
    const calls: string[] = [];
    const receiver = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        calls.push(JSON.parse(text).run_id ?? text);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    model.reset();
    model.otherwise = () => ({ text: "one two three", holdAt: 2, hold });

    const sent: Sent = new Map();
    const waiting: Promise<unknown>[] = [];
    const background: string[] = [];
    for (const mode of modes) {
      const [asked, agent] = [await makeAgent(mode), await makeAgent(mode)];
      const otid = newOtid();
      sent.set(otid, { mode, agent: asked, words: "during" });
      waiting.push(
        ask(mode, "POST", pathOf(asked), bodyOf(otid, "during")).then(({ status }) => expect(status).toBe(200)),
      );
      const later = newOtid();
      const body = { ...bodyOf(later, "later"), callback_url: callbackUrl };
      const run = await ask(mode, "POST", `${pathOf(agent)}/async`, body);
      expect(run.status).toBe(200);
      sent.set(later, { mode, agent, words: "later" });
      background.push(run.body.id as string);
    }
    while (model.requests.length < 2 * modes.length) await pause(10);

    const goneAt = Date.now();
    await postgres.stop("fast");
    model.otherwise = () => ({ text: "Hello." });
    for (const mode of modes) {
      const refused = await Promise.all([
        ask(mode, "GET", "/v1/agents/"),
        ask(mode, "GET", "/v1/ready"),
        ask(mode, "GET", `/v1/agents/${mode.agent}`),
        ask(mode, "POST", pathOf(mode.agent), bodyOf(newOtid(), "now")),
        ask(mode, "POST", "/v1/blocks/", { label: "x", value: "y" }),
        ask(mode, "DELETE", `/v1/agents/${mode.agent}`),
      ]);
      for (const answer of refused) expectRefusal(answer);
      expect((await ask(mode, "GET", "/v1/health")).status).toBe(200);
    }
    // Now the runs have something to keep, and nowhere to keep it.
    release();
    await pause(Math.max(0, goneAt + OUTAGE_MS - Date.now()));
    await postgres.start();

    await Promise.all(waiting);
    await expectBack();
    const until = Date.now() + BACK_MS;
    while (calls.length < background.length && Date.now() < until) await pause(20);
    expect(calls.toSorted()).toEqual(background.toSorted());
    await expectKeptOnce(sent);
    await expectAlive();
    receiver.close();
  });

  test("with two connections left requests wait for a free one; with none, and on a standby, they get 503", async () => {
    const allow = async (connections: number) => {
      for (const { name } of modes) await postgres.sql(`ALTER DATABASE ${name} CONNECTION LIMIT ${connections}`);
      await postgres.terminate();
    };
    await allow(2);
    const crowd = modes.flatMap((mode) => Array.from({ length: 20 }, () => ask(mode, "GET", "/v1/agents/")));
    expect(new Set((await Promise.all(crowd)).map(({ status }) => status))).toEqual(new Set([200]));

    await allow(0);
    for (const mode of modes) expectRefusal(await ask(mode, "GET", "/v1/agents/"));
    await allow(-1);

    await postgres.sql("ALTER ROLE memoir_app SET default_transaction_read_only = on");
    await postgres.terminate();
    await Promise.all(
      modes.map(async (mode) => {
        expect((await ask(mode, "GET", "/v1/agents/")).status).toBe(200);
        expectRefusal(await ask(mode, "POST", "/v1/blocks/", { label: "x", value: "y" }));
        expectRefusal(await ask(mode, "POST", pathOf(mode.agent), bodyOf(newOtid(), "now")));
      }),
    );
    await postgres.sql("ALTER ROLE memoir_app RESET default_transaction_read_only");
    await postgres.terminate();
    await expectBack();
    await expectAlive();
  });
});
