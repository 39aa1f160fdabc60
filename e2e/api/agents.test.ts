import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, idOf, MODEL, makeAgent, type Rig, refused, said, says, startRig, UNKNOWN } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

describe("agents.create", () => {
  it("answers with the whole state, relations filled", async () => {
    const agent = await rig.letta.agents.create({
      name: "Ada's agent",
      model: MODEL,
      description: "keeps notes",
      memory_blocks: [
        { label: "human", value: "Name: Ada" },
        { label: "persona", value: "I am terse.", limit: 500, description: "mine" },
      ],
      tags: ["work", "notes"],
      metadata: { team: 7 },
      timezone: "Europe/Berlin",
      secrets: { KEY: "open" },
    });
    expect(agent.id).toMatch(idOf("agent"));
    expect(agent.agent_type).toBe("letta_v1_agent");
    expect(agent).toMatchObject({ name: "Ada's agent", description: "keeps notes", metadata: { team: 7 } });
    expect(agent.blocks.map((block) => [block.label, block.value]).sort()).toEqual([
      ["human", "Name: Ada"],
      ["persona", "I am terse."],
    ]);
    expect(agent.memory.blocks.map((block) => block.label).sort()).toEqual(["human", "persona"]);
    expect(agent.tools.map((tool) => tool.name).sort()).toEqual([
      "conversation_search",
      "memory_insert",
      "memory_replace",
    ]);
    expect(agent.tags.sort()).toEqual(["notes", "work"]);
    expect(agent.llm_config.handle).toBe(MODEL);
    expect(agent.model).toBe(MODEL);
    expect(agent.model_settings).toMatchObject({ provider_type: "openai", parallel_tool_calls: true });
    expect(agent.compaction_settings).toMatchObject({ mode: "sliding_window" });
    expect(agent.secrets).toMatchObject([{ key: "KEY", value: "open", agent_id: agent.id }]);
    expect(agent.message_ids).toHaveLength(1);
    expect(agent.timezone).toBe("Europe/Berlin");
    expect(agent.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  });

  it("shares blocks and tools that exist, and begins with the messages that it is given", async () => {
    const block = await rig.letta.blocks.create({ label: "shared", value: "for all" });
    const agent = await makeAgent(rig, {
      block_ids: [block.id],
      tools: ["send_message"],
      initial_message_sequence: [
        { role: "user", content: "before" },
        { role: "assistant", content: "indeed" },
      ],
    });
    expect(agent.blocks.map((one) => one.id)).toEqual([block.id]);
    expect(agent.tools.map((tool) => tool.name)).toEqual(["send_message"]);
    const messages = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(messages.map((message) => message.message_type)).toEqual([
      "system_message",
      "user_message",
      "assistant_message",
    ]);
  });

  it("makes an agent out of nothing but a model", async () => {
    const agent = await rig.letta.agents.create({ model: MODEL });
    expect(agent.name).not.toBe("");
  });

  it("refuses a model without a provider, an unknown one, and tools that do not exist", async () => {
    expect((await refused(rig.letta.agents.create({ model: "gpt" }))).status).toBe(400);
    const unknown = await refused(rig.letta.agents.create({ model: "openai/none" }));
    expect(unknown.status).toBe(404);
    expect(unknown.body.detail).toMatch(/^NOT_FOUND: Handle openai\/none not found, must be one of \[/);
    const tool = await refused(makeAgent(rig, { tools: ["no_such_tool"] }));
    expect([tool.status, tool.body.detail]).toEqual([400, "Tools not found by name: {'no_such_tool'}"]);
  });
});

describe("agents.list", () => {
  it("pages to the end both ways, without a repetition", async () => {
    const tag = "paged";
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await makeAgent(rig, { tags: [tag], name: `p${index}` })).id);
    const newest = await all(rig.letta.agents.list({ tags: [tag], limit: 2 }));
    expect(newest.map((agent) => agent.id)).toEqual(ids.toReversed());
    const oldest = await all(rig.letta.agents.list({ tags: [tag], limit: 2, order: "asc" }));
    expect(oldest.map((agent) => agent.id)).toEqual(ids);
    const before = (await rig.letta.agents.list({ tags: [tag], limit: 2, before: ids[1] })).items;
    expect(before.map((agent) => agent.id)).toEqual([ids[3], ids[2]]);
    const after = (await rig.letta.agents.list({ tags: [tag], after: ids[0] })).items;
    expect(after).toEqual([]);
  });

  it("filters by name, part of the name, tags, and how the last run stopped", async () => {
    const one = await makeAgent(rig, { name: "Filter One", tags: ["x", "y"] });
    const two = await makeAgent(rig, { name: "filter two", tags: ["x"] });
    const found = async (query: Parameters<typeof rig.letta.agents.list>[0]) =>
      (await all(rig.letta.agents.list(query))).map((agent) => agent.id);
    expect(await found({ name: "Filter One" })).toEqual([one.id]);
    expect(await found({ query_text: "FILTER" })).toEqual([two.id, one.id]);
    expect(await found({ tags: ["x", "y"] })).toEqual([two.id, one.id]);
    expect(await found({ tags: ["x", "y"], match_all_tags: true })).toEqual([one.id]);
    await rig.letta.agents.messages.create(two.id, { messages: says("hi") });
    expect(await found({ tags: ["x"], last_stop_reason: "end_turn" })).toEqual([two.id]);
    expect(await found({ tags: ["x"], order_by: "last_run_completion" })).toEqual([two.id, one.id]);
    expect(await found({ tags: ["x"], order_by: "last_run_completion", order: "asc" })).toEqual([one.id, two.id]);
  });

  it("counts them, for the older client", async () => {
    const { body } = await http(rig, "GET", "/v1/agents/count");
    expect(body).toBeGreaterThan(0);
  });
});

