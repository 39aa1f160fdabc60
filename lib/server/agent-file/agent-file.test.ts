import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WrittenAgentFile } from "@/lib/api/agent-file";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import type { Part } from "@/lib/stream/message";
import { insertConversation, type NewMessage } from "../conversations/first-messages";
import { openTestCore, type TestCore } from "../testing/harness";
import { exportAgentFile } from "./export-file";
import { type ImportOptions, importAgentFile, PLAIN_IMPORT } from "./import-file";
import { checkAgentFile } from "./read-file";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const EMBEDDING = "openai/text-embedding-3-small";
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const IMAGE_ID = "file-00000000-0000-4000-8000-0000000000aa";
/** Keys in an order, and numbers in a form, that no database keeps. */
const OPAQUE = { by: "gateway/gemini", data: '{"z":1.0,"a":{"sig":"S=="}}' };
const BY_IMPORT = { kind: "import", actor: "user-00000000-0000-4000-8000-000000000000" } as const;

const make = async (body: Record<string, unknown> = {}) => {
  const answer = await t.api<WireAgent>("POST", "/v1/agents/", { include_base_tools: false, ...body });
  expect(answer.status).toBe(200);
  return answer.body;
};
const importFile = (file: unknown, options: Partial<ImportOptions> = {}) =>
  importAgentFile(t.ctx, checkAgentFile(JSON.parse(JSON.stringify(file))), {
    ...PLAIN_IMPORT,
    cause: BY_IMPORT,
    ...options,
  });
const agentOf = async (id: string) => (await t.api<WireAgent>("GET", `/v1/agents/${id}`)).body;
const exported = (id: string, options = {}) => exportAgentFile(t.ctx, id, options);

/** A file without what may differ between an agent and its copy: when it was written, and the compiled prompt's ids. */
function normalised(file: WrittenAgentFile): unknown {
  const agents = file.agents.map((agent) => ({
    ...agent,
    files_agents: (agent.files_agents ?? []).map((one) => ({ ...one, visible_content: null })),
    messages: (agent.messages ?? []).map((message) =>
      message.role === "system" ? { ...message, content: null, created_at: null } : message,
    ),
  }));
  return JSON.parse(JSON.stringify({ ...file, agents, created_at: null }));
}

const MESSAGES: NewMessage[] = [
  {
    role: "user",
    name: "Ada",
    otid: "11111111-1111-4111-8111-111111111111",
    parts: [
      { type: "text", text: "look" },
      { type: "image", source: { type: "letta", file_id: IMAGE_ID, media_type: "image/png", detail: null } },
    ],
  },
  {
    role: "assistant",
    model: "openai/gpt-4o-mini",
    parts: [
      { type: "reasoning", reasoning: "hm", source: "reasoner_model", signature: "sig" },
      { type: "reasoning", reasoning: "so", source: "reasoner_model", signature: null, opaque: OPAQUE },
      { type: "hidden_reasoning", state: "redacted", hiddenReasoning: "x" },
      { type: "text", text: "let me see" },
      { type: "tool_call", id: "c1", name: "look_up", arguments: '{"q":"a"}', opaque: OPAQUE },
      { type: "tool_call", id: "c2", name: "memory_insert", arguments: "{not json" },
    ],
  },
  {
    role: "tool",
    name: "look_up",
    parts: [
      {
        type: "tool_return",
        toolCallId: "c1",
        name: "look_up",
        status: "success",
        content: '{"a":1}',
        stdout: ["out"],
        stderr: null,
      },
      {
        type: "tool_return",
        toolCallId: "c2",
        name: "memory_insert",
        status: "error",
        content: [{ type: "text", text: "no" }],
        stdout: null,
        stderr: ["bad"],
      },
    ] satisfies Part[],
  },
  { role: "approval", parts: [{ type: "tool_call", id: "c3", name: "look_up", arguments: "{}" }] },
  {
    role: "approval",
    parts: [{ type: "approval", decision: { type: "approval", toolCallId: "c3", approve: false, reason: "no" } }],
  },
  {
    role: "tool",
    name: "look_up",
    isErr: true,
    parts: [
      {
        type: "tool_return",
        toolCallId: "c3",
        name: "look_up",
        status: "error",
        content: "denied",
        stdout: null,
        stderr: null,
      },
    ],
  },
  {
    role: "summary",
    parts: [
      {
        type: "summary",
        summary: "so far",
        stats: {
          trigger: "t",
          contextTokensBefore: 9,
          contextTokensAfter: 1,
          contextWindow: 10,
          messagesCountBefore: 4,
          messagesCountAfter: 2,
        },
      },
    ],
  },
  { role: "system", parts: [{ type: "text", text: "a notice" }] },
  { role: "user", parts: [{ type: "text", text: '{"type":"user_message","message":"verbatim","time":"t"}' }] },
];

