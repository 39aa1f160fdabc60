import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { all, gate, http, makeAgent, only, type Rig, rawFrames, said, startRig, until } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

type Completion = {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    message: { role: string; content: string | null; reasoning_content?: string; tool_calls?: ToolCall[] };
    logprobs: unknown;
    finish_reason: string;
  }[];
  usage: Record<string, unknown>;
};
type ToolCall = { id: string; type: string; function: { name: string; arguments: string } };
type Chunk = {
  id: string;
  object: string;
  choices: { delta: Record<string, unknown>; finish_reason: string | null }[];
  usage?: Record<string, unknown> | null;
  error?: Record<string, unknown>;
};

const JSON_BODY = { "content-type": "application/json" };
const user = (content: unknown) => ({ role: "user", content });
const chat = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  http(rig, "POST", "/v1/chat/completions", { body, headers });
const completed = async (body: Record<string, unknown>, headers: Record<string, string> = {}) => {
  const answer = await chat(body, headers);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Completion;
};

async function streamed(body: Record<string, unknown>, path = "/v1/chat/completions") {
  const response = await fetch(rig.url + path, {
    method: "POST",
    headers: JSON_BODY,
    body: JSON.stringify({ ...body, stream: true }),
  });
  const frames = await all(rawFrames(response));
  const chunks = frames.filter((frame) => frame.data !== "[DONE]").map((frame) => JSON.parse(frame.data) as Chunk);
  return { response, frames, chunks };
}
const textOf = (chunks: Chunk[]) => chunks.map((chunk) => chunk.choices?.[0]?.delta.content ?? "").join("");

const provider = () => createOpenAICompatible({ name: "memoir", baseURL: `${rig.url}/v1`, includeUsage: true });

