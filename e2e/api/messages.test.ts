import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  all,
  gate,
  http,
  idOf,
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

const COMMON = ["id", "date", "name", "message_type", "otid", "sender_id", "step_id", "is_err", "seq_id", "run_id"];

describe("agents.messages.create", () => {
  it("answers with what the agent did, its stop reason and its usage, in the contract's keys", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push(
      {
        reasoning: "Let me note that.",
        text: "Noting.",
        calls: [{ id: "call_1", name: "memory_insert", args: { label: "human", new_string: "b" } }],
        usage: { prompt_tokens: 50, completion_tokens: 7 },
      },
      { text: "Done.", usage: { prompt_tokens: 60, completion_tokens: 3 } },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note b") });
    expect(Object.keys(reply)).toEqual(["messages", "stop_reason", "usage", "logprobs", "turns"]);
    expect(typesOf(reply.messages)).toEqual([
      "reasoning_message",
      "assistant_message",
      "tool_call_message",
      "tool_return_message",
      "assistant_message",
    ]);
    for (const message of reply.messages) expect(Object.keys(message).slice(0, 10)).toEqual(COMMON);
    const [thought, words, call, ret, last] = reply.messages as unknown as Record<string, unknown>[];
    expect(new Set([thought!.id, words!.id, call!.id]).size).toBe(1);
    expect([thought!.otid, words!.otid, call!.otid].map((otid) => String(otid).at(-1))).toEqual(["0", "1", "2"]);
    expect(thought).toMatchObject({ reasoning: "Let me note that.", source: "reasoner_model", signature: null });
    expect(call!.tool_calls).toEqual([call!.tool_call]);
    expect(call!.tool_call).toMatchObject({ name: "memory_insert", tool_call_id: "call_1" });
    expect(ret).toMatchObject({
      name: "memory_insert",
      status: "success",
      tool_call_id: "call_1",
      stdout: null,
      stderr: null,
      tool_returns: [{ type: "tool", status: "success", tool_call_id: "call_1", tool_return: ret!.tool_return }],
    });
    expect(last).toMatchObject({
      content: "Done.",
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    });
    expect(last!.id).toMatch(idOf("message"));
    expect(call!.step_id).toMatch(idOf("step"));
    expect(call!.step_id).not.toBe(last!.step_id);
    expect(reply.stop_reason).toEqual({ message_type: "stop_reason", stop_reason: "end_turn" });
    expect(reply.usage).toMatchObject({
      message_type: "usage_statistics",
      prompt_tokens: 110,
      completion_tokens: 10,
      total_tokens: 120,
      step_count: 2,
    });
  });

  it("takes `input`, a string or parts, as one message of the user", async () => {
    const agent = await makeAgent(rig);
    await rig.letta.agents.messages.create(agent.id, { input: "plain" });
    await rig.letta.agents.messages.create(agent.id, { input: [{ type: "text", text: "in parts" }] });
    const users = only((await rig.letta.agents.messages.list(agent.id)).items, "user_message");
    expect(users.map((message) => message.content)).toEqual(["plain", "in parts"]);
    expect(rig.model.requests[0]!.messages.at(-1)).toMatchObject({ role: "user", content: "plain" });
  });

  it("takes messages of the roles user, system and assistant, and several at once", async () => {
    const agent = await makeAgent(rig);
    await rig.letta.agents.messages.create(agent.id, {
      messages: [
        { role: "system", content: "note" },
        { role: "user", content: "one", name: "ada" },
        { role: "assistant", content: "noted" },
        { role: "user", content: "two" },
      ],
    });
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(typesOf(listed)).toEqual([
      "system_message",
      "system_message",
      "user_message",
      "assistant_message",
      "user_message",
      "assistant_message",
    ]);
  });

  it("refuses neither, both and none of `input` and `messages` with the contract's words", async () => {
    const agent = await makeAgent(rig);
    const detail = async (body: object) => {
      const { status, body: answer } = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, { body });
      return [status, (answer as { detail: string }).detail];
    };
    expect(await detail({})).toEqual([422, expect.stringContaining("Must specify either 'input' or 'messages'.")]);
    expect(await detail({ input: "a", messages: says("b") })).toEqual([
      422,
      expect.stringContaining("Cannot specify both 'input' and 'messages'. Use one or the other."),
    ]);
    expect(await detail({ messages: [] })).toEqual([422, expect.stringContaining("Messages must not be empty")]);
    expect((await detail({ input: "a", stream_tokens: true }))[0]).toBe(422);
    expect((await detail({ input: "a", background: true }))[0]).toBe(422);
    expect((await rig.letta.agents.messages.list(agent.id)).items).toHaveLength(1);
  });

  it("shows only the types asked for", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ reasoning: "hm", text: "Yes." });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: says("well?"),
      include_return_message_types: ["assistant_message"],
    });
    expect(typesOf(reply.messages)).toEqual(["assistant_message"]);
  });

  it("uses another model and another system prompt for one request alone", async () => {
    const agent = await makeAgent(rig);
    const body = { messages: says("hi"), override_model: "openai/scripted-2", override_system: "You are a pirate." };
    await rig.letta.agents.messages.create(agent.id, body);
    await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    const [first, second] = rig.model.requests;
    expect([first!.model, second!.model]).toEqual(["scripted-2", "scripted"]);
    expect(first!.messages[0]!.content).toContain("You are a pirate.");
    expect(second!.messages[0]!.content).not.toContain("pirate");
  });

  it("does not run twice when a request is sent again with its otid", async () => {
    const agent = await makeAgent(rig);
    const otid = crypto.randomUUID();
    const first = await rig.letta.agents.messages.create(agent.id, { messages: says("once", { otid }) });
    const again = await rig.letta.agents.messages.create(agent.id, { messages: says("once", { otid }) });
    expect(rig.model.requests).toHaveLength(1);
    expect(again.messages).toEqual(first.messages);
    expect(again.stop_reason).toEqual(first.stop_reason);
    expect(again.usage).toEqual(first.usage);
    const users = only((await rig.letta.agents.messages.list(agent.id)).items, "user_message");
    expect(users.map((message) => message.otid)).toEqual([otid]);
  });

  it("joins the run that is under way when its request is sent again meanwhile", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "slow and steady", holdAt: 2, hold: door.opened });
    const body = { messages: says("once", { otid: crypto.randomUUID() }) };
    const first = rig.letta.agents.messages.create(agent.id, body);
    await until("the model is asked", () => rig.model.requests.length === 1);
    const again = rig.letta.agents.messages.create(agent.id, body);
    await until("one run", async () => (await all(rig.letta.runs.list({ agent_id: agent.id }))).length === 1);
    door.open();
    expect((await again).messages).toEqual((await first).messages);
    expect(rig.model.requests).toHaveLength(1);
  });

  it("is refused with 409 and the run's id while the conversation has a run, and the client does not retry", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "working", holdAt: 1, hold: door.opened });
    const running = rig.letta.agents.messages.create(agent.id, { messages: says("work") });
    await until("the model is asked", () => rig.model.requests.length === 1);
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id, active: true }));
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("me too") }));
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ run_id: run!.id, detail: expect.stringContaining("CONFLICT") });
    expect(answer.headers.get("x-should-retry")).toBe("false");
    door.open();
    expect(said((await running).messages)).toBe("working");
    expect((await rig.letta.agents.messages.create(agent.id, { messages: says("now") })).stop_reason.stop_reason).toBe(
      "end_turn",
    );
    const users = only((await rig.letta.agents.messages.list(agent.id)).items, "user_message");
    expect(users.map((message) => message.content)).toEqual(["work", "now"]);
  });
});

