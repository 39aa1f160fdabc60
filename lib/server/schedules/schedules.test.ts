import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireFiring, WireSchedule } from "@/lib/api/schedules";
import { says } from "@/lib/engine/testing/scripted-model";
import { TryLater } from "../jobs/queue";
import { sweep } from "../start/sweeps";
import { walk } from "../testing/harness";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { FIRE_SCHEDULE, SEND_FIRING } from "./fire";

let t: RunningCore;
let clock = Date.parse("2026-03-10T08:00:00Z");
beforeAll(async () => {
  // The same millisecond is never shown twice.
  t = await openRunningCore({ now: () => new Date(clock++) });
});
afterAll(() => t.close());
beforeEach(() => {
  t.jobs.sent.length = 0;
  t.otherwise.script = says("Good morning.");
});

const MINUTE = 60_000;
const signal = new AbortController().signal;

type Created = { id: string; next_scheduled_at: string };

async function makeAgent(body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", ...body });
  return made.body.id;
}

async function schedule(agentId: string, when: Record<string, unknown>, body: Record<string, unknown> = {}) {
  const made = await t.api<Created>("POST", `/v1/agents/${agentId}/schedule`, {
    messages: [{ role: "user", content: "Time to get up" }],
    schedule: when,
    ...body,
  });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return {
    id: made.body.id,
    agentId,
    path: `/v1/agents/${agentId}/schedule/${made.body.id}`,
    next: made.body.next_scheduled_at,
  };
}
type Made = Awaited<ReturnType<typeof schedule>>;

const once = (agentId: string, inMs = MINUTE) => schedule(agentId, { type: "one-time", scheduled_at: clock + inMs });
const every = (agentId: string, cron = "*/10 * * * *") =>
  schedule(agentId, { type: "recurring", cron_expression: cron });
const firingsOf = async (made: Made) => (await t.api<WireFiring[]>("GET", `${made.path}/firings`)).body;
const seen = async (made: Made) => (await t.api<WireSchedule>("GET", made.path)).body;

/** What a worker does at the time, and all that it leads to. */
async function fire(made: Made): Promise<void> {
  await FIRE_SCHEDULE.run(t.core, { scheduleId: made.id }, signal);
  await t.jobs.idle();
  const own = t.core.runs.active().filter((run) => !occupied.has(run.agentId));
  await Promise.all(own.map((run) => run.done));
}

const occupied = new Set<string>();

/** Keeps the agent's conversation busy until it is let go. */
async function occupy(agentId: string): Promise<() => Promise<void>> {
  occupied.add(agentId);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  t.push(async function* () {
    await held;
    yield* says("Done at last.");
  });
  const said = t.say({ agentId }, "Work on this");
  await expect
    .poll(async () => (await t.api<unknown[]>("GET", `/v1/runs/active?agent_id=${agentId}`)).body.length)
    .toBe(1);
  return async () => {
    release();
    await said;
    occupied.delete(agentId);
  };
}

describe("a one-time schedule", () => {
  test("is not sent before its time, and once at its time, as a run of its own", async () => {
    const agentId = await makeAgent();
    const made = await once(agentId);
    expect(t.jobs.sent).toEqual([
      { kind: "fire-schedule", data: { scheduleId: made.id }, startAfter: new Date(made.next) },
    ]);
    await expect(FIRE_SCHEDULE.run(t.core, { scheduleId: made.id }, signal)).rejects.toThrow(TryLater);
    expect(await firingsOf(made)).toEqual([]);

    clock += 2 * MINUTE;
    // Two workers, and one of them again after a crash.
    await Promise.all([fire(made), fire(made)]);
    await fire(made);
    const [firing, ...more] = await firingsOf(made);
    expect(more).toEqual([]);
    expect(firing).toMatchObject({ due_at: made.next, trigger: "due", run_status: "completed", error: null });
    expect((await t.api<{ metadata: unknown }>("GET", `/v1/runs/${firing!.run_id}`)).body).toMatchObject({
      background: true,
      metadata: { run_type: "scheduled_message", schedule_id: made.id, firing_id: firing!.id },
    });
    const messages = await t.api<Record<string, unknown>[]>("GET", `/v1/runs/${firing!.run_id}/messages`);
    expect(messages.body.map(({ message_type, content }) => [message_type, content])).toEqual([
      ["user_message", "Time to get up"],
      ["assistant_message", "Good morning."],
    ]);
    expect(await seen(made)).toMatchObject({ next_scheduled_time: null, last_firing: firing });
  });

  test("whose time passed while no server ran is sent by the sweep of the next one", async () => {
    const made = await once(await makeAgent(), -60 * MINUTE);
    t.jobs.sent.length = 0;
    await sweep(t.core);
    expect(t.jobs.sent).toContainEqual(
      expect.objectContaining({ kind: "fire-schedule", data: { scheduleId: made.id } }),
    );
    await fire(made);
    expect(await firingsOf(made)).toMatchObject([{ due_at: made.next, run_status: "completed" }]);
  });

  test("far away is not kept in the queue; the sweep before its time puts it there", async () => {
    const made = await once(await makeAgent(), 24 * 60 * MINUTE);
    await sweep(t.core);
    expect(t.jobs.sent.filter((job) => job.kind === "fire-schedule")).toEqual([]);
    clock += 24 * 60 * MINUTE - MINUTE;
    await sweep(t.core);
    expect(t.jobs.sent).toContainEqual({
      kind: "fire-schedule",
      data: { scheduleId: made.id },
      startAfter: new Date(made.next),
    });
    await t.api("DELETE", made.path);
  });
});

