import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireRun } from "@/lib/api/runs";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { walk } from "../testing/harness";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
let agentId: string;
let otherId: string;
/** The runs of the agent, oldest first: a short one, one with a tool, a short one. */
let runIds: string[];
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
  const make = async (body: Record<string, unknown> = {}) =>
    (
      await t.api<WireAgent>("POST", "/v1/agents/", {
        model: "openai/gpt-4o-mini",
        memory_blocks: [{ label: "human", value: "Bob" }],
        tools: ["memory_insert"],
        ...body,
      })
    ).body.id;
  agentId = await make({ project_id: "p" });
  otherId = await make();
  const insert = { id: "c", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } };
  t.push(says("One."), calls(insert), says("Two."), says("Three."), says("Of another."));
  runIds = [];
  for (const text of ["1", "2", "3"]) runIds.push((await t.say({ agentId }, text)).runId);
  await t.say({ agentId: otherId }, "4", { background: true });
});
afterAll(() => t.close());

const ids = async (path: string) => (await t.api<WireRun[]>("GET", path)).body.map((run) => run.id);

/** Has a run going until it is let go. */
async function going(background: boolean): Promise<{ id: string; end: () => Promise<void> }> {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  t.push(async function* () {
    await held;
    yield* says("Done.");
  });
  const said = t.say({ agentId: otherId }, "Wait", { background });
  await expect.poll(async () => (await ids("/v1/runs/active")).length).toBe(1);
  const [id] = await ids("/v1/runs/active");
  return {
    id: id!,
    end: async () => {
      release();
      await said;
    },
  };
}

test("active runs are those that are not over, of an agent and in the background where that is asked", async () => {
  expect(await ids("/v1/runs/active")).toEqual([]);
  const run = await going(true);
  expect(await ids(`/v1/runs/active?agent_id=${otherId}&background=true`)).toEqual([run.id]);
  expect(await ids(`/v1/runs/active?agent_id=${agentId}`)).toEqual([]);
  expect(await ids(`/v1/runs/active?agent_ids=${agentId}&agent_ids=${otherId}`)).toEqual([run.id]);
  expect(await ids("/v1/runs/active?background=false")).toEqual([]);
  await run.end();
  expect(await ids("/v1/runs/active")).toEqual([]);
});

test("a run that is over can be deleted; its messages, steps and memory stay, and the agent goes on", async () => {
  t.push(says("To be deleted."), says("Here."));
  const { runId } = await t.say({ agentId: otherId }, "Hello", { background: true });
  const before = await t.rowCounts();
  const answer = await t.api("DELETE", `/v1/runs/${runId}`);
  expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ id: runId, status: "completed" })]);
  const after = await t.rowCounts();
  const gone = Object.keys(before).filter((table) => before[table] !== after[table]);
  expect(gone).toEqual(["journal", "resource_event", "run"]);
  expect(after.resource_event).toBe(before.resource_event! + 1);
  expect((await t.api("GET", `/v1/runs/${runId}`)).status).toBe(404);
  expect((await t.api("DELETE", `/v1/runs/${runId}`)).status).toBe(404);
  const messages = await t.api<{ content?: string }[]>("GET", `/v1/agents/${otherId}/messages`);
  expect(messages.body.map((message) => message.content)).toContain("To be deleted.");
  for (const view of ["timeline", "context", "versions"]) {
    expect([view, (await t.api("GET", `/v1/agents/${otherId}/${view}`)).status]).toEqual([view, 200]);
  }
  expect((await t.say({ agentId: otherId }, "Still there?")).stopReason).toBe("end_turn");
});

test("a run that is not over is not deleted", async () => {
  const run = await going(false);
  const refused = await t.api("DELETE", `/v1/runs/${run.id}`);
  expect([refused.status, refused.body]).toEqual([409, { detail: expect.stringContaining("not over") }]);
  await run.end();
  expect((await t.api<WireRun>("GET", `/v1/runs/${run.id}`)).body.status).toBe("completed");
});

const internal = (query: string) => ids(`/v1/_internal_runs/?order=asc&${query}`);

test("internal runs are found by each of their filters", async () => {
  const [one, two, three] = runIds as [string, string, string];
  const at = (await t.api<WireRun>("GET", `/v1/runs/${two}`)).body;
  const tool = (await t.api<{ id: string }[]>("GET", "/v1/tools/?name=memory_insert")).body[0]!;
  const mine = `agent_id=${agentId}`;
  for (const [query, found] of [
    [mine, [one, two, three]],
    [`agent_ids=${agentId}&agent_ids=agent-x`, [one, two, three]],
    ["project_id=p", [one, two, three]],
    [`run_id=${two}`, [two]],
    [`${mine}&step_count=2`, [two]],
    [`${mine}&step_count=2&step_count_operator=lt`, [one, three]],
    [`${mine}&step_count=1&step_count_operator=gte`, [one, two, three]],
    [`${mine}&tools_used=memory_insert`, [two]],
    [`${mine}&tools_used=${tool.id}`, [two]],
    [`${mine}&tools_used=no_such_tool`, []],
    [`${mine}&statuses=completed`, [one, two, three]],
    [`${mine}&statuses=failed&statuses=cancelled`, []],
    [`${mine}&active=true`, []],
    [`${mine}&background=true`, []],
    [`${mine}&stop_reason=end_turn`, [one, two, three]],
    [`${mine}&start_date=${at.created_at}`, [two, three]],
    [`${mine}&end_date=${at.created_at}`, [one, two]],
    [`${mine}&duration_value=${at.total_duration_ns}&duration_operator=eq`, [two]],
    [`${mine}&template_family=x`, []],
    [`${mine}&duration_percentile=100`, []],
  ] as const) {
    expect([query, await internal(query)]).toEqual([query, found]);
  }
  expect((await t.api("GET", "/v1/_internal_runs/?duration_value=1")).status).toBe(422);
});

test("internal runs are ordered by time or duration, and walked to the end either way", async () => {
  const runs = (await t.api<WireRun[]>("GET", "/v1/_internal_runs/?limit=1000")).body;
  const byTime = runs.map((run) => run.id);
  const byDuration = runs
    .toSorted((a, b) => b.total_duration_ns! - a.total_duration_ns! || (a.id < b.id ? 1 : -1))
    .map((run) => run.id);
  const path = "/v1/_internal_runs/";
  expect(await walk(t.api, path, { limit: 2 })).toEqual(byTime);
  expect(await walk(t.api, path, { limit: 2, order: "asc" })).toEqual(byTime.toReversed());
  expect(await walk(t.api, path, { limit: 2, order_by: "duration" })).toEqual(byDuration);
  expect(await ids(`${path}?limit=2&before=${byTime[3]}`)).toEqual(byTime.slice(1, 3));
  expect(await ids(`${path}?duration_percentile=50&limit=1000`)).toEqual(
    byTime.filter((id) => byDuration.indexOf(id) < Math.floor(byDuration.length / 2)),
  );
  expect((await t.api("GET", `${path}?after=run-x`)).status).toBe(404);
  const few = await t.countStatements(() => t.api("GET", `${path}?limit=1`));
  expect(await t.countStatements(() => t.api("GET", `${path}?limit=100`))).toBe(few);
});