/** An agent with something of everything that a file holds. */
async function makeRich(name = "Rich"): Promise<WireAgent> {
  const tool = await t.api<{ id: string }>("POST", "/v1/tools/", {
    source_code: "def look_up(q: str):\n    return q",
    source_type: "python",
    tags: ["b", "a"],
    json_schema: {
      name: "look_up",
      description: "Looks up",
      parameters: { type: "object", properties: { q: { type: "string" } }, required: ["q"] },
    },
    return_char_limit: 777,
    pip_requirements: [{ name: "x", version: "1" }],
  });
  const agent = await make({
    name,
    description: "d",
    metadata: { nested: { a: [1, null] } },
    tags: ["one", "two"],
    system: "You are {{who}}.",
    model: "openai/gpt-4o-mini",
    model_settings: { provider_type: "openai", temperature: 0.3, reasoning: { reasoning_effort: "low" } },
    context_window_limit: 50_000,
    max_tokens: 1234,
    embedding: EMBEDDING,
    compaction_settings: { mode: "all", clip_chars: 99, prompt: "Sum up." },
    timezone: "Europe/Berlin",
    tool_ids: [tool.body.id],
    tools: ["memory_insert", "conversation_search"],
    tool_rules: [
      { tool_name: "look_up", type: "run_first" },
      { tool_name: "memory_insert", type: "constrain_child_tools", children: ["look_up"] },
      { tool_name: "look_up", type: "requires_approval" },
    ],
    memory_blocks: [
      { label: "human", value: "Ada", limit: 500, metadata: { a: 1 }, tags: ["x"] },
      { label: "notes/today", value: "v1", description: "log", read_only: true },
    ],
    secrets: { API_KEY: "sk-very-secret-value", OTHER: "another-secret" },
    initial_message_sequence: [],
    max_files_open: 3,
  });
  await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/human`, { value: "Ada L." });
  await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/human`, {
    value: "Ada Lovelace",
    description: "who",
  });
  await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, {
    text: "first",
    tags: ["t"],
    created_at: "2025-01-01T00:00:00Z",
  });
  await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "second" });
  await hold(agent.id);
  await say(agent, MESSAGES);
  return agentOf(agent.id);
}

/** Keeps the image that the messages refer to. */
async function hold(agentId: string): Promise<void> {
  const hash = createHash("sha256").update(PNG).digest("hex");
  const image = { id: IMAGE_ID, organizationId: t.ctx.actor.organizationId, hash, mediaType: "image/png", bytes: PNG };
  await t.core.db.prisma.image.upsert({ where: { id: IMAGE_ID }, create: image, update: {} });
  await t.core.db.prisma.agentImage.create({ data: { agentId, imageId: IMAGE_ID } });
}

