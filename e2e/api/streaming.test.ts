import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  all,
  type Frame,
  gate,
  http,
  makeAgent,
  only,
  type RawFrame,
  type Rig,
  rawFrames,
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

/** A stream without the client, which would hide what stands on the wire. */
async function wire(path: string, body: object): Promise<{ response: Response; frames: RawFrame[] }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(rig.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { response, frames: await all(rawFrames(response)) };
}

const parsed = (frames: RawFrame[]) =>
  frames.filter((frame) => frame.data !== "[DONE]").map((frame) => JSON.parse(frame.data) as Record<string, unknown>);

async function noteTaker() {
  const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
  rig.model.push(
    {
      reasoning: "I should note it.",
      text: "One moment.",
      calls: [{ id: "call_1", name: "memory_insert", args: { label: "human", new_string: "likes long walks" } }],
    },
    { text: "Noted, thank you." },
  );
  return agent;
}

describe("step streaming", () => {
  it("answers a retry of a request that is over, in the foreground too, with what its run made", async () => {
    const agent = await noteTaker();
    const body = { messages: says("note it", { otid: crypto.randomUUID() }), streaming: true, include_pings: false };
    const first = parsed((await wire(`/v1/agents/${agent.id}/messages`, body)).frames);
    await rig.server.kill();
    await rig.server.restart();
    const again = parsed((await wire(`/v1/agents/${agent.id}/messages`, body)).frames);
    expect(again.map((frame) => [frame.message_type, frame.otid])).toEqual(
      first.map((frame) => [frame.message_type, frame.otid]),
    );
    expect(rig.model.requests).toHaveLength(2);
  });

  it("sends whole messages as unnamed events: ping, messages, stop reason, usage, [DONE]", async () => {
    const agent = await noteTaker();
    const { response, frames } = await wire(`/v1/agents/${agent.id}/messages`, {
      messages: says("note it"),
      streaming: true,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(frames.every((frame) => frame.event === null)).toBe(true);
    expect(frames.at(-1)!.data).toBe("[DONE]");
    const messages = parsed(frames);
    expect(messages.map((message) => message.message_type)).toEqual([
      "ping",
      "reasoning_message",
      "assistant_message",
      "tool_call_message",
      "tool_return_message",
      "assistant_message",
      "stop_reason",
      "usage_statistics",
    ]);
    const [ping, thought, words, call] = messages;
    expect(ping!.id).toMatch(/^ping-/);
    expect(ping!.run_id).toBe(thought!.run_id);
    expect(thought!.reasoning).toBe("I should note it.");
    expect(words!.content).toBe("One moment.");
    expect(Array.isArray(call!.tool_calls)).toBe(true);
    expect(call!.tool_call).toMatchObject({ name: "memory_insert", tool_call_id: "call_1" });
    expect(JSON.parse((call!.tool_call as { arguments: string }).arguments)).toEqual({
      label: "human",
      new_string: "likes long walks",
    });
    expect(messages.slice(1, 6).every((message) => message.seq_id === null)).toBe(true);
    expect(messages.at(-2)).toEqual({ message_type: "stop_reason", stop_reason: "end_turn" });
    expect(Object.keys(messages.at(-1)!)).not.toContain("seq_id");
  });

  it("leaves pings out where they are not wanted, and is what the older path does by itself", async () => {
    const agent = await makeAgent(rig);
    const frames = await all(
      await rig.letta.agents.messages.stream(agent.id, { messages: says("hi"), include_pings: false }),
    );
    expect(typesOf(frames)).toEqual(["assistant_message", "stop_reason", "usage_statistics"]);
  });

  it("stores what it streamed, under the same ids and otids", async () => {
    const agent = await noteTaker();
    const stream = await rig.letta.agents.messages.create(agent.id, { messages: says("note it"), streaming: true });
    const streamed = (await all(stream)).filter((frame) => "otid" in frame && frame.message_type !== "ping");
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
    const stored = (await all(rig.letta.runs.messages.list(run!.id))).slice(1);
    expect(stored).toEqual(streamed);
  });
});

describe("token streaming", () => {
  it("sends fragments that carry the id and otid of their part and join to the stored message", async () => {
    const agent = await noteTaker();
    const { frames } = await wire(`/v1/agents/${agent.id}/messages`, {
      messages: says("note it"),
      streaming: true,
      stream_tokens: true,
      include_pings: false,
    });
    const messages = parsed(frames);
    const thoughts = messages.filter((message) => message.message_type === "reasoning_message");
    expect(thoughts.length).toBeGreaterThan(1);
    expect(thoughts.map((message) => message.reasoning).join("")).toBe("I should note it.");
    expect(new Set(thoughts.map((message) => `${message.id} ${message.otid}`)).size).toBe(1);
    const calls = messages.filter((message) => message.message_type === "tool_call_message");
    expect(calls.length).toBeGreaterThan(2);
    expect(new Set(calls.map((message) => `${message.id} ${message.otid}`)).size).toBe(1);
    expect(calls[0]!.tool_call).toEqual({ name: "memory_insert", tool_call_id: "call_1" });
    expect(calls[0]!.tool_calls).toEqual(calls[0]!.tool_call);
    for (const call of calls.slice(1)) {
      expect(Object.keys(call.tool_call as object).sort()).toEqual(["arguments", "tool_call_id"]);
    }
    const text = calls.map((call) => (call.tool_call as { arguments?: string }).arguments ?? "").join("");
    expect(JSON.parse(text)).toEqual({ label: "human", new_string: "likes long walks" });
    expect(messages.filter((message) => message.message_type === "tool_return_message")).toHaveLength(1);
    const byOtid = new Map<unknown, string>();
    for (const message of messages.filter((one) => one.message_type === "assistant_message")) {
      byOtid.set(message.otid, (byOtid.get(message.otid) ?? "") + message.content);
    }
    expect([...byOtid.values()]).toEqual(["One moment.", "Noted, thank you."]);
    const listed = only((await rig.letta.agents.messages.list(agent.id)).items, "assistant_message");
    expect(listed.map((message) => [message.otid, message.content])).toEqual([...byOtid]);
    expect(messages.slice(-2).map((message) => message.message_type)).toEqual(["stop_reason", "usage_statistics"]);
  });

  it("streams a call that waits for approval as an approval request", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ calls: [{ id: "c1", name: "look", args: { where: "under the bed" } }] });
    const stream = await rig.letta.agents.messages.create(agent.id, {
      messages: says("look"),
      streaming: true,
      stream_tokens: true,
      client_tools: [{ name: "look", parameters: { type: "object", properties: { where: { type: "string" } } } }],
    });
    const frames = await all(stream);
    const requests = only(frames, "approval_request_message") as unknown as {
      tool_call: { arguments?: string };
      tool_calls: unknown;
    }[];
    expect(requests.length).toBeGreaterThan(1);
    expect(requests[0]!.tool_calls).toEqual(requests[0]!.tool_call);
    expect(JSON.parse(requests.map((frame) => frame.tool_call.arguments ?? "").join(""))).toEqual({
      where: "under the bed",
    });
    expect(frames.at(-2)).toEqual({ message_type: "stop_reason", stop_reason: "requires_approval" });
  });

  it("comes as the model speaks, not after it", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "first second", holdAt: 2, hold: door.opened });
    const stream = await rig.letta.agents.messages.create(agent.id, {
      messages: says("go"),
      streaming: true,
      stream_tokens: true,
    });
    const frames: Frame[] = [];
    for await (const frame of stream) {
      frames.push(frame);
      if (said(frames) === "first ") door.open();
    }
    expect(said(frames)).toBe("first second");
  });
});

