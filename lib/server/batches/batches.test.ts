import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBatchItem, WireJob } from "@/lib/api/jobs";
import type { WireRun } from "@/lib/api/runs";
import type { ModelEvent } from "@/lib/engine/model";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { sweep } from "../start/sweeps";
import { type Receiver, startReceiver } from "../testing/receiver";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { RUN_BATCH } from "./run-batch";

let t: RunningCore;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  t = await openRunningCore({ config: readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on" }) });
});
afterAll(async () => {
  await t.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  t.requests.length = 0;
  t.otherwise.script = says("Done.");
});

const PATH = "/v1/messages/batches";

async function makeAgent(body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", ...body });
  return made.body.id;
}

const ask = (agentId: string, text: string) => ({ agent_id: agentId, messages: [{ role: "user", content: text }] });

async function send(requests: Record<string, unknown>[], body: Record<string, unknown> = {}): Promise<WireJob> {
  const made = await t.api<WireJob>("POST", PATH, { requests, ...body });
  expect([made.status, made.body]).toEqual([200, expect.objectContaining({ status: "running", job_type: "batch" })]);
  return made.body;
}

const seen = async (id: string) => (await t.api<WireJob>("GET", `${PATH}/${id}`)).body;
const itemsOf = async (id: string) => (await t.api<WireBatchItem[]>("GET", `${PATH}/${id}/items`)).body;
const counts = (of: Partial<Record<string, number>>) => ({
  requests: { total: 0, created: 0, running: 0, completed: 0, failed: 0, cancelled: 0, ...of },
});

/** A turn that waits until it is let go. */
function held() {
  let release = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* script(_: unknown, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await Promise.race([opened, aborted]);
    yield* says("Done at last.");
  }
  return { script, release: () => release() };
}

