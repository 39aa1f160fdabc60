import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent, WireMemory } from "@/lib/api/agent-state";
import type { WireAgentVersion } from "@/lib/api/agent-versions";
import type { WireBlock } from "@/lib/api/blocks";
import type { WireTool } from "@/lib/api/tools";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const UUID = "00000000-0000-4000-8000-00000000dead";
const create = async (body: Record<string, unknown> = {}) => (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
const makeBlock = async (label: string) => (await t.api<WireBlock>("POST", "/v1/blocks/", { label, value: "v" })).body;
const operationsOf = async (id: string) =>
  (await t.api<WireAgentVersion[]>("GET", `/v1/agents/${id}/versions`)).body.map((version) => version.operation);

describe("blocks of an agent", () => {
  test("are its memory, in the order in which they were attached", async () => {
    const agent = await create({ memory_blocks: [{ label: "b", value: "1" }] });
    const late = await makeBlock("a");
    const attached = await t.api<WireAgent>("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/${late.id}`);
    expect(attached.body.blocks.map((block) => block.label)).toEqual(["b", "a"]);
    const memory = await t.api<WireMemory>("GET", `/v1/agents/${agent.id}/core-memory`);
    expect(memory.body).toEqual(attached.body.memory);
    expect(memory.body).toMatchObject({ agent_type: "letta_v1_agent", git_enabled: false, file_blocks: [] });
    expect(await operationsOf(agent.id)).toEqual(["attach-block", "create"]);
  });

  test("are found and changed by their label, also where it has a slash", async () => {
    const agent = await create({ memory_blocks: [{ label: "people/bob", value: "tall" }] });
    const path = `/v1/agents/${agent.id}/core-memory/blocks/people%2Fbob`;
    expect((await t.api<WireBlock>("GET", path)).body.value).toBe("tall");
    expect((await t.api<WireBlock>("PATCH", path, { value: "taller" })).body.value).toBe("taller");
    expect((await t.api("GET", `/v1/agents/${agent.id}/core-memory/blocks/nobody`)).status).toBe(404);
    expect((await t.api("PATCH", path, { value: 1 })).status).toBe(422);
  });

  test("attaching twice changes nothing; a label twice is a conflict, and changes nothing either", async () => {
    const agent = await create({ memory_blocks: [{ label: "human", value: "" }] });
    const [own] = agent.blocks;
    const same = await t.api<WireAgent>("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/${own!.id}`);
    expect(same.body.blocks).toEqual(agent.blocks);
    const twin = await makeBlock("human");
    const refused = await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/${twin.id}`);
    expect(refused.status).toBe(409);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    expect(await operationsOf(agent.id)).toEqual(["create"]);
  });

  test("detaching leaves the block; what is not attached can't be detached", async () => {
    const agent = await create({ memory_blocks: [{ label: "human", value: "" }] });
    const path = `/v1/agents/${agent.id}/core-memory/blocks/detach/${agent.blocks[0]!.id}`;
    expect((await t.api<WireAgent>("PATCH", path)).body.blocks).toEqual([]);
    expect((await t.api("PATCH", path)).status).toBe(404);
    expect((await t.api("GET", `/v1/blocks/${agent.blocks[0]!.id}`)).status).toBe(200);
    expect((await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/block-${UUID}`)).status).toBe(404);
  });

  test("walking them to the empty page meets each once, in both orders", async () => {
    const blocks = ["a", "b", "c", "d", "e"].map((label) => ({ label, value: "" }));
    const agent = await create({ memory_blocks: blocks });
    const path = `/v1/agents/${agent.id}/core-memory/blocks`;
    const ids = agent.blocks.map((block) => block.id);
    expect(await walk(t.api, path, { limit: 2, order: "asc" })).toEqual(ids);
    expect(await walk(t.api, path, { limit: 2 })).toEqual(ids.toReversed());
    expect((await t.api("GET", `${path}?after=block-${UUID}`)).status).toBe(404);
    const before = await t.api<WireBlock[]>("GET", `${path}?order=asc&limit=2&before=${ids[4]}`);
    expect(before.body.map((block) => block.id)).toEqual([ids[2], ids[3]]);
  });

  test("a block knows its agents", async () => {
    const block = await makeBlock("shared");
    const agents = [await create({ block_ids: [block.id] }), await create({ block_ids: [block.id] })];
    const found = await walk(t.api, `/v1/blocks/${block.id}/agents`, { limit: 1 });
    expect(found).toEqual(agents.map((agent) => agent.id).toReversed());
    expect((await t.api("GET", `/v1/blocks/${block.id}/agents?after=agent-${UUID}`)).status).toBe(404);
  });
});