describe("a run in the background", () => {
  const body = { messages: says("go"), streaming: true, background: true, stream_tokens: true } as const;

  it("numbers every frame, and goes on from any of them", async () => {
    const agent = await noteTaker();
    const frames = await all(await rig.letta.agents.messages.create(agent.id, body));
    const numbered = frames.filter((frame) => "seq_id" in frame && frame.message_type !== "ping");
    expect(numbered.map((frame) => (frame as { seq_id: number }).seq_id)).toEqual(
      numbered.map((_, index) => index + 1),
    );
    expect(numbered.every((frame) => (frame as { run_id?: string }).run_id)).toBe(true);
    const runId = (numbered[0] as { run_id: string }).run_id;
    const rest = await all(await rig.letta.runs.messages.stream(runId, { starting_after: 3, include_pings: false }));
    expect(rest).toEqual(frames.filter((frame) => frame.message_type !== "ping").slice(3));
    const whole = await all(await rig.letta.runs.messages.stream(runId));
    expect(whole.filter((frame) => frame.message_type !== "ping")).toEqual(
      frames.filter((frame) => frame.message_type !== "ping"),
    );
    const end = await all(
      await rig.letta.runs.messages.stream(runId, { starting_after: 100_000, include_pings: false }),
    );
    expect(end).toEqual([]);
  });

  it("outlives its client, who goes on where it was cut", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "a b c d", holdAt: 3, hold: door.opened });
    const cut = new AbortController();
    const stream = await rig.letta.agents.messages.create(agent.id, body, { signal: cut.signal });
    const seen: Frame[] = [];
    for await (const frame of stream) {
      seen.push(frame);
      if (said(seen) === "a b ") break;
    }
    cut.abort();
    const last = seen.at(-1) as { run_id: string; seq_id: number };
    const again = rig.letta.runs.messages.stream(last.run_id, { starting_after: last.seq_id });
    const rest = all(await again);
    door.open();
    expect(said(seen) + said(await rest)).toBe("a b c d");
    expect((await rig.letta.runs.retrieve(last.run_id)).status).toBe("completed");
  });

  it("is joined by a request that is sent again with its otid", async () => {
    const agent = await makeAgent(rig);
    const request = { ...body, messages: says("go", { otid: crypto.randomUUID() }) };
    const first = await all(await rig.letta.agents.messages.create(agent.id, request));
    const again = await all(await rig.letta.agents.messages.create(agent.id, request));
    const spoken = (frames: Frame[]) => frames.filter((frame) => frame.message_type !== "ping");
    expect(spoken(again)).toEqual(spoken(first));
    expect(rig.model.requests).toHaveLength(1);
  });

  it("is not what a run in the foreground is: that one can't be resumed, and ends with its client", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "a b c d", holdAt: 3, hold: new Promise(() => {}) });
    const cut = new AbortController();
    const foreground = { messages: says("go"), streaming: true, stream_tokens: true } as const;
    const stream = await rig.letta.agents.messages.create(agent.id, foreground, { signal: cut.signal });
    const seen: Frame[] = [];
    for await (const frame of stream) {
      seen.push(frame);
      if (said(seen) === "a b ") break;
    }
    const runId = (seen.at(-1) as { run_id: string }).run_id;
    const answer = await refused(rig.letta.runs.messages.stream(runId));
    expect([answer.status, answer.body.detail]).toEqual([
      400,
      "Run was not created in background mode, so it cannot be retrieved.",
    ]);
    cut.abort();
    const run = await until("the run ends", async () => {
      const now = await rig.letta.runs.retrieve(runId);
      return now.completed_at ? now : null;
    });
    expect(run.status).toBe("cancelled");
    expect((await rig.letta.agents.messages.create(agent.id, { input: "next" })).stop_reason.stop_reason).toBe(
      "end_turn",
    );
  });

  it("404s for a run that there is not", async () => {
    expect((await refused(rig.letta.runs.messages.stream(`run-${UNKNOWN}`))).status).toBe(404);
  });
});

describe("what goes wrong", () => {
  it("before the stream begins keeps its status", async () => {
    const agent = await makeAgent(rig);
    const stream = (id: string, body: object) => http(rig, "POST", `/v1/agents/${id}/messages/stream`, { body });
    expect((await stream(`agent-${UNKNOWN}`, { messages: says("hi") })).status).toBe(404);
    expect((await stream(agent.id, { messages: [] })).status).toBe(422);
  });

  it("after it comes in the stream: stop reason, a named error event, [DONE]", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ status: 401, body: { error: { message: "bad key" } } });
    const { response, frames } = await wire(`/v1/agents/${agent.id}/messages`, {
      messages: says("hi"),
      streaming: true,
    });
    expect(response.status).toBe(200);
    expect(frames.slice(-3).map((frame) => frame.event)).toEqual([null, "error", null]);
    const [stop, error] = parsed(frames.slice(-3));
    expect(stop).toEqual({ message_type: "stop_reason", stop_reason: "llm_api_error" });
    expect(Object.keys(error!)).toEqual(["message_type", "run_id", "error_type", "message", "detail", "seq_id"]);
    expect(error).toMatchObject({ message_type: "error_message", error_type: "llm_authentication" });
  });
});
