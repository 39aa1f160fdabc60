import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireFairUse } from "@/lib/api/limits-of-use";
import { says } from "@/lib/engine/testing/scripted-model";
import { createSession } from "../accounts/sessions";
import { readConfig } from "../config/env";
import { DEFAULT_ACTOR } from "../core/core";
import { asJson } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { createApp } from "./app";

const PASSWORD = "the password";
const NONE = { requests_per_minute: null, runs_at_once: null, tokens_per_day: null, dollars_per_month: null };
/** In the middle of a minute, of a day, and of a month. */
const NOON = Date.UTC(2026, 10, 15, 12, 0, 30);

let t: RunningCore;
/** Two servers of one database. */
let servers: ReturnType<typeof createApp>[];
let now = NOON;

beforeAll(async () => {
  let steps = 0;
  t = await openRunningCore({ now: () => new Date(now + (steps++ % 1000)) });
  const config = { ...t.core.config, ...readConfig({ MEMOIR_SEED: "off", MEMOIR_PASSWORD: PASSWORD }) };
  servers = [1, 2].map(() => createApp({ ...t.core, config, db: { ...t.core.db } }));
});
afterAll(() => t?.close());
beforeEach(async () => {
  now = NOON;
  for (const table of ["fair_limit", "fair_use", "request_count"]) await t.core.db.query(`DELETE FROM ${table}`);
  t.otherwise.script = says("Yes.", { input: 60, output: 40 });
  await limit({});
});

type Answer<Body> = { status: number; body: Body; retryAfter: number };
let turn = 0;