/** Puts messages into the default conversation, the first and the third left out of context. */
async function say(agent: WireAgent, messages: NewMessage[]): Promise<void> {
  const row = await t.core.db.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
  await t.core.db.prisma.conversation.delete({ where: { id: row.defaultConversationId } });
  const dated = messages.map((message, index) => ({
    ...message,
    createdAt: new Date(Date.UTC(2025, 5, 1, 0, 0, index)).toISOString(),
  }));
  const conversation = {
    agentId: agent.id,
    conversationId: row.defaultConversationId,
    isDefault: true,
    messages: dated,
  };
  await t.core.db.transaction((sql) => insertConversation(t.ctx, sql, conversation));
  const all = await t.core.db.prisma.message.findMany({
    where: { agentId: agent.id, seq: { gt: 0 } },
    orderBy: { seq: "asc" },
  });
  const kept = all.filter((_, index) => index !== 0 && index !== 2).map((one) => one.id);
  const {
    message_ids: [systemId],
  } = await agentOf(agent.id);
  const answer = await t.api("PATCH", `/v1/agents/${agent.id}`, { message_ids: [systemId, ...kept] });
  expect(answer.status).toBe(200);
}

describe("an exported agent", () => {
  test("comes back the same: export, import, export", async () => {
    const agent = await makeRich();
    const first = await exported(agent.id);
    const { agentIds, notes } = await importFile(first);
    expect(notes).toEqual([]);
    expect(agentIds).toHaveLength(1);
    expect(agentIds[0]).not.toBe(agent.id);
    expect(normalised(await exported(agentIds[0]!))).toEqual(normalised(first));
  });

  test("keeps every part of every message, their order, dates and names, and what is in context", async () => {
    const agent = await makeRich();
    const { agentIds } = await importFile(await exported(agent.id));
    const of = async (id: string) =>
      (
        await t.core.db.prisma.message.findMany({ where: { agentId: id, seq: { gt: 0 } }, orderBy: { seq: "asc" } })
      ).map(({ role, parts, name, otid, model, isErr, createdAt }) => ({
        role,
        parts,
        name,
        otid,
        model,
        isErr,
        createdAt,
      }));
    expect(await of(agentIds[0]!)).toEqual(await of(agent.id));
    const contextOf = async (id: string) => {
      const { message_ids: ids } = await agentOf(id);
      const rows = await t.core.db.prisma.message.findMany({ where: { id: { in: ids } } });
      return ids.map((one) => rows.find((row) => row.id === one)!.seq);
    };
    expect(await contextOf(agent.id)).toEqual([0, 2, 4, 5, 6, 7, 8, 9]);
    expect(await contextOf(agentIds[0]!)).toEqual(await contextOf(agent.id));
  });

  test("brings its images along, which are kept once", async () => {
    const agent = await makeRich();
    const file = await exported(agent.id);
    expect(JSON.stringify(file)).toContain(PNG.toString("base64"));
    expect(JSON.stringify(file)).not.toContain(IMAGE_ID);
    const { agentIds } = await importFile(file);
    const held = await t.core.db.prisma.agentImage.findMany({ where: { agentId: agentIds[0]! } });
    expect(held.map((link) => link.imageId)).toEqual([IMAGE_ID]);
    expect(await t.core.db.prisma.image.count()).toBe(1);
  });

  test("has secrets by name alone, nowhere their values", async () => {
    const agent = await makeRich();
    const file = await exported(agent.id);
    expect(file.agents[0]!.secrets).toEqual({ API_KEY: "", OTHER: "" });
    expect(JSON.stringify(file)).not.toMatch(/very-secret|another-secret/);
    const { agentIds } = await importFile(file, { secrets: { API_KEY: "new" } });
    const secrets = (await agentOf(agentIds[0]!)).secrets.map(({ key, value }) => [key, value]);
    expect(secrets).toEqual([
      ["API_KEY", "new"],
      ["OTHER", ""],
    ]);
  });

  test("can leave its messages out, or have those of one conversation", async () => {
    const agent = await makeRich();
    const scrubbed = await exported(agent.id, { scrubMessages: true });
    expect(scrubbed.agents[0]).toMatchObject({ messages: [], in_context_message_ids: [] });
    const conversation = await t.api<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, {});
    const other = await exported(agent.id, { conversationId: conversation.body.id });
    expect(other.agents[0]!.messages!.map((message) => message.role)).toEqual(["system"]);
    const stranger = await make();
    const wrong = await t.api("GET", `/v1/agents/${stranger.id}/export?conversation_id=${conversation.body.id}`);
    expect(wrong.status).toBe(404);
  });

  test("brings the members of its group along, with the blocks that they share", async () => {
    const shared = (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "team", value: "v" })).body;
    const manager = await make({ name: "Boss", block_ids: [shared.id] });
    const worker = await make({ name: "Worker", block_ids: [shared.id] });
    await t.core.db.prisma.group.create({
      data: {
        id: "group-00000000-0000-4000-8000-000000000001",
        organizationId: t.ctx.actor.organizationId,
        managerType: "supervisor",
        description: "a team",
        managerAgentId: manager.id,
        agents: { create: [{ agentId: worker.id, position: 1 }] },
        blocks: { create: [{ blockId: shared.id }] },
      },
    });
    const file = await exported(manager.id);
    expect(file.agents.map((agent) => [agent.id, agent.name])).toEqual([
      ["agent-0", "Boss"],
      ["agent-1", "Worker"],
    ]);
    expect(file.groups).toMatchObject([
      {
        id: "group-0",
        agent_ids: ["agent-1"],
        shared_block_ids: ["block-0"],
        manager_config: { manager_type: "supervisor", manager_agent_id: "agent-0" },
      },
    ]);
    const { agentIds, groupIds } = await importFile(file);
    const group = await t.core.db.prisma.group.findUniqueOrThrow({
      where: { id: groupIds[0]! },
      include: { agents: true },
    });
    expect([group.managerAgentId, group.agents.map((link) => link.agentId)]).toEqual([agentIds[0], [agentIds[1]]]);
    const blocks = await Promise.all(agentIds.map(async (id) => (await agentOf(id)).blocks.map((block) => block.id)));
    expect(blocks[0]).toEqual(blocks[1]);
    expect(blocks[0]).not.toEqual([shared.id]);
    expect(normalised(await exported(agentIds[0]!))).toEqual(normalised(file));
  });

  test("costs the same number of statements however much there is", async () => {
    const small = await make({ memory_blocks: [{ label: "a", value: "v" }] });
    const large = await makeRich();
    await exported(small.id);
    const [few, many] = [
      await t.countStatements(() => exported(small.id)),
      await t.countStatements(() => exported(large.id)),
    ];
    expect(many - few).toBeLessThanOrEqual(2);
  });
});

