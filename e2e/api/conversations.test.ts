import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  all,
  type Frame,
  gate,
  http,
  idOf,
  MODEL,
  makeAgent,
  only,
  type Rig,
  refused,
  said,
  says,
  startRig,
  typesOf,
  UNKNOWN,
  until,
} from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const say = async (conversationId: string, text: string, extra: object = {}) =>
  all(await rig.letta.conversations.messages.create(conversationId, { messages: says(text), ...extra }));

describe("conversations", () => {
  it("are created with a system message of their own and every key of the newest client", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id, summary: "trip" });
    expect(conversation).toEqual({
      id: expect.stringMatching(idOf("conv")),
      agent_id: agent.id,
      summary: "trip",
      description: null,
      in_context_message_ids: [expect.stringMatching(idOf("message"))],
      isolated_block_ids: [],
      model: null,
      model_settings: null,
      context_window_limit: null,
      last_message_at: null,
      archived: false,
      archived_at: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      created_by_id: expect.any(String),
      last_updated_by_id: expect.any(String),
    });
    expect(await rig.letta.conversations.retrieve(conversation.id)).toEqual(conversation);
    await say(conversation.id, "hi");
    expect(rig.model.requests[0]!.messages[0]!.content).toContain(`- CONVERSATION_ID: ${conversation.id}`);
  });

  it("are listed newest first, paged, searched and archived", async () => {
    const agent = await makeAgent(rig);
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      ids.push((await rig.letta.conversations.create({ agent_id: agent.id, summary: `talk ${index}` })).id);
    }
    const list = async (query: Parameters<typeof rig.letta.conversations.list>[0]) =>
      (await rig.letta.conversations.list({ agent_id: agent.id, ...query })).map((one) => one.id);
    expect(await list({})).toEqual(ids.toReversed());
    expect(await list({ limit: 2 })).toEqual([ids[3], ids[2]]);
    expect(await list({ limit: 2, after: ids[2] })).toEqual([ids[1], ids[0]]);
    expect(await list({ after: ids[0] })).toEqual([]);
    expect(await list({ order: "asc", limit: 1 })).toEqual([ids[0]]);
    expect(await list({ summary_search: "TALK 2" })).toEqual([ids[2]]);
    await say(ids[1]!, "hello");
    expect(await list({ order_by: "last_message_at", limit: 1 })).toEqual([ids[1]]);
    await rig.letta.conversations.update(ids[3]!, { archived: true });
    expect(await list({})).not.toContain(ids[3]);
    expect(await list({ archive_status: "archived" })).toEqual([ids[3]]);
    expect(await list({ archive_status: "all" })).toHaveLength(4);
  });

  it("are changed, deleted softly, and 404 from then on", async () => {
    const agent = await makeAgent(rig);
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    const changed = await rig.letta.conversations.update(id, {
      summary: "s",
      description: "d",
      model: "openai/scripted-2",
    });
    expect(changed).toMatchObject({ summary: "s", description: "d", model: "openai/scripted-2" });
    await say(id, "hi");
    expect(rig.model.requests[0]!.model).toBe("scripted-2");
    expect(await rig.letta.conversations.delete(id)).toBeNull();
    for (const call of [
      () => rig.letta.conversations.retrieve(id),
      () => rig.letta.conversations.update(id, { summary: "x" }),
      () => rig.letta.conversations.delete(id),
      () => rig.letta.conversations.messages.create(id, { messages: says("hi") }),
    ]) {
      expect((await refused(call())).status).toBe(404);
    }
    expect((await refused(rig.letta.conversations.create({ agent_id: `agent-${UNKNOWN}` }))).status).toBe(404);
  });

  it("keep their words apart and share the blocks, but for those that are isolated", async () => {
    const agent = await makeAgent(rig, {
      tools: ["memory_insert"],
      memory_blocks: [
        { label: "human", value: "a" },
        { label: "mood", value: "calm" },
      ],
    });
    const { body } = await http(rig, "POST", `/v1/conversations/?agent_id=${agent.id}`, {
      body: { isolated_block_labels: ["mood"] },
    });
    const conversation = body as { id: string; isolated_block_ids: string[] };
    expect(conversation.isolated_block_ids).toHaveLength(1);
    rig.model.push(
      { calls: [{ name: "memory_insert", args: { label: "human", new_string: "b" } }] },
      { calls: [{ name: "memory_insert", args: { label: "mood", new_string: "merry" } }] },
      { text: "ok" },
    );
    await say(conversation.id, "note");
    await rig.letta.agents.messages.create(agent.id, { messages: says("main") });
    const main = rig.model.requests.at(-1)!;
    expect(main.messages.map((message) => message.role)).toEqual(["system", "user"]);
    const value = async (label: string) =>
      (await rig.letta.agents.blocks.retrieve(label, { agent_id: agent.id })).value;
    expect([await value("human"), await value("mood")]).toEqual(["a\nb", "calm"]);
    expect((await rig.letta.blocks.retrieve(conversation.isolated_block_ids[0]!)).value).toBe("calm\nmerry");
  });

  it("run at the same time as each other", async () => {
    const agent = await makeAgent(rig);
    const one = await rig.letta.conversations.create({ agent_id: agent.id });
    const two = await rig.letta.conversations.create({ agent_id: agent.id });
    const door = gate();
    rig.model.push({ text: "slow", hold: door.opened });
    const slow = say(one.id, "first");
    await until("the model is asked", () => rig.model.requests.length === 1);
    expect(said(await say(two.id, "second"))).toBe("Hello from the scripted model.");
    const busy = await refused(rig.letta.conversations.messages.create(one.id, { messages: says("again") }));
    expect([busy.status, busy.body.run_id]).toEqual([409, expect.stringMatching(idOf("run"))]);
    door.open();
    expect(said(await slow)).toBe("slow");
  });
});