/** Sends a request to one server after the other. */
async function ask<Body = { detail: string; id: string; key: string }>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${PASSWORD}` },
): Promise<Answer<Body>> {
  const response = await servers[turn++ % 2]!.request(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: asJson(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === "" ? null : JSON.parse(text)) as Body,
    retryAfter: Number(response.headers.get("retry-after")),
  };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function limit(limits: Partial<WireFairUse["limits"]>, key?: string): Promise<void> {
  // Both servers forget at once what they believed of limits.
  for (const server of servers) {
    const response = await server.request(`/v1/limits${key ? `?key_id=${key}` : ""}`, {
      method: "PUT",
      headers: bearer(PASSWORD),
      body: asJson({ ...NONE, ...limits }),
    });
    expect(response.status).toBe(200);
  }
}

const makeKey = async (name: string) => (await ask("POST", "/v1/keys", { name, role: "editor" })).body;
const makeAgent = async () =>
  (await ask("POST", "/v1/agents", { model: "openai/gpt-4o-mini", include_base_tools: false })).body.id;
const say = (agent: string, headers?: Record<string, string>) =>
  ask("POST", `/v1/agents/${agent}/messages`, { input: "Hi" }, headers);
const used = async (key?: string) =>
  (await ask<WireFairUse>("GET", `/v1/limits${key ? `?key_id=${key}` : ""}`)).body.used;

describe("requests a minute", () => {
  test("are counted over all servers; one more is told when the minute is over, and answered then", async () => {
    const key = await makeKey("often");
    await limit({ requests_per_minute: 5 }, key.id);
    const list = () => ask("GET", "/v1/agents", undefined, bearer(key.key));
    const answers = await Promise.all(Array.from({ length: 12 }, list));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(7);
    for (const { body, retryAfter } of refused) {
      expect(body.detail).toMatch(/^RATE_LIMITED: this key may send 5 requests a minute/);
      expect(retryAfter).toBeGreaterThanOrEqual(29);
      expect(retryAfter).toBeLessThanOrEqual(30);
    }
    expect((await ask("GET", "/v1/agents")).status).toBe(200);
    now += 30_000;
    expect((await list()).status).toBe(200);
    expect((await used(key.id)).requests_per_minute).toBe(1);
  });

  test("of an organization are those of all its programs; who is signed in still sees and changes it", async () => {
    const [one, two] = [await makeKey("one"), await makeKey("two")];
    await limit({ requests_per_minute: 4 });
    const statuses: number[] = [];
    for (const { key } of [one, two, one, two, one]) {
      statuses.push((await ask("GET", "/v1/agents", undefined, bearer(key))).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    // A page: its session is no program.
    const config = readConfig({ MEMOIR_SEED: "off", MEMOIR_PASSWORD: PASSWORD });
    const { token } = await createSession({ ...t.core, config }, { address: "::1", userAgent: null });
    const cookie = { cookie: `memoir-session=${token}` };
    expect((await ask("GET", "/v1/agents", undefined, cookie)).status).toBe(200);
    expect((await used()).requests_per_minute).toBe(5);
  });
});

describe("runs at once", () => {
  test("are as many as may be, whichever servers they are asked of, and one more when one has ended", async () => {
    const agents = await Promise.all(Array.from({ length: 6 }, makeAgent));
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.otherwise.script = async function* () {
      await opened;
      yield* says("Yes.");
    };
    await limit({ runs_at_once: 2 });
    const started = await Promise.all(
      agents.map((id) => ask("POST", `/v1/agents/${id}/messages/async`, { input: "Hi" })),
    );
    expect(started.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429, 429, 429]);
    const refused = started.find(({ status }) => status === 429)!;
    expect([refused.body.detail, refused.retryAfter]).toEqual([expect.stringContaining("2 runs at once"), 2]);
    expect((await used()).runs_at_once).toBe(2);
    open();
    await expect.poll(async () => (await used()).runs_at_once).toBe(0);
    expect((await say(agents[0]!)).status).toBe(200);
  });
});

describe("what is used up", () => {
  test("of a day's tokens is counted by organization and by key, in the commit of each step, and nothing gives it back", async () => {
    const key = await makeKey("reads");
    const agent = await makeAgent();
    expect((await say(agent)).status).toBe(200);
    expect((await say(agent, bearer(key.key))).status).toBe(200);
    const [run] = await t.core.db.query<{ id: string }>("SELECT id FROM run WHERE agent_id = $1 AND key_id = $2", [
      agent,
      key.id,
    ]);
    expect(run).toBeDefined();
    expect([(await used()).tokens_per_day, (await used(key.id)).tokens_per_day]).toEqual([200, 100]);
    await ask("DELETE", `/v1/runs/${run!.id}`);
    await ask("DELETE", `/v1/agents/${agent}`);
    expect([(await used()).tokens_per_day, (await used(key.id)).tokens_per_day]).toEqual([200, 100]);

    const other = await makeAgent();
    await limit({ tokens_per_day: 100 }, key.id);
    const refused = await say(other, bearer(key.key));
    expect([refused.status, refused.retryAfter]).toEqual([429, 12 * 3600 - 30]);
    expect(refused.body.detail).toContain("this key may use 100 tokens a day, and has used 100");
    expect((await say(other)).status).toBe(200);
    await limit({ tokens_per_day: 300 });
    expect((await say(other)).body.detail).toContain("this organization may use 300 tokens a day");
    now += 12 * 3_600_000;
    expect((await say(other, bearer(key.key))).status).toBe(200);
  });

  test("of a month's dollars is over with the month", async () => {
    const agent = await makeAgent();
    await t.core.db.query(
      "INSERT INTO fair_use (organization_id, day, dollars) VALUES ($1, '2026-11-01', 4), ($1, '2026-10-31', 90)",
      [DEFAULT_ACTOR.organizationId],
    );
    await limit({ dollars_per_month: 5 });
    expect((await say(agent)).status).toBe(200);
    await t.core.db.query("UPDATE fair_use SET dollars = 6 WHERE day = '2026-11-01'");
    const refused = await say(agent);
    expect([refused.status, refused.body.detail]).toEqual([
      429,
      expect.stringContaining("may spend $5 a month, and has spent $6.00"),
    ]);
    expect(refused.retryAfter).toBeGreaterThan(15 * 24 * 3600);
    now = Date.UTC(2026, 11, 1, 0, 0, 1);
    expect((await say(agent)).status).toBe(200);
  });

  test("keeps nothing of what was refused", async () => {
    const agent = await makeAgent();
    await say(agent);
    await limit({ tokens_per_day: 1 });
    const before = await t.rowCounts();
    expect((await say(agent)).status).toBe(429);
    expect(await t.rowCounts()).toEqual(before);
  });
});

test("limits are for admins to set; each sees those of the organization and of one's own keys", async () => {
  const { body: viewer } = await ask("POST", "/v1/keys", { name: "v", role: "viewer" });
  const { body: service } = await ask("POST", "/v1/keys", { name: "s", role: "viewer", kind: "service" });
  const as = bearer(viewer.key);
  expect((await ask("GET", "/v1/limits", undefined, as)).status).toBe(200);
  expect((await ask("GET", `/v1/limits?key_id=${viewer.id}`, undefined, as)).status).toBe(200);
  expect((await ask("GET", `/v1/limits?key_id=${service.id}`, undefined, as)).status).toBe(404);
  expect((await ask("PUT", "/v1/limits", NONE, as)).status).toBe(403);
  await limit({ runs_at_once: 7 }, service.id);
  const [entry] = await t.core.db.query<{ target_id: string; difference: object[] }>(
    "SELECT target_id, difference FROM audit_entry WHERE operation = 'limits.update' AND difference IS NOT NULL ORDER BY created_at DESC LIMIT 1",
  );
  expect(entry).toMatchObject({
    target_id: service.id,
    difference: [{ field: "limits.runs_at_once", before: null, after: 7 }],
  });
});