describe("agents.retrieve, update and delete", () => {
  it("retrieves what was created, with and without `include`", async () => {
    const agent = await makeAgent(rig, { tags: ["t"] });
    expect(await rig.letta.agents.retrieve(agent.id)).toEqual(agent);
    const included = await rig.letta.agents.retrieve(agent.id, { include: ["agent.tools", "agent.tags"] });
    expect(included.tags).toEqual(["t"]);
    const wrong = { include: ["agent.nothing"] } as unknown as { include: [] };
    expect((await refused(rig.letta.agents.retrieve(agent.id, wrong))).status).toBe(422);
  });

  it("changes what is given, replaces lists, and takes null as not given", async () => {
    const agent = await makeAgent(rig, { description: "old", tags: ["a"], metadata: { a: 1 } });
    const changed = await rig.letta.agents.update(agent.id, {
      name: "renamed",
      description: null,
      tags: ["b", "c"],
      metadata: { b: 2 },
      system: "Be brief.",
      secrets: { NEW: "1" },
    });
    expect(changed).toMatchObject({ name: "renamed", description: "old", metadata: { b: 2 }, system: "Be brief." });
    expect(changed.tags.sort()).toEqual(["b", "c"]);
    expect(changed.secrets?.map((secret) => secret.key)).toEqual(["NEW"]);
    expect(await rig.letta.agents.retrieve(agent.id)).toEqual(changed);
    expect(Date.parse(changed.updated_at!)).toBeGreaterThanOrEqual(Date.parse(agent.updated_at!));
  });

  it("merges compaction settings and changes the model", async () => {
    const agent = await makeAgent(rig);
    const changed = await rig.letta.agents.update(agent.id, {
      model: "openai/scripted-2",
      compaction_settings: { model: MODEL, sliding_window_percentage: 0.5 },
    });
    expect(changed.model).toBe("openai/scripted-2");
    expect(changed.compaction_settings).toMatchObject({ mode: "sliding_window", sliding_window_percentage: 0.5 });
  });

  it("knows how the last run went", async () => {
    const agent = await makeAgent(rig);
    await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    const after = await rig.letta.agents.retrieve(agent.id);
    expect(after.last_stop_reason).toBe("end_turn");
    expect(after.last_run_duration_ms).toBeGreaterThanOrEqual(0);
    expect(Date.parse(after.last_run_completion!)).toBeGreaterThan(0);
    expect(after.message_ids).toHaveLength(3);
  });

  it("deletes with all that belongs to it, and 404s from then on", async () => {
    const agent = await makeAgent(rig, { memory_blocks: [{ label: "human", value: "x" }] });
    await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    expect(await rig.letta.agents.delete(agent.id)).toEqual({ message: `Agent id=${agent.id} successfully deleted` });
    for (const call of [
      () => rig.letta.agents.retrieve(agent.id),
      () => rig.letta.agents.update(agent.id, { name: "x" }),
      () => rig.letta.agents.delete(agent.id),
      () => rig.letta.agents.messages.list(agent.id),
      () => rig.letta.agents.messages.create(agent.id, { messages: says("hi") }),
    ]) {
      const answer = await refused(call());
      expect([answer.status, typeof answer.body.detail]).toEqual([404, "string"]);
    }
    expect(await all(rig.letta.runs.list({ agent_id: agent.id }))).toEqual([]);
  });

  it("404s for an unknown id and 422s for a malformed one", async () => {
    expect((await refused(rig.letta.agents.retrieve(`agent-${UNKNOWN}`))).status).toBe(404);
    expect((await refused(rig.letta.agents.retrieve("agent-x"))).status).toBe(422);
  });
});