describe("a batch", () => {
  test("runs each of its requests once, and tells what came of them", async () => {
    const agents = await Promise.all([makeAgent(), makeAgent(), makeAgent()]);
    const job = await send(agents.map((agentId, n) => ask(agentId, `Question ${n}`)));
    await t.jobs.idle();
    expect(await seen(job.id)).toMatchObject({
      id: job.id,
      status: "completed",
      completed_at: expect.any(String),
      metadata: counts({ total: 3, completed: 3 }),
    });
    const items = await itemsOf(job.id);
    expect(items.map(({ agent_id, position, status, error }) => [agent_id, position, status, error])).toEqual(
      agents.map((agentId, n) => [agentId, n, "completed", null]),
    );
    const run = await t.api<WireRun>("GET", `/v1/runs/${items[0]!.run_id}`);
    expect(run.body).toMatchObject({
      agent_id: agents[0],
      background: true,
      metadata: { run_type: "batch", batch_id: job.id, batch_item_id: items[0]!.id },
    });
  });

  test("sends the requests to one agent one after the other, in their order, also those of two batches", async () => {
    const agentId = await makeAgent();
    const jobs = [
      await send(["one", "two", "three"].map((text) => ask(agentId, text))),
      await send([ask(agentId, "four")]),
    ];
    // As two workers would do them.
    await Promise.all(jobs.map((job) => RUN_BATCH.run(t.core, { batchId: job.id }, new AbortController().signal)));
    await t.jobs.idle();
    for (const job of jobs) expect((await seen(job.id)).status).toBe("completed");
    const messages = await t.api<{ message_type: string; content: string }[]>(
      "GET",
      `/v1/agents/${agentId}/messages?include_return_message_types=user_message`,
    );
    const said = messages.body.map((message) => message.content);
    expect(said.toSorted()).toEqual(["four", "one", "three", "two"]);
    expect(said.filter((text) => text !== "four")).toEqual(["one", "two", "three"]);
  });

  test("waits for a conversation that is busy", async () => {
    const agentId = await makeAgent();
    const busy = held();
    t.push(busy.script);
    const said = t.say({ agentId }, "Work on this");
    await expect.poll(() => t.requests.length).toBe(1);
    const job = await send([ask(agentId, "And this")]);
    await expect.poll(async () => (await itemsOf(job.id))[0]!.status).toBe("running");
    expect((await itemsOf(job.id))[0]!.run_id).toBeNull();
    busy.release();
    await said;
    await t.jobs.idle();
    expect((await seen(job.id)).metadata).toEqual(counts({ total: 1, completed: 1 }));
  });

  test("goes on when one of its requests fails, and has failed when all of them have", async () => {
    const agentId = await makeAgent();
    const mixed = await send([
      { ...ask(agentId, "x"), override_model: "openai/no-such-model" },
      ask(agentId, "And this?"),
    ]);
    await t.jobs.idle();
    expect(await seen(mixed.id)).toMatchObject({
      status: "completed",
      metadata: counts({ total: 2, completed: 1, failed: 1 }),
    });
    expect((await itemsOf(mixed.id))[0]).toMatchObject({ run_id: null, error: expect.stringContaining("NOT_FOUND") });
    const failed = await send([{ ...ask(agentId, "x"), override_model: "openai/no-such-model" }]);
    await t.jobs.idle();
    expect((await seen(failed.id)).status).toBe("failed");
  });

  test("that a process left goes on in the next one, and what was begun is not begun again", async () => {
    const agentId = await makeAgent();
    const job = await send([ask(agentId, "one"), ask(agentId, "two")]);
    await t.jobs.idle();
    const [first] = await itemsOf(job.id);
    const runsBefore = (await t.api<WireRun[]>("GET", `/v1/runs/?agent_id=${agentId}`)).body.map((run) => run.id);
    // As it was when the first run had begun, and nothing had been noted of it.
    await t.core.db.query("UPDATE batch SET status = 'running', completed_at = NULL WHERE id = $1", [job.id]);
    await t.core.db.query(
      "UPDATE batch_item SET status = 'running', run_id = NULL, completed_at = NULL WHERE batch_id = $1",
      [job.id],
    );
    t.jobs.sent.length = 0;
    await sweep(t.core);
    expect(t.jobs.sent).toContainEqual({ kind: "run-batch", data: { batchId: job.id } });
    await t.jobs.idle();
    expect((await seen(job.id)).status).toBe("completed");
    expect((await itemsOf(job.id))[0]).toMatchObject({ id: first!.id, run_id: first!.run_id });
    const runs = await t.api<WireRun[]>("GET", `/v1/runs/?agent_id=${agentId}`);
    expect(runs.body.map((run) => run.id)).toEqual(runsBefore);
  });

  test("stops waiting when the queue stops, and is found to be open by the next sweep", async () => {
    const busy = held();
    t.push(busy.script);
    const stop = new AbortController();
    const [agentId, send_] = [await makeAgent(), vi.spyOn(t.jobs, "send").mockResolvedValue()];
    const job = await send([ask(agentId, "one")]);
    send_.mockRestore();
    const working = RUN_BATCH.run(t.core, { batchId: job.id }, stop.signal);
    await expect.poll(async () => (await itemsOf(job.id))[0]!.run_id).toMatch(/^run-/);
    stop.abort();
    await expect(working).rejects.toThrow();
    busy.release();
    await sweep(t.core);
    await t.jobs.idle();
    expect((await seen(job.id)).status).toBe("completed");
  });

  test("that is cancelled begins nothing more, cancels what runs, and calls back", async () => {
    const agentId = await makeAgent();
    const busy = held();
    t.push(busy.script);
    const job = await send([ask(agentId, "one"), ask(agentId, "two")], { callback_url: `${receiver.url}/batch` });
    await expect.poll(async () => (await itemsOf(job.id))[0]!.run_id).toMatch(/^run-/);
    const [{ run_id: runId }] = (await itemsOf(job.id)) as [WireBatchItem];
    const answer = await t.api("PATCH", `${PATH}/${job.id}/cancel`);
    expect([answer.status, answer.body]).toEqual([200, null]);
    await t.jobs.idle();
    expect((await t.api<WireRun>("GET", `/v1/runs/${runId}`)).body.status).toBe("cancelled");
    expect(await seen(job.id)).toMatchObject({ status: "cancelled", callback_status_code: 200 });
    expect(await itemsOf(job.id)).toMatchObject([
      { status: "cancelled", run_id: runId },
      { status: "cancelled", run_id: null },
    ]);
    expect(JSON.parse(receiver.received[0]!.text)).toMatchObject({ job_id: job.id, status: "cancelled" });
    expect(t.requests).toHaveLength(1);
    const again = await t.api("PATCH", `${PATH}/${job.id}/cancel`);
    expect([again.status, again.body]).toEqual([200, null]);
    await t.jobs.idle();
    expect(receiver.received).toHaveLength(1);
  });

  test("calls back when it is over, with its counts, and the answer is shown", async () => {
    receiver.push(503);
    const job = await send([ask(await makeAgent(), "one")], { callback_url: `${receiver.url}/batch` });
    await t.jobs.idle();
    expect(await seen(job.id)).toMatchObject({ callback_status_code: 503, callback_error: expect.any(String) });
    await sweep(t.core);
    await t.jobs.idle();
    const shown = await seen(job.id);
    expect(shown).toMatchObject({ callback_status_code: 200, callback_error: null });
    expect(receiver.received.map((one) => JSON.parse(one.text))).toEqual(
      Array(2).fill({
        job_id: job.id,
        status: "completed",
        completed_at: shown.completed_at,
        metadata: counts({ total: 1, completed: 1 }),
      }),
    );
  });

  test("loses what belongs to an agent that is deleted", async () => {
    const [kept, deleted] = [await makeAgent(), await makeAgent()];
    const job = await send([ask(kept, "one"), ask(deleted, "two")]);
    await t.jobs.idle();
    await t.api("DELETE", `/v1/agents/${deleted}`);
    expect((await itemsOf(job.id)).map((item) => item.agent_id)).toEqual([kept]);
    expect((await seen(job.id)).metadata).toEqual(counts({ total: 1, completed: 1 }));
  });

  test.each([
    ["no requests", { requests: [] }, 422],
    ["a request without messages", { requests: [{ agent_id: "AGENT" }] }, 422],
    ["an agent that there is not", { requests: [ask("agent-00000000-0000-4000-8000-00000000dead", "x")] }, 404],
    ["a callback to no address", { requests: [ask("AGENT", "x")], callback_url: "file:///etc/passwd" }, 422],
  ])("with %s is refused, and nothing is kept", async (_, body, status) => {
    const agentId = await makeAgent();
    const before = await t.rowCounts();
    const text = JSON.stringify(body).replaceAll("AGENT", agentId);
    expect((await t.api("POST", PATH, text)).status).toBe(status);
    expect(await t.rowCounts()).toEqual(before);
  });
});

