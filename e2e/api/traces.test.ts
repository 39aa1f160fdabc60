import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startReceiver } from "@/lib/server/telemetry/testing/receiver";
import { all, http, makeAgent, type Rig, startRig, UNKNOWN } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

type Span = {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  start_time_ns: number;
  end_time_ns: number;
  duration_ns: number;
  status: { code: string };
  attributes: Record<string, unknown>;
};

async function worked() {
  const agent = await makeAgent(rig, {
    tools: ["memory_insert", "archival_memory_insert", "archival_memory_search"],
    memory_blocks: [{ label: "human", value: "a" }],
    parallel_tool_calls: true,
    tags: ["traced"],
  });
  rig.model.push(
    {
      calls: [
        { id: "c1", name: "memory_insert", args: { label: "human", new_string: "b" } },
        { id: "c2", name: "archival_memory_insert", args: { content: "a note" } },
        { id: "c3", name: "archival_memory_search", args: { query: "note" } },
      ],
    },
    { text: "Done." },
  );
  await rig.letta.agents.messages.create(agent.id, { input: "note b" });
  const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
  return { agent, run: run! };
}

describe("the trace of a run", () => {
  it("has spans for all that it did, each in the one that it belongs to", async () => {
    const { agent, run } = await worked();
    const spans = (await rig.letta.runs.trace.retrieve(run.id)) as unknown as Span[];
    const named = (name: string) => spans.filter((span) => span.name === name);
    const counts = Object.fromEntries([...new Set(spans.map((span) => span.name))].map((n) => [n, named(n).length]));
    expect(counts).toEqual({
      agent_run: 1,
      agent_step: 2,
      build_context: 2,
      time_to_first_token: 2,
      chat: 2,
      execute_tool: 3,
      update_memory: 1,
      create_memory: 1,
      search_memory: 1,
    });
    const ids = new Set(spans.map((span) => span.span_id));
    expect(ids.size).toBe(spans.length);
    expect(spans.filter((span) => span.parent_span_id === null)).toEqual([spans[0]]);
    expect(spans.every((span) => span.parent_span_id === null || ids.has(span.parent_span_id))).toBe(true);
    // Nanoseconds since 1970 are more than a number holds exactly.
    const apart = (span: Span) => Math.abs(span.end_time_ns - span.start_time_ns - span.duration_ns);
    expect(spans.every((span) => apart(span) < 1000)).toBe(true);
    expect(spans[0]?.attributes).toMatchObject({ "gen_ai.agent.id": agent.id, stop_reason: "end_turn" });
    const tool = named("execute_tool").find((span) => span.attributes["gen_ai.tool.name"] === "memory_insert");
    expect(named("update_memory")[0]).toMatchObject({
      parent_span_id: tool?.span_id,
      attributes: { "gen_ai.memory.store.id": agent.blocks[0]!.id, label: "human" },
    });
    expect(named("chat")[0]?.attributes).toMatchObject({
      "gen_ai.request.model": "openai/scripted",
      "gen_ai.usage.input_tokens": 100,
    });
    expect((await rig.letta.runs.trace.retrieve(run.id, { limit: 3 })).length).toBe(3);
  });

  it("shows what failed", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ status: 400, body: { error: { message: "no" } } });
    await http(rig, "POST", `/v1/agents/${agent.id}/messages`, { body: { input: "x" } });
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
    const spans = (await rig.letta.runs.trace.retrieve(run!.id)) as unknown as Span[];
    expect(spans.filter((span) => span.status.code === "error").map((span) => span.name)).toEqual(
      expect.arrayContaining(["agent_run", "agent_step", "chat"]),
    );
    expect((await http(rig, "GET", `/v1/runs/run-${UNKNOWN}/trace`)).status).toBe(404);
  });
});

describe("the trace of a step", () => {
  it("has every key of the contract, at its old address too", async () => {
    const { agent, run } = await worked();
    const [last] = await all(rig.letta.runs.steps.list(run.id));
    const trace = await rig.letta.steps.trace.retrieve(last!.id);
    expect(trace).toMatchObject({
      step_id: last!.id,
      agent_id: agent.id,
      agent_tags: ["traced"],
      call_type: "agent_step",
      llm_config: { handle: "openai/scripted", model: "scripted" },
    });
    for (const key of ["created_by_id", "updated_at", "org_id", "compaction_settings", "billing_context", "source"])
      expect(trace).toHaveProperty(key);
    expect((await http(rig, "GET", `/v1/telemetry/${last!.id}`)).body).toEqual(trace);
    expect((await http(rig, "GET", `/v1/telemetry/step-${UNKNOWN}`)).status).toBe(404);
  });
});

describe("a server that is told where a collector is", () => {
  it("sends what its runs did, at the latest when it ends", async () => {
    const receiver = await startReceiver();
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_HEADERS: "x-team=memoir" };
    const traced = await startRig({ environment });
    const agent = await makeAgent(traced, { name: "Traced" });
    await traced.letta.agents.messages.create(agent.id, { input: "hello" });
    await traced.stop();
    expect(receiver.spans.map((span) => span.name).sort()).toEqual(["chat scripted", "invoke_agent Traced"]);
    expect(receiver.spans[0]?.resource).toMatchObject({ "service.name": "memoir" });
    expect(receiver.headers[0]).toMatchObject({ "x-team": "memoir" });
    await receiver.close();
  });
});