describe("an agent's context", () => {
  it("is measured by section, and the sections are what the model is shown", async () => {
    const agent = await makeAgent(rig, {
      memory_blocks: [{ label: "human", value: "Name: Ada" }],
      tools: ["memory_insert"],
    });
    await rig.letta.agents.messages.create(agent.id, { messages: says("hello there") });
    const { status, body } = await http(rig, "GET", `/v1/agents/${agent.id}/context`);
    expect(status).toBe(200);
    const context = body as Record<string, unknown> & { messages: { role: string }[] };
    expect(Object.keys(context).sort()).toEqual(
      [
        "context_window_size_max",
        "context_window_size_current",
        "num_messages",
        "num_archival_memory",
        "num_recall_memory",
        "num_tokens_external_memory_summary",
        "external_memory_summary",
        "num_tokens_system",
        "system_prompt",
        "num_tokens_core_memory",
        "core_memory",
        "num_tokens_memory_filesystem",
        "memory_filesystem",
        "num_tokens_tool_usage_rules",
        "tool_usage_rules",
        "num_tokens_directories",
        "directories",
        "num_tokens_summary_memory",
        "summary_memory",
        "num_tokens_functions_definitions",
        "functions_definitions",
        "num_tokens_messages",
        "messages",
      ].sort(),
    );
    expect(context.messages.map((message) => message.role)).toEqual(["system", "user", "assistant"]);
    expect(context.core_memory).toContain("Name: Ada");
    expect(context.functions_definitions).toMatchObject([{ type: "function", function: { name: "memory_insert" } }]);
    expect(context.context_window_size_current).toBeGreaterThan(0);
    const system = rig.model.requests[0]!.messages[0]!.content as string;
    expect(system).toContain(context.system_prompt as string);
    expect(system).toContain(context.core_memory as string);
    expect(system).toContain(`- AGENT_ID: ${agent.id}`);
    expect(system).toContain("- CONVERSATION_ID: default");
    expect(system).toContain("- System prompt last recompiled:");
  });

  it("is recompiled on request; a dry run shows the prompt and keeps the old one", async () => {
    const agent = await makeAgent(rig, { memory_blocks: [{ label: "human", value: "one" }] });
    const rehearsed = await rig.letta.agents.recompile(agent.id, { dry_run: true });
    expect(rehearsed).toContain("<value>\none\n</value>");
    const compiled = await rig.letta.agents.recompile(agent.id);
    expect(compiled).toContain("<memory_metadata>");
    await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    expect(rig.model.requests[0]!.messages[0]!.content).toBe(compiled);
  });

  it("keeps the system message byte for byte while the agent edits its own memory", async () => {
    const agent = await makeAgent(rig, {
      memory_blocks: [{ label: "human", value: "one" }],
      tools: ["memory_insert"],
    });
    rig.model.push({ calls: [{ name: "memory_insert", args: { label: "human", new_string: "two" } }] });
    await rig.letta.agents.messages.create(agent.id, { messages: says("note two") });
    await rig.letta.agents.messages.create(agent.id, { messages: says("and now?") });
    const prompts = rig.model.requests.map((request) => request.messages[0]!.content);
    expect(prompts).toHaveLength(3);
    expect(new Set(prompts).size).toBe(1);
    const block = await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id });
    expect(block.value).toBe("one\ntwo");
    await rig.letta.agents.blocks.update("human", { agent_id: agent.id, value: "three" });
    await rig.letta.agents.messages.create(agent.id, { messages: says("again") });
    expect(rig.model.requests.at(-1)!.messages[0]!.content).toContain("three");
  });
});

