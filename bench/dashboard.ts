import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../lib/server/config/env";
import { DEFAULT_ACTOR } from "../lib/server/core/core";
import type { Database } from "../lib/server/db/database";
import { createApp } from "../lib/server/http/app";
import { createCore } from "../lib/server/start/create-core";
import { rollUpSlice } from "../lib/server/usage/roll-up";
import { makeScratch } from "./scratch";

/**
 * Times of the dashboard's questions on a Postgres server with a year of runs: `npx tsx bench/dashboard.ts <postgres URL>
 * [steps [agents]]`, 1,000,000 and 200 if not given; three steps and two tool calls a run. Prints how long adding all of it
 * up took, how many rows came of it, and the median and slowest of each question by span.
 */
const [server, steps = "1000000", agents = "200"] = process.argv.slice(2);
if (!server) throw new Error("usage: npx tsx bench/dashboard.ts <postgres URL> [steps [agents]]");
const RUNS = Math.round(Number(steps) / 3);
const AGENTS = Number(agents);
const REPEATS = 9;
const DAYS = [1, 7, 30, 90, 365];

const scratch = await makeScratch(server);
const core = await createCore({
  config: readConfig({
    DATABASE_URL: scratch.url,
    MEMOIR_SEED: "off",
    MEMOIR_DATA_DIR: mkdtempSync(path.join(tmpdir(), "memoir-dashboard-")),
    OLLAMA_BASE_URL: "http://127.0.0.1:9",
  }),
  demoTokenMs: 0,
});
// The server's own jobs would begin with half of the rows.
await core.jobs.stop();
try {
  const app = createApp(core);
  await fill(core.db);
  const began = performance.now();
  let slices = 0;
  let slowest = 0;
  for (;;) {
    const at = performance.now();
    if (!(await rollUpSlice(core, DEFAULT_ACTOR.organizationId))) break;
    slices++;
    slowest = Math.max(slowest, performance.now() - at);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`added up in ${slices} slices, ${seconds} s, the slowest ${slowest.toFixed(0)} ms`);
  await core.db.query("ANALYZE");
  for (const table of ["run", "step", "tool_call", "usage", "tool_usage"]) {
    const [row] = await core.db.query<{ n: number; size: string }>(
      `SELECT count(*) AS n, pg_size_pretty(pg_total_relation_size('${table}')) AS size FROM ${table}`,
    );
    console.log(`${table.padEnd(12)} ${String(row!.n).padStart(9)} rows ${row!.size}`);
  }
  console.log(`milliseconds: median / slowest of ${REPEATS}`);
  for (const days of DAYS) {
    for (const question of questions()) await report(days, question);
    await report(days, ...questions());
  }

  function questions(): [string, ...string[]] {
    return [
      "/v1/usage?",
      "/v1/usage?agent_id=agent-7",
      "/v1/usage?model=model/2",
      "/v1/usage/groups?by=agent",
      "/v1/usage/groups?by=model",
      "/v1/usage/groups?by=user",
      "/v1/usage/tools?order_by=slowest",
      "/v1/usage/blocks?",
    ];
  }

  async function report(days: number, ...paths: [string, ...string[]]): Promise<void> {
    const start = new Date(core.now().getTime() - days * 86_400_000).toISOString();
    const ask = async (question: string) => {
      const span = question.includes("blocks") ? "" : `&start_date=${start}`;
      const answer = await app.request(`${question}${span}`);
      if (!answer.ok) throw new Error(`${question}: ${answer.status} ${await answer.text()}`);
      await answer.text();
    };
    const times: number[] = [];
    for (let n = 0; n < REPEATS; n++) {
      const at = performance.now();
      await Promise.all(paths.map(ask));
      times.push(performance.now() - at);
    }
    times.sort((a, b) => a - b);
    const name = paths.length > 1 ? `all ${paths.length} at once` : paths[0];
    const [median, slowest] = [times[REPEATS >> 1] ?? 0, times.at(-1) ?? 0];
    console.log(
      `${String(days).padStart(4)} d  ${name.padEnd(36)} ${median.toFixed(0).padStart(5)} / ${slowest.toFixed(0)}`,
    );
  }
} finally {
  await core.close();
  await scratch.drop();
}

/** A year until now, evenly, with agents that are used the less the higher their number. */
async function fill(db: Database): Promise<void> {
  const org = `'${DEFAULT_ACTOR.organizationId}'`;
  const year = `now() - interval '365 days' * (1 - n::float8 / ${RUNS})`;
  const agent = `'agent-' || floor(${AGENTS} * power(random(), 2))::int`;
  await db.query(`INSERT INTO run (id, organization_id, agent_id, conversation_id, status, request, created_at, completed_at,
      ttft_ns, total_duration_ns, created_by_id)
    SELECT 'run-' || n, ${org}, ${agent}, 'conv', CASE WHEN random() < 0.04 THEN 'failed' ELSE 'completed' END, '{}', ${year},
      ${year}, (exp(random() * 6) * 1e8)::bigint, (exp(random() * 6) * 1e9)::bigint, 'user-' || (n % 20)
    FROM generate_series(1, ${RUNS}) AS n`);
  await db.query(`INSERT INTO step (id, organization_id, agent_id, conversation_id, run_id, position, status, model_handle,
      context_window, settings, agent_version_id, compile_id, block_version_ids, context_hash, context_ranges, context_tokens,
      prompt_tokens, completion_tokens, cached_tokens, cost, timings, created_at, completed_at)
    SELECT 'step-' || r.id || '-' || p, r.organization_id, r.agent_id, 'conv', r.id, p, 'success',
      'model/' || floor(5 * random())::int, 1, '{}', 'v', 'c', '{}', 'h', '[]', '{}', 4000, 200, 1000, 0.01, '{}', r.created_at, r.created_at
    FROM run r, generate_series(0, 2) AS p`);
  await db.query(`INSERT INTO tool_call (id, organization_id, agent_id, conversation_id, run_id, step_id, message_id, call_id,
      name, arguments, status, started_at, ended_at)
    SELECT 'call-' || s.id, s.organization_id, s.agent_id, 'conv', s.run_id, s.id, 'm', 'c', 'tool_' || floor(30 * random())::int,
      '{}', CASE WHEN random() < 0.05 THEN 'error' ELSE 'success' END, s.created_at, s.created_at + random() * interval '5 seconds'
    FROM step s WHERE s.position < 2`);
  await db.query(`INSERT INTO passage_event (id, organization_id, agent_id, type, search, cause, step_id, created_at)
    SELECT 'event-' || s.id, s.organization_id, s.agent_id, CASE WHEN random() < 0.5 THEN 'search' ELSE 'insert' END,
      '{"candidates": []}', '{}', s.id, s.created_at FROM step s WHERE s.position = 0`);
  await db.query("ANALYZE");
}