describe("agents.messages.list", () => {
  it("shows the newest page, oldest first, and walks both ways by chronological cursors", async () => {
    const agent = await makeAgent(rig);
    for (let index = 0; index < 4; index++) await rig.letta.agents.messages.create(agent.id, { input: `m${index}` });
    const whole = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(whole).toHaveLength(9);
    const page = (await rig.letta.agents.messages.list(agent.id, { limit: 3 })).items;
    expect(page.map((message) => message.id)).toEqual(whole.slice(-3).map((message) => message.id));
    const walked = [...page];
    for (;;) {
      const older = (await rig.letta.agents.messages.list(agent.id, { limit: 3, before: walked[0]!.id })).items;
      if (older.length === 0) break;
      walked.unshift(...older);
    }
    expect(walked.map((message) => message.id)).toEqual(whole.map((message) => message.id));
    const forward = await all(rig.letta.agents.messages.list(agent.id, { limit: 2, order: "asc" }));
    expect(forward.map((message) => message.id)).toEqual(whole.map((message) => message.id));
    const newest = await all(rig.letta.agents.messages.list(agent.id, { limit: 3 }));
    expect(newest.map((message) => message.id)).toEqual(page.map((message) => message.id));
  });

  it("404s for an unknown cursor", async () => {
    const agent = await makeAgent(rig);
    const answer = await refused(rig.letta.agents.messages.list(agent.id, { before: `message-${UNKNOWN}` }));
    expect(answer.status).toBe(404);
  });

  it("shows only the types asked for, and `default` for the conversation of the agent itself", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id });
    await all(await rig.letta.conversations.messages.create(conversation.id, { messages: says("aside") }));
    await rig.letta.agents.messages.create(agent.id, { input: "main" });
    const own = (
      await rig.letta.agents.messages.list(agent.id, {
        conversation_id: "default",
        include_return_message_types: ["user_message"],
      })
    ).items;
    expect(own.map((message) => (message as { content: unknown }).content)).toEqual(["main"]);
    const theirs = (await rig.letta.agents.messages.list(agent.id, { conversation_id: conversation.id })).items;
    expect(only(theirs, "user_message").map((message) => message.content)).toEqual(["aside"]);
  });
});

