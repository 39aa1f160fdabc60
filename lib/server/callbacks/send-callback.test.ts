import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireRun } from "@/lib/api/runs";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { TryLater } from "../jobs/queue";
import { PrivateAddressError, postPublic } from "../net/post-public";
import { recoverRuns } from "../run/recover";
import { sweep } from "../start/sweeps";
import { type Receiver, startReceiver } from "../testing/receiver";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { MAX_TRIES, SEND_CALLBACK } from "./send-callback";

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
  t.jobs.sent.length = 0;
});

const signal = new AbortController().signal;

async function makeAgent(): Promise<string> {
  return (await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini" })).body.id;
}

/** Sends a message whose run calls back, and waits for the run's end and the first try. */
async function ask(body: Record<string, unknown> = {}): Promise<WireRun> {
  const agentId = await makeAgent();
  const sent = await t.api<WireRun>("POST", `/v1/agents/${agentId}/messages/async`, {
    input: "Hello",
    callback_url: `${receiver.url}/done`,
    ...body,
  });
  expect([sent.status, sent.body]).toEqual([200, expect.objectContaining({ callback_sent_at: null })]);
  await t.core.runs.find(sent.body.id)?.done;
  await expect.poll(() => t.jobs.sent.filter((job) => job.kind === "send-callback").length).toBe(1);
  await t.jobs.idle();
  return runOf(sent.body.id);
}

const runOf = async (id: string) => (await t.api<WireRun>("GET", `/v1/runs/${id}`)).body;
const again = (id: string) => SEND_CALLBACK.run(t.core, { of: "run", id }, signal);

test("the end of a run is posted with its response, signed with the secret that the API shows", async () => {
  t.push(says("Hello to you."));
  const run = await ask();
  expect(run).toMatchObject({
    status: "completed",
    callback_url: `${receiver.url}/done`,
    callback_sent_at: expect.any(String),
    callback_status_code: 200,
    callback_error: null,
  });
  expect(receiver.received).toHaveLength(1);
  const { path, headers, text } = receiver.received[0]!;
  expect([path, headers["content-type"]]).toEqual(["/done", "application/json"]);
  expect(JSON.parse(text)).toEqual({
    run_id: run.id,
    status: "completed",
    completed_at: run.completed_at,
    metadata: {
      run_type: "send_message_async",
      result: {
        messages: [expect.objectContaining({ message_type: "assistant_message", content: "Hello to you." })],
        stop_reason: { message_type: "stop_reason", stop_reason: "end_turn" },
        usage: expect.objectContaining({ message_type: "usage_statistics", step_count: 1 }),
        logprobs: null,
        turns: null,
      },
    },
  });
  const { secret, header } = (await t.api<{ secret: string; header: string }>("GET", "/v1/callbacks/secret")).body;
  const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers[header]!)!;
  expect(given).toBe(createHmac("sha256", secret).update(`${at}.${text}`).digest("hex"));
});

test("a run that fails says what failed it, and one that a crash ended is told by the next sweep", async () => {
  t.push([{ type: "error", error: { kind: "llm_bad_request", message: "No such thing.", detail: null, status: 400 } }]);
  const run = await ask();
  const payload = JSON.parse(receiver.received[0]!.text);
  expect(payload).toMatchObject({ run_id: run.id, status: "failed", metadata: { error: expect.any(String) } });
  expect(payload.metadata).not.toHaveProperty("result");
  expect(run.metadata).toMatchObject({ error: payload.metadata.error });

  const agentId = await makeAgent();
  await t.core.db.query(
    `INSERT INTO run (id, organization_id, agent_id, conversation_id, active_key, status, request, callback_url)
     SELECT 'run-lost', organization_id, agent_id, id, id, 'running', '{}', $2 FROM conversation WHERE agent_id = $1`,
    [agentId, `${receiver.url}/lost`],
  );
  await recoverRuns(t.core, true);
  await sweep(t.core);
  await t.jobs.idle();
  expect(receiver.received.map((one) => one.path)).toEqual(["/done", "/lost"]);
  expect(JSON.parse(receiver.received[1]!.text)).toMatchObject({ run_id: "run-lost", status: "failed" });
});

