import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import type { WireGroup } from "@/lib/api/group";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", { include_base_tools: false, ...body })).body;
const create = (body: Record<string, unknown> = {}) =>
  t.api<WireGroup>("POST", "/v1/groups/", { agent_ids: [], description: "a team", ...body });
const get = async (id: string) => (await t.api<WireGroup>("GET", `/v1/groups/${id}`)).body;
const ids = (rows: { id: string }[]) => rows.map((row) => row.id);
const blocksOf = async (agentId: string) =>
  (await t.api<WireAgent>("GET", `/v1/agents/${agentId}`)).body.blocks.map((block) => block.id);

describe("a group", () => {
  test("has the contract's shape, with every key present, and its agents in their order", async () => {
    const [a, b] = [await makeAgent(), await makeAgent()];
    const { status, body } = await create({ agent_ids: [b.id, a.id] });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.stringMatching(/^group-/),
        manager_type: "round_robin",
        agent_ids: [b.id, a.id],
        description: "a team",
        project_id: null,
        template_id: null,
        base_template_id: null,
        deployment_id: null,
        shared_block_ids: [],
        manager_agent_id: null,
        termination_token: null,
        max_turns: null,
        sleeptime_agent_frequency: null,
        turns_counter: null,
        last_processed_message_id: null,
        max_message_buffer_length: null,
        min_message_buffer_length: null,
        hidden: null,
      },
    ]);
    expect(await get(body.id)).toEqual(body);
  });

  test.each([
    [{ manager_type: "round_robin", max_turns: 3 }, { max_turns: 3 }],
    [{ manager_type: "supervisor" }, {}],
    [{ manager_type: "dynamic" }, { termination_token: "DONE!" }],
    [
      { manager_type: "dynamic", termination_token: "OVER", max_turns: 9 },
      { termination_token: "OVER", max_turns: 9 },
    ],
    [
      { manager_type: "sleeptime", sleeptime_agent_frequency: 2 },
      { sleeptime_agent_frequency: 2, turns_counter: -1 },
    ],
    [
      { manager_type: "voice_sleeptime", max_message_buffer_length: 30, min_message_buffer_length: 10 },
      { max_message_buffer_length: 30, min_message_buffer_length: 10 },
    ],
  ])("keeps the settings of %o", async (config, columns) => {
    const manager = await makeAgent();
    const managed = config.manager_type === "round_robin" ? {} : { manager_agent_id: manager.id };
    const { status, body } = await create({ manager_config: { ...config, ...managed } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ manager_type: config.manager_type, ...managed, ...columns });
    const agent = (await t.api<WireAgent>("GET", `/v1/agents/${manager.id}`)).body;
    const shown = config.manager_type === "round_robin" ? null : body;
    expect([agent.managed_group, agent.multi_agent_group]).toEqual([shown, shown]);
  });

  test("is changed only where something is given, and not into one of another kind", async () => {
    const [a, b] = [await makeAgent(), await makeAgent()];
    const config = { manager_type: "sleeptime", manager_agent_id: a.id, sleeptime_agent_frequency: 5 };
    const made = (await create({ agent_ids: [a.id], manager_config: config })).body;
    const patch = (body: Record<string, unknown>) => t.api<WireGroup>("PATCH", `/v1/groups/${made.id}`, body);
    expect((await patch({ description: null, agent_ids: null })).body).toEqual(made);
    await t.core.db.query("UPDATE agent_group SET turns_counter = 3 WHERE id = $1", [made.id]);
    const changed = { manager_type: "sleeptime", sleeptime_agent_frequency: 2 };
    expect((await patch({ description: "new", agent_ids: [b.id], manager_config: changed })).body).toEqual({
      ...made,
      description: "new",
      agent_ids: [b.id],
      sleeptime_agent_frequency: 2,
      turns_counter: -1,
    });
    const before = await get(made.id);
    const refusals = [
      await patch({ description: "no", manager_config: { manager_type: "round_robin" } }),
      await patch({ description: "no", agent_ids: [`agent-${UNKNOWN}`] }),
      await patch({ description: "no", shared_block_ids: [`block-${UNKNOWN}`] }),
    ];
    expect(refusals.map((one) => one.status)).toEqual([400, 404, 404]);
    expect(await get(made.id)).toEqual(before);
  });

  test("is not made of agents or blocks that there are not, or of limits that contradict each other", async () => {
    const before = await t.rowCounts();
    const agent = `agent-${UNKNOWN}`;
    const refusals = [
      await create({ agent_ids: [agent] }),
      await create({ manager_config: { manager_type: "supervisor", manager_agent_id: agent } }),
      await create({ shared_block_ids: [`block-${UNKNOWN}`] }),
    ];
    expect(refusals.map((one) => one.status)).toEqual([404, 404, 404]);
    expect((await create({ manager_config: { manager_type: "supervisor" } })).status).toBe(422);
    expect(await t.rowCounts()).toEqual(before);
    const limits = { max_message_buffer_length: 5, min_message_buffer_length: 5 };
    const manager_config = { manager_type: "voice_sleeptime", manager_agent_id: (await makeAgent()).id, ...limits };
    expect((await create({ manager_config })).status).toBe(400);
  });

  test("shares blocks with its agents, and takes them back", async () => {
    const [a, b] = [await makeAgent(), await makeAgent()];
    const block = async (label: string) =>
      (await t.api<WireBlock>("POST", "/v1/blocks/", { label, value: "shared" })).body.id;
    const [first, second] = [await block("first"), await block("second")];
    const made = (await create({ agent_ids: [a.id, b.id], shared_block_ids: [first] })).body;
    expect(made.shared_block_ids).toEqual([first]);
    expect([await blocksOf(a.id), await blocksOf(b.id)]).toEqual([[first], [first]]);
    const change = (way: string, id: string) => t.api("PATCH", `/v1/groups/${made.id}/blocks/${way}/${id}`);
    expect(await change("attach", second)).toMatchObject({ status: 200, body: null });
    expect(await change("attach", second)).toMatchObject({ status: 200, body: null });
    expect((await get(made.id)).shared_block_ids).toEqual([first, second].toSorted());
    expect(await blocksOf(a.id)).toEqual([first, second]);
    expect(await change("detach", first)).toMatchObject({ status: 200, body: null });
    expect([await blocksOf(a.id), await blocksOf(b.id)]).toEqual([[second], [second]]);
    // Two blocks with one label: nothing of it happens.
    expect((await change("attach", await block("second"))).status).toBe(409);
    expect([await blocksOf(a.id), (await get(made.id)).shared_block_ids]).toEqual([[second], [second]]);
  });

  test("is deleted without its agents, and leaves with the agent that manages it", async () => {
    const [member, manager] = [await makeAgent(), await makeAgent()];
    const managed = {
      agent_ids: [member.id],
      manager_config: { manager_type: "supervisor", manager_agent_id: manager.id },
    };
    const [first, second] = [(await create(managed)).body, (await create(managed)).body];
    const answer = await t.api("DELETE", `/v1/groups/${first.id}`);
    expect([answer.status, answer.body]).toEqual([200, { message: `Group id=${first.id} successfully deleted` }]);
    expect((await t.api("DELETE", `/v1/groups/${first.id}`)).status).toBe(404);
    await t.api("DELETE", `/v1/agents/${manager.id}`);
    expect((await t.api("GET", `/v1/groups/${second.id}`)).status).toBe(404);
    expect((await t.api("GET", `/v1/agents/${member.id}`)).status).toBe(200);
  });

  test("has messages that nobody can change", async () => {
    const made = (await create()).body;
    const answer = await t.api("PATCH", `/v1/groups/${made.id}/messages/message-${UNKNOWN}`, { content: "x" });
    expect([answer.status, answer.body]).toEqual([405, { detail: expect.any(String) }]);
    expect((await t.api("GET", `/v1/groups/${made.id}/messages`)).body).toEqual([]);
  });
});