describe("folders and MCP servers", () => {
  test("of an agent come along with the text of their files, cut into passages anew, and what was open", async () => {
    const folder = (await t.api<{ id: string }>("POST", "/v1/folders/", { name: "papers", instructions: "read" })).body;
    const form = new FormData();
    form.set("file", new File(["line one\nline two\nline three"], "a.txt"));
    await t.api("POST", `/v1/folders/${folder.id}/upload`, form);
    await t.jobs.idle();
    const agent = await make({ folder_ids: [folder.id] });
    await t.core.db.prisma.agentFile.updateMany({
      where: { agentId: agent.id },
      data: { isOpen: true, startLine: 2, endLine: 3 },
    });
    const file = await exported(agent.id);
    expect(file.files).toMatchObject([{ original_file_name: "a.txt", content: "line one\nline two\nline three" }]);
    const { agentIds, notes } = await importFile(file);
    await t.jobs.idle();
    expect(notes).toEqual([]);
    const copy = await agentOf(agentIds[0]!);
    expect(copy.sources.map((source) => source.name)).toEqual(["papers 2"]);
    expect(copy.tools.map((tool) => tool.name).toSorted()).toEqual(agent.tools.map((tool) => tool.name).toSorted());
    const { prisma } = t.core.db;
    const link = await prisma.agentFile.findFirstOrThrow({
      where: { agentId: copy.id },
      include: { file: { include: { chunks: true } } },
    });
    expect(link).toMatchObject({ isOpen: true, startLine: 2, endLine: 3 });
    expect(link.file).toMatchObject({
      fileName: "papers 2/a.txt",
      status: "completed",
      content: "line one\nline two\nline three",
    });
    expect(link.file.chunks.map((chunk) => chunk.text).join("\n")).toBe(link.file.content);
    const same = (text: unknown) => JSON.parse(JSON.stringify(text).replaceAll("papers 2", "papers"));
    expect(same(normalised(await exported(copy.id)))).toEqual(normalised(file));
  });

  test("that need a key come without it; programs don't come at all", async () => {
    const { prisma } = t.core.db;
    const { organizationId } = t.ctx.actor;
    const config = {
      server_url: "https://user:pw@mcp.example/sse?key=k-secret",
      auth_header: "Authorization",
      has_token: true,
      header_names: [],
    };
    const secretsEnc = t.ctx.vault.encrypt(JSON.stringify({ token: "t-secret", headers: {}, env: {} }));
    await prisma.mcpServer.create({
      data: { id: "mcp_server-1", organizationId, serverName: "remote", serverType: "sse", config, secretsEnc },
    });
    await prisma.mcpServer.create({
      data: {
        id: "mcp_server-2",
        organizationId,
        serverName: "local",
        serverType: "stdio",
        config: { command: "run", args: ["--key", "a-secret"], env_names: [] },
      },
    });
    const tool = (id: string, name: string, mcpServerId: string) =>
      prisma.tool.create({
        data: {
          id,
          organizationId,
          name,
          toolType: "external_mcp",
          mcpServerId,
          mcpToolName: name,
          jsonSchema: { name, parameters: {} },
        },
      });
    await tool("tool-00000000-0000-4000-8000-000000000001", "far", "mcp_server-1");
    await tool("tool-00000000-0000-4000-8000-000000000002", "near", "mcp_server-2");
    const agent = await make({ tools: ["far", "near"] });
    const file = await exported(agent.id);
    expect(JSON.stringify(file)).not.toMatch(/-secret|user:pw/);
    expect(file.mcp_servers).toMatchObject([
      { server_name: "remote", server_type: "sse", server_url: "https://mcp.example/sse" },
      { server_name: "local", server_type: "stdio", stdio_config: { command: "run", args: [], env: null } },
    ]);
    await t.api("DELETE", `/v1/agents/${agent.id}`);
    await prisma.mcpServer.deleteMany({ where: { organizationId } });
    const elsewhere = { ...t.ctx, config: { ...t.ctx.config, allowPrivateUrls: true } };
    const { agentIds, notes } = await importAgentFile(elsewhere, checkAgentFile(JSON.parse(JSON.stringify(file))), {
      ...PLAIN_IMPORT,
      cause: BY_IMPORT,
    });
    expect(notes).toEqual([
      { agent_id: null, kind: "mcp_server", wanted: "local", used: null },
      { agent_id: null, kind: "tool", wanted: "near", used: null },
    ]);
    const server = await prisma.mcpServer.findFirstOrThrow({
      where: { serverName: "remote" },
      include: { tools: true },
    });
    expect(server.tools.map((one) => [one.name, one.mcpToolName])).toEqual([["far", "far"]]);
    expect((await agentOf(agentIds[0]!)).tools.map((one) => one.id)).toEqual(server.tools.map((one) => one.id));
  });

  test("at private addresses are left out", async () => {
    const mcp_servers = [
      { id: "mcp_server-0", server_name: "inside", server_type: "sse", server_url: "http://169.254.169.254/latest" },
    ];
    const { notes } = await importFile({ agents: [{ id: "a" }], mcp_servers });
    expect(notes).toEqual([{ agent_id: null, kind: "mcp_server", wanted: "inside", used: null }]);
    expect(await t.core.db.prisma.mcpServer.count({ where: { serverName: "inside" } })).toBe(0);
  });
});

