import { describe, expect, test } from "vitest";
import { fold } from "@/lib/stream/fold";
import { type Message, textOf, toolReturnsOf } from "@/lib/stream/message";
import { type Bench, runBench, tool } from "./testing/bench";
import { calls, says } from "./testing/scripted-model";
import type { ToolRule } from "./tool-rules";
import { MEMORY_TOOLS } from "./tools/memory-tools";

const RULES: ToolRule[] = [
  { type: "exit_loop", tool_name: "send_message" },
  { type: "continue_loop", tool_name: "search" },
];
const send = (args: Record<string, unknown>) =>
  calls({ id: "s", name: "send_message", args: { thinking: "Hm.", message: "Hello.", ...args } });
const look = (args: Record<string, unknown>, id = "l") =>
  calls({ id, name: "look", args: { thinking: "Let me look.", ...args } });

const run = (bench: Bench) =>
  runBench({
    type: "memgpt_v2_agent",
    tools: [MEMORY_TOOLS.send_message, tool("look", "It is blue."), tool("search", "Nothing.")],
    rules: RULES,
    ...bench,
  });

const heartbeats = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.stepId && message.role === "user" ? [JSON.parse(textOf(message))] : []));

describe("the loop with heartbeats", () => {
  test("send_message ends the turn", async () => {
    const ran = await run({ scripts: [send({})] });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(ran.store.messages.flatMap(toolReturnsOf)).toMatchObject([{ content: "Sent message successfully." }]);
  });

  test("a terminal tool that asks for a heartbeat ends with tool_rule", async () => {
    const ran = await run({ scripts: [send({ request_heartbeat: true })] });
    expect(ran.end.stopReason).toBe("tool_rule");
  });

  test("the model must call, one tool at a time, and sees heartbeat and thinking among the arguments", async () => {
    const ran = await run({ scripts: [send({})] });
    const [request] = ran.model.requests;
    expect(request).toMatchObject({ toolChoice: "required", parallelToolCalls: false });
    const byName = new Map(request!.tools.map((spec) => [spec.name, Object.keys(spec.parameters.properties)]));
    expect(byName.get("look")).toEqual(["thinking", "x", "request_heartbeat"]);
    expect(byName.get("send_message")).toEqual(["thinking", "message"]);
  });

  test("thinking becomes reasoning and reaches no tool, nor does request_heartbeat", async () => {
    const seen: unknown[] = [];
    const spy = tool("look", (args) => {
      seen.push(args);
      return { status: "success", content: "OK" };
    });
    const ran = await run({ tools: [spy], rules: [], scripts: [look({ x: "sky", request_heartbeat: false })] });
    expect(seen).toEqual([{ x: "sky" }]);
    expect(fold(ran.items)[0]!.parts[0]).toMatchObject({ type: "reasoning", reasoning: "Let me look." });
  });

  test("without a heartbeat the loop ends after a tool", async () => {
    const ran = await run({ scripts: [look({ request_heartbeat: false })] });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(heartbeats(ran.store.messages)).toEqual([]);
  });

  test("with a heartbeat the loop goes on, and the model is told why", async () => {
    const ran = await run({ scripts: [look({ request_heartbeat: true }), send({})] });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(heartbeats(ran.store.messages)).toMatchObject([
      {
        type: "heartbeat",
        reason:
          "[This is an automated system message hidden from the user] Function called using request_heartbeat=true, returning control",
        time: expect.stringMatching(/^2026-01-02 03:04:\d\d AM UTC\+0000$/),
      },
    ]);
    expect(ran.items.filter((item) => item.type === "user")).toEqual([]);
  });

  test("a failed call goes on without being asked to", async () => {
    const broken = tool("look", () => ({ status: "error", content: "no eyes" }));
    const tools = [MEMORY_TOOLS.send_message, broken];
    const ran = await run({ tools, scripts: [look({ request_heartbeat: false }), send({})] });
    expect(heartbeats(ran.store.messages)[0].reason).toContain("Function call failed, returning control");
  });

  test("a continue rule goes on, and so does the violation of a rule", async () => {
    const search = calls({ id: "q", name: "search", args: { thinking: "", request_heartbeat: false } });
    const continued = await run({ scripts: [search, send({})] });
    expect(heartbeats(continued.store.messages)[0].reason).toContain("Continuing: continue tool rule.");

    const rules: ToolRule[] = [...RULES, { type: "run_first", tool_name: "search" }];
    const broken = await run({ rules, scripts: [look({}), search, send({})] });
    expect(broken.store.messages.flatMap(toolReturnsOf)[0]!.content).toContain(
      "[ToolConstraintError] Cannot call look",
    );
    expect(heartbeats(broken.store.messages)[0].reason).toContain("Continuing: tool rule violation.");
  });

  test("a required tool is asked for before the loop may end", async () => {
    const rules: ToolRule[] = [...RULES, { type: "required_before_exit", tool_name: "look" }];
    const again = calls({ id: "s2", name: "send_message", args: { thinking: "", message: "Now." } });
    const ran = await run({ rules, scripts: [send({}), look({ request_heartbeat: true }), again] });
    expect(heartbeats(ran.store.messages)[0].reason).toContain("user expects these tools: [look] to be called still.");
    expect(ran.end.stopReason).toBe("end_turn");
  });

  test("text instead of a call is thought, and ends the run with no_tool_call", async () => {
    const ran = await run({ scripts: [says("I would rather talk.")] });
    expect(ran.end.stopReason).toBe("no_tool_call");
    expect(ran.items.map((item) => item.type)).toEqual(["reasoning", "reasoning"]);
    expect(ran.model.requests).toHaveLength(1);
  });

  test("only the first of several calls counts", async () => {
    const two = calls(
      { id: "a", name: "look", args: { thinking: "", request_heartbeat: true } },
      { id: "b", name: "look", args: { thinking: "" } },
    );
    const ran = await run({ scripts: [two, send({})] });
    expect(ran.store.messages.flatMap(toolReturnsOf).map((one) => one.toolCallId)).toEqual(["a", "s"]);
  });
});
