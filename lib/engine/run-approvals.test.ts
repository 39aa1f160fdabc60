import { describe, expect, test } from "vitest";
import type { ApprovalDecision } from "@/lib/stream/message";
import { requestIdOf, toolReturnsOf } from "@/lib/stream/message";
import { approvalMessage, type Bench, clientTool, runBench, tool, userMessage } from "./testing/bench";
import { calls, type Script, says } from "./testing/scripted-model";
import type { ToolRule } from "./tool-rules";

const RULES: ToolRule[] = [{ type: "requires_approval", tool_name: "pay" }];
const pay = (id = "p") => ({ id, name: "pay", args: { x: "10" } });
const look = (id = "l") => ({ id, name: "look", args: {} });
const verdict = (toolCallId: string, approve: boolean, reason: string | null = null): ApprovalDecision => {
  return { type: "approval", toolCallId, approve, reason };
};

function tools(log: string[] = []) {
  const logged = (name: string) =>
    tool(name, () => {
      log.push(name);
      return { status: "success", content: `${name} done` };
    });
  return [logged("pay"), logged("look")];
}

const ask = (script: Script, bench: Partial<Bench> = {}) =>
  runBench({ tools: tools(), rules: RULES, scripts: [script], ...bench });

/** The run that follows a request with its answer, and with what else was said. */
const answer = (asked: Awaited<ReturnType<typeof ask>>, decisions: ApprovalDecision[], bench: Partial<Bench>) =>
  runBench({
    tools: tools(),
    rules: RULES,
    scripts: [says("Thanks.")],
    ...bench,
    decisions,
    transcript: [...asked.store.context(), approvalMessage(decisions), ...(bench.transcript ?? [])],
  });

const returnsOf = (ran: Awaited<ReturnType<typeof ask>>) => ran.store.messages.flatMap(toolReturnsOf);

