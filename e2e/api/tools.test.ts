import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, idOf, makeAgent, type Rig, refused, said, says, startRig, UNKNOWN } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const schema = (name: string) => ({
  name,
  description: "Adds.",
  parameters: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
});
const source = (name: string) =>
  `def ${name}(a: int) -> int:\n    """Adds.\n\n    Args:\n        a: one\n    """\n    return a`;

describe("tools", () => {
  it("are made with every key of the contract; another of the same name takes its place", async () => {
    const tool = await rig.letta.tools.create({
      source_code: source("add_one"),
      json_schema: schema("add_one"),
      tags: ["math"],
    });
    expect(tool.id).toMatch(idOf("tool"));
    expect(tool).toMatchObject({
      name: "add_one",
      tool_type: "custom",
      source_type: "python",
      tags: ["math"],
      return_char_limit: 50_000,
      default_requires_approval: null,
      enable_parallel_execution: false,
      metadata_: {},
      project_id: null,
    });
    expect(await rig.letta.tools.retrieve(tool.id)).toEqual(tool);
    const again = await rig.letta.tools.create({
      source_code: source("add_one"),
      json_schema: { ...schema("add_one"), description: "Adds more." },
    });
    expect([again.id, again.description]).toEqual([tool.id, "Adds more."]);
    const upserted = await rig.letta.tools.upsert({
      source_code: source("add_one"),
      json_schema: schema("add_one"),
      return_char_limit: 100,
    });
    expect([upserted.id, upserted.return_char_limit]).toEqual([tool.id, 100]);
  });

  it("have built-in ones from the start, found by name, type and words, and paged", async () => {
    const every = await all(rig.letta.tools.list({ limit: 7 }));
    const names = every.map((tool) => tool.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["send_message", "memory_insert", "conversation_search"]));
    expect((await all(rig.letta.tools.list({ name: "send_message" }))).map((tool) => tool.name)).toEqual([
      "send_message",
    ]);
    const byNames = await all(rig.letta.tools.list({ names: ["send_message", "memory_insert"] }));
    expect(byNames.map((tool) => tool.name).sort()).toEqual(["memory_insert", "send_message"]);
    const core = await all(rig.letta.tools.list({ tool_types: ["letta_core"] }));
    expect(core.every((tool) => tool.tool_type === "letta_core")).toBe(true);
    const none = await all(rig.letta.tools.list({ exclude_tool_types: ["letta_core"], name: "send_message" }));
    expect(none).toEqual([]);
    const wrong = await refused(rig.letta.tools.list({ tool_types: ["nonsense"] }));
    expect(wrong.status).toBe(400);
    const found = await rig.letta.tools.search({ query: "insert memory" });
    expect(found[0]).toMatchObject({
      tool: { name: expect.stringContaining("memory") },
      combined_score: expect.any(Number),
    });
    const { body } = await http(rig, "GET", "/v1/tools/count");
    expect(body).toBe(every.length);
  });

  it("are changed and deleted; a deleted built-in comes back", async () => {
    const tool = await rig.letta.tools.create({ source_code: source("gone"), json_schema: schema("gone") });
    const agent = await makeAgent(rig, { tool_ids: [tool.id] });
    const changed = await rig.letta.tools.update(tool.id, { tags: ["x"], return_char_limit: 9, description: null });
    expect(changed).toMatchObject({ tags: ["x"], return_char_limit: 9 });
    expect(await rig.letta.tools.delete(tool.id)).toBeNull();
    expect((await refused(rig.letta.tools.retrieve(tool.id))).status).toBe(404);
    expect((await rig.letta.agents.retrieve(agent.id)).tools).toEqual([]);
    const [builtin] = await all(rig.letta.tools.list({ name: "memory_rethink" }));
    await rig.letta.tools.delete(builtin!.id);
    expect((await all(rig.letta.tools.list({ name: "memory_rethink" }))).map((one) => one.name)).toEqual([
      "memory_rethink",
    ]);
    expect((await http(rig, "POST", "/v1/tools/add-base-tools")).status).toBe(200);
  });

  it("404 for an unknown id", async () => {
    expect((await refused(rig.letta.tools.retrieve(`tool-${UNKNOWN}`))).status).toBe(404);
    expect((await refused(rig.letta.tools.delete(`tool-${UNKNOWN}`))).status).toBe(404);
  });
});

describe("an agent's tools", () => {
  it("are attached, listed ten at a time, and detached", async () => {
    const agent = await makeAgent(rig);
    const tools = (await all(rig.letta.tools.list())).slice(0, 12);
    for (const tool of tools) await rig.letta.agents.tools.attach(tool.id, { agent_id: agent.id });
    expect((await rig.letta.agents.tools.list(agent.id)).items).toHaveLength(10);
    const names = (await all(rig.letta.agents.tools.list(agent.id))).map((tool) => tool.name);
    expect(names.toSorted()).toEqual(tools.map((tool) => tool.name).toSorted());
    const state = await rig.letta.agents.tools.detach(tools[0]!.id, { agent_id: agent.id });
    expect(state?.tools.map((tool) => tool.name)).not.toContain(tools[0]!.name);
    await rig.letta.agents.tools.attach(tools[1]!.id, { agent_id: agent.id });
    expect(await all(rig.letta.agents.tools.list(agent.id))).toHaveLength(11);
  });

  it("wait for an approval where that is asked for, until it is not", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    const gated = await rig.letta.agents.tools.updateApproval("memory_insert", {
      agent_id: agent.id,
      body_requires_approval: true,
    });
    expect(gated?.tool_rules).toMatchObject([{ type: "requires_approval", tool_name: "memory_insert" }]);
    rig.model.push({ calls: [{ id: "c1", name: "memory_insert", args: { label: "human", new_string: "b" } }] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(reply.stop_reason.stop_reason).toBe("requires_approval");
    await rig.letta.agents.messages.create(agent.id, {
      messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] }],
    });
    const open = await http(
      rig,
      "PATCH",
      `/v1/agents/${agent.id}/tools/approval/memory_insert?requires_approval=false`,
    );
    expect((open.body as { tool_rules: unknown[] }).tool_rules).toEqual([]);
    rig.model.push({ calls: [{ id: "c2", name: "memory_insert", args: { label: "human", new_string: "c" } }] });
    const free = await rig.letta.agents.messages.create(agent.id, { messages: says("again") });
    expect(free.stop_reason.stop_reason).toBe("end_turn");
    expect(said(free.messages)).not.toBe("");
    const unknown = { agent_id: agent.id, body_requires_approval: true };
    expect((await refused(rig.letta.agents.tools.updateApproval("no_tool", unknown))).status).toBe(404);
  });
});