describe("messages of a conversation", () => {
  it("stream unless told not to", async () => {
    const agent = await makeAgent(rig);
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    expect(typesOf(await say(id, "hi"))).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
    const { body } = await http(rig, "POST", `/v1/conversations/${id}/messages`, {
      body: { messages: says("hi"), streaming: false },
    });
    expect(said((body as { messages: [] }).messages)).toBe("Hello from the scripted model.");
  });

  it("are listed newest first, each once, parts of one in their own order, and paged to the end", async () => {
    const agent = await makeAgent(rig);
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    for (let index = 0; index < 3; index++) {
      rig.model.push({ reasoning: `think ${index}`, text: `say ${index}` });
      await say(id, `ask ${index}`);
    }
    const page = (await rig.letta.conversations.messages.list(id)).items;
    expect(typesOf(page)).toEqual([
      ...Array.from({ length: 3 }, () => ["reasoning_message", "assistant_message", "user_message"]).flat(),
      "system_message",
    ]);
    expect(said(page.slice(0, 3))).toBe("say 2");
    const keys = (messages: readonly unknown[]) =>
      messages.map(
        (message) => `${(message as { id: string }).id} ${(message as { message_type: string }).message_type}`,
      );
    const walked = await all(rig.letta.conversations.messages.list(id, { limit: 2 }));
    expect(keys(walked)).toEqual(keys(page));
    const oldest = await all(rig.letta.conversations.messages.list(id, { limit: 2, order: "asc" }));
    expect(only(oldest, "user_message").map((message) => message.content)).toEqual(["ask 0", "ask 1", "ask 2"]);
    const before = (await rig.letta.conversations.messages.list(id, { before: page.at(-1)!.id, limit: 1 })).items;
    expect(only(before, "user_message").map((message) => message.content)).toEqual(["ask 0"]);
    const unknown = await rig.letta.conversations.messages.list(id, { after: `message-${UNKNOWN}` });
    expect(unknown.items).toHaveLength(page.length);
    const only1 = await rig.letta.conversations.messages.list(id, { include_return_message_types: ["user_message"] });
    expect(only1.items).toHaveLength(3);
  });

  it("are the agent's own under `default`, and under the agent's id", async () => {
    const agent = await makeAgent(rig);
    await say("default", "one", { agent_id: agent.id });
    await say(agent.id, "two");
    const listed = (await rig.letta.agents.messages.list(agent.id, { conversation_id: "default" })).items;
    expect(only(listed, "user_message").map((message) => message.content)).toEqual(["one", "two"]);
    const theirs = (await rig.letta.conversations.messages.list("default", { agent_id: agent.id, order: "asc" })).items;
    expect(theirs).toEqual(listed);
    expect((await refused(rig.letta.conversations.messages.create("default", { messages: says("x") }))).status).toBe(
      400,
    );
  });

  it("of a run in the background are followed by run, by otid, and by being the active one", async () => {
    const agent = await makeAgent(rig);
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    const none = await refused(rig.letta.conversations.messages.stream(id));
    expect([none.status, none.body.detail]).toEqual([400, "No active runs found for this conversation."]);
    const otid = crypto.randomUUID();
    const door = gate();
    rig.model.push({ text: "a b c", holdAt: 2, hold: door.opened });
    const frames: Frame[] = [];
    const stream = await rig.letta.conversations.messages.create(id, {
      messages: says("go", { otid }),
      background: true,
      streaming: true,
      stream_tokens: true,
    });
    for await (const frame of stream) {
      frames.push(frame);
      if (frame.message_type === "assistant_message") break;
    }
    const { run_id: runId, seq_id: seqId } = frames.at(-1) as { run_id: string; seq_id: number };
    const active = all(await rig.letta.conversations.messages.stream(id, { starting_after: seqId }));
    door.open();
    expect(said(frames) + said(await active)).toBe("a b c");
    for (const query of [{ run_id: runId }, { otid }] as const) {
      expect(said(await all(await rig.letta.conversations.messages.stream(id, query)))).toBe("a b c");
    }
  });

  it("are cancelled", async () => {
    const agent = await makeAgent(rig);
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    rig.model.push({ hang: true });
    const running = say(id, "hang", { background: true });
    await until("the model is asked", () => rig.model.requests.length === 1);
    const cancelled = await rig.letta.conversations.cancel(id);
    expect(Object.values(cancelled)).toEqual(["cancelled"]);
    const frames = await running;
    expect(frames.at(-2)).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    expect(frames.at(-1)).toMatchObject({ message_type: "usage_statistics" });
    expect((await refused(rig.letta.conversations.cancel(id))).status).toBe(409);
  });

  it("are compacted, and show the summary as such", async () => {
    const agent = await makeAgent(rig, { compaction_settings: { model: MODEL } });
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    for (let index = 0; index < 4; index++) await say(id, `turn ${index}`);
    rig.model.push({ text: "Four turns." });
    const compacted = await rig.letta.conversations.messages.compact(id, {
      compaction_settings: { mode: "all", model: MODEL },
    });
    expect(compacted).toMatchObject({ num_messages_before: 9, num_messages_after: 2 });
    const [newest] = (await rig.letta.conversations.messages.list(id, { limit: 1 })).items;
    expect(newest).toMatchObject({ message_type: "summary_message", summary: expect.stringContaining("Four turns.") });
    expect((await rig.letta.conversations.retrieve(id)).in_context_message_ids).toHaveLength(2);
  });

  it("are recompiled, and forked with what is in context", async () => {
    const agent = await makeAgent(rig, { memory_blocks: [{ label: "human", value: "Ada" }] });
    const { id } = await rig.letta.conversations.create({ agent_id: agent.id });
    await say(id, "remember me");
    expect(await rig.letta.conversations.recompile(id, { dry_run: true })).toContain("Ada");
    expect(await rig.letta.conversations.recompile(id)).toContain(`- CONVERSATION_ID: ${id}`);
    const fork = await rig.letta.conversations.fork(id);
    expect(fork.id).not.toBe(id);
    expect(fork.in_context_message_ids).toHaveLength(3);
    await say(fork.id, "go on");
    expect(rig.model.requests.at(-1)!.messages.map((message) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
    expect((await rig.letta.conversations.retrieve(id)).in_context_message_ids).toHaveLength(3);
    const first = only((await rig.letta.conversations.messages.list(id, { order: "asc" })).items, "user_message")[0]!;
    const short = await rig.letta.conversations.fork(id, { message_id: first.id });
    expect(short.in_context_message_ids).toHaveLength(2);
    const own = await rig.letta.conversations.fork("default", { agent_id: agent.id });
    expect(own.agent_id).toBe(agent.id);
  });
});