describe("a recurring schedule", () => {
  test("is sent at each of its times; of times that passed while no server ran, once", async () => {
    const made = await every(await makeAgent());
    const times: string[] = [];
    for (const minutes of [10, 10, 55]) {
      times.push((await seen(made)).next_scheduled_time!);
      clock += minutes * MINUTE;
      await fire(made);
    }
    const firings = await firingsOf(made);
    expect(firings.map((firing) => firing.due_at)).toEqual(times.toReversed());
    expect(new Set(firings.map((firing) => firing.run_id)).size).toBe(3);
    const next = Date.parse((await seen(made)).next_scheduled_time!);
    expect(next).toBeGreaterThan(clock);
    expect(next - clock).toBeLessThanOrEqual(10 * MINUTE);
  });

  test("means the agent's timezone, or the one that it names", async () => {
    const agentId = await makeAgent({ timezone: "Asia/Tokyo" });
    const own = await every(agentId, "0 9 * * *");
    const named = await schedule(agentId, {
      type: "recurring",
      cron_expression: "0 9 * * *",
      timezone: "America/New_York",
    });
    expect([own.next.slice(11, 16), named.next.slice(11, 16)]).toEqual(["00:00", "13:00"]);
    expect((await seen(own)).schedule).toEqual({
      type: "recurring",
      cron_expression: "0 9 * * *",
      timezone: "Asia/Tokyo",
    });
  });

  test("does not pile up: a time that comes before the messages of the last are sent is skipped, and says so", async () => {
    const agentId = await makeAgent();
    const made = await every(agentId);
    const release = await occupy(agentId);
    clock += 10 * MINUTE;
    await fire(made);
    clock += 10 * MINUTE;
    await fire(made);
    const [second, first] = await firingsOf(made);
    expect(first).toMatchObject({ run_id: null, error: null });
    expect(second).toMatchObject({ run_id: null, error: expect.stringMatching(/^Skipped/) });
    await release();
    await SEND_FIRING.run(t.core, { firingId: first!.id }, signal);
    expect((await firingsOf(made))[1]).toMatchObject({ run_id: expect.stringMatching(/^run-/), error: null });
  });
});