describe("messages of a batch", () => {
  type Raw = { id: string; role: string; agent_id: string; batch_item_id: string };
  const messagesOf = async (id: string, query = "") =>
    (await t.api<{ messages: Raw[] }>("GET", `${PATH}/${id}/messages?${query}`)).body.messages;

  test("are what the agents made, each with its item, page by page to the empty one", async () => {
    const agents = [await makeAgent(), await makeAgent()];
    const job = await send([ask(agents[0]!, "a"), ask(agents[1]!, "b"), ask(agents[0]!, "c")]);
    await t.jobs.idle();
    const items = await itemsOf(job.id);
    const all = await messagesOf(job.id, "order=asc");
    expect(all.map((message) => message.role)).toEqual(["assistant", "assistant", "assistant"]);
    expect(new Set(all.map((message) => message.batch_item_id))).toEqual(new Set(items.map((item) => item.id)));
    expect((await messagesOf(job.id)).map((one) => one.id)).toEqual(all.map((one) => one.id).toReversed());
    expect(await messagesOf(job.id, `agent_id=${agents[1]}`)).toEqual(
      all.filter((message) => message.agent_id === agents[1]),
    );
    const walked: string[] = [];
    for (let page = await messagesOf(job.id, "limit=2"); page.length > 0; ) {
      walked.push(...page.map((one) => one.id));
      page = await messagesOf(job.id, `limit=2&after=${walked.at(-1)}`);
    }
    expect(walked).toEqual(all.map((one) => one.id).toReversed());
    expect(await messagesOf(job.id, `order=asc&limit=1&before=${all[2]!.id}`)).toEqual([all[1]]);
    const few = await t.countStatements(() => messagesOf(job.id, "limit=1"));
    expect(await t.countStatements(() => messagesOf(job.id))).toBe(few);
  });
});