describe("agents.messages.reset", () => {
  it("empties the context; the messages stay listed and the next message works", async () => {
    const agent = await makeAgent(rig);
    await rig.letta.agents.messages.create(agent.id, { messages: says("remember the milk") });
    const state = await rig.letta.agents.messages.reset(agent.id, { add_default_initial_messages: false });
    expect(state?.message_ids).toHaveLength(1);
    const listed = await rig.letta.agents.messages.list(agent.id);
    expect(listed.items.map((message) => message.message_type)).toEqual([
      "system_message",
      "user_message",
      "assistant_message",
    ]);
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("what did I say?") });
    expect(said(reply.messages)).toBe("Hello from the scripted model.");
    expect(rig.model.requests.at(-1)!.messages.map((message) => message.role)).toEqual(["system", "user"]);
  });

  it("says an agent type's first messages again where asked to", async () => {
    const agent = await rig.letta.agents.create({ model: MODEL, agent_type: "memgpt_v2_agent" });
    expect(agent.message_ids?.length).toBeGreaterThan(1);
    const state = await rig.letta.agents.messages.reset(agent.id, { add_default_initial_messages: true });
    expect(state?.message_ids).toHaveLength(agent.message_ids!.length);
    const bare = await rig.letta.agents.messages.reset(agent.id, { add_default_initial_messages: false });
    expect(bare?.message_ids).toHaveLength(1);
  });
});

describe("agents.messages.compact", () => {
  it("puts a summary in the place of old messages and says how many there were", async () => {
    const agent = await makeAgent(rig, { compaction_settings: { model: MODEL } });
    for (let index = 0; index < 5; index++) {
      await rig.letta.agents.messages.create(agent.id, { messages: says(`turn ${index}`) });
    }
    rig.model.push({ text: "They counted turns." });
    const compacted = await rig.letta.agents.messages.compact(agent.id);
    expect(compacted.summary).toContain("They counted turns.");
    expect(compacted.num_messages_before).toBe(11);
    expect(compacted.num_messages_after).toBeLessThan(compacted.num_messages_before);
    const state = await rig.letta.agents.retrieve(agent.id);
    expect(state.message_ids).toHaveLength(compacted.num_messages_after);
    await rig.letta.agents.messages.create(agent.id, { messages: says("go on") });
    const shown = rig.model.requests.at(-1)!.messages;
    expect(shown[1]).toMatchObject({ role: "user" });
    const alert = JSON.parse(contentOf(shown[1]!.content)) as Record<string, unknown>;
    expect(alert.type).toBe("system_alert");
    expect(alert.message).toMatch(
      /^Note: \d+ messages from the beginning of the conversation have been hidden from view due to memory constraints\.\nThe following is a summary of the previous messages:\n They counted turns\./,
    );
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(listed.filter((message) => message.message_type === "user_message").length).toBeGreaterThanOrEqual(6);
  });

  it("summarizes everything in the mode `all`", async () => {
    const agent = await makeAgent(rig);
    for (let index = 0; index < 3; index++) {
      await rig.letta.agents.messages.create(agent.id, { messages: says(`turn ${index}`) });
    }
    rig.model.push({ text: "All of it." });
    const compacted = await rig.letta.agents.messages.compact(agent.id, {
      compaction_settings: { mode: "all", model: MODEL },
    });
    expect(compacted).toMatchObject({ num_messages_before: 7, num_messages_after: 2 });
  });

  it("refuses with 400 when nothing would get shorter", async () => {
    const agent = await makeAgent(rig);
    const answer = await refused(rig.letta.agents.messages.compact(agent.id));
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toMatch(/^Summarization failed to reduce the number of messages\./);
    expect((await rig.letta.agents.messages.create(agent.id, { messages: says("hi") })).stop_reason.stop_reason).toBe(
      "end_turn",
    );
  });

  it("shows a compaction of the loop as an event and a summary to who asks for them", async () => {
    const agent = await makeAgent(rig, { context_window_limit: 4000, compaction_settings: { model: MODEL } });
    for (let index = 0; index < 4; index++) {
      await rig.letta.agents.messages.create(agent.id, { messages: says(`turn ${index}`) });
    }
    rig.model.push({ text: "big", usage: { prompt_tokens: 3900, completion_tokens: 1 } });
    await rig.letta.agents.messages.create(agent.id, { messages: says("fill it") });
    rig.model.push({ text: "A short summary." }, { text: "after" });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: says("next"),
      include_compaction_messages: true,
    });
    expect(reply.messages.map((message) => message.message_type)).toEqual([
      "event_message",
      "summary_message",
      "assistant_message",
    ]);
    expect(reply.messages[0]).toMatchObject({
      event_type: "compaction",
      event_data: { context_window: 4000, trigger: "post_step_context_check" },
    });
    expect(reply.messages[1]).toMatchObject({ summary: expect.stringContaining("A short summary.") });
    expect((reply.messages[1] as unknown as { compaction_stats: unknown }).compaction_stats).toMatchObject({
      trigger: "post_step_context_check",
      context_window: 4000,
    });
  });
});

function contentOf(content: unknown): string {
  if (typeof content === "string") return content;
  return (content as { text: string }[]).map((part) => part.text).join("");
}