describe("messages of a firing", () => {
  test("wait for a conversation that is busy, and are sent when it is free", async () => {
    const agentId = await makeAgent();
    const made = await once(agentId);
    const release = await occupy(agentId);
    clock += MINUTE;
    await fire(made);
    const [waiting] = await firingsOf(made);
    expect(waiting).toMatchObject({ run_id: null, error: null });
    await expect(SEND_FIRING.run(t.core, { firingId: waiting!.id }, signal)).rejects.toThrow(TryLater);
    await release();
    await sweep(t.core);
    await t.jobs.idle();
    expect(await firingsOf(made)).toMatchObject([{ run_id: expect.stringMatching(/^run-/), error: null }]);
  });

  test("that are due at once are sent one after another as the conversation becomes free, without further tries", async () => {
    const agentId = await makeAgent();
    const release = await occupy(agentId);
    const made = await Promise.all(Array.from({ length: 10 }, () => once(agentId)));
    clock += 2 * MINUTE;
    for (const one of made) await FIRE_SCHEDULE.run(t.core, { scheduleId: one.id }, signal);
    await t.jobs.idle();
    expect((await firingsOf(made[9]!)).map((firing) => firing.run_id)).toEqual([null]);
    const tries = t.jobs.sent.length;
    await release();
    await expect
      .poll(async () => (await Promise.all(made.map(firingsOf))).flat().filter((firing) => firing.run_id).length)
      .toBe(10);
    await Promise.all(t.core.runs.active().map((run) => run.done));
    expect(t.jobs.sent.length).toBe(tries);
  });

  test("that wait for longer than a day are given up, and the firing says why", async () => {
    const agentId = await makeAgent();
    const made = await once(agentId);
    const release = await occupy(agentId);
    clock += MINUTE;
    await fire(made);
    const [waiting] = await firingsOf(made);
    clock += 25 * 60 * MINUTE;
    await SEND_FIRING.run(t.core, { firingId: waiting!.id }, signal);
    expect(await firingsOf(made)).toMatchObject([{ run_id: null, error: expect.stringContaining("CONFLICT") }]);
    await release();
  });

  test("are sent once, though the process is gone before it notes the run", async () => {
    const made = await once(await makeAgent());
    clock += MINUTE;
    await fire(made);
    const [firing] = await firingsOf(made);
    await t.core.db.query("UPDATE schedule_firing SET run_id = NULL WHERE id = $1", [firing!.id]);
    await sweep(t.core);
    await t.jobs.idle();
    expect((await firingsOf(made)).map((one) => one.run_id)).toEqual([firing!.run_id]);
    const runs = await t.api<unknown[]>("GET", `/v1/runs/?agent_id=${made.agentId}`);
    expect(runs.body).toHaveLength(1);
  });

  test("that can't be sent at all leave the reason with the firing", async () => {
    const made = await once(await makeAgent({ model: "ollama/llama3" }));
    t.models.forget("ollama/llama3");
    const info = t.core.models.info.bind(t.core.models);
    t.core.models.model = async (ctx, handle) =>
      Promise.reject(await info(ctx, `${handle}-gone`).catch((error) => error));
    clock += MINUTE;
    await fire(made);
    expect(await firingsOf(made)).toMatchObject([{ run_id: null, error: expect.stringContaining("NOT_FOUND") }]);
  });
});

