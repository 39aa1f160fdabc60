import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectIntact } from "../crash/invariants";
import type { Frame, Rig } from "../crash/rig";
import { postgresPrograms, type ScratchPostgres, startPostgres } from "../support/postgres";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

const MODEL = "openai/scripted";
/** So long that nothing below can be the doing of a lease. */
const LONG_LEASE = { MEMOIR_LEASE_MS: "120000" };
const SHORT_LEASE = { MEMOIR_LEASE_MS: "1500" };
const programs = postgresPrograms();

describe.skipIf(!programs)("three servers on one Postgres", () => {
  let postgres: ScratchPostgres;
  let model: ScriptedModel;
  let servers: TestServer[];
  beforeAll(async () => {
    postgres = await startPostgres(programs!);
    await postgres.createDatabase("cluster");
    model = await startScriptedModel();
    const start = () =>
      startServer({
        modelUrl: model.url,
        databaseUrl: postgres.url("cluster"),
        environment: { ...LONG_LEASE, MEMOIR_SECRET_KEY: "a1".repeat(32), MEMOIR_PIP_INDEX: "off" },
      });
    // The first makes the tables, which the others wait for.
    servers = await Promise.all([start(), start(), start()]);
  });
  afterAll(async () => {
    await Promise.all((servers ?? []).map((server) => server.stop()));
    await model?.close();
    await postgres?.remove();
  });
  afterEach(() => model.reset());

  const [A, B, C] = [0, 1, 2] as const;
  type At = 0 | 1 | 2;

  async function api<Body = Record<string, unknown>>(at: At, method: string, path: string, body?: unknown) {
    const response = await fetch(servers[at]!.url + path, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as Body };
  }

  /** What the crash tests look with, at one of the servers. */
  const rigAt = (at: At) =>
    ({ model, api: (method: string, path: string, body?: unknown) => api(at, method, path, body) }) as unknown as Rig;

  async function makeAgent(extra: Record<string, unknown> = {}) {
    const made = await api<{ id: string }>(A, "POST", "/v1/agents/", {
      ...{ name: `agent ${randomUUID()}`, model: MODEL },
      memory_blocks: [{ label: "human", value: "Bob", limit: 50_000 }],
      tools: ["memory_insert"],
      ...extra,
    });
    expect(made.status).toBe(200);
    return made.body.id;
  }

  const say = (content: string, otid = randomUUID()) => ({ messages: [{ role: "user", content, otid }] });

  type Heard = { type: string; id: string; run_id: string | null; status: string | null; detail: { text?: string } };

  /** The events of an agent as one server tells them, from the moment on in which this resolves. */
  async function listen(at: At, agentId: string) {
    const response = await fetch(`${servers[at]!.url}/v1/events?agent_id=${agentId}`);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const heard: Heard[] = [];
    let buffer = (await reader.read()).value ?? "";
    const over = (async () => {
      for (;;) {
        for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
          const data = /^data: (.*)$/m.exec(buffer.slice(0, end))?.[1];
          if (data) heard.push(JSON.parse(data) as Heard);
          buffer = buffer.slice(end + 2);
        }
        const { done, value } = await reader.read();
        if (done) return;
        buffer += value;
      }
    })().catch(() => {});
    return { heard, over, stop: () => reader.cancel() };
  }

  /** A message by one server, streamed. */
  function send(at: At, agentId: string, body: Record<string, unknown>) {
    const frames: Frame[] = [];
    let accept = () => {};
    const accepted = new Promise<void>((resolve) => {
      accept = resolve;
    });
    const done = (async () => {
      const response = await fetch(`${servers[at]!.url}/v1/agents/${agentId}/messages/stream`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...body, stream_tokens: true }),
      });
      if (!response.ok) return response.status;
      accept();
      let buffer = "";
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        buffer += chunk;
        for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
          const data = /^data: (.*)$/m.exec(buffer.slice(0, end))?.[1];
          if (data && data !== "[DONE]") frames.push(JSON.parse(data) as Frame);
          buffer = buffer.slice(end + 2);
        }
      }
      return response.status;
    })().catch(() => 0);
    return { frames, accepted, done };
  }

  const activeRun = async (at: At, agentId: string) => {
    let id = "";
    await expect
      .poll(async () => {
        const runs = await api<{ id: string }[]>(at, "GET", `/v1/runs/?agent_ids=${agentId}&active=true`);
        id = runs.body[0]?.id ?? "";
        return id;
      })
      .not.toBe("");
    return id;
  };

  test("what happens at one is told to who listens at another, in order, however long it is", async () => {
    const agentId = await makeAgent();
    const listening = await listen(B, agentId);
    const blocks = await api<{ id: string }>(A, "GET", `/v1/agents/${agentId}/core-memory/blocks/human`);
    // Longer than a notification may be, and of more bytes than letters.
    const value = `Bøb ${"ü😀".repeat(6000)}`;
    for (const [at, text] of [
      [A, "one"],
      [C, value],
      [A, "two"],
    ] as const) {
      const changed = await api(at, "PATCH", `/v1/blocks/${blocks.body.id}`, { value: text });
      expect(changed.status).toBe(200);
    }
    await expect.poll(() => listening.heard.filter((event) => event.type === "memory").length).toBe(3);
    model.push({ text: "Hello." });
    const sent = send(C, agentId, say("Hi."));
    expect(await sent.done).toBe(200);
    await expect
      .poll(() => listening.heard.filter((event) => event.type === "run").map((event) => event.status))
      .toEqual(["running", "ended"]);
    await listening.stop();
  });

  test("a run is cancelled at another server than its own, at once", async () => {
    const agentId = await makeAgent();
    model.push({ hang: true });
    const sent = send(A, agentId, say("Think long."));
    await sent.accepted;
    const runId = await activeRun(B, agentId);
    await expect.poll(() => model.requests.length).toBe(1);
    const cancelled = await api<Record<string, string>>(B, "POST", `/v1/agents/${agentId}/messages/cancel`, {
      run_ids: [runId],
    });
    expect(cancelled.body).toEqual({ [runId]: "cancelled" });
    expect((await api<{ status: string }>(C, "GET", `/v1/runs/${runId}`)).body.status).toBe("cancelled");
    await sent.done;
  });

  const SPEAK = `def speak(n: int) -> str:
    """Speaks, and goes on for long.

    Args:
        n: how much
    """
    import time
    print("x" * n, flush=True)
    time.sleep(600)
    return "done"
`;

  test("what a call prints is shown by another server as it runs, and the call is cancelled there", async () => {
    const tool = await api<{ id: string }>(A, "POST", "/v1/tools/", { source_code: SPEAK, source_type: "python" });
    expect(tool.status).toBe(200);
    const agentId = await makeAgent({ tools: ["speak"] });
    const listening = await listen(B, agentId);
    model.push({ calls: [{ id: "call_speak", name: "speak", args: { n: 15_000 } }] }, { text: "It was cancelled." });
    const sent = send(A, agentId, say("Speak."));
    await sent.accepted;
    const runId = await activeRun(B, agentId);
    const printed = () => listening.heard.flatMap((event) => (event.type === "tool-output" ? [event.detail.text] : []));
    await expect.poll(() => printed().join("").trimEnd().length, { timeout: 120_000 }).toBe(15_000);
    type Call = { tool_call_id: string; status: string; output: { text: string }[] };
    const calls = await api<Call[]>(C, "GET", `/v1/runs/${runId}/tool-calls`);
    expect(calls.body).toMatchObject([{ tool_call_id: "call_speak", status: "running" }]);
    expect(
      calls.body[0]!.output.map(({ text }) => text)
        .join("")
        .trimEnd(),
    ).toHaveLength(15_000);
    const cancelled = await api(C, "POST", `/v1/runs/${runId}/tool-calls/call_speak/cancel`);
    expect(cancelled.status).toBe(200);
    expect(await sent.done).toBe(200);
    expect(sent.frames.find((frame) => frame.message_type === "tool_return_message")).toMatchObject({
      status: "error",
    });
    await listening.stop();
  });

  test("where Postgres was away, who listens is told to look again, and hears what comes after", async () => {
    const agentId = await makeAgent();
    const listening = await listen(B, agentId);
    await postgres.stop("fast");
    await postgres.start();
    await listening.over;
    // Each server that comes back says so to the others: as a page does, this listens again until it stays.
    let again = await listen(B, agentId);
    const heard = () => again.heard.length;
    const block = () => api<{ id: string }>(A, "GET", `/v1/agents/${agentId}/core-memory/blocks/human`);
    await expect.poll(async () => (await block()).status).toBe(200);
    const { id } = (await block()).body;
    let count = 0;
    await expect
      .poll(async () => {
        if (await Promise.race([again.over.then(() => true), api(A, "GET", "/v1/health").then(() => false)]))
          again = await listen(B, agentId);
        await api(A, "PATCH", `/v1/blocks/${id}`, { value: `again ${++count}` });
        return heard();
      })
      .toBeGreaterThan(0);
    await again.stop();
  });

  test("a server that is told to end brings its runs to their end, begins no more, and goes", async () => {
    const agentId = await makeAgent();
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    model.push({ text: "A long answer that comes to its end.", holdAt: 2, hold });
    await servers[C]!.kill();
    await servers[C]!.restart({ MEMOIR_DRAIN_MS: "120000" });
    const sent = send(C, agentId, say("Take your time."));
    await sent.accepted;
    await expect.poll(() => model.requests.length).toBe(1);
    process.kill(servers[C]!.pid, "SIGTERM");
    // What comes now is for the others.
    await expect
      .poll(() =>
        api(C, "GET", "/v1/ready").then(
          (answer) => answer.status,
          () => 503,
        ),
      )
      .toBe(503);
    release();
    expect(await sent.done).toBe(200);
    expect(sent.frames.at(-1)?.message_type).toBe("usage_statistics");
    await expect.poll(() => isAlive(servers[C]!.pid)).toBe(false);
    await servers[C]!.restart(SHORT_LEASE);
    await expectIntact(rigAt(A), { agentId }, {});
  });

  test("servers that are killed and come again under load lose nothing, double nothing, and leave nothing open", async () => {
    for (const at of [A, B]) {
      await servers[at]!.kill();
      await servers[at]!.restart(SHORT_LEASE);
    }
    const agents = await Promise.all(Array.from({ length: 5 }, () => makeAgent()));
    let fact = 0;
    model.otherwise = (asked) =>
      asked.messages.at(-1)?.role === "user"
        ? {
            calls: [{ name: "memory_insert", args: { label: "human", new_string: `fact ${fact++}` } }],
            pauseMs: 2,
          }
        : { text: "Noted, and kept.", pauseMs: 2 };
    const sent = new Map<string, Record<string, number | "maybe">>(agents.map((id) => [id, {}]));
    let isOver = false;
    const talk = async (agentId: string, first: number) => {
      for (let turn = first; !isOver; turn++) {
        const otid = randomUUID();
        const stream = send((turn % 3) as At, agentId, say(`Message ${turn}`, otid));
        sent.get(agentId)![otid] = "maybe";
        void stream.accepted.then(() => {
          sent.get(agentId)![otid] = 1;
        });
        await stream.done;
      }
    };
    const talks = agents.map(talk);
    for (const at of [B, C, A, B]) {
      const before = model.requests.length;
      await expect.poll(() => model.requests.length - before).toBeGreaterThan(20);
      await servers[at]!.kill();
      await servers[at]!.restart(SHORT_LEASE);
    }
    isOver = true;
    await Promise.all(talks);
    model.reset();
    for (const [index, agentId] of agents.entries())
      await expectIntact(rigAt((index % 3) as At), { agentId }, sent.get(agentId)!);
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
