import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { ModelEvent } from "@/lib/engine/model";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { log as serverLog } from "../core/log";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { createObserver } from "./observe";
import { createTelemetry } from "./otlp";
import type { Spans, Telemetry } from "./telemetry";
import { type ReceivedSpan, type Receiver, startReceiver } from "./testing/receiver";

const SAID = "I was born in a place called Orkney";

let t: RunningCore;
let receiver: Receiver;
let telemetry: Telemetry | null = null;
/** The core's telemetry, which each test sets up for itself. */
const current: Telemetry = {
  observe: (store, run) => telemetry?.observe(store, run) ?? store,
  abandon: (...args) => telemetry?.abandon(...args),
  close: async () => {},
};
beforeAll(async () => {
  t = await openRunningCore({ telemetry: current });
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  telemetry = null;
  await receiver.close();
});

const settings = (changes: Record<string, string> = {}) =>
  readConfig({ MEMOIR_SEED: "off", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...changes }).telemetry!;

async function makeAgent(tools: string[] = []): Promise<WireAgent> {
  const body = {
    name: "Traced",
    model: "openai/gpt-4o-mini",
    parallel_tool_calls: true,
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert", "archival_memory_insert", "archival_memory_search", "conversation_search", ...tools],
    model_settings: { provider_type: "openai", temperature: 0.5, parallel_tool_calls: true },
  };
  return (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
}

/** Runs an agent that uses its memory in every way, and what was sent of it. */
async function worked(agent: WireAgent): Promise<{ runId: string; spans: ReceivedSpan[] }> {
  t.push(
    calls(
      { id: "c1", name: "memory_insert", args: { label: "human", new_string: "from Orkney" } },
      { id: "c2", name: "archival_memory_insert", args: { content: "Orkney is cold" } },
      { id: "c3", name: "archival_memory_search", args: { query: "cold" } },
      { id: "c4", name: "conversation_search", args: { query: "place" } },
    ),
    says("Noted."),
  );
  const { runId } = await t.say({ agentId: agent.id }, SAID);
  await telemetry!.close();
  return { runId, spans: receiver.spans };
}

const named = (spans: ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

describe("a run", () => {
  test("is sent as one trace: the agent, each call of the model, each tool, each operation on memory", async () => {
    const agent = await makeAgent();
    telemetry = await createTelemetry(settings({ OTEL_SERVICE_NAME: "my-memoir" }));
    const { runId, spans } = await worked(agent);
    expect(spans.map((span) => span.name).sort()).toEqual([
      "chat gpt-4o-mini",
      "chat gpt-4o-mini",
      "create_memory",
      "execute_tool archival_memory_insert",
      "execute_tool archival_memory_search",
      "execute_tool conversation_search",
      "execute_tool memory_insert",
      "invoke_agent Traced",
      "search_memory",
      "search_memory",
      "update_memory",
    ]);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    const [root] = named(spans, "invoke_agent Traced");
    expect(root).toMatchObject({ parentSpanId: undefined, kind: 1, resource: { "service.name": "my-memoir" } });
    expect(root!.attributes).toMatchObject({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.provider.name": "openai",
      "gen_ai.agent.id": agent.id,
      "gen_ai.agent.name": "Traced",
      "gen_ai.conversation.id": expect.stringMatching(/^conv-/),
      "gen_ai.request.model": "gpt-4o-mini",
      "gen_ai.usage.input_tokens": 200,
      "gen_ai.usage.output_tokens": 20,
      "memoir.run.id": runId,
      "memoir.stop_reason": "end_turn",
    });
    const direct = spans.filter((span) => /^(chat|execute_tool) /.test(span.name));
    expect(direct.every((span) => span.parentSpanId === root!.spanId)).toBe(true);
    const [chat] = named(spans, "chat gpt-4o-mini");
    expect(chat).toMatchObject({ kind: 3, status: {} });
    expect(chat!.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "gpt-4o-mini",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.stream": true,
      "gen_ai.response.finish_reasons": ["tool-calls"],
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 10,
      "gen_ai.response.time_to_first_chunk": expect.any(Number),
    });
    const parentOf = (span: ReceivedSpan) => spans.find((one) => one.spanId === span.parentSpanId)?.name;
    const [update] = named(spans, "update_memory");
    expect(parentOf(update!)).toBe("execute_tool memory_insert");
    expect(update!.attributes).toMatchObject({ "gen_ai.memory.store.id": agent.blocks[0]!.id });
    expect(parentOf(named(spans, "create_memory")[0]!)).toBe("execute_tool archival_memory_insert");
    expect(named(spans, "search_memory").map(parentOf).sort()).toEqual([
      "execute_tool archival_memory_search",
      "execute_tool conversation_search",
    ]);
    expect(named(spans, "execute_tool memory_insert")[0]!.attributes).toMatchObject({
      "gen_ai.tool.name": "memory_insert",
      "gen_ai.tool.call.id": "c1",
      "gen_ai.tool.type": "function",
    });
    expect(spans.every((span) => span.endMs >= span.startMs && span.startMs >= root!.startMs)).toBe(true);
  });

  test("goes on in the trace that its request names, and a run that it causes is in it", async () => {
    telemetry = await createTelemetry(settings());
    const [one, other] = [await makeAgent(["send_message_to_agent_and_wait_for_reply"]), await makeAgent()];
    const [trace, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    const send = (traceparent: string) =>
      t.api("POST", `/v1/agents/${one.id}/messages`, { messages: [{ role: "user", content: "ask" }] }, { traceparent });
    const script = () => {
      const args = { other_agent_id: other.id, message: "hello" };
      const finish: ModelEvent = {
        type: "finish",
        reason: "stop",
        usage: null,
        response: { id: "resp-1", model: "gpt-4o-mini-2026" },
      };
      t.push(calls({ id: crypto.randomUUID(), name: "send_message_to_agent_and_wait_for_reply", args }), says("Hi."), [
        { type: "text", text: "Done." },
        finish,
      ]);
    };
    script();
    expect((await send(`00-${trace}-${parent}-01`)).status).toBe(200);
    script();
    expect((await send("00-nonsense")).status).toBe(200);
    await telemetry.close();
    const runs = named(receiver.spans, "invoke_agent Traced");
    const first = runs.find((span) => span.parentSpanId === parent);
    expect(runs.map((span) => span.traceId === trace).toSorted()).toEqual([false, false, true, true]);
    expect(runs.filter((span) => span.parentSpanId === first!.spanId)).toHaveLength(1);
    const chats = named(receiver.spans, "chat gpt-4o-mini").map((span) => span.attributes);
    expect(chats).toContainEqual(
      expect.objectContaining({ "gen_ai.response.id": "resp-1", "gen_ai.response.model": "gpt-4o-mini-2026" }),
    );
  });

  test("says nothing of what was said, unless that is asked for", async () => {
    const agent = await makeAgent();
    telemetry = await createTelemetry(settings());
    const { spans } = await worked(agent);
    expect(JSON.stringify(spans)).not.toMatch(/Orkney|cold|Bob|Noted/);
    receiver.spans.length = 0;

    const capture = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true" };
    telemetry = await createTelemetry(settings(capture));
    const { spans: open } = await worked(await makeAgent());
    const [first] = named(open, "chat gpt-4o-mini");
    expect(JSON.parse(String(first!.attributes["gen_ai.input.messages"])).at(-1)).toEqual({
      role: "user",
      parts: [{ type: "text", content: SAID }],
    });
    expect(JSON.parse(String(first!.attributes["gen_ai.output.messages"]))).toMatchObject([
      {
        role: "assistant",
        finish_reason: "tool-calls",
        parts: [{ type: "tool_call", name: "memory_insert" }, {}, {}, {}],
      },
    ]);
    expect(String(first!.attributes["gen_ai.system_instructions"])).toContain("Bob");
    const [tool] = named(open, "execute_tool memory_insert");
    expect(tool!.attributes["gen_ai.tool.call.arguments"]).toContain("from Orkney");
    expect(tool!.attributes["gen_ai.tool.call.result"]).toContain("from Orkney");
    const asked = named(open, "search_memory").map((span) => span.attributes["gen_ai.memory.query.text"]);
    expect(asked.toSorted(), "what is looked for is the query, not the call's arguments").toEqual(["cold", "place"]);
    expect(named(open, "update_memory")[0]!.attributes["gen_ai.memory.records"]).toContain("from Orkney");
  });

  test("that fails is an error with its kind, and so is the call that failed", async () => {
    const agent = await makeAgent();
    telemetry = await createTelemetry(settings());
    const failure: ModelEvent = {
      type: "error",
      error: { kind: "llm_rate_limit", message: "slow down", detail: null, status: 429 },
    };
    t.push([failure]);
    await t.say({ agentId: agent.id }, "hello");
    t.push(calls({ id: "x1", name: "memory_insert", args: { label: "none", new_string: "x" } }), says("Oh."));
    await t.say({ agentId: agent.id }, "again");
    await telemetry.close();
    const failed = receiver.spans.filter((span) => span.status.code === 2);
    expect(failed.map((span) => [span.name, span.attributes["error.type"]])).toEqual(
      expect.arrayContaining([
        ["chat gpt-4o-mini", "llm_rate_limit"],
        ["invoke_agent Traced", "llm_rate_limit"],
        ["execute_tool memory_insert", "error"],
      ]),
    );
    expect(failed.length).toBe(3);
  });

  test("that breaks inside the server ends its span too", async () => {
    const agent = await makeAgent();
    telemetry = await createTelemetry(settings());
    t.push(says("Hello."));
    const query = t.core.db.query.bind(t.core.db);
    const broken = vi.spyOn(t.core.db, "query").mockImplementation((statement, params) => {
      if (typeof statement !== "string" && statement.name === "save-turn") return Promise.reject(new Error("disk"));
      return query(statement, params);
    });
    const silent = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    await t.say({ agentId: agent.id }, "hello");
    broken.mockRestore();
    silent.mockRestore();
    await telemetry.close();
    expect(named(receiver.spans, "invoke_agent Traced")).toMatchObject([
      { status: { code: 2 }, attributes: { "error.type": "internal_error" } },
    ]);
  });
});

describe("an observer", () => {
  test("that can't be reached changes nothing, and is not waited for", async () => {
    const agent = await makeAgent();
    telemetry = await createTelemetry(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }));
    t.push(says("Hello."));
    expect((await t.say({ agentId: agent.id }, "hello")).stopReason).toBe("end_turn");
    const began = performance.now();
    await telemetry.close();
    expect(performance.now() - began).toBeLessThan(9000);
  });

  test("that fails changes nothing", async () => {
    const agent = await makeAgent();
    const broken: Spans = {
      begin: (name) => {
        if (name.startsWith("chat")) throw new Error("broken");
        return { end: () => undefined };
      },
    };
    telemetry = { ...createObserver(broken, { captureContent: true, nowMs: Date.now }), close: async () => {} };
    const silent = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    t.push(says("Hello."));
    expect((await t.say({ agentId: agent.id }, "hello")).stopReason).toBe("end_turn");
    expect(silent).toHaveBeenCalledWith({ err: expect.any(Error) }, "telemetry failed");
    silent.mockRestore();
  });
});

describe("the environment", () => {
  const read = (env: Record<string, string>) => readConfig({ MEMOIR_SEED: "off", ...env }).telemetry;

  test("names no observer unless it says where one is", () => {
    expect(read({})).toBeNull();
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "true" })).toBeNull();
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_TRACES_EXPORTER: "none" })).toBeNull();
  });

  test("says where, as whom, and with which headers", () => {
    expect(
      read({
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/",
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x,team=a",
        OTEL_RESOURCE_ATTRIBUTES: "service.name=named,deployment.environment=test",
      }),
    ).toEqual({
      tracesUrl: "http://c:4318/v1/traces",
      headers: { authorization: "Bearer x", team: "a" },
      serviceName: "named",
      resource: { "service.name": "named", "deployment.environment": "test" },
      captureContent: false,
    });
    expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c/own", OTEL_SERVICE_NAME: "s" })).toMatchObject({
      tracesUrl: "http://c/own",
      serviceName: "s",
    });
  });
});
