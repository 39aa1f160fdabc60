import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentFileSchema } from "@/lib/api/agent-file";
import { all, http, idOf, MODEL, makeAgent, type Rig, refused, said, says, startRig, UNKNOWN } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

type AgentFile = {
  agents: (Record<string, unknown> & { name: string; messages: { role: string }[] })[];
  blocks: { label: string; value: string }[];
  tools: { name: string }[];
  skills: unknown[];
};
/** Typed as a text; the server answers JSON, as the original does. */
const exportFile = async (id: string, query = {}) =>
  (await rig.letta.agents.exportFile(id, query)) as unknown as AgentFile;
const asFile = (content: unknown, name = "agent.af") =>
  new File([typeof content === "string" ? content : JSON.stringify(content)], name, { type: "application/json" });
const importFile = (content: unknown, params = {}) => rig.letta.agents.importFile({ file: asFile(content), ...params });

/** As Letta writes them; the second message is of an agent that speaks by a tool. */
const LETTA_FILE = {
  agents: [
    {
      id: "agent-0",
      name: "Loop",
      agent_type: "letta_v1_agent",
      system: "You are Loop.",
      tool_ids: ["tool-0", "tool-1"],
      block_ids: ["block-0"],
      tool_rules: [],
      tags: ["origin:letta-chat"],
      description: "I'm Loop.",
      model: null,
      llm_config: {
        model: "claude-sonnet-4-5-20250929",
        model_endpoint_type: "anthropic",
        model_endpoint: "https://api.anthropic.com/v1",
        provider_name: "anthropic",
        provider_category: "base",
        context_window: 90_000,
        handle: "anthropic/claude-sonnet-4-5-20250929",
        temperature: 1,
        max_tokens: 16_384,
        enable_reasoner: true,
        max_reasoning_tokens: 1024,
        frequency_penalty: null,
        parallel_tool_calls: true,
      },
      embedding_config: {
        embedding_endpoint_type: "openai",
        embedding_model: "text-embedding-3-small",
        embedding_dim: 1536,
        handle: "openai/text-embedding-3-small",
      },
      tool_exec_environment_variables: { NOTE_KEY: "" },
      secrets: null,
      enable_reasoner: false,
      enable_sleeptime: false,
      max_files_open: 10,
      per_file_view_window_char_limit: 25_000,
      in_context_message_ids: ["message-0", "message-1", "message-2"],
      messages: [
        {
          type: "message",
          role: "system",
          id: "message-0",
          content: [{ type: "text", text: "You are Loop. <memory_blocks>" }],
          created_at: "2026-01-22T02:06:34.048456+00:00",
        },
        {
          type: "message",
          role: "assistant",
          id: "message-1",
          content: [],
          model: "claude-sonnet-4-5-20250929",
          tool_calls: [
            { id: "c-1", type: "function", function: { name: "send_message", arguments: '{"message":"I remember."}' } },
          ],
          created_at: "2026-01-22T02:06:34.048739+00:00",
        },
        {
          type: "message",
          role: "tool",
          id: "message-2",
          content: [{ type: "text", text: '{"status":"OK","message":"None","time":"t"}' }],
          tool_call_id: "c-1",
          tool_returns: [
            {
              tool_call_id: "c-1",
              status: "success",
              stdout: null,
              stderr: null,
              func_response: '{"status":"OK","message":"None","time":"t"}',
            },
          ],
          created_at: "2026-01-22T02:06:34.048739+00:00",
        },
      ],
      files_agents: [],
      group_ids: [],
    },
  ],
  groups: [],
  blocks: [
    {
      id: "block-0",
      label: "about_user",
      value: "Name: [unknown]",
      limit: 20_000,
      description: null,
      metadata: {},
      tags: null,
    },
  ],
  files: [],
  sources: [],
  tools: [
    {
      id: "tool-0",
      name: "memory_insert",
      tool_type: "letta_sleeptime_core",
      tags: ["letta_sleeptime_core"],
      source_type: "python",
      source_code: null,
      json_schema: { name: "memory_insert" },
      metadata_: {},
    },
    {
      id: "tool-1",
      name: "loop_note",
      tool_type: "custom",
      source_type: "python",
      source_code: 'def loop_note(text: str):\n    """Notes."""\n    return text',
      json_schema: {
        name: "loop_note",
        description: "Notes.",
        parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
      },
      tags: [],
      return_char_limit: 6000,
      metadata_: null,
    },
  ],
  mcp_servers: [],
  skills: [{ name: "slack", files: { "SKILL.md": "# Slack" }, source_url: null }],
  metadata: { revision_id: "297e8217e952" },
  created_at: "2026-01-22T02:06:35.101954+00:00",
};

