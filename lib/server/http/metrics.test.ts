import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { createApp } from "./app";

let t: RunningCore;
let app: ReturnType<typeof createApp>;
const PASSWORD = "the-password-of-all";
const TOKEN = "opens-metrics-alone";
beforeAll(async () => {
  t = await openRunningCore();
  const given = readConfig({ MEMOIR_PASSWORD: PASSWORD, MEMOIR_METRICS_TOKEN: TOKEN });
  const config = { ...t.core.config, password: given.password, metricsToken: given.metricsToken };
  app = createApp({ ...t.core, config });
});
afterAll(() => t.close());

const ask = (path: string, bearer?: string) =>
  app.request(path, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } });

/** Values by series, as they stand in the text. */
async function scrape(): Promise<Map<string, number>> {
  const answer = await ask("/metrics", TOKEN);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
  const lines = (await answer.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

test("a run with a tool call is told: request, run, model, tokens, tool, queue, process; and no id or name of anybody", async () => {
  const before = await scrape();
  await t.api("GET", "/v1/tools/");
  const { body: agent } = await t.api<WireAgent>("POST", "/v1/agents/", {
    name: "Secret garden",
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
  });
  t.push(
    calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "Grows mint" } }),
    says("Mint it is."),
  );
  await t.say({ agentId: agent.id }, "I grow mint");
  expect((await ask(`/v1/agents/${agent.id}`, PASSWORD)).status).toBe(200);
  expect((await ask("/nowhere/at/all", PASSWORD)).status).toBe(404);
  const after = await scrape();
  const grown = (series: string) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
  expect(grown("memoir_runs_started_total")).toBe(1);
  expect(grown('memoir_runs_ended_total{stop_reason="end_turn"}')).toBe(1);
  expect(grown('memoir_tool_call_duration_seconds_count{outcome="success"}')).toBe(1);
  const asked = [...after.keys()].filter((series) => series.startsWith("memoir_model_call_duration_seconds_count{"));
  expect(asked.reduce((sum, series) => sum + grown(series), 0)).toBe(2);
  const tokens = [...after.keys()].filter((series) => /^memoir_model_tokens_total\{.*kind="input"/.test(series));
  expect(tokens.reduce((sum, series) => sum + grown(series), 0)).toBeGreaterThan(0);
  const route = (path: string, method: string, status: number) =>
    `memoir_http_request_duration_seconds_count{route="${path}",method="${method}",status="${status}"}`;
  expect(grown(route("/v1/agents/{agent_id}", "GET", 200))).toBe(1);
  expect(grown(route("other", "GET", 404))).toBe(1);
  for (const name of [
    "nodejs_eventloop_lag_seconds",
    "process_resident_memory_bytes",
    'memoir_sandbox_processes{state="most"}',
  ]) {
    expect([name, after.has(name)]).toEqual([name, true]);
  }
  const text = [...after.keys()].join("\n");
  for (const secret of [agent.id, "Secret garden", "memory_insert", "nowhere"]) expect(text).not.toContain(secret);
});

test("the token opens the metrics and nothing else; the password opens them too; nobody else may see them", async () => {
  expect((await ask("/metrics")).status).toBe(401);
  expect((await ask("/metrics", "guessed")).status).toBe(401);
  expect((await ask("/metrics", PASSWORD)).status).toBe(200);
  expect((await ask("/v1/agents", TOKEN)).status).toBe(401);
  expect((await ask("/v1/metrics", TOKEN)).status).toBe(401);
});