describe("groups", () => {
  test("are listed page by page, filtered and counted, for all and for one agent", async () => {
    const [agent, manager] = [await makeAgent(), await makeAgent()];
    const project_id = "listed";
    const made = [
      (await create({ project_id, agent_ids: [agent.id] })).body,
      (
        await create({
          project_id,
          manager_config: { manager_type: "supervisor", manager_agent_id: manager.id },
          agent_ids: [agent.id],
        })
      ).body,
      (await create({ project_id })).body,
    ];
    const hidden = (await create({ project_id, hidden: true })).body;
    expect(await walk(t.api, "/v1/groups/", { project_id, limit: 2 })).toEqual(ids(made));
    expect(await walk(t.api, "/v1/groups/", { project_id, limit: 2, order: "desc" })).toEqual(ids(made).toReversed());
    const find = async (query: string) =>
      ids((await t.api<WireGroup[]>("GET", `/v1/groups/?project_id=listed&${query}`)).body);
    expect(await find("manager_type=supervisor")).toEqual([made[1]!.id]);
    expect(await find("show_hidden_groups=true")).toEqual([...ids(made), hidden.id]);
    expect((await t.api("GET", "/v1/groups/count?project_id=listed")).body).toBe(3);
    const of = async (id: string, query = "") =>
      ids((await t.api<WireGroup[]>("GET", `/v1/agents/${id}/groups?${query}`)).body);
    expect(await of(agent.id)).toEqual([made[1]!.id, made[0]!.id]);
    expect(await of(agent.id, "manager_type=round_robin")).toEqual([made[0]!.id]);
    expect(await of(manager.id)).toEqual([made[1]!.id]);
  });

  test("cost a page of them, or of the agents that manage them, the same number of statements", async () => {
    const manager = await makeAgent({ tags: ["managers"] });
    const more = await Promise.all(Array.from({ length: 5 }, () => makeAgent({ tags: ["managers"] })));
    for (const one of [manager, ...more]) {
      await create({ project_id: "many", manager_config: { manager_type: "supervisor", manager_agent_id: one.id } });
    }
    for (const path of ["/v1/groups/?project_id=many", "/v1/agents/?tags=managers"]) {
      const cost = (limit: number) => t.countStatements(() => t.api("GET", `${path}&limit=${limit}`));
      expect(await cost(6)).toBe(await cost(1));
    }
  });
});