describe("tools of an agent", () => {
  const toolNamed = async (name: string) => (await t.api<WireTool[]>("GET", `/v1/tools/?name=${name}`)).body[0]!;

  test("come ten at a time unless asked otherwise, and each once", async () => {
    const agent = await create({
      include_multi_agent_tools: true,
      tools: ["web_search", "run_code", "memory", "fetch_webpage", "memory_rethink"],
    });
    const path = `/v1/agents/${agent.id}/tools`;
    expect(agent.tools).toHaveLength(11);
    expect((await t.api<WireTool[]>("GET", path)).body).toHaveLength(10);
    const all = await walk(t.api, path, { limit: 4 });
    expect(all.toSorted()).toEqual(agent.tools.map((tool) => tool.id).toSorted());
    expect(await walk(t.api, path, { limit: 4, order: "asc" })).toEqual(all.toReversed());
  });

  test("attaching and detaching answer with the agent, and are versions", async () => {
    const agent = await create();
    const tool = await toolNamed("web_search");
    const attach = `/v1/agents/${agent.id}/tools/attach/${tool.id}`;
    expect((await t.api<WireAgent>("PATCH", attach)).body.tools.map((one) => one.name)).toContain("web_search");
    expect((await t.api<WireAgent>("PATCH", attach)).body.tools).toHaveLength(4);
    const detach = `/v1/agents/${agent.id}/tools/detach/${tool.id}`;
    expect((await t.api<WireAgent>("PATCH", detach)).body.tools).toHaveLength(3);
    expect((await t.api("PATCH", detach)).status).toBe(200);
    expect(await operationsOf(agent.id)).toEqual(["detach-tool", "attach-tool", "create"]);
    expect((await t.api("PATCH", `/v1/agents/${agent.id}/tools/attach/tool-${UUID}`)).status).toBe(404);
    expect((await t.api("PATCH", `/v1/agents/agent-${UUID}/tools/attach/${tool.id}`)).status).toBe(404);
  });

  test("approval is switched by body, by query, and by what the TypeScript client sends", async () => {
    const agent = await create();
    const path = `/v1/agents/${agent.id}/tools/approval/memory_insert`;
    const rule = { tool_name: "memory_insert", type: "requires_approval", prompt_template: null };
    const set = async (query: string, body?: unknown) =>
      (await t.api<WireAgent>("PATCH", `${path}${query}`, body)).body.tool_rules;
    expect(await set("", { requires_approval: true })).toEqual([rule]);
    expect(await set("", { requires_approval: true })).toEqual([rule]);
    expect(await set("?requires_approval=false")).toEqual([]);
    expect(await set("", { body_requires_approval: true })).toEqual([rule]);
    expect((await t.api("PATCH", path)).status).toBe(422);
    expect((await t.api("PATCH", path, { requires_approval: true, else: 1 })).status).toBe(422);
    expect(
      (await t.api("PATCH", `/v1/agents/${agent.id}/tools/approval/nope`, { requires_approval: true })).status,
    ).toBe(404);
  });

  test("deleting a tool gives each agent that had it a version without it", async () => {
    const schema = { name: "gone_soon", description: "d", parameters: { type: "object", properties: {} } };
    const tool = (
      await t.api<WireTool>("POST", "/v1/tools/", { source_code: "", source_type: "json", json_schema: schema })
    ).body;
    const agents = [await create({ tool_ids: [tool.id] }), await create({ tools: ["gone_soon"] })];
    expect(await t.api("DELETE", `/v1/tools/${tool.id}`)).toMatchObject({ status: 200, body: null });
    for (const agent of agents) {
      const [head] = (await t.api<WireAgentVersion[]>("GET", `/v1/agents/${agent.id}/versions`)).body;
      expect(head).toMatchObject({ number: 2, operation: "delete-tool" });
      expect(head!.config.tool_ids).not.toContain(tool.id);
      const now = (await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`)).body;
      expect(now.tools).toHaveLength(3);
    }
    expect((await t.api("DELETE", `/v1/tools/${tool.id}`)).status).toBe(404);
  });
});

describe("what waits for an approval", () => {
  test("is on the agent, while it is the last thing in context", async () => {
    const agent = await create();
    const conversation = await t.core.db.prisma.conversation.findFirstOrThrow({ where: { agentId: agent.id } });
    const call = { type: "tool_call", id: "c1", name: "f", arguments: "{}" };
    await t.core.db.prisma.message.create({
      data: {
        id: `message-${agent.id.slice(6)}`,
        organizationId: conversation.organizationId,
        agentId: agent.id,
        conversationId: conversation.id,
        seq: 1,
        role: "approval",
        parts: [call],
        createdAt: new Date(),
      },
    });
    await t.core.db.prisma.conversation.update({ where: { id: conversation.id }, data: { nextSeq: 2 } });
    const now = (await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`)).body;
    expect(now.pending_approval).toMatchObject({
      id: `message-${agent.id.slice(6)}`,
      message_type: "approval_request_message",
      tool_call: { name: "f", arguments: "{}", tool_call_id: "c1" },
    });
    const reset = await t.api<WireAgent>("PATCH", `/v1/agents/${agent.id}`, { message_ids: [] });
    expect(reset.body.pending_approval).toBeNull();
  });
});