describe("agents.messages.createAsync", () => {
  it("answers at once with the run; its messages come with the user's own", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "later", hold: door.opened });
    const run = await rig.letta.agents.messages.createAsync(agent.id, { messages: says("take your time") });
    expect(run).toMatchObject({
      id: expect.stringMatching(idOf("run")),
      agent_id: agent.id,
      background: true,
      conversation_id: null,
      completed_at: null,
      stop_reason: null,
      metadata: { run_type: "send_message_async" },
      request_config: { use_assistant_message: true, assistant_message_tool_name: "send_message" },
    });
    expect(["created", "running"]).toContain(run.status);
    door.open();
    const done = await until("the run ends", async () => {
      const now = await rig.letta.runs.retrieve(run.id);
      return now.completed_at ? now : null;
    });
    expect(done).toMatchObject({ status: "completed", stop_reason: "end_turn" });
    const messages = await all(rig.letta.runs.messages.list(run.id));
    expect(typesOf(messages)).toEqual(["user_message", "assistant_message"]);
  });
});

describe("agents.messages.cancel", () => {
  it("ends the active run, keeps what was said, and the next message works", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "one two three", holdAt: 2, hold: new Promise(() => {}) });
    const run = await rig.letta.agents.messages.createAsync(agent.id, { messages: says("count") });
    await until("the model speaks", async () => {
      const found = await rig.letta.runs.retrieve(run.id);
      return rig.model.requests.length === 1 && found.status === "running";
    });
    expect(await rig.letta.agents.messages.cancel(agent.id)).toEqual({ [run.id]: "cancelled" });
    expect(await rig.letta.runs.retrieve(run.id)).toMatchObject({ status: "cancelled", stop_reason: "cancelled" });
    expect((await rig.letta.agents.messages.create(agent.id, { input: "go on" })).stop_reason.stop_reason).toBe(
      "end_turn",
    );
  });

  it("ends runs by id, and says which there were none of", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ hang: true });
    const run = await rig.letta.agents.messages.createAsync(agent.id, { messages: says("wait") });
    await until("the model is asked", () => rig.model.requests.length === 1);
    const unknown = `run-${UNKNOWN}`;
    expect(await rig.letta.agents.messages.cancel(agent.id, { run_ids: [run.id, unknown] })).toEqual({
      [run.id]: "cancelled",
      [unknown]: "failed",
    });
  });

  it("shows a stream that it was cancelled, and then its end", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "one two three", holdAt: 2, hold: new Promise(() => {}) });
    const body = { messages: says("count"), streaming: true, stream_tokens: true } as const;
    const stream = await rig.letta.agents.messages.create(agent.id, body);
    const frames: { message_type?: string }[] = [];
    for await (const frame of stream) {
      frames.push(frame);
      if (frame.message_type === "assistant_message") await rig.letta.agents.messages.cancel(agent.id);
    }
    expect(frames.at(-2)).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    expect(frames.at(-1)).toMatchObject({ message_type: "usage_statistics", step_count: 1 });
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(said(listed)).toBe("one ");
  });

  it("refuses with 409 when no run is active", async () => {
    const agent = await makeAgent(rig);
    const answer = await refused(rig.letta.agents.messages.cancel(agent.id));
    expect([answer.status, answer.body.detail]).toEqual([
      409,
      `CONFLICT: No active runs to cancel for agent ${agent.id}`,
    ]);
  });
});

describe("messages of all agents", () => {
  it("are listed, retrieved as an array, and searched", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ reasoning: "thinking of badgers", text: "Badgers dig setts." });
    await rig.letta.agents.messages.create(agent.id, { input: "what do badgers do?" });
    const listed = await rig.letta.messages.list({ limit: 2 });
    expect(typesOf(listed)).toEqual(["user_message", "reasoning_message", "assistant_message"]);
    const one = await rig.letta.messages.retrieve((listed[1] as { id: string }).id);
    expect(typesOf(one)).toEqual(["reasoning_message", "assistant_message"]);
    const found = await rig.letta.messages.search({ query: "badgers", search_mode: "fts" });
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(found[0]).toMatchObject({
      message_type: expect.stringMatching(/_message$/),
      message_id: expect.stringMatching(idOf("message")),
      agent_id: agent.id,
      created_at: expect.any(String),
    });
    const none = await rig.letta.messages.search({ query: "zebras", search_mode: "fts" });
    expect(none).toEqual([]);
    const raw = await http(rig, "POST", "/v1/agents/messages/search", {
      body: { query: "badgers", agent_id: agent.id },
    });
    expect((raw.body as { message: { role: string } }[]).map((one) => one.message.role).sort()).toEqual([
      "assistant",
      "user",
    ]);
    expect((await refused(rig.letta.messages.retrieve(`message-${UNKNOWN}`))).status).toBe(404);
  });
});
