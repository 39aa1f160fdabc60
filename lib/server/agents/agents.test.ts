import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentStateSchema, type WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const create = async (body: Record<string, unknown> = {}): Promise<WireAgent> => {
  const answer = await t.api<WireAgent>("POST", "/v1/agents/", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const patch = (id: string, body: Record<string, unknown>) => t.api<WireAgent>("PATCH", `/v1/agents/${id}`, body);
const retrieve = async (id: string) => (await t.api<WireAgent>("GET", `/v1/agents/${id}`)).body;
const makeBlock = async (label: string, value = "v") =>
  (await t.api<WireBlock>("POST", "/v1/blocks/", { label, value })).body;
const UUID = "00000000-0000-4000-8000-00000000dead";

describe("creating", () => {
  test("an empty body makes an agent with every key of the contract", async () => {
    const agent = await create();
    agentStateSchema.strict().parse(agent);
    expect(agent.agent_type).toBe("letta_v1_agent");
    expect(agent.name).toMatch(/^[A-Z][a-z]+[A-Z][a-z]+$/);
    expect(agent.tools.map((tool) => tool.name)).toEqual(["conversation_search", "memory_insert", "memory_replace"]);
    expect(agent.tool_rules).toEqual([]);
    expect(agent.message_ids).toHaveLength(1);
    expect(agent.compaction_settings).toMatchObject({ model: "openai/gpt-5-mini", mode: "sliding_window" });
    expect(agent.compaction_settings.prompt).toBeTruthy();
    expect(agent).toMatchObject({ timezone: "UTC", max_files_open: 10, per_file_view_window_char_limit: 25_000 });
    expect(await retrieve(agent.id)).toEqual(agent);
  });

  test("all that is given is there afterwards", async () => {
    const shared = await makeBlock("shared", "of all");
    const agent = await create({
      name: "Käthe's agent-1",
      description: "d",
      metadata: { a: { b: [1, null] } },
      tags: ["x", "y", "x"],
      memory_blocks: [
        { label: "human", value: "Bob" },
        { label: "a/b", value: "", limit: 10, read_only: true },
      ],
      block_ids: [shared.id, shared.id],
      secrets: { KEY: "sécret" },
      system: "Be brief.",
      timezone: "Europe/Berlin",
      max_files_open: 2,
      context_window_limit: 5000,
      response_format: { type: "json_object" },
      tools: ["web_search"],
      tool_rules: [{ type: "run_first", tool_name: "web_search" }],
      initial_message_sequence: [
        { role: "user", content: "hi", otid: "o-1" },
        { role: "assistant", content: [{ type: "text", text: "hello" }] },
      ],
    });
    expect(agent.blocks.map((block) => block.label)).toEqual(["human", "a/b", "shared"]);
    expect(agent.memory.blocks).toEqual(agent.blocks);
    expect(agent).toMatchObject({ tags: ["x", "y"], metadata: { a: { b: [1, null] } }, description: "d" });
    expect(agent.secrets).toMatchObject([{ key: "KEY", value: "sécret", agent_id: agent.id }]);
    expect(agent.secrets[0]!.id).toMatch(/^agent-env-/);
    expect(agent.llm_config).toMatchObject({ context_window: 5000, response_format: { type: "json_object" } });
    expect(agent.tool_rules).toEqual([
      { tool_name: "web_search", type: "run_first", prompt_template: null, args: null },
    ]);
    expect(agent.message_ids).toHaveLength(3);
    const stored = await t.core.db.prisma.message.findMany({ where: { agentId: agent.id }, orderBy: { seq: "asc" } });
    expect(stored.map((row) => [row.seq, row.role, row.otid])).toEqual([
      [0, "system", null],
      [1, "user", "o-1"],
      [2, "assistant", null],
    ]);
    expect(JSON.stringify(await t.core.db.prisma.agentSecret.findMany())).not.toContain("sécret");
  });

  test("a type of the memgpt family begins with its tools, rules and boot sequence", async () => {
    const agent = await create({ agent_type: "memgpt_v2_agent" });
    expect(agent.tools.map((tool) => tool.name)).toEqual([
      "send_message",
      "conversation_search",
      "memory_insert",
      "memory_replace",
    ]);
    expect(agent.tool_rules.map((rule) => `${rule.tool_name}:${rule.type}`)).toEqual([
      "send_message:exit_loop",
      "conversation_search:continue_loop",
      "memory_insert:continue_loop",
      "memory_replace:continue_loop",
    ]);
    expect(agent.message_ids).toHaveLength(4);
    expect(agent.llm_config.put_inner_thoughts_in_kwargs).toBe(true);
  });

  test("an empty initial sequence leaves the system message alone, and an assistant's words are tool calls", async () => {
    const silent = await create({ agent_type: "memgpt_agent", initial_message_sequence: [] });
    expect(silent.message_ids).toHaveLength(1);
    const talker = await create({
      agent_type: "memgpt_agent",
      initial_message_sequence: [{ role: "assistant", content: "Hello!" }],
    });
    const rows = await t.core.db.prisma.message.findMany({ where: { agentId: talker.id }, orderBy: { seq: "asc" } });
    expect(rows.map((row) => row.role)).toEqual(["system", "assistant", "tool"]);
    expect(rows[1]!.parts).toMatchObject([{ type: "tool_call", name: "send_message" }]);
  });

  test("with sleep-time, memory tools are left to the agent that works while this one sleeps", async () => {
    const agent = await create({ enable_sleeptime: true });
    expect(agent.tools.map((tool) => tool.name)).toEqual([
      "send_message",
      "conversation_search",
      "archival_memory_search",
    ]);
  });

  test("the tag role:subagent hides an agent from lists", async () => {
    const agent = await create({ tags: ["role:subagent"], name: "hidden one" });
    expect(agent.hidden).toBe(true);
    expect((await t.api<WireAgent[]>("GET", "/v1/agents/?name=hidden%20one")).body).toEqual([]);
    const shown = await t.api<WireAgent[]>("GET", "/v1/agents/?name=hidden%20one&show_hidden_agents=true");
    expect(shown.body).toHaveLength(1);
  });

  test("a tool that asks for approvals brings its rule", async () => {
    const schema = { name: "deploy", description: "d", parameters: { type: "object", properties: {} } };
    const tool = await t.api<{ id: string }>("POST", "/v1/tools/", {
      source_code: "def deploy(): pass",
      json_schema: schema,
      default_requires_approval: true,
    });
    const agent = await create({ tool_ids: [tool.body.id], include_base_tools: false });
    expect(agent.tool_rules).toEqual([{ tool_name: "deploy", type: "requires_approval", prompt_template: null }]);
  });
});

describe("input that can't be is refused, and leaves nothing behind", () => {
  const long = "x".repeat(3000);
  const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
  const block = (label: string) => ({ label, value: "v" });
  test.each<[string, unknown, number, string?]>([
    ["no JSON", "{", 422],
    ["a list", [], 422],
    ["an unknown type of agent", { agent_type: "robot" }, 422],
    ["a type that needs a prompt", { agent_type: "split_thread_agent" }, 400, "Invalid agent type"],
    ["a name with a slash", { name: "a/b" }, 422],
    ["a name without end", { name: long }, 422],
    ["a tag without end", { tags: [long] }, 422],
    ["a secret's name without end", { secrets: { [long]: "v" } }, 422],
    ["a NUL", { description: "a\0b" }, 422],
    ["half of a surrogate pair", '{"description":"\\ud800"}', 422],
    ["nesting without end", `{"metadata":${deep}}`, 422],
    ["a model without a provider", { model: "gpt-4o-mini" }, 400],
    ["an unknown model", { model: "openai/gpt-1" }, 404, "NOT_FOUND: Handle openai/gpt-1 not found, must be one of ["],
    ["an unknown embedding", { embedding: "openai/none" }, 404, "NOT_FOUND: Handle openai/none not found"],
    ["a window wider than the model's", { context_window_limit: 128_001 }, 400],
    ["a number that Postgres can't hold", { max_tokens: 3_000_000_000 }, 422],
    ["an unknown tool", { tools: ["nope"] }, 400, "Tools not found by name: {'nope'}"],
    ["an unknown tool id", { tool_ids: [`tool-${UUID}`] }, 400, "Tools not found by id:   {'tool-"],
    ["an unknown block", { memory_blocks: [block("a")], block_ids: [`block-${UUID}`] }, 404],
    ["an unknown folder", { folder_ids: [`source-${UUID}`] }, 404],
    ["an unknown identity", { identity_ids: [`identity-${UUID}`] }, 404],
    ["two blocks with one label", { memory_blocks: [block("a"), block("a")] }, 409],
    ["a label with a space", { memory_blocks: [block("a b")] }, 422],
    ["an unknown rule", { tool_rules: [{ type: "be_nice", tool_name: "x" }] }, 422],
    [
      "a rule that maps nothing",
      { tool_rules: [{ type: "conditional", tool_name: "x", child_output_mapping: {} }] },
      422,
    ],
    ["a timezone that there is not", { timezone: "Mars/Olympus" }, 422],
    ["too many open files", { max_files_open: 1001 }, 422],
    ["a response format of no kind", { response_format: { type: "xml" } }, 422],
    [
      "one otid twice",
      { initial_message_sequence: [0, 1].map(() => ({ role: "user", content: "a", otid: "o" })) },
      409,
    ],
    ["a message of a tool", { initial_message_sequence: [{ role: "tool", content: "a" }] }, 422],
  ])("%s", async (_what, body, status, text) => {
    const before = await t.rowCounts();
    const answer = await t.api<{ detail: string }>("POST", "/v1/agents/", body);
    expect([answer.status, typeof answer.body.detail], JSON.stringify(answer.body)).toEqual([status, "string"]);
    if (text) expect(answer.body.detail).toContain(text);
    expect(await t.rowCounts()).toEqual(before);
  });

  test.each([
    ["GET", "/v1/agents/agent-nope", 422],
    ["GET", `/v1/agents/agent-${UUID}`, 404],
    ["GET", "/v1/agents/?include=agent.everything", 422],
    ["GET", "/v1/agents/?include_relationships=whatever", 200],
    ["GET", "/v1/agents/?limit=0", 422],
    ["GET", "/v1/agents/?order=sideways", 422],
    ["GET", `/v1/agents/?after=agent-${UUID}&limit=1`, 200],
    ["DELETE", `/v1/agents/agent-${UUID}`, 404],
    ["GET", `/v1/agents/agent-${UUID}/core-memory`, 404],
    ["GET", `/v1/agents/agent-${UUID}/versions`, 404],
    ["GET", `/v1/blocks/block-${UUID}/agents`, 404],
  ])("%s %s answers %i", async (method, path, status) => {
    expect((await t.api(method, path)).status).toBe(status);
  });
});

describe("listing", () => {
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    for (let i = 0; i < 7; i++) {
      const agent = await create({ name: `lister ${i}`, tags: ["lister", i % 2 ? "odd" : "even"], project_id: "p" });
      ids.push(agent.id);
    }
  });

  test.each(["created_at", "updated_at", "last_run_completion"])(
    "walking by %s to the empty page meets every agent once, in both orders",
    async (orderBy) => {
      await patch(ids[2]!, { last_run_completion: "2026-01-02T03:04:05Z", last_stop_reason: "end_turn" });
      await patch(ids[5]!, { last_run_completion: "2026-03-02T03:04:05.678901+02:00" });
      const query = { project_id: "p", limit: 2, order_by: orderBy };
      const descending = await walk(t.api, "/v1/agents/", query);
      const ascending = await walk(t.api, "/v1/agents/", { ...query, order: "asc" });
      expect(descending.toSorted()).toEqual(ids.toSorted());
      expect(ascending).toEqual(descending.toReversed());
      if (orderBy === "last_run_completion") expect(descending.slice(0, 2)).toEqual([ids[5], ids[2]]);
    },
  );

  test("before is the page that ends at the cursor, and both cursors are a window", async () => {
    const list = async (query: string) =>
      (await t.api<WireAgent[]>("GET", `/v1/agents?project_id=p&order=asc&${query}`)).body.map((agent) => agent.id);
    expect(await list(`before=${ids[4]}&limit=2`)).toEqual([ids[2], ids[3]]);
    expect(await list(`after=${ids[1]}&before=${ids[4]}`)).toEqual([ids[2], ids[3]]);
  });

  test.each<[string, number]>([
    ["name=lister%203", 1],
    ["name=lister", 0],
    ["query_text=LISTER", 7],
    ["query_text=l%25r", 0],
    ["tags=odd&tags=even", 7],
    ["tags=odd&tags=lister&match_all_tags=true", 3],
    ["tags=odd&tags=even&match_all_tags=true", 0],
    ["project_id=p", 7],
    ["project_id=p&last_stop_reason=end_turn", 1],
    ["project_id=p&created_by_id=user-00000000-0000-4000-8000-000000000000", 7],
    ["project_id=p&identifier_keys=k", 0],
    ["template_id=none", 0],
  ])("?%s finds %i, and counts as many", async (query, found) => {
    expect((await t.api<WireAgent[]>("GET", `/v1/agents/?${query}`)).body).toHaveLength(found);
    expect((await t.api<number>("GET", `/v1/agents/count?${query}`)).body).toBe(found);
  });

  test("the deprecated ascending and sort_by mean order and order_by", async () => {
    const list = async (query: string) =>
      (await t.api<WireAgent[]>("GET", `/v1/agents/?project_id=p&${query}`)).body.map((agent) => agent.id);
    expect(await list("ascending=true&sort_by=created_at")).toEqual(ids);
    expect(await list("ascending=false")).toEqual(ids.toReversed());
  });

  test("a list costs the same number of statements whatever its length", async () => {
    const few = await t.countStatements(() => t.api("GET", "/v1/agents/?limit=1"));
    const many = await t.countStatements(() => t.api("GET", "/v1/agents/?limit=50"));
    expect(many).toBe(few);
    expect(many).toBeLessThan(25);
  });

  test("a model that is gone breaks no list", async () => {
    const agent = await create({ model: "ollama/llama3" });
    t.models.forget("ollama/llama3");
    const listed = (await t.api<WireAgent[]>("GET", "/v1/agents/?limit=1")).body[0]!;
    expect(listed).toMatchObject({ id: agent.id, model: "ollama/llama3" });
    expect(listed.llm_config).toMatchObject({ model: "llama3", handle: "ollama/llama3" });
    expect((await patch(agent.id, { name: "still here" })).status).toBe(200);
  });
});