test.each([500, 503, 429, 408])("%i is tried again, and the try after it is the last when it works", async (status) => {
  t.push(says("Hello."));
  receiver.push(status);
  const run = await ask();
  expect(run).toMatchObject({ callback_status_code: status, callback_error: `answered ${status}, not a success` });
  await again(run.id);
  await again(run.id);
  expect(await runOf(run.id)).toMatchObject({ callback_status_code: 200, callback_error: null });
  expect(receiver.received).toHaveLength(2);
});

test.each([400, 404, 410])("%i is not tried again, and says so", async (status) => {
  t.push(says("Hello."));
  receiver.push(status);
  const run = await ask();
  await again(run.id);
  await sweep(t.core);
  await t.jobs.idle();
  expect(run).toMatchObject({ callback_status_code: status, callback_error: `answered ${status}, not a success` });
  expect(receiver.received).toHaveLength(1);
});

test("a redirect is not followed", async () => {
  t.push(says("Hello."));
  receiver.push(`${receiver.url}/elsewhere`);
  const run = await ask();
  expect(run.callback_error).toBe("answered 307: redirects are not followed");
  expect(receiver.received.map((one) => one.path)).toEqual(["/done"]);
});

test("an address where nobody listens is tried until the tries are used up", async () => {
  const gone = await startReceiver();
  await gone.close();
  t.push(says("Hello."));
  const run = await ask({ callback_url: gone.url });
  expect(run).toMatchObject({ callback_status_code: null, callback_error: expect.stringContaining("ECONNREFUSED") });
  for (let tries = 2; tries < MAX_TRIES; tries++) await expect(again(run.id)).rejects.toThrow(TryLater);
  await again(run.id);
  await sweep(t.core);
  expect(t.jobs.sent.filter((job) => job.kind === "send-callback")).toHaveLength(1);
});

test("a run without a callback posts nothing", async () => {
  t.push(says("Hello."));
  await t.say({ agentId: await makeAgent() }, "Hello");
  await sweep(t.core);
  await t.jobs.idle();
  expect([receiver.received, t.jobs.sent]).toEqual([[], []]);
});

test("an answer that does not come in time is an error, and the queue's stop ends the wait", async () => {
  receiver.push("hang", "hang");
  const post = { url: receiver.url, body: "{}", headers: {}, allowPrivate: true };
  await expect(postPublic({ ...post, timeoutMs: 50, signal })).rejects.toThrow("no answer within 0.05 s");
  const stop = new AbortController();
  const waiting = postPublic({ ...post, timeoutMs: 60_000, signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toThrow();
});

test.each(["http://127.0.0.1", "http://localhost", "http://[::1]", "http://0x7f000001"])(
  "%s is not posted to, by address or by name, unless the operator allows it",
  async (host) => {
    const { port } = new URL(receiver.url);
    const post = { url: `${host}:${port}/`, body: "{}", headers: {}, timeoutMs: 5000, signal };
    await expect(postPublic({ ...post, allowPrivate: false })).rejects.toThrow(PrivateAddressError);
    expect(receiver.received).toEqual([]);
  },
);

test("a private address is refused with the request where the operator has not allowed it", async () => {
  const strict = await openRunningCore();
  const agent = await strict.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini" });
  const path = `/v1/agents/${agent.body.id}/messages/async`;
  expect((await strict.api("POST", path, { input: "x", callback_url: receiver.url })).status).toBe(400);
  expect((await strict.api("POST", path, { input: "x", callback_url: "ftp://example.com" })).status).toBe(422);
  expect((await strict.api<unknown[]>("GET", "/v1/runs/")).body).toEqual([]);
  await strict.close();
});