describe("a client of OpenAI's protocol", () => {
  it("talks to an agent by its id, not streamed", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "Good morning.", usage: { prompt_tokens: 11, completion_tokens: 3 } });
    const reply = await completed({ model: agent.id, messages: [user("hello")] });
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
    expect(reply).toMatchObject({ id: `chatcmpl-${run!.id}`, object: "chat.completion", model: agent.id });
    expect(reply.choices).toEqual([
      {
        index: 0,
        message: { role: "assistant", content: "Good morning.", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
    expect(reply.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 });
    expect(Math.abs(reply.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it("talks to an agent by a name that only one has", async () => {
    const agent = await makeAgent(rig, { name: "Only One" });
    expect((await completed({ model: "Only One", messages: [user("hello")] })).model).toBe("Only One");
    expect(said((await rig.letta.agents.messages.list(agent.id)).items)).toContain("Hello");
    await makeAgent(rig, { name: "Twin" });
    await makeAgent(rig, { name: "Twin" });
    const ambiguous = await chat({ model: "Twin", messages: [user("hello")] });
    expect(ambiguous.status).toBe(400);
    expect(ambiguous.body).toMatchObject({ error: { code: "model_ambiguous", param: "model" } });
  });

  it("gets chunks as the model speaks, with the role first, the finish last and usage when asked", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ reasoning: "Let me think.", text: "One two three." });
    const body = { model: agent.id, messages: [user("count")], stream_options: { include_usage: true } };
    const { response, frames, chunks } = await streamed(body);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(frames.at(-1)?.data).toBe("[DONE]");
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(textOf(chunks)).toBe("One two three.");
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? "").join("")).toBe("Let me think.");
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length).toBe(3);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 100 } });
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.object}`)).size).toBe(1);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    const without = await streamed({ model: agent.id, messages: [user("again")] });
    expect(without.chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  it("shows the texts of all steps as one message, without the agent's own tool calls", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push(
      { text: "One moment.", calls: [{ name: "memory_insert", args: { label: "human", new_string: "tea" } }] },
      { text: "Noted." },
    );
    const reply = await completed({ model: agent.id, messages: [user("I like tea")] });
    expect(reply.choices[0]?.message).toEqual({
      role: "assistant",
      content: "One moment.\n\nNoted.",
      refusal: null,
    });
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("a\ntea");
  });

  it("says what an agent says that speaks by a tool", async () => {
    const agent = await makeAgent(rig, { agent_type: "memgpt_v2_agent", include_base_tools: true });
    rig.model.push({ calls: [{ name: "send_message", args: { thinking: "greet", message: "Hello there." } }] });
    const { chunks } = await streamed({ model: agent.id, messages: [user("hi")] });
    expect(textOf(chunks)).toBe("Hello there.");
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("is told of an answer that ran out of tokens", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "cut of", finish: "length" });
    expect((await completed({ model: agent.id, messages: [user("go on")] })).choices[0]?.finish_reason).toBe("length");
  });

  it("is the AI SDK's own provider, streaming and not", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ reasoning: "Hm.", text: "First answer." }, { text: "Second answer." });
    const model = provider().languageModel(agent.id);
    const whole = await generateText({ model, prompt: "one" });
    expect(whole).toMatchObject({ text: "First answer.", finishReason: "stop", reasoningText: "Hm." });
    expect(whole.usage.inputTokens).toBe(100);
    const stream = streamText({ model, prompt: "two" });
    expect((await all(stream.textStream)).join("")).toBe("Second answer.");
    expect(await stream.finishReason).toBe("stop");
    expect((await stream.usage).inputTokens).toBe(100);
  });
});

describe("what is new in a request", () => {
  it("is what follows the last assistant message: the rest is the client's copy", async () => {
    const agent = await makeAgent(rig);
    await completed({ model: agent.id, messages: [{ role: "system", content: "Be a pirate." }, user("first")] });
    const copy = [{ role: "system", content: "Be a pirate." }, user("first"), { role: "assistant", content: "Hello." }];
    await completed({ model: agent.id, messages: [...copy, user("second"), user("third")] });
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(only(listed, "user_message").map((message) => message.content)).toEqual(["first", "second", "third"]);
    expect(JSON.stringify(rig.model.requests)).not.toContain("pirate");
    expect(rig.model.requests[1]?.messages.filter((message) => message.role === "user").length).toBe(3);
  });

  it("is refused where there is none, or more than one answer is wanted", async () => {
    const agent = await makeAgent(rig);
    const nothing = await chat({ model: agent.id, messages: [user("x"), { role: "assistant", content: "y" }] });
    expect(nothing.status).toBe(400);
    expect(nothing.body).toMatchObject({ error: { type: "invalid_request_error", param: "messages" } });
    const several = await chat({ model: agent.id, messages: [user("x")], n: 2 });
    expect(several.body).toMatchObject({ error: { param: "n" } });
    expect(rig.model.requests).toEqual([]);
  });

  it("may be an image", async () => {
    const agent = await makeAgent(rig);
    const url =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url } },
    ];
    await completed({ model: agent.id, messages: [user(content)] });
    const shown = rig.model.requests[0]?.messages.at(-1)?.content as { type: string; image_url?: { url: string } }[];
    expect(shown.find((part) => part.type === "image_url")?.image_url?.url).toBe(url);
  });
});

describe("a conversation", () => {
  it("belongs to a stable chat or user id, each to its own, and to the agent's default without one", async () => {
    const agent = await makeAgent(rig);
    const send = (text: string, extra: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
      completed({ model: agent.id, messages: [user(text)], ...extra }, headers);
    await send("a1", { user: "anna" });
    await send("b1", { metadata: { chat_id: "chat-b" } });
    await send("a2", { user: "anna" });
    await send("b2", { user: "anna" }, { "x-chat-id": "chat-b" });
    await send("plain");
    const conversations = await rig.letta.conversations.list({ agent_id: agent.id, order: "asc" });
    expect(conversations.length).toBe(2);
    const texts = async (id: string) => {
      const listed = await all(rig.letta.conversations.messages.list(id, { order: "asc", agent_id: agent.id }));
      return only(listed, "user_message").map((message) => message.content);
    };
    const both = await Promise.all(conversations.map((conversation) => texts(conversation.id)));
    expect(both.sort()).toEqual([
      ["a1", "a2"],
      ["b1", "b2"],
    ]);
    expect(await texts("default")).toEqual(["plain"]);
    const direct = await completed({ model: agent.id, messages: [user("by id")], user: conversations[0]!.id });
    expect(direct.choices[0]?.finish_reason).toBe("stop");
    expect(await texts(conversations[0]!.id)).toContain("by id");
  });

  it("that is named twice at once is made once", async () => {
    const agent = await makeAgent(rig);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => chat({ model: agent.id, messages: [user("hi")], user: "same" })),
    );
    expect(answers.some((answer) => answer.status === 200)).toBe(true);
    expect(answers.every((answer) => answer.status === 200 || answer.status === 409)).toBe(true);
    expect((await rig.letta.conversations.list({ agent_id: agent.id })).length).toBe(1);
  });

  it("that was deleted is begun anew under its name", async () => {
    const agent = await makeAgent(rig);
    await completed({ model: agent.id, messages: [user("old")], user: "ben" });
    const [old] = await rig.letta.conversations.list({ agent_id: agent.id });
    await rig.letta.conversations.delete(old!.id);
    await completed({ model: agent.id, messages: [user("new")], user: "ben" });
    const [fresh] = await rig.letta.conversations.list({ agent_id: agent.id });
    expect(fresh!.id).not.toBe(old!.id);
    expect(rig.model.requests.at(-1)?.messages.map((message) => message.content)).not.toContain("old");
  });

  it("has a request once that is sent twice with its idempotency key", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "Once." });
    const body = { model: agent.id, messages: [user("pay")] };
    const first = await completed(body, { "idempotency-key": "order-1" });
    const again = await completed(body, { "idempotency-key": "order-1" });
    expect(again.id).toBe(first.id);
    expect(again.choices).toEqual(first.choices);
    expect(rig.model.requests.length).toBe(1);
  });
});

describe("tools of the client", () => {
  const WEATHER = {
    type: "function",
    function: {
      name: "get_weather",
      description: "Weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    },
  };

  it("are called as OpenAI's are, and answered by a tool message", async () => {
    const agent = await makeAgent(rig);
    rig.model.push(
      { text: "I look.", calls: [{ id: "call_w", name: "get_weather", args: { city: "Oslo" } }] },
      { text: "It rains." },
    );
    const asked = await completed({ model: agent.id, messages: [user("weather?")], tools: [WEATHER] });
    expect(asked.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: "I look." } });
    const [call] = asked.choices[0]!.message.tool_calls!;
    expect(call).toEqual({
      id: "call_w",
      type: "function",
      function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
    });
    const messages = [
      user("weather?"),
      { ...asked.choices[0]!.message },
      { role: "tool", tool_call_id: "call_w", content: "rain" },
    ];
    const answer = await completed({ model: agent.id, messages, tools: [WEATHER] });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "It rains." } });
    expect(rig.model.requests[1]?.messages.at(-1)).toMatchObject({ role: "tool", content: "rain" });
  });

  it("run in the AI SDK's own loop", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ calls: [{ name: "double", args: { n: 21 } }] }, { text: "It is 42." });
    const double = tool({ inputSchema: z.object({ n: z.number() }), execute: async ({ n }) => String(2 * n) });
    const stream = streamText({
      model: provider().languageModel(agent.id),
      prompt: "double 21",
      tools: { double },
      stopWhen: stepCountIs(3),
    });
    expect((await all(stream.textStream)).join("")).toBe("It is 42.");
    expect(rig.model.requests[1]?.messages.at(-1)?.content).toContain("42");
  });
});

describe("a failure", () => {
  it("has OpenAI's form and the right status", async () => {
    const agent = await makeAgent(rig);
    const unknown = await chat({ model: "nobody", messages: [user("hi")] });
    expect(unknown.status).toBe(404);
    expect(unknown.body).toEqual({
      error: {
        message: expect.stringContaining("nobody"),
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    });
    const shape = await chat({ model: agent.id, messages: "hi" });
    expect(shape.status).toBe(400);
    expect(shape.body).toMatchObject({ error: { type: "invalid_request_error" } });
    const broken = await chat({ model: agent.id } as never);
    expect(broken.status).toBe(400);
    rig.model.otherwise = () => ({ status: 401, body: { error: { message: "bad key" } } });
    for (const stream of [false, true]) {
      const refused = await chat({ model: agent.id, messages: [user("hi")], stream });
      expect(refused.status).toBe(401);
      expect(refused.body).toMatchObject({ error: { type: "authentication_error", code: "llm_authentication" } });
    }
  });

  it("that comes when the stream has begun is in the stream, and no finish is", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "one two three four", cutAfter: 3 });
    const { chunks, frames } = await streamed({ model: agent.id, messages: [user("hi")] });
    expect(textOf(chunks)).toBe("one two ");
    expect(chunks.at(-1)?.error).toMatchObject({ type: "server_error" });
    expect(chunks.some((chunk) => chunk.choices?.[0]?.finish_reason)).toBe(false);
    expect(frames.at(-1)?.data).toBe("[DONE]");
  });

  it("is a pending approval: said in words, and a conflict for the next message", async () => {
    const agent = await makeAgent(rig, {
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "a" }],
      tool_rules: [{ type: "requires_approval", tool_name: "memory_insert" }],
    });
    rig.model.push({
      calls: [{ id: "call_m", name: "memory_insert", args: { label: "human", new_string: "x" } }],
    });
    const asked = await completed({ model: agent.id, messages: [user("note x")] });
    expect(asked.choices[0]).toMatchObject({ finish_reason: "stop" });
    expect(asked.choices[0]?.message.content).toContain("memory_insert (call_m)");
    expect(asked.choices[0]?.message.tool_calls).toBeUndefined();
    const next = await chat({ model: agent.id, messages: [user("hello?")] });
    expect(next.status).toBe(409);
    expect(next.body).toMatchObject({ error: { code: "PENDING_APPROVAL", type: "invalid_request_error" } });
  });

  it("of the client to stay ends the run", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "one two three", holdAt: 2, hold: door.opened });
    const leaving = new AbortController();
    const response = await fetch(`${rig.url}/v1/chat/completions`, {
      method: "POST",
      headers: JSON_BODY,
      body: JSON.stringify({ model: agent.id, messages: [user("hi")], stream: true }),
      signal: leaving.signal,
    });
    await response.body!.getReader().read();
    leaving.abort();
    await until("the run ended", async () => {
      const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
      return run?.status === "cancelled";
    });
    door.open();
  });
});

describe("a voice platform", () => {
  it("hears the first words before the model has said the last", async () => {
    const agent = await makeAgent(rig, { agent_type: "voice_convo_agent", include_base_tools: true });
    expect(agent.tools.map((one) => one.name).sort()).toEqual(["search_memory", "send_message"]);
    const door = gate();
    rig.model.push({
      calls: [{ name: "send_message", args: { message: "Hello, how are you doing today?" } }],
      holdAt: 4,
      hold: door.opened,
    });
    const response = await fetch(`${rig.url}/v1/voice-beta/${agent.id}/chat/completions`, {
      method: "POST",
      headers: JSON_BODY,
      body: JSON.stringify({ messages: [user("hi")], stream: true }),
    });
    let heard = "";
    for await (const frame of rawFrames(response)) {
      if (frame.data === "[DONE]") break;
      heard += (JSON.parse(frame.data) as Chunk).choices[0]?.delta.content ?? "";
      if (heard.startsWith("Hello")) door.open();
    }
    expect(heard).toBe("Hello, how are you doing today?");
    const shown = rig.model.requests[0]?.tools?.find((one) => one.function.name === "send_message");
    expect(JSON.stringify(shown)).not.toContain("thinking");
  });
});
