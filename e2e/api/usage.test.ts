import { afterAll, beforeAll, expect, it } from "vitest";
import type { WireToolUsage, WireUsage, WireUsageGroups } from "@/lib/api/usage";
import { http, makeAgent, type Rig, says, startRig } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

type Asked = { status: number; body: unknown };
const get = async <Body>(path: string, headers: Record<string, string> = {}): Promise<Body> => {
  const answer = await fetch(`${rig.url}${path}`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Body;
};

it("tells at once what a run used: tokens, unknown price, times, its tool, its agent, model and user", async () => {
  const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
  rig.model.push(
    {
      calls: [{ id: "c1", name: "memory_insert", args: { label: "human", new_string: "b" } }],
      usage: { prompt_tokens: 10, completion_tokens: 2 },
    },
    { text: "Done.", usage: { prompt_tokens: 20, completion_tokens: 3 } },
  );
  await rig.letta.agents.messages.create(agent.id, { messages: says("note b") });
  const usage = await get<WireUsage>(`/v1/usage?agent_id=${agent.id}`);
  expect(usage).toMatchObject({
    interval: "hour",
    is_complete: true,
    before: { runs: 0, cost: null, known_cost: null },
  });
  expect(usage.totals).toMatchObject({
    ...{ runs: 1, failed: 0, cancelled: 0, steps: 2, prompt_tokens: 30, completion_tokens: 5, memory_writes: 1 },
    // Nobody knows what this model costs.
    ...{ cost: null, known_cost: null, unpriced_steps: 2 },
  });
  expect(usage.totals.duration_ms.p50).toBeGreaterThan(0);
  expect(usage.totals.first_token_ms.p95).toBeGreaterThan(0);
  expect(usage.series.reduce((sum, { runs }) => sum + runs, 0)).toBe(1);
  expect([24, 25]).toContain(usage.series.length);
  const { tools } = await get<WireToolUsage>(`/v1/usage/tools?agent_id=${agent.id}`);
  expect(tools).toMatchObject([{ name: "memory_insert", calls: 1, failures: 0, denied: 0 }]);
  const keys = async (by: string) =>
    (await get<WireUsageGroups>(`/v1/usage/groups?by=${by}`)).groups.map(({ key, name }) => [key, name]);
  expect(await keys("agent")).toEqual([[agent.id, agent.name]]);
  expect(await keys("model")).toEqual([["openai/scripted", "openai/scripted"]]);
  expect(await keys("user")).toEqual([[expect.stringMatching(/^user-/), expect.any(String)]]);
  const { blocks } = await get<{ blocks: object[] }>(`/v1/usage/blocks?agent_id=${agent.id}`);
  expect(blocks).toMatchObject([{ label: "human", agent_id: agent.id }]);
});

it("tells another organization nothing of it, nor of its views", async () => {
  const org = await http(rig, "POST", "/v1/admin/orgs", { body: { name: "other" } });
  const user = await http(rig, "POST", "/v1/admin/users", {
    body: {
      name: "other",
      organization_id: (org.body as { id: string }).id,
    },
  });
  const headers = { user_id: (user.body as { id: string }).id };
  await http(rig, "POST", "/v1/runs/views", { body: { name: "mine", filter: { status: "failed" } } });
  expect(await get<WireUsage>("/v1/usage", headers)).toMatchObject({ totals: { runs: 0, steps: 0 } });
  for (const by of ["agent", "model", "user"]) {
    expect(await get(`/v1/usage/groups?by=${by}`, headers)).toMatchObject({ groups: [], count: 0 });
  }
  expect(await get("/v1/usage/tools", headers)).toMatchObject({ tools: [] });
  expect(await get("/v1/usage/blocks", headers)).toEqual({ blocks: [] });
  expect(await get("/v1/runs/views", headers)).toEqual([]);
  expect(await get("/v1/runs/views")).toMatchObject([{ name: "mine", filter: { status: "failed" } }]);
});

it("refuses with a sentence what it can't tell", async () => {
  const refused = async (query: string): Promise<[number, string]> => {
    const { status, body }: Asked = await http(rig, "GET", `/v1/usage${query}`);
    return [status, JSON.stringify(body)];
  };
  for (const [query, sentence] of [
    ["?start_date=2026-01-02&end_date=2026-01-01", "must be after start_date"],
    ["?start_date=2020-01-01&end_date=2026-01-01", "at most 366 days"],
    ["?start_date=2026-01-01&end_date=2026-06-01&interval=hour", "ask for days"],
    ["?start_date=yesterday", "ISO 8601"],
    ["/groups?by=user&model=openai/scripted", "leave agent_id and model out"],
    ["/groups?by=colour", "by"],
    ["/groups?by=agent&limit=1000", "limit"],
  ] as const) {
    const [status, text] = await refused(query);
    expect([query, status]).toEqual([query, 422]);
    expect(text).toContain(sentence);
  }
});

it("keeps views of the list of runs by name: one of each, changed and deleted", async () => {
  const made = await http(rig, "POST", "/v1/runs/views", {
    body: {
      name: "Slow",
      filter: { model: "openai/scripted", days: 7 },
    },
  });
  expect(made.status).toBe(201);
  const { id } = made.body as { id: string };
  expect((await http(rig, "POST", "/v1/runs/views", { body: { name: "Slow", filter: {} } })).status).toBe(409);
  expect((await http(rig, "POST", "/v1/runs/views", { body: { name: "Odd", filter: { colour: "red" } } })).status).toBe(
    422,
  );
  const changed = await http(rig, "PATCH", `/v1/runs/views/${id}`, { body: { name: "Slower" } });
  expect(changed.body).toMatchObject({ id, name: "Slower", filter: { model: "openai/scripted", days: 7 } });
  expect((await http(rig, "DELETE", `/v1/runs/views/${id}`)).status).toBe(204);
  expect((await http(rig, "DELETE", `/v1/runs/views/${id}`)).status).toBe(404);
});
