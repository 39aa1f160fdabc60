import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  all,
  gate,
  http,
  idOf,
  makeAgent,
  type Rig,
  refused,
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

/** An agent with one run of two steps. */
async function worked() {
  const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
  rig.model.push(
    {
      calls: [{ id: "c1", name: "memory_insert", args: { label: "human", new_string: "b" } }],
      usage: { prompt_tokens: 10, completion_tokens: 2 },
    },
    { text: "Done.", usage: { prompt_tokens: 20, completion_tokens: 3 } },
  );
  await rig.letta.agents.messages.create(agent.id, { messages: says("note b") });
  const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
  return { agent, run: run! };
}

describe("runs", () => {
  it("are listed newest first with their filters, paged to the end, and retrieved", async () => {
    const agent = await makeAgent(rig);
    for (let index = 0; index < 4; index++) await rig.letta.agents.messages.create(agent.id, { input: `m${index}` });
    const runs = await all(rig.letta.runs.list({ agent_id: agent.id, limit: 3 }));
    expect(runs).toHaveLength(4);
    expect(runs[0]).toEqual({
      id: expect.stringMatching(idOf("run")),
      status: "completed",
      created_at: expect.any(String),
      completed_at: expect.any(String),
      agent_id: agent.id,
      conversation_id: null,
      base_template_id: null,
      background: false,
      metadata: { run_type: "send_message" },
      request_config: {
        use_assistant_message: true,
        assistant_message_tool_name: "send_message",
        assistant_message_tool_kwarg: "message",
        include_return_message_types: null,
      },
      stop_reason: "end_turn",
      callback_url: null,
      callback_sent_at: null,
      callback_status_code: null,
      callback_error: null,
      ttft_ns: expect.any(Number),
      total_duration_ns: expect.any(Number),
    });
    expect(await rig.letta.runs.retrieve(runs[0]!.id)).toEqual(runs[0]);
    const oldest = await all(rig.letta.runs.list({ agent_id: agent.id, order: "asc", limit: 3 }));
    expect(oldest.map((run) => run.id)).toEqual(runs.map((run) => run.id).toReversed());
    const count = async (query: object) => (await all(rig.letta.runs.list({ agent_id: agent.id, ...query }))).length;
    expect(await count({ statuses: ["completed"] })).toBe(4);
    expect(await count({ statuses: ["failed", "running"] })).toBe(0);
    expect(await count({ stop_reason: "end_turn", background: false })).toBe(4);
    expect(await count({ background: true })).toBe(0);
    expect(await count({ active: true })).toBe(0);
    const before = (await rig.letta.runs.list({ agent_id: agent.id, before: runs[3]!.id, limit: 2 })).items;
    expect(before.map((run) => run.id)).toEqual([runs[1]!.id, runs[2]!.id]);
  });

  it("of a conversation say so, and are found by it", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id });
    await all(await rig.letta.conversations.messages.create(conversation.id, { messages: says("hi") }));
    await rig.letta.agents.messages.create(agent.id, { input: "hi" });
    const found = await all(rig.letta.runs.list({ conversation_id: conversation.id }));
    expect(found.map((run) => run.conversation_id)).toEqual([conversation.id]);
  });

  it("have messages, the request's own first; steps; and usage summed over these", async () => {
    const { run } = await worked();
    const messages = await all(rig.letta.runs.messages.list(run.id, { limit: 2 }));
    expect(typesOf(messages)).toEqual([
      "user_message",
      "tool_call_message",
      "tool_return_message",
      "assistant_message",
    ]);
    const reversed = await all(rig.letta.runs.messages.list(run.id, { order: "desc", limit: 2 }));
    expect(reversed).toEqual(messages.toReversed());
    const steps = await all(rig.letta.runs.steps.list(run.id, { limit: 1 }));
    expect(steps.map((step) => step.prompt_tokens)).toEqual([20, 10]);
    const asc = await all(rig.letta.runs.steps.list(run.id, { order: "asc" }));
    expect(asc.map((step) => step.id)).toEqual(steps.map((step) => step.id).toReversed());
    const usage = await rig.letta.runs.usage.retrieve(run.id);
    expect(usage).toMatchObject({ completion_tokens: 5, prompt_tokens: 30, total_tokens: 35 });
    expect(Object.keys(usage)).toEqual(expect.arrayContaining(["prompt_tokens_details", "completion_tokens_details"]));
  });

  it("have metrics, and spans for steps, model calls and tools", async () => {
    const { agent, run } = await worked();
    const { body } = await http(rig, "GET", `/v1/runs/${run.id}/metrics`);
    expect(body).toMatchObject({
      id: run.id,
      agent_id: agent.id,
      num_steps: 2,
      tools_used: [expect.stringMatching(idOf("tool"))],
    });
    const spans = await rig.letta.runs.trace.retrieve(run.id);
    expect(spans.length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(spans)).toContain("memory_insert");
    expect(await rig.letta.runs.trace.retrieve(run.id, { limit: 1 })).toHaveLength(1);
  });

  it("that are active are found as such", async () => {
    const agent = await makeAgent(rig);
    const door = gate();
    rig.model.push({ text: "slow", hold: door.opened });
    const running = rig.letta.agents.messages.create(agent.id, { input: "go" });
    await until("the model is asked", () => rig.model.requests.length === 1);
    const [active] = await all(rig.letta.runs.list({ agent_id: agent.id, active: true }));
    expect(active).toMatchObject({ status: "running", completed_at: null, stop_reason: null });
    door.open();
    await running;
    expect(await all(rig.letta.runs.list({ agent_id: agent.id, active: true }))).toEqual([]);
  });

  it("404 for an unknown id, everywhere", async () => {
    const id = `run-${UNKNOWN}`;
    for (const call of [
      () => rig.letta.runs.retrieve(id),
      () => rig.letta.runs.messages.list(id),
      () => rig.letta.runs.steps.list(id),
      () => rig.letta.runs.usage.retrieve(id),
      () => rig.letta.runs.trace.retrieve(id),
    ]) {
      expect((await refused(call())).status).toBe(404);
    }
  });
});

