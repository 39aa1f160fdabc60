import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../lib/server/config/env";
import { DEFAULT_ACTOR } from "../lib/server/core/core";
import { createApp } from "../lib/server/http/app";
import { createCore } from "../lib/server/start/create-core";
import { rollUpSlice } from "../lib/server/usage/roll-up";
import { yearOfRuns } from "../lib/server/usage/testing/year-of-runs";
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
core.jobs.send = async () => {};
try {
  const app = createApp(core);
  const names = Array.from({ length: AGENTS }, (_, n) => `agent-${n}`);
  const send = (sql: string, params: unknown[]) => core.db.query(sql, params);
  await yearOfRuns(send, { organizationId: DEFAULT_ACTOR.organizationId, agents: names, runs: RUNS });
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