describe("exporting an agent", () => {
  it("gives a file of the contract's format, with ids of its own and without values of secrets", async () => {
    const agent = await makeAgent(rig, {
      name: "Exported",
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "Ada" }],
      secrets: { KEY: "sk-of-the-owner" },
    });
    rig.model.push({ text: "hello" });
    await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    const file = await exportFile(agent.id);
    agentFileSchema.parse(file);
    expect(file).toMatchObject({
      agents: [
        {
          id: "agent-0",
          name: "Exported",
          model: MODEL,
          block_ids: ["block-0"],
          tool_ids: ["tool-0"],
          secrets: { KEY: "" },
          in_context_message_ids: ["message-0", "message-1", "message-2"],
          messages: [{ role: "system" }, { role: "user" }, { role: "assistant" }],
        },
      ],
      blocks: [{ id: "block-0", label: "human", value: "Ada" }],
      tools: [{ id: "tool-0", name: "memory_insert" }],
      groups: [],
      mcp_servers: [],
    });
    expect(JSON.stringify(file)).not.toContain("sk-of-the-owner");
    const scrubbed = await exportFile(agent.id, { scrub_messages: true, max_steps: 3 });
    expect(scrubbed.agents[0]!.messages).toEqual([]);
  });

  it("can be of one conversation, and with skills", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id });
    rig.model.push({ text: "in private" });
    await rig.letta.conversations.messages.create(conversation.id, { messages: says("psst"), streaming: false });
    const own = await exportFile(agent.id);
    const other = await exportFile(agent.id, { conversation_id: conversation.id });
    expect([own.agents[0]!.messages.length, other.agents[0]!.messages.length]).toEqual([1, 3]);
    const skills = [{ name: "slack", files: { "SKILL.md": "# Slack" } }];
    const answer = await http(rig, "POST", `/v1/agents/${agent.id}/export`, { body: { skills, scrub_messages: true } });
    expect(answer.body).toMatchObject({ skills, agents: [{ messages: [] }] });
    expect((await http(rig, "POST", `/v1/agents/${agent.id}/export`)).status).toBe(200);
  });

  it("refuses the flat format with 400, and what there is not with 404", async () => {
    const agent = await makeAgent(rig);
    expect((await refused(exportFile(agent.id, { use_legacy_format: true }))).status).toBe(400);
    expect((await refused(exportFile(`agent-${UNKNOWN}`))).status).toBe(404);
    expect((await refused(exportFile(agent.id, { conversation_id: `conv-${UNKNOWN}` }))).status).toBe(404);
  });
});