describe("the routes of schedules", () => {
  test("run now sends the messages besides the schedule's times", async () => {
    t = await reopened();
    const made = await once(await makeAgent(), 60 * MINUTE);
    const fired = await t.api<WireFiring>("POST", `${made.path}/run`);
    expect(fired.body).toMatchObject({ schedule_id: made.id, trigger: "manual", run_id: null, error: null });
    await t.jobs.idle();
    expect(await firingsOf(made)).toMatchObject([{ id: fired.body.id, run_id: expect.stringMatching(/^run-/) }]);
    expect((await seen(made)).next_scheduled_time).toBe(made.next);
  });

  test("show what was asked for, and nothing that was not", async () => {
    const agentId = await makeAgent({ name: "Waker" });
    const plain = await once(agentId);
    const full = await schedule(
      agentId,
      { type: "recurring", cron_expression: " 0 9 * * * ", timezone: "UTC" },
      { max_steps: 3, include_return_message_types: ["assistant_message"], callback_url: "https://93.184.216.34/done" },
    );
    const message = { type: "message", role: "user", content: "Time to get up" };
    expect(await seen(plain)).toEqual({
      id: plain.id,
      agent_id: agentId,
      message: { messages: [message] },
      next_scheduled_time: plain.next,
      schedule: { type: "one-time", scheduled_at: Date.parse(plain.next) },
      created_at: expect.any(String),
      agent_name: "Waker",
      last_firing: null,
    });
    expect((await seen(full)).message).toEqual({
      messages: [message],
      max_steps: 3,
      include_return_message_types: ["assistant_message"],
      callback_url: "https://93.184.216.34/done",
    });
  });

  test("list an agent's schedules page by page, newest first, and those of all agents", async () => {
    const agentId = await makeAgent();
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await once(agentId, 60 * MINUTE + n)).id);
    const paths = `/v1/agents/${agentId}/schedule`;
    type Page = { scheduled_messages: WireSchedule[]; has_next_page: boolean };
    const first = (await t.api<Page>("GET", `${paths}?limit=3`)).body;
    const second = (await t.api<Page>("GET", `${paths}?limit=3&after=${made[2]}`)).body;
    expect([first.has_next_page, second.has_next_page]).toEqual([true, false]);
    expect([...first.scheduled_messages, ...second.scheduled_messages].map((one) => one.id)).toEqual(made);
    expect(await walk(t.api, "/v1/schedules", { limit: 2, agent_id: agentId })).toEqual(made);
    expect(await walk(t.api, "/v1/schedules", { limit: 2, agent_id: agentId, order: "asc" })).toEqual(
      made.toReversed(),
    );
    const few = await t.countStatements(() => t.api("GET", "/v1/schedules?limit=1"));
    expect(await t.countStatements(() => t.api("GET", "/v1/schedules?limit=50"))).toBe(few);
  });

  test("list firings page by page", async () => {
    const made = await once(await makeAgent(), 60 * MINUTE);
    const fired: string[] = [];
    for (let n = 0; n < 4; n++) {
      fired.unshift((await t.api<WireFiring>("POST", `${made.path}/run`)).body.id);
      await t.jobs.idle();
    }
    expect(await walk(t.api, `${made.path}/firings`, { limit: 3 })).toEqual(fired);
    const few = await t.countStatements(() => t.api("GET", `${made.path}/firings?limit=1`));
    expect(await t.countStatements(() => t.api("GET", `${made.path}/firings`))).toBe(few);
  });

  test("delete a schedule with its firings, and what was not sent is not sent; a deleted agent takes its own along", async () => {
    const agentId = await makeAgent();
    const made = await once(agentId);
    const release = await occupy(agentId);
    clock += MINUTE;
    await fire(made);
    const [waiting] = await firingsOf(made);
    expect((await t.api("DELETE", made.path)).body).toEqual({ success: true });
    await release();
    await SEND_FIRING.run(t.core, { firingId: waiting!.id }, signal);
    expect((await t.api<unknown[]>("GET", `/v1/runs/?agent_id=${agentId}`)).body).toHaveLength(1);
    for (const path of [made.path, `${made.path}/firings`]) expect((await t.api("GET", path)).status).toBe(404);

    const other = await once(agentId);
    await t.api("DELETE", `/v1/agents/${agentId}`);
    const left = await t.core.db.query("SELECT 1 FROM schedule WHERE id = $1", [other.id]);
    expect(left).toEqual([]);
  });

  test.each([
    ["six fields", { schedule: { type: "recurring", cron_expression: "* * * * * *" } }, 422],
    ["a date that never comes", { schedule: { type: "recurring", cron_expression: "0 0 30 2 *" } }, 422],
    ["an unknown timezone", { schedule: { type: "recurring", cron_expression: "* * * * *", timezone: "Mars" } }, 422],
    ["no time", { schedule: { type: "one-time" } }, 422],
    ["a time beyond the calendar", { schedule: { type: "one-time", scheduled_at: 1e17 } }, 422],
    ["no messages", { messages: [] }, 422],
    ["a callback that is no address", { callback_url: "nowhere" }, 422],
    ["a callback to a private address", { callback_url: "http://127.0.0.1:1/x" }, 400],
  ])("refuse %s, and keep nothing", async (_, changes, status) => {
    const agentId = await makeAgent();
    const body = {
      messages: [{ role: "user", content: "x" }],
      schedule: { type: "one-time", scheduled_at: clock },
      ...changes,
    };
    expect((await t.api("POST", `/v1/agents/${agentId}/schedule`, body)).status).toBe(status);
    expect(await walk(t.api, "/v1/schedules", { agent_id: agentId })).toEqual([]);
  });

  test("know only the schedules of the agent and the organization that ask", async () => {
    const made = await once(await makeAgent());
    const other = await makeAgent();
    expect((await t.api("GET", `/v1/agents/${other}/schedule/${made.id}`)).status).toBe(404);
    await t.core.db.query("UPDATE schedule SET organization_id = 'org-other' WHERE id = $1", [made.id]);
    expect((await t.api("GET", made.path)).status).toBe(404);
    expect((await t.api("POST", `${made.path}/run`)).status).toBe(404);
    expect((await t.api("DELETE", made.path)).status).toBe(404);
  });
});

async function reopened(): Promise<RunningCore> {
  await t.close();
  const again = await openRunningCore({ now: () => new Date(clock++) });
  again.otherwise.script = says("Good morning.");
  return again;
}