describe("jobs", () => {
  test("are batches: listed page by page, those that are not over apart, and shown", async () => {
    const stopped = vi.spyOn(t.jobs, "send").mockResolvedValue();
    const agentId = await makeAgent();
    const open = await send([ask(agentId, "x")]);
    stopped.mockRestore();
    const done = await send([ask(await makeAgent(), "x")]);
    await t.jobs.idle();
    const ids = async (path: string) => (await t.api<WireJob[]>("GET", path)).body.map((job) => job.id);
    expect((await ids("/v1/jobs/?limit=2")).slice(0, 2)).toEqual([done.id, open.id]);
    expect((await ids("/v1/jobs/?ascending=true&limit=1000")).slice(-2)).toEqual([open.id, done.id]);
    expect(await ids("/v1/jobs/?active=true")).toEqual([open.id]);
    expect(await ids("/v1/jobs/active")).toEqual([open.id]);
    expect(await ids(`/v1/jobs/?after=${open.id}&limit=1`)).not.toContain(done.id);
    expect((await t.api("GET", `/v1/jobs/${open.id}`)).body).toEqual(await seen(open.id));
    const few = await t.countStatements(() => t.api("GET", `${PATH}?limit=1`));
    expect(await t.countStatements(() => t.api("GET", `${PATH}?limit=50`))).toBe(few);

    expect((await t.api("DELETE", `/v1/jobs/${open.id}`)).status).toBe(409);
    const cancelled = await t.api<WireJob>("PATCH", `/v1/jobs/${open.id}/cancel`);
    expect(cancelled.body).toMatchObject({
      id: open.id,
      status: "cancelled",
      metadata: counts({ total: 1, cancelled: 1 }),
    });
    expect((await t.api<WireJob>("PATCH", `/v1/jobs/${done.id}/cancel`)).body.status).toBe("completed");
    const [item] = await itemsOf(done.id);
    expect((await t.api<WireJob>("DELETE", `/v1/jobs/${done.id}`)).body.id).toBe(done.id);
    for (const path of [`/v1/jobs/${done.id}`, `${PATH}/${done.id}`, `${PATH}/${done.id}/messages`]) {
      expect((await t.api("GET", path)).status).toBe(404);
    }
    expect((await t.api("GET", `/v1/runs/${item!.run_id}`)).status).toBe(200);
  });

  test("of another organization are not there", async () => {
    const job = await send([ask(await makeAgent(), "x")]);
    await t.jobs.idle();
    await t.core.db.query("UPDATE batch SET organization_id = 'org-other' WHERE id = $1", [job.id]);
    for (const [method, path] of [
      ["GET", `/v1/jobs/${job.id}`],
      ["PATCH", `/v1/jobs/${job.id}/cancel`],
      ["DELETE", `/v1/jobs/${job.id}`],
      ["GET", `${PATH}/${job.id}/messages`],
      ["GET", `${PATH}/${job.id}/items`],
    ] as const) {
      expect([path, (await t.api(method, path)).status]).toEqual([path, 404]);
    }
    expect((await t.api<WireJob[]>("GET", "/v1/jobs/")).body.map((one) => one.id)).not.toContain(job.id);
  });
});
