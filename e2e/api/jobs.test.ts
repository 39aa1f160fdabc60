import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Receiver, startReceiver } from "@/lib/server/testing/receiver";
import { connect } from "../crash/rig";
import {
  all,
  gate,
  http,
  idOf,
  makeAgent,
  only,
  type Rig,
  refused,
  said,
  says,
  startRig,
  UNKNOWN,
  until,
} from "../support/api";

const ENVIRONMENT = { MEMOIR_ALLOW_PRIVATE_URLS: "on", MEMOIR_LEASE_MS: "1500" };

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.close());

type Job = { id: string; status: string; metadata: { requests: Record<string, number> }; callback_status_code: number };
type Item = { id: string; agent_id: string; status: string; run_id: string | null; error: string | null };
type Firing = { id: string; due_at: string; trigger: string; run_id: string; run_status: string; error: string | null };

const get = async <T>(rig: Rig, path: string) => (await http(rig, "GET", path)).body as T;
const payloads = (path: string) =>
  receiver.received.filter((one) => one.path === path).map((one) => JSON.parse(one.text) as Record<string, unknown>);

async function sendBatch(rig: Rig, requests: [agentId: string, text: string][], callback?: string): Promise<Job> {
  const body = {
    requests: requests.map(([agent_id, text]) => ({ agent_id, messages: says(text) })),
    ...(callback ? { callback_url: receiver.url + callback } : {}),
  };
  const made = await http(rig, "POST", "/v1/messages/batches", { body });
  expect([made.status, made.text]).toEqual([200, expect.any(String)]);
  return made.body as Job;
}

const batchOf = (rig: Rig, id: string) => get<Job>(rig, `/v1/messages/batches/${id}`);
const itemsOf = (rig: Rig, id: string) => get<Item[]>(rig, `/v1/messages/batches/${id}/items`);
const batchOver = (rig: Rig, id: string) =>
  until("the batch is over", async () => {
    const job = await batchOf(rig, id);
    return job.status === "running" ? null : job;
  });

/** What users said to an agent, in order. */
async function told(rig: Rig, agentId: string): Promise<unknown[]> {
  const messages = await all(rig.letta.agents.messages.list(agentId, { order: "asc" }));
  return only(messages, "user_message").map((message) => message.content);
}

