import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, makeAgent, only, type Rig, refused, said, says, startRig, typesOf } from "../support/api";
import type { Script } from "../support/scripted-model";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const fail = (status: number, headers: Record<string, string> = {}): Script => ({
  status,
  headers,
  body: { error: { message: `scripted ${status}`, type: "scripted" } },
});

/** After a failure the conversation must be one that a provider takes: the next message works. */
async function worksAgain(agentId: string) {
  rig.model.push({ text: "Back again." });
  const reply = await rig.letta.agents.messages.create(agentId, { messages: says("still there?") });
  expect(said(reply.messages)).toBe("Back again.");
  const shown = rig.model.requests.at(-1)!.messages;
  const called = shown.flatMap(
    (message) => (message.tool_calls as { id: string }[] | undefined)?.map((c) => c.id) ?? [],
  );
  const returned = shown.flatMap((message) => message.tool_call_id ?? []);
  expect(returned.sort()).toEqual(called.sort());
}

async function runOf(agentId: string) {
  const [run] = await all(rig.letta.runs.list({ agent_id: agentId }));
  return run!;
}

describe("a provider that refuses", () => {
  it.each([
    [401, 401, "llm_authentication", 1],
    [400, 400, "llm_bad_request", 1],
    [402, 402, "llm_insufficient_credits", 1],
  ] as const)("with %i is told of with %i %s, after one try; the run failed", async (given, status, type, tries) => {
    const agent = await makeAgent(rig);
    rig.model.otherwise = () => fail(given);
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("hi") }));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { type, message: expect.any(String) } });
    expect(answer.headers.get("x-should-retry")).toBe("false");
    expect(rig.model.requests).toHaveLength(tries);
    expect(await runOf(agent.id)).toMatchObject({
      status: "failed",
      stop_reason: status === 402 ? "insufficient_credits" : "llm_api_error",
    });
    rig.model.reset();
    await worksAgain(agent.id);
  });
});

describe("a provider that is busy", () => {
  it("is asked again after what it says in retry-after", async () => {
    const agent = await makeAgent(rig);
    rig.model.push(fail(429, { "retry-after-ms": "30" }), fail(429, { "retry-after": "0" }), { text: "Now." });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    expect([said(reply.messages), reply.stop_reason.stop_reason]).toEqual(["Now.", "end_turn"]);
    expect(rig.model.requests).toHaveLength(3);
    expect(reply.usage.step_count).toBe(1);
  });

  it("for too long is told of with 429", async () => {
    const agent = await makeAgent(rig);
    rig.model.otherwise = () => fail(429, { "retry-after-ms": "1" });
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("hi") }));
    expect([answer.status, (answer.body.error as { type: string }).type]).toEqual([429, "llm_rate_limit"]);
    rig.model.reset();
    await worksAgain(agent.id);
  });
});

describe("a provider that breaks", () => {
  it("with 500s until the retries end is told of in a stream as an error event", async () => {
    const agent = await makeAgent(rig);
    rig.model.otherwise = () => fail(500, { "retry-after-ms": "1" });
    const { text, status } = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: { messages: says("hi"), streaming: true, include_pings: false },
    });
    expect(status).toBe(200);
    expect(text).toMatch(
      /^data: \{"message_type":"stop_reason","stop_reason":"llm_api_error"\}\n\nevent: error\ndata: /,
    );
    expect(text).toMatch(/"error_type":"llm_error"/);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(rig.model.requests.length).toBeGreaterThan(1);
    rig.model.reset();
    await worksAgain(agent.id);
  });

  it("in the middle of its words keeps what it said, fails the run, and is not asked again", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "one two three four", cutAfter: 3 });
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("count") }));
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(rig.model.requests).toHaveLength(1);
    expect(await runOf(agent.id)).toMatchObject({ status: "failed" });
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(said(listed)).toBe("one two ");
    await worksAgain(agent.id);
  });

  it("in the middle of a call drops the call", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push({
      calls: [{ name: "memory_insert", args: { label: "human", new_string: "a long text to insert" } }],
      cutAfter: 4,
    });
    await refused(rig.letta.agents.messages.create(agent.id, { messages: says("note") }));
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(typesOf(listed)).toEqual(["system_message", "user_message"]);
    await worksAgain(agent.id);
  });

  it("in the middle of a step's second turn keeps the first one", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push({ calls: [{ name: "memory_insert", args: { label: "human", new_string: "b" } }] }, fail(400));
    await refused(rig.letta.agents.messages.create(agent.id, { messages: says("note") }));
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("a\nb");
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(typesOf(listed).slice(-2)).toEqual(["tool_call_message", "tool_return_message"]);
    await worksAgain(agent.id);
  });

  it("by hanging can be cancelled", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ hang: true });
    const run = await rig.letta.agents.messages.createAsync(agent.id, { messages: says("hello?") });
    expect(await rig.letta.agents.messages.cancel(agent.id)).toEqual({ [run.id]: "cancelled" });
    await worksAgain(agent.id);
  });
});