describe("an imported agent", () => {
  test("has the history of its blocks, with dates, marked as imported", async () => {
    const agent = await makeRich();
    const { agentIds } = await importFile(await exported(agent.id));
    const versionsOf = async (id: string) => {
      const block = (await agentOf(id)).blocks.find((one) => one.label === "human")!;
      return (await t.api<WireBlockVersion[]>("GET", `/v1/blocks/${block.id}/versions?order=asc`)).body;
    };
    const [before, after] = [await versionsOf(agent.id), await versionsOf(agentIds[0]!)];
    const content = (all: WireBlockVersion[]) =>
      all.map(({ value, number, operation, created_at }) => ({ value, number, operation, created_at }));
    expect(content(after)).toEqual(content(before));
    expect(after.map((one) => one.value)).toEqual(["Ada", "Ada L.", "Ada Lovelace"]);
    expect(after.map((one) => one.cause)).toEqual(before.map(() => ({ ...BY_IMPORT, was: "api" })));
    expect(after.map((one) => one.seq)).toEqual(after.map((one) => one.seq).toSorted((a, b) => a - b));
  });

  test("has a further version where the file's value is not the last of its history", async () => {
    const agent = await makeRich();
    const file = await exported(agent.id);
    file.blocks!.find((block) => block.label === "human")!.value = "edited by hand";
    const { agentIds } = await importFile(file);
    const block = (await agentOf(agentIds[0]!)).blocks.find((one) => one.label === "human")!;
    const { body } = await t.api<WireBlockVersion[]>("GET", `/v1/blocks/${block.id}/versions?order=asc`);
    expect(body.map((one) => one.value)).toEqual(["Ada", "Ada L.", "Ada Lovelace", "edited by hand"]);
    expect(body.at(-1)).toMatchObject({ operation: "import", cause: BY_IMPORT });
  });

  test("leaves no row behind when it is deleted", async () => {
    const agent = await makeRich();
    const file = await exported(agent.id);
    const before = await t.rowCounts();
    const { agentIds } = await importFile(file);
    expect((await t.api("DELETE", `/v1/agents/${agentIds[0]}`)).status).toBe(200);
    expect(await t.rowCounts()).toEqual(before);
  });

  test("changes tools of its names, or leaves them as they are; built-in ones it never changes", async () => {
    const agent = await makeRich();
    const file = await exported(agent.id);
    for (const tool of file.tools!) tool.description = "from the file";
    const described = async (name: string) =>
      (await t.api<{ description: string }[]>("GET", `/v1/tools/?name=${name}`)).body[0]!.description;
    await importFile(file, { overrideTools: false });
    expect(await described("look_up")).toBe("Looks up");
    const { agentIds } = await importFile(file);
    expect(await described("look_up")).toBe("from the file");
    expect(await described("memory_insert")).not.toBe("from the file");
    const ids = (await agentOf(agent.id)).tools.map((tool) => tool.id);
    expect((await agentOf(agentIds[0]!)).tools.map((tool) => tool.id)).toEqual(ids);
  });

  test("on a model that is not here has the default one, and a version that says which it was", async () => {
    const llm_config = { model: "claude-9", model_endpoint_type: "nobody", context_window: 90_000, temperature: 0.1 };
    const file = {
      agents: [
        {
          id: "agent-0",
          name: "Far",
          llm_config,
          embedding_config: { embedding_model: "e", embedding_endpoint_type: "nobody" },
          enable_reasoner: false,
        },
      ],
    };
    const { agentIds, notes } = await importFile(file);
    const agent_id = agentIds[0]!;
    expect(notes).toEqual([
      { agent_id, kind: "model", wanted: "nobody/claude-9", used: "openai/gpt-4o-mini" },
      { agent_id, kind: "embedding", wanted: "nobody/e", used: null },
    ]);
    expect(await agentOf(agent_id)).toMatchObject({
      model: "openai/gpt-4o-mini",
      embedding: null,
      llm_config: { context_window: 90_000, temperature: 1 },
    });
    const versions = await t.api<{ operation: string; cause: unknown; config: { model: string } }[]>(
      "GET",
      `/v1/agents/${agent_id}/versions?order=asc`,
    );
    expect(versions.body.map(({ operation, cause, config }) => [operation, cause, config.model])).toEqual([
      ["import", BY_IMPORT, "nobody/claude-9"],
      ["import-model", BY_IMPORT, "openai/gpt-4o-mini"],
    ]);
  });

  test("on a model with a smaller context has a smaller limit, which is noted", async () => {
    const { agentIds, notes } = await importFile({
      agents: [{ id: "a", model: "ollama/llama3", context_window_limit: 90_000 }],
    });
    expect(notes).toEqual([{ agent_id: agentIds[0], kind: "context_window", wanted: "90000", used: "8000" }]);
    expect((await agentOf(agentIds[0]!)).llm_config.context_window).toBe(8000);
  });

  test("takes the model, name and embedding that are asked for, and keeps its context limit", async () => {
    const agent = await makeRich();
    const { agentIds } = await importFile(await exported(agent.id), {
      model: "anthropic/claude-sonnet-4-5",
      name: "Other",
      embedding: null,
    });
    expect(await agentOf(agentIds[0]!)).toMatchObject({
      name: "Other",
      model: "anthropic/claude-sonnet-4-5",
      llm_config: { context_window: 50_000, temperature: 1 },
    });
  });

  test("without its messages begins with none", async () => {
    const agent = await makeRich();
    const { agentIds } = await importFile(await exported(agent.id), { stripMessages: true });
    expect((await agentOf(agentIds[0]!)).message_ids).toHaveLength(1);
  });

  test("goes without a built-in tool that is not known here, which is noted", async () => {
    const file = {
      agents: [{ id: "a", tool_ids: ["tool-0"], tool_rules: [{ tool_name: "gone", type: "exit_loop" }] }],
      tools: [{ id: "tool-0", name: "gone", tool_type: "letta_core" }],
    };
    const { agentIds, notes } = await importFile(file);
    expect(notes).toEqual([{ agent_id: null, kind: "tool", wanted: "gone", used: null }]);
    expect(await agentOf(agentIds[0]!)).toMatchObject({ tools: [], tool_rules: [{ tool_name: "gone" }] });
  });

  test.each<[string, Record<string, unknown>, number]>([
    ["an agent type that there is not", { agents: [{ id: "a", agent_type: "nobody" }] }, 400],
    ["a rule that is none", { agents: [{ id: "a", tool_rules: [{ tool_name: "x", type: "sometimes" }] }] }, 400],
    ["a time zone that is none", { agents: [{ id: "a", timezone: "Mars/North" }] }, 422],
    [
      "two blocks of one label",
      {
        agents: [{ id: "a", block_ids: ["b", "c"] }],
        blocks: [
          { id: "b", label: "x", value: "" },
          { id: "c", label: "x", value: "" },
        ],
      },
      409,
    ],
    [
      "a tool whose name can't be",
      { agents: [{ id: "a" }], tools: [{ id: "t", name: "no spaces", source_code: "x" }] },
      400,
    ],
  ])("with %s is refused, and nothing is made", async (_, file, status) => {
    await t.api("GET", "/v1/tools/");
    const before = await t.rowCounts();
    const error = await importFile(file).catch((caught: unknown) => caught);
    const code = ({ 400: "bad-request", 409: "conflict", 422: "invalid" } as Record<number, string>)[status];
    expect(error).toMatchObject({ code });
    expect(await t.rowCounts()).toEqual(before);
  });
});