describe("jobs, through the official client", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ environment: ENVIRONMENT });
  });
  afterAll(() => rig.stop());
  beforeEach(() => {
    rig.model.reset();
    receiver.reset();
  });

  it("a message scheduled for a time is sent at that time, once, and calls back", async () => {
    const agent = await makeAgent(rig);
    const at = Date.now() + 3000;
    const made = await rig.letta.agents.schedule.create(agent.id, {
      messages: [{ role: "user", content: "Wake up" }],
      schedule: { type: "one-time", scheduled_at: at },
      callback_url: `${receiver.url}/woken`,
    });
    expect(made).toEqual({
      id: expect.stringMatching(idOf("schedule")),
      next_scheduled_at: new Date(at).toISOString(),
    });
    await until("the callback comes", () => payloads("/woken").length > 0);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    const [payload] = payloads("/woken");
    expect(payload).toMatchObject({ status: "completed", metadata: { run_type: "scheduled_message" } });
    const messages = await all(rig.letta.runs.messages.list(payload!.run_id as string));
    expect(messages.map((message) => message.message_type)).toEqual(["user_message", "assistant_message"]);

    const kept = await rig.letta.agents.schedule.retrieve(made.id, { agent_id: agent.id });
    expect(kept).toMatchObject({
      id: made.id,
      agent_id: agent.id,
      message: { messages: [{ role: "user", content: "Wake up" }], callback_url: `${receiver.url}/woken` },
      next_scheduled_time: null,
      schedule: { type: "one-time", scheduled_at: at },
    });
    const firings = await get<Firing[]>(rig, `/v1/agents/${agent.id}/schedule/${made.id}/firings`);
    expect(firings).toMatchObject([{ trigger: "due", run_id: payload!.run_id, run_status: "completed", error: null }]);
    expect(await told(rig, agent.id)).toEqual(["Wake up"]);
  });

  it("a recurring message is listed with its next time, sent when it is asked for, and deleted", async () => {
    const agent = await makeAgent(rig);
    const made = await rig.letta.agents.schedule.create(agent.id, {
      messages: [{ role: "user", content: "Report" }],
      schedule: { type: "recurring", cron_expression: "0 9 1 1 *" },
    });
    const list = await rig.letta.agents.schedule.list(agent.id, { limit: "1" });
    expect(list.has_next_page).toBe(false);
    expect(list.scheduled_messages).toMatchObject([
      { id: made.id, next_scheduled_time: made.next_scheduled_at, schedule: { cron_expression: "0 9 1 1 *" } },
    ]);
    expect(made.next_scheduled_at).toMatch(/-01-01T09:00:00.000Z$/);
    await http(rig, "POST", `/v1/agents/${agent.id}/schedule/${made.id}/run`);
    await until("it is sent", async () => (await told(rig, agent.id)).length > 0);
    expect(await told(rig, agent.id)).toEqual(["Report"]);
    expect(await rig.letta.agents.schedule.delete(made.id, { agent_id: agent.id })).toEqual({ success: true });
    expect((await refused(rig.letta.agents.schedule.retrieve(made.id, { agent_id: agent.id }))).status).toBe(404);
    expect((await rig.letta.agents.schedule.list(agent.id)).scheduled_messages).toEqual([]);
  });

  it("an async run calls back with its response and a signature that the secret proves", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "The answer." });
    receiver.push(503);
    const run = await rig.letta.agents.messages.createAsync(agent.id, {
      messages: says("The question"),
      callback_url: `${receiver.url}/answered`,
    });
    expect(run).toMatchObject({ callback_url: `${receiver.url}/answered`, callback_sent_at: null });
    const seen = await until("the callback is taken", async () => {
      const now = await rig.letta.runs.retrieve(run.id);
      return now.callback_status_code === 200 ? now : null;
    });
    expect(seen).toMatchObject({ callback_sent_at: expect.any(String), callback_error: null });
    expect(payloads("/answered")).toHaveLength(2);
    const { text, headers } = receiver.received.at(-1)!;
    const { run_id, status, metadata } = JSON.parse(text);
    expect([run_id, status, said(metadata.result.messages)]).toEqual([run.id, "completed", "The answer."]);
    const { secret, header } = await get<{ secret: string; header: string }>(rig, "/v1/callbacks/secret");
    const [, at, given] = /^t=(\d+),v1=(\w+)$/.exec(headers[header]!)!;
    expect(given).toBe(createHmac("sha256", secret).update(`${at}.${text}`).digest("hex"));
  });

  it("a run that is cancelled calls back too", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ hang: true });
    const run = await rig.letta.agents.messages.createAsync(agent.id, {
      messages: says("The question"),
      callback_url: `${receiver.url}/cancelled`,
    });
    await until("the model is asked", () => rig.model.requests.length > 0);
    await rig.letta.agents.messages.cancel(agent.id, { run_ids: [run.id] });
    await until("the callback comes", () => payloads("/cancelled").length > 0);
    expect(payloads("/cancelled")[0]).toMatchObject({
      run_id: run.id,
      status: "cancelled",
      metadata: { result: { stop_reason: { stop_reason: "cancelled" } } },
    });
  });

  it("a batch is worked off, agents side by side, each agent's requests in order, and calls back", async () => {
    const [one, two] = await Promise.all([makeAgent(rig), makeAgent(rig)]);
    rig.model.otherwise = (asked) => ({ text: `To ${String(asked.messages.at(-1)?.content)}` });
    const job = await sendBatch(
      rig,
      [
        [one.id, "a"],
        [two.id, "b"],
        [one.id, "c"],
        [one.id, "d"],
      ],
      "/batch",
    );
    expect(job).toMatchObject({ id: expect.stringMatching(idOf("job")), status: "running", job_type: "batch" });
    const over = await batchOver(rig, job.id);
    expect(over).toMatchObject({ status: "completed", metadata: { requests: { total: 4, completed: 4 } } });
    expect([await told(rig, one.id), await told(rig, two.id)]).toEqual([["a", "c", "d"], ["b"]]);
    type Raw = { role: string; batch_item_id: string; content: { text: string }[] };
    const path = `/v1/messages/batches/${job.id}/messages?order=asc`;
    const { messages } = await get<{ messages: Raw[] }>(rig, path);
    const items = await itemsOf(rig, job.id);
    const answers = new Map(messages.map((message) => [message.batch_item_id, message.content[0]!.text]));
    expect(items.map((item) => answers.get(item.id))).toEqual(
      ["To a", "To b", "To c", "To d"].map((text) => expect.stringContaining(text)),
    );
    await until("the callback comes", () => payloads("/batch").length > 0);
    expect(payloads("/batch")[0]).toMatchObject({ job_id: job.id, status: "completed" });
    expect((await get<Job[]>(rig, "/v1/jobs/")).map((one) => one.id)).toContain(job.id);
  });

  it("a batch that is cancelled ends its runs and begins no more", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ hang: true });
    const job = await sendBatch(rig, [
      [agent.id, "a"],
      [agent.id, "b"],
    ]);
    await until("the model is asked", () => rig.model.requests.length > 0);
    expect((await http(rig, "PATCH", `/v1/jobs/${job.id}/cancel`)).body).toMatchObject({ status: "cancelled" });
    await until("its run is over", async () => (await get<unknown[]>(rig, "/v1/runs/active")).length === 0);
    await until("its item is", async () => (await itemsOf(rig, job.id)).every((item) => item.status === "cancelled"));
    expect(await told(rig, agent.id)).toEqual(["a"]);
    expect((await http(rig, "DELETE", `/v1/jobs/${job.id}`)).status).toBe(200);
    expect((await http(rig, "GET", `/v1/messages/batches/${job.id}`)).status).toBe(404);
  });

  it("refuse what they can't do with the contract's errors", async () => {
    const agent = await makeAgent(rig);
    const nobody = `agent-${UNKNOWN}`;
    const schedule = { type: "one-time", scheduled_at: 1 } as const;
    const messages = [{ role: "user" as const, content: "x" }];
    expect((await refused(rig.letta.agents.schedule.create(nobody, { messages, schedule }))).status).toBe(404);
    const cron = { type: "recurring", cron_expression: "every day" } as const;
    expect((await refused(rig.letta.agents.schedule.create(agent.id, { messages, schedule: cron }))).status).toBe(422);
    const callback = { messages: says("x"), callback_url: "nowhere" };
    expect((await refused(rig.letta.agents.messages.createAsync(agent.id, callback))).status).toBe(422);
    const body = { requests: [{ agent_id: nobody, messages: says("x") }] };
    expect((await http(rig, "POST", "/v1/messages/batches", { body })).status).toBe(404);
    expect((await http(rig, "GET", `/v1/jobs/job-${UNKNOWN}`)).status).toBe(404);
  });
});