describe("a model that talks nonsense", () => {
  it("with arguments that are not JSON is told so, and may try again", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push(
      { calls: [{ id: "c1", name: "memory_insert", args: '{"label": "human", "new_str' }] },
      { text: "Sorry." },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    const [returned] = only(reply.messages, "tool_return_message");
    expect(returned).toMatchObject({ status: "error", tool_call_id: "c1" });
    expect(returned!.tool_return).toContain("memory_insert");
    await worksAgain(agent.id);
  });

  it("with arguments of the wrong types, or a tool that there is not, is told so", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push(
      { calls: [{ name: "memory_insert", args: { label: 7, new_string: null } }] },
      { calls: [{ name: "no_such_tool", args: {} }] },
      { text: "Sorry." },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note") });
    const returns = only(reply.messages, "tool_return_message");
    expect(returns.map((one) => one.status)).toEqual(["error", "error"]);
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    await worksAgain(agent.id);
  });

  it("with one call id twice gets another id for the second", async () => {
    const agent = await makeAgent(rig, { tools: ["conversation_search"] });
    rig.model.push(
      { calls: [{ id: "same", name: "conversation_search", args: { query: "a" } }] },
      { calls: [{ id: "same", name: "conversation_search", args: { query: "b" } }] },
      { text: "ok" },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("search") });
    const ids = only(reply.messages, "tool_call_message").map((message) => message.tool_call.tool_call_id);
    expect(new Set(ids).size).toBe(2);
    await worksAgain(agent.id);
  });

  it("with one call id twice in one turn leaves a conversation that works", async () => {
    const agent = await makeAgent(rig, { tools: ["conversation_search"], parallel_tool_calls: true });
    rig.model.push({
      calls: ["a", "b"].map((query) => ({ id: "same", name: "conversation_search", args: { query } })),
    });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("search") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    const ids = only(reply.messages, "tool_call_message").flatMap((message) =>
      [message.tool_calls].flat().map((call) => call?.tool_call_id),
    );
    expect(new Set(ids).size).toBe(ids.length);
    await worksAgain(agent.id);
  });

  it("with an empty reply is asked again, and fails when it stays empty", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({}, { text: "Here." });
    expect(said((await rig.letta.agents.messages.create(agent.id, { messages: says("hi") })).messages)).toBe("Here.");
    rig.model.otherwise = () => ({});
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("hi") }));
    expect(answer.status).toBeGreaterThanOrEqual(500);
    const run = await runOf(agent.id);
    expect(run.status).toBe("failed");
    expect(["llm_api_error", "invalid_llm_response"]).toContain(run.stop_reason);
    rig.model.reset();
    await worksAgain(agent.id);
  });

  it("with text that Postgres can't keep is kept without it", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "a\0b \ud800 c" });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("hi") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    expect((await rig.letta.agents.messages.list(agent.id)).items).toHaveLength(3);
    await worksAgain(agent.id);
  });
});