describe("steps", () => {
  it("are listed with their filters and retrieved, in the contract's keys", async () => {
    const { agent, run } = await worked();
    const steps = await all(rig.letta.steps.list({ agent_id: agent.id, limit: 1 }));
    expect(steps).toHaveLength(2);
    expect(steps[0]).toMatchObject({
      id: expect.stringMatching(idOf("step")),
      run_id: run.id,
      agent_id: agent.id,
      provider_name: "openai",
      provider_category: "base",
      model: "scripted",
      model_handle: "openai/scripted",
      context_window_limit: expect.any(Number),
      prompt_tokens: 20,
      completion_tokens: 3,
      total_tokens: 23,
      stop_reason: "end_turn",
      status: "success",
      messages: [],
      tags: [],
      feedback: null,
      error_type: null,
    });
    expect(await rig.letta.steps.retrieve(steps[0]!.id)).toEqual(steps[0]);
    const count = async (query: object) => (await all(rig.letta.steps.list({ agent_id: agent.id, ...query }))).length;
    expect(await count({ model: "scripted" })).toBe(2);
    expect(await count({ model: "other" })).toBe(0);
    expect(await count({ start_date: "2100-01-01T00:00:00Z" })).toBe(0);
    expect(await count({ end_date: "2100-01-01T00:00:00Z" })).toBe(2);
    expect(await count({ has_feedback: true })).toBe(0);
    expect(await count({ trace_ids: ["x"] })).toBe(0);
  });

  it("take feedback and tags, and are found by them", async () => {
    const { agent, run } = await worked();
    const [step] = await all(rig.letta.runs.steps.list(run.id));
    const marked = await rig.letta.steps.feedback.create(step!.id, { feedback: "positive", tags: ["good"] });
    expect(marked).toMatchObject({ feedback: "positive", tags: ["good"] });
    const found = await all(rig.letta.steps.list({ agent_id: agent.id, feedback: "positive", tags: ["good"] }));
    expect(found.map((one) => one.id)).toEqual([step!.id]);
    expect((await all(rig.letta.steps.list({ agent_id: agent.id, has_feedback: true }))).length).toBe(1);
    expect(await rig.letta.steps.feedback.create(step!.id, { feedback: null })).toMatchObject({ feedback: null });
  });

  it("have metrics, what the provider was sent and answered, and messages", async () => {
    const { agent, run } = await worked();
    const [last, first] = await all(rig.letta.runs.steps.list(run.id));
    const metrics = await rig.letta.steps.metrics.retrieve(first!.id);
    expect(metrics).toMatchObject({ id: first!.id, run_id: run.id, agent_id: agent.id });
    expect(metrics.llm_request_ns).toBeGreaterThan(0);
    expect(metrics.step_ns).toBeGreaterThanOrEqual(metrics.llm_request_ns!);
    const trace = await rig.letta.steps.trace.retrieve(last!.id);
    expect(trace).toMatchObject({
      id: expect.stringMatching(/^provider_trace-/),
      step_id: last!.id,
      run_id: run.id,
      agent_id: agent.id,
      request_json: expect.any(Object),
      response_json: expect.any(Object),
    });
    expect(JSON.stringify(trace!.request_json)).toContain("note b");
    expect(JSON.stringify(trace!.response_json)).toContain("Done.");
    const messages = await all(rig.letta.steps.messages.list(first!.id));
    expect(typesOf(messages)).toEqual(["tool_call_message", "tool_return_message"]);
  });

  it("404 for an unknown id, everywhere", async () => {
    const id = `step-${UNKNOWN}`;
    for (const call of [
      () => rig.letta.steps.retrieve(id),
      () => rig.letta.steps.metrics.retrieve(id),
      () => rig.letta.steps.trace.retrieve(id),
      () => rig.letta.steps.messages.list(id),
      () => rig.letta.steps.feedback.create(id, { feedback: "negative" }),
    ]) {
      expect((await refused(call())).status).toBe(404);
    }
  });
});