describe("approvals", () => {
  test("a gated call stops the run, and nothing is run", async () => {
    const log: string[] = [];
    const ran = await ask(calls(pay()), { tools: tools(log) });
    expect(ran.end.stopReason).toBe("requires_approval");
    expect(log).toEqual([]);
    expect(ran.store.messages.map((message) => message.role)).toEqual(["user", "approval"]);
    expect(ran.store.turns[0]!.toolCalls).toMatchObject([{ callId: "p", status: "awaiting" }]);
    expect(ran.items.every((item) => item.type === "approval-request-delta")).toBe(true);
  });

  test("thoughts, words and request of a turn whose calls all wait are one message; in a stream the request's id is one less", async () => {
    const words = says("May I?").slice(0, -1);
    for (const tokens of [true, false]) {
      const ran = await ask([...words, ...calls(pay("p1"), pay("p2"))], { tokens });
      const [, made] = ran.store.messages;
      expect(ran.store.messages.map((message) => message.role)).toEqual(["user", "approval"]);
      expect(made!.parts.map((part) => part.type)).toEqual(["text", "tool_call", "tool_call"]);
      const [text] = ran.items.filter((item) => item.type === "assistant");
      expect(text!.id).not.toBe(made!.id);
      expect(requestIdOf(text!.id)).toBe(made!.id);
      const requests = ran.items.filter((item) => item.type.startsWith("approval-request"));
      expect(new Set(requests.map((item) => "id" in item && item.id))).toEqual(new Set([made!.id]));
    }
    expect(requestIdOf("message-00000000-0000-4000-8000-000000000100")).toBe(
      "message-00000000-0000-4000-8000-0000000000ff",
    );
  });

  test("approved, the call runs and the model goes on", async () => {
    const log: string[] = [];
    const ran = await answer(await ask(calls(pay())), [verdict("p", true)], { tools: tools(log) });
    expect(log).toEqual(["pay"]);
    expect(returnsOf(ran)).toMatchObject([{ toolCallId: "p", status: "success", content: "pay done" }]);
    expect(ran.end.stopReason).toBe("end_turn");
    expect(ran.items[0]!.type).toBe("tool-return");
  });

  test("denied, the model is told the reason and goes on", async () => {
    const log: string[] = [];
    const ran = await answer(await ask(calls(pay())), [verdict("p", false, "Too much.")], { tools: tools(log) });
    expect(log).toEqual([]);
    expect(returnsOf(ran)).toMatchObject([
      { status: "error", content: "Error: request to call tool denied. User reason: Too much." },
    ]);
    expect(ran.store.returns[0]!.returns[0]!.status).toBe("denied");
  });

  test("a client's tool is answered by the client", async () => {
    const asked = await ask(calls({ id: "k", name: "open", args: {} }), { tools: [...tools(), clientTool("open")] });
    expect(asked.end.stopReason).toBe("requires_approval");
    const given: ApprovalDecision = {
      type: "tool",
      toolCallId: "k",
      status: "success",
      content: "opened",
      stdout: ["out"],
      stderr: null,
    };
    const ran = await answer(asked, [given], { tools: [...tools(), clientTool("open")] });
    expect(returnsOf(ran)).toMatchObject([{ toolCallId: "k", status: "success", content: "opened", stdout: ["out"] }]);
    expect(ran.end.stopReason).toBe("end_turn");
  });

  test("of mixed calls the others stand before the request, wait with it, and run after the decision", async () => {
    const log: string[] = [];
    for (const script of [calls(look(), pay()), calls(pay(), look())]) {
      log.length = 0;
      const asked = await ask(script, { tools: tools(log) });
      expect(asked.store.messages.map((message) => message.role)).toEqual(["user", "assistant", "approval"]);
      expect(log).toEqual([]);
      const ran = await answer(asked, [verdict("p", false)], { tools: tools(log) });
      expect(log).toEqual(["look"]);
      expect(returnsOf(ran).map((one) => one.toolCallId)).toEqual(["l", "p"]);
    }
  });

  test("several gated calls are one request, and each gets its own answer", async () => {
    const log: string[] = [];
    const asked = await ask(calls(pay("p1"), pay("p2")));
    const ran = await answer(asked, [verdict("p1", true), verdict("p2", false, "Once.")], { tools: tools(log) });
    expect(log).toEqual(["pay"]);
    expect(returnsOf(ran).map((one) => [one.toolCallId, one.status])).toEqual([
      ["p1", "success"],
      ["p2", "error"],
    ]);
  });

  test("what was said along with the approval is shown after the return, and answered", async () => {
    const asked = await ask(calls(pay()));
    const ran = await answer(asked, [verdict("p", true)], { transcript: [userMessage("And hurry.")] });
    expect(ran.model.requests[0]!.messages.map((message) => message.role)).toEqual([
      "user",
      "approval",
      "approval",
      "tool",
      "user",
    ]);
  });

  test("an approved tool that ends the loop ends the run, a denied one does not", async () => {
    const rules: ToolRule[] = [...RULES, { type: "exit_loop", tool_name: "pay" }];
    const asked = await ask(calls(pay()), { rules });
    const approved = await answer(asked, [verdict("p", true)], { rules, scripts: [] });
    expect(approved.end.stopReason).toBe("tool_rule");
    const denied = await answer(asked, [verdict("p", false)], { rules });
    expect(denied.end.stopReason).toBe("end_turn");
    expect(denied.model.left()).toBe(0);
    const more = await answer(asked, [verdict("p", true)], { rules, transcript: [userMessage("And then?")] });
    expect(more.model.left()).toBe(0);
  });

  test("a gated call that the rules refuse is refused at once", async () => {
    const rules: ToolRule[] = [...RULES, { type: "run_first", tool_name: "look" }];
    const ran = await ask(calls(pay()), { rules, scripts: [calls(pay()), calls(look()), says("Done.")] });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(returnsOf(ran)[0]!.content).toContain("[ToolConstraintError] Cannot call pay");
  });

  test("a tool that is gone when its call is approved is an error return", async () => {
    const ran = await answer(await ask(calls(pay())), [verdict("p", true)], { tools: [] });
    expect(returnsOf(ran)).toMatchObject([{ status: "error", content: "Tool not found: pay" }]);
  });

  test("a run that is cancelled before the approved call runs answers the call all the same", async () => {
    const asked = await ask(calls(pay()));
    const controller = new AbortController();
    controller.abort();
    const ran = await answer(asked, [verdict("p", true)], { signal: controller.signal, scripts: [] });
    expect(ran.end.stopReason).toBe("cancelled");
    expect(returnsOf(ran)).toMatchObject([{ status: "error" }]);
  });
});