const databases: [string, string | null][] = [["the embedded database", null]];
if (process.env.TEST_DATABASE_URL) databases.push(["a Postgres server", process.env.TEST_DATABASE_URL]);

describe.each(databases)("a server that is killed in the middle, on %s", (_, postgres) => {
  let rig: Rig;
  let drop = async () => {};
  beforeAll(async () => {
    let databaseUrl: string | null = null;
    if (postgres) {
      const name = `memoir_jobs_${process.pid}_${Date.now()}`;
      const admin = await connect(postgres);
      await admin.query(`CREATE DATABASE ${name}`);
      databaseUrl = Object.assign(new URL(postgres), { pathname: `/${name}` }).href;
      drop = async () => {
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await admin.end();
      };
    }
    rig = await startRig({ environment: ENVIRONMENT, databaseUrl });
  });
  afterAll(async () => {
    await rig.stop();
    await drop();
  });
  beforeEach(() => {
    rig.model.reset();
    receiver.reset();
  });

  it("sends afterwards what was due meanwhile, once", async () => {
    const agent = await makeAgent(rig);
    const at = Date.now() + 2000;
    const made = await rig.letta.agents.schedule.create(agent.id, {
      messages: [{ role: "user", content: "Wake up" }],
      schedule: { type: "one-time", scheduled_at: at },
    });
    await rig.server.kill();
    await until("its time has passed", () => Date.now() > at);
    await rig.server.restart();
    const path = `/v1/agents/${agent.id}/schedule/${made.id}/firings`;
    await until("it is sent", async () => (await get<Firing[]>(rig, path))[0]?.run_status === "completed");
    expect(await get<Firing[]>(rig, path)).toMatchObject([{ due_at: new Date(at).toISOString(), error: null }]);
    expect(await told(rig, agent.id)).toEqual(["Wake up"]);
  });

  it("goes on with a batch: what ran is over and not sent again, what waited is sent", async () => {
    const [busy, other] = await Promise.all([makeAgent(rig), makeAgent(rig)]);
    const door = gate();
    rig.model.otherwise = (asked) =>
      asked.messages.at(-1)?.content?.toString().includes("first")
        ? { text: "never said", hold: door.opened }
        : { text: "Done." };
    const job = await sendBatch(
      rig,
      [
        [busy.id, "first"],
        [busy.id, "second"],
        [other.id, "third"],
      ],
      "/batch",
    );
    await until("the first is being answered and the third is done", async () => {
      const [first, , third] = await itemsOf(rig, job.id);
      return first!.run_id !== null && third!.status === "completed" && rig.model.requests.length >= 2;
    });
    await rig.server.kill();
    door.open();
    rig.model.reset();
    await rig.server.restart();
    const over = await batchOver(rig, job.id);
    expect(over).toMatchObject({
      status: "completed",
      metadata: { requests: { total: 3, completed: 2, failed: 1, created: 0, running: 0 } },
    });
    const [first] = await itemsOf(rig, job.id);
    expect(first).toMatchObject({ status: "failed", error: expect.stringContaining("server stopped") });
    expect([await told(rig, busy.id), await told(rig, other.id)]).toEqual([["first", "second"], ["third"]]);
    await until("the callback comes", () => payloads("/batch").length > 0);
    expect(payloads("/batch")).toMatchObject([{ job_id: job.id, status: "completed" }]);
  });

  it("calls back for the run that the crash ended, and for the one whose callback had not been taken", async () => {
    const [failing, done] = await Promise.all([makeAgent(rig), makeAgent(rig)]);
    const answers = Array<number>(50).fill(503);
    receiver.push(...answers);
    const ended = await rig.letta.agents.messages.createAsync(done.id, {
      messages: says("x"),
      callback_url: `${receiver.url}/ended`,
    });
    await until("it is tried", () => payloads("/ended").length > 0);
    rig.model.push({ hang: true });
    const cut = await rig.letta.agents.messages.createAsync(failing.id, {
      messages: says("y"),
      callback_url: `${receiver.url}/cut`,
    });
    await until("the model is asked", () => rig.model.requests.length >= 2);
    await rig.server.kill();
    receiver.reset();
    await rig.server.restart();
    const taken = async (id: string) => (await rig.letta.runs.retrieve(id)).callback_status_code === 200;
    await until("both are taken", async () => (await taken(ended.id)) && (await taken(cut.id)));
    expect(payloads("/ended")).toMatchObject([{ run_id: ended.id, status: "completed" }]);
    expect(payloads("/cut")).toMatchObject([
      { run_id: cut.id, status: "failed", metadata: { error: expect.any(String) } },
    ]);
  });
});
