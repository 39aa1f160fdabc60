import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { UsageFigures, WireToolUsage, WireUsage, WireUsageGroups } from "@/lib/api/usage";
import { DEFAULT_ACTOR } from "../core/core";
import type { Database } from "../db/database";
import { openTestCore, type TestCore } from "../testing/harness";
import { DUE_USAGE, HOUR_MS, rollUpSlice } from "./roll-up";
import { dice, keepRun, MODELS, randomRun, type ShadowRun, TOOLS } from "./testing/random-runs";
import { type ShadowFilter, shadowFigures, shadowTool } from "./testing/shadow";

const ORG = DEFAULT_ACTOR.organizationId;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const DAY_MS = 24 * HOUR_MS;
/** Over the end of a month; the last hours are not over for the job. */
const FROM = Date.UTC(2026, 9, 20);
const TO = Date.UTC(2026, 10, 9, 5, 30);

let now = TO;
let t: TestCore;
beforeAll(async () => {
  t = await openTestCore({ now: () => new Date(now) });
});
afterAll(() => t.close());

async function rollUpAll(): Promise<number> {
  let slices = 0;
  while (await rollUpSlice(t.core, ORG)) slices++;
  return slices;
}

const get = async <Body>(path: string, query: Record<string, unknown>): Promise<Body> => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const answer = await t.api<Body>("GET", `${path}?${new URLSearchParams(given as [string, string][])}`);
  expect([answer.status, answer.status === 200 ? "" : answer.body]).toEqual([200, ""]);
  return answer.body;
};

type Times = UsageFigures["duration_ms"];
function expectNear(told: Times, exact: Times): void {
  for (const key of ["p50", "p95", "p99"] as const) {
    const [a, b] = [told[key], exact[key]];
    if (a === null || b === null || b < 1) expect([key, a]).toEqual([key, b === null ? null : b < 1 ? 0.5 : a]);
    else expect(Math.abs(a - b) / b, `${key}: ${a} for ${b}`).toBeLessThan(0.0501);
  }
}

function expectFigures(told: UsageFigures, shadow: ReturnType<typeof shadowFigures>): void {
  expect(told).toMatchObject(shadow.exact);
  expectNear(told.first_token_ms, shadow.first_token_ms);
  expectNear(told.duration_ms, shadow.duration_ms);
}

/** Compares everything that is told of a span with the shadow. */
async function expectSpan(runs: ShadowRun[], from: number, to: number, of: ShadowFilter = {}): Promise<void> {
  const dates = { start_date: new Date(from).toISOString(), end_date: new Date(to).toISOString() };
  const filter = { ...dates, agent_id: of.agentId, model: of.model };
  const usage = await get<WireUsage>("/v1/usage", filter);
  const within = (start: string | number, end: string | number) => {
    const [a, b] = [new Date(start).getTime(), new Date(end).getTime()];
    return runs.filter(({ at }) => at >= a && at < b);
  };
  const { start_date, end_date } = usage;
  expectFigures(usage.totals, shadowFigures(within(start_date, end_date), of));
  const length = Date.parse(end_date) - Date.parse(start_date);
  expectFigures(usage.before, shadowFigures(within(Date.parse(start_date) - length, start_date), of));
  const unit = usage.interval === "hour" ? HOUR_MS : DAY_MS;
  expect(usage.series).toHaveLength(length / unit);
  for (const one of usage.series) {
    expectFigures(one, shadowFigures(within(one.at, Date.parse(one.at) + unit), of));
  }
  for (const by of ["agent", "model"] as const) {
    const answer = await get<WireUsageGroups>("/v1/usage/groups", { ...filter, by, limit: "100" });
    const mine = within(answer.start_date, answer.end_date);
    const ofKey = (key: string) =>
      shadowFigures(mine, by === "agent" ? { ...of, agentId: key } : { ...of, model: key });
    const keys = by === "agent" ? [of.agentId ?? runs.map((run) => run.agentId)].flat() : [of.model ?? MODELS].flat();
    expect(answer.groups.map(({ key }) => key).toSorted()).toEqual(
      [...new Set(keys)].filter((key) => ofKey(key).exact.runs > 0).toSorted(),
    );
    for (const group of answer.groups) expectFigures(group, ofKey(group.key));
  }
  if (of.model) return;
  const { tools, ...span } = await get<WireToolUsage>("/v1/usage/tools", { ...dates, agent_id: of.agentId });
  const mine = within(span.start_date, span.end_date).filter(({ agentId }) => !of.agentId || agentId === of.agentId);
  expect(tools.map(({ name }) => name).toSorted()).toEqual(
    TOOLS.filter((tool) => Object.values(shadowTool(mine, tool).exact).some((value) => value > 0)).toSorted(),
  );
  for (const tool of tools) {
    const shadow = shadowTool(mine, tool.name);
    expect(tool).toMatchObject(shadow.exact);
    expectNear(tool.duration_ms, shadow.duration_ms);
  }
}