describe("importing an agent", () => {
  it("brings an exported one back, able to go on where it was", async () => {
    const agent = await makeAgent(rig, {
      name: "Back",
      memory_blocks: [{ label: "human", value: "Ada" }],
      tags: ["t"],
    });
    rig.model.push({ text: "hello Ada" });
    await rig.letta.agents.messages.create(agent.id, { messages: says("I am Ada") });
    const { agent_ids } = await importFile(await exportFile(agent.id));
    expect(agent_ids).toEqual([expect.stringMatching(idOf("agent"))]);
    const copy = await rig.letta.agents.retrieve(agent_ids[0]!);
    expect(copy).toMatchObject({ name: "Back_copy", model: MODEL, system: agent.system, tags: ["t"] });
    expect(copy.blocks.map((block) => [block.label, block.value])).toEqual([["human", "Ada"]]);
    const texts = async (id: string) =>
      (await rig.letta.agents.messages.list(id)).items
        .filter((one) => one.message_type !== "system_message")
        .map((one) => [one.message_type, "content" in one ? one.content : null, one.date]);
    expect(await texts(copy.id)).toEqual(await texts(agent.id));
    rig.model.push({ text: "you are Ada" });
    const answer = await rig.letta.agents.messages.create(copy.id, { messages: says("who am I?") });
    expect(said(answer.messages)).toBe("you are Ada");
    expect(JSON.stringify(rig.model.requests.at(-1))).toContain("I am Ada");
  });

  it("takes a file of Letta's on a model that is not here: the default one stands in, and the answer says so", async () => {
    const answer = await importFile(LETTA_FILE, { append_copy_suffix: false });
    expect(answer).toMatchObject({
      agent_ids: [expect.stringMatching(idOf("agent"))],
      notes: expect.arrayContaining([
        expect.objectContaining({ kind: "model", wanted: "anthropic/claude-sonnet-4-5-20250929" }),
      ]),
    });
    const agent = await rig.letta.agents.retrieve(answer.agent_ids[0]!);
    expect(agent).toMatchObject({ name: "Loop", system: "You are Loop.", description: "I'm Loop." });
    expect(agent.tools.map((tool) => tool.name)).toEqual(["memory_insert", "loop_note"]);
    expect(agent.secrets).toMatchObject([{ key: "NOTE_KEY", value: "" }]);
    const messages = (await rig.letta.agents.messages.list(agent.id, { use_assistant_message: false })).items;
    expect(messages.map((one) => one.message_type)).toEqual([
      "system_message",
      "tool_call_message",
      "tool_return_message",
    ]);
    expect(messages[2]).toMatchObject({ name: "send_message", tool_return: "None", date: "2026-01-22T02:06:34+00:00" });
    rig.model.push({ text: "as before" });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("still there?") });
    expect(said(reply.messages)).toBe("as before");
  });

  it("takes JSON in a JSON string, the flat format, and a file that leaves out all it may", async () => {
    const twice = await importFile(JSON.stringify(JSON.stringify(LETTA_FILE)), { model: MODEL, name: "Twice" });
    expect(await rig.letta.agents.retrieve(twice.agent_ids[0]!)).toMatchObject({ name: "Twice", model: MODEL });
    const flat = {
      agent_type: "memgpt_agent",
      name: "old",
      system: "You are old.",
      description: null,
      core_memory: [{ label: "human", value: "Ada", limit: 5000 }],
      in_context_message_indices: [0, 1],
      messages: [
        { role: "system", content: [{ type: "text", text: "You are old." }], created_at: "2024-12-01T00:00:00Z" },
        {
          role: "user",
          content: [{ type: "text", text: '{"type":"user_message","message":"hi","time":"t"}' }],
          created_at: "2024-12-01T00:00:01Z",
        },
      ],
      llm_config: { model: "scripted", model_endpoint_type: "openai", context_window: 16_000 },
      embedding_config: null,
      tags: [],
      tool_exec_environment_variables: [],
      tool_rules: [{ tool_name: "send_message", type: "exit_loop" }],
      tools: [
        { name: "send_message", tool_type: "letta_core", json_schema: { name: "send_message" }, source_code: null },
      ],
      version: "0.6.5",
    };
    const old = await rig.letta.agents.retrieve((await importFile(flat)).agent_ids[0]!);
    expect(old).toMatchObject({
      name: "old_copy",
      agent_type: "memgpt_agent",
      model: MODEL,
      tool_rules: [{ tool_name: "send_message" }],
    });
    const [, hi] = (await rig.letta.agents.messages.list(old.id)).items;
    expect(hi).toMatchObject({ message_type: "user_message", content: "hi" });
    const { agent_ids } = await importFile({ agents: [{ id: "agent-0" }] });
    expect((await rig.letta.agents.retrieve(agent_ids[0]!)).name).toMatch(/\w/);
  });

  it("can leave messages out, set secrets, and keep its hands off tools that are there", async () => {
    await importFile(LETTA_FILE);
    const changed = structuredClone(LETTA_FILE);
    changed.tools[1]!.source_code = "def loop_note(text: str):\n    return 'changed'";
    const source = async () => (await all(rig.letta.tools.list({ name: "loop_note" })))[0]!.source_code;
    const params = { strip_messages: true, secrets: JSON.stringify({ NOTE_KEY: "k" }), override_existing_tools: false };
    const { agent_ids } = await importFile(changed, params);
    expect(await source()).toBe(LETTA_FILE.tools[1]!.source_code);
    const agent = await rig.letta.agents.retrieve(agent_ids[0]!);
    expect([agent.message_ids!.length, agent.secrets!.map((one) => one.value)]).toEqual([1, ["k"]]);
    await importFile(changed);
    expect(await source()).toBe(changed.tools[1]!.source_code);
  });

  it("refuses what is no agent file, or asks for what there is not, and makes nothing", async () => {
    const counts = async () =>
      Promise.all(
        ["agents", "blocks", "tools", "folders", "groups"].map(
          async (kind) => (await http(rig, "GET", `/v1/${kind}/count`)).body,
        ),
      );
    const before = await counts();
    const corrupted = await refused(importFile("{ not json"));
    expect([corrupted.status, corrupted.body.detail]).toEqual([400, "Corrupted agent file format."]);
    for (const content of [
      "",
      "null",
      "[]",
      "{}",
      { agents: [] },
      { agents: [{ id: "a", tool_ids: ["tool-9"] }] },
      { agents: [{ id: "a", agent_type: "nobody" }] },
    ]) {
      expect((await refused(importFile(content))).status).toBe(400);
    }
    expect((await refused(importFile(LETTA_FILE, { model: "no/such" }))).status).toBe(404);
    expect((await refused(importFile(LETTA_FILE, { embedding: "no/such" }))).status).toBe(404);
    expect((await refused(importFile(LETTA_FILE, { secrets: "not json" }))).status).toBe(400);
    const late = structuredClone(LETTA_FILE);
    late.blocks.push({ ...late.blocks[0]!, id: "block-1" });
    late.agents[0]!.block_ids.push("block-1");
    expect((await refused(importFile(late))).status).toBe(409);
    expect((await http(rig, "POST", "/v1/agents/import", { body: LETTA_FILE })).status).toBe(415);
    expect(await counts()).toEqual(before);
  });
});