test("what is told of any span is what the runs were, after crashes, late ends, deletions and an upgrade", async () => {
  onTestFailed(() => void process.stderr.write(`SEED=${SEED}\n`));
  const roll = dice(SEED);
  const agents: string[] = [];
  for (const name of ["one", "two", "three"]) {
    agents.push((await t.api<WireAgent>("POST", "/v1/agents/", { name })).body.id);
  }
  const world = { agents, users: [null, "user-a", "user-b"], from: FROM, to: TO };
  let runs = Array.from({ length: 160 }, () => randomRun(roll, world, roll() < 0.1));
  for (const run of runs) await keepRun(t.core.db, run);
  const spans = async () => {
    await expectSpan(runs, FROM, TO);
    for (let n = 0; n < 3; n++) {
      const from = FROM + roll() * (TO - FROM);
      const of = { agentId: roll() < 0.5 ? agents[n] : undefined, model: roll() < 0.5 ? MODELS[n] : undefined };
      await expectSpan(runs, from, Math.min(TO, from + HOUR_MS + roll() ** 2 * 15 * DAY_MS), of);
    }
  };

  // Before anything is added up, only what is young is told, and so it is said.
  expect((await get<WireUsage>("/v1/usage", { start_date: new Date(FROM).toISOString() })).is_complete).toBe(false);
  await expectSpan(runs, TO - 20 * HOUR_MS, TO);

  // A crash in each slice, and the slice once more.
  const crashing = { ...t.core, db: { ...t.core.db, transaction: crashAfter(t.core.db) } };
  let slices = 0;
  for (;;) {
    await expect(rollUpSlice(crashing, ORG)).rejects.toThrow("crash");
    if (!(await rollUpSlice(t.core, ORG))) break;
    slices++;
  }
  expect(slices).toBeGreaterThan(15);
  expect((await get<WireUsage>("/v1/usage", { start_date: new Date(FROM).toISOString() })).is_complete).toBe(true);
  await spans();

  // Runs end long after their hour was added up.
  for (const run of runs.filter(({ status }) => status === "running").slice(0, 10)) {
    Object.assign(run, { status: "completed", wholeMs: 77_000 });
    await t.core.db.query(
      "UPDATE run SET status = 'completed', completed_at = created_at + interval '9 days', total_duration_ns = 77000000000 WHERE id = $1",
      [run.id],
    );
  }
  now += 3 * 60_000;
  await Promise.all([rollUpAll(), rollUpAll()]);
  await spans();

  // What is deleted counts no more.
  const gone = runs.filter(({ status }) => status !== "running").slice(0, 12);
  for (const { id } of gone) expect((await t.api("DELETE", `/v1/runs/${id}`)).status).toBe(200);
  await t.api("DELETE", `/v1/agents/${agents[2]}`);
  runs = runs.filter((run) => !gone.includes(run) && run.agentId !== agents[2]);
  expect(await t.core.db.query(DUE_USAGE, [new Date(now).toISOString()])).toEqual([{ id: ORG }]);
  await rollUpAll();
  await spans();

  // The hours that were young have passed, and new runs were begun.
  now += 30 * HOUR_MS;
  for (let n = 0; n < 20; n++) {
    const run = randomRun(roll, { ...world, agents: agents.slice(0, 2), from: TO, to: now });
    runs.push(run);
    await keepRun(t.core.db, run);
  }
  await expectSpan(runs, FROM, now);
  await rollUpAll();
  await expectSpan(runs, FROM, now);
  expect(await rollUpAll()).toBe(0);

  const users = await get<WireUsageGroups>("/v1/usage/groups", {
    ...{ start_date: new Date(FROM).toISOString(), end_date: new Date(now).toISOString(), by: "user" },
  });
  expect(Object.fromEntries(users.groups.map(({ key, runs: count }) => [key, count]))).toEqual({
    "user-a": runs.filter(({ userId }) => userId === "user-a").length,
    "user-b": runs.filter(({ userId }) => userId === "user-b").length,
  });
});

/** Does all of it, and dies before the commit. */
function crashAfter(db: Database): Database["transaction"] {
  return (work) =>
    db.transaction(async (sql) => {
      await work(sql);
      throw new Error("crash");
    });
}
