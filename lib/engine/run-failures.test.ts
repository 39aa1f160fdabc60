import { describe, expect, test } from "vitest";
import { textOf, toolCallsOf, toolReturnsOf } from "@/lib/stream/message";
import type { ModelEvent, ModelFailure } from "./model";
import { runBench, tool } from "./testing/bench";
import { callEvents, calls, fails, finish, type Script, says } from "./testing/scripted-model";

describe("a provider that fails", () => {
  const kinds: ModelFailure["kind"][] = [
    "llm_timeout",
    "llm_rate_limit",
    "llm_authentication",
    "llm_error",
    "llm_bad_request",
    "llm_insufficient_credits",
  ];
  test.each(kinds)("before the first token (%s), the run ends with an error that says why", async (kind) => {
    const ran = await runBench({ scripts: [[fails(kind, "Out of service.")]] });
    expect(ran.end).toMatchObject({
      stopReason: kind === "llm_insufficient_credits" ? "insufficient_credits" : "llm_api_error",
      error: { errorType: kind, message: "Out of service." },
    });
    expect(ran.items).toEqual([]);
    expect(ran.store.messages).toHaveLength(1);
    expect(ran.store.turns).toMatchObject([{ status: "failed", stopReason: ran.end.stopReason, messages: [] }]);
  });

  test("after the first token, what was said is kept and half-sent calls are not", async () => {
    const cut: ModelEvent[] = [
      { type: "text", text: "Let me " },
      { type: "text", text: "see" },
      ...callEvents({ id: "c", name: "look", args: { x: "sky" } }).slice(0, 2),
      fails("llm_error"),
    ];
    const ran = await runBench({ tools: [tool("look")], scripts: [cut] });
    expect(ran.end.stopReason).toBe("llm_api_error");
    expect(ran.store.messages.map(textOf).at(-1)).toBe("Let me see");
    expect(ran.store.messages.flatMap(toolCallsOf)).toEqual([]);
  });

  test("in a later step, what came before stays", async () => {
    const ran = await runBench({
      tools: [tool("look")],
      scripts: [calls({ id: "c", name: "look", args: {} }), [fails("llm_error")]],
    });
    expect(ran.store.messages.flatMap(toolReturnsOf)).toHaveLength(1);
    expect(ran.store.turns.map((turn) => turn.status)).toEqual(["pending", "failed"]);
  });

  test("the cassette of a step holds each asking with what came back", async () => {
    const empty = [finish("stop")];
    const ran = await runBench({ scripts: [empty, says("Hello.")] });
    expect(ran.store.turns[0]!.attempts.map((attempt) => attempt.events)).toEqual([empty, says("Hello.")]);
  });
});

describe("an empty reply", () => {
  test("is asked for again, and the answer counts as one step", async () => {
    const ran = await runBench({ scripts: [[finish("stop")], says("Hello.")] });
    expect(ran.end).toMatchObject({ stopReason: "end_turn", usage: { stepCount: 1 } });
    expect(ran.store.messages.map(textOf)).toEqual(["Hi", "Hello."]);
  });

  test("of blanks or thought alone is empty too; three of them end with invalid_llm_response", async () => {
    const thought: ModelEvent[] = [{ type: "reasoning", text: "Hm." }, finish("stop")];
    const ran = await runBench({ scripts: [thought, says("  \n "), [finish("stop")]] });
    expect(ran.end).toMatchObject({
      stopReason: "invalid_llm_response",
      error: { errorType: "llm_empty_response" },
    });
    expect(ran.store.messages).toHaveLength(1);
  });
});

describe("a run that is cancelled", () => {
  test("in the middle of a stream ends there, and what was said is kept", async () => {
    const ran = await runBench({ cancelAfterItems: 1, scripts: [says("One two three four.")] });
    expect(ran.end).toMatchObject({ stopReason: "cancelled", error: null });
    expect(ran.items).toHaveLength(1);
    expect(ran.store.messages.map(textOf).at(-1)).toBe("One two th");
    expect(ran.store.turns).toMatchObject([{ status: "cancelled", stopReason: "cancelled", error: null }]);
  });

  test("in the middle of a call keeps no call", async () => {
    for (const tokens of [true, false]) {
      for (const cancelAfterItems of [1, 2, 3]) {
        const script: Script = calls({ id: "c", name: "look", args: { x: "sky" } });
        const ran = await runBench({
          tokens,
          cancelAfterItems,
          tools: [tool("look")],
          scripts: [script, says("Done.")],
        });
        expect(ran.store.messages.flatMap(toolCallsOf).length).toBe(ran.store.messages.flatMap(toolReturnsOf).length);
      }
    }
  });

  test("while a tool runs, the return is kept and the next call is not made", async () => {
    const controller = new AbortController();
    const log: string[] = [];
    const stopping = tool("look", () => {
      log.push("look");
      controller.abort();
      return { status: "success", content: "seen" };
    });
    const ran = await runBench({
      signal: controller.signal,
      tools: [stopping],
      scripts: [calls({ id: "a", name: "look", args: {} }, { id: "b", name: "look", args: {} })],
    });
    expect(ran.end.stopReason).toBe("cancelled");
    expect(log).toEqual(["look"]);
    expect(ran.store.messages.flatMap(toolReturnsOf).map((one) => one.status)).toEqual(["success", "error"]);
  });

  test("while returns are saved, ends at the next step, and its end is kept", async () => {
    const { memoryStore, promptSections } = await import("./testing/memory-store");
    const { userMessage } = await import("./testing/bench");
    const transcript = [userMessage("Hi")];
    const controller = new AbortController();
    const store = memoryStore({
      messages: transcript,
      blocks: [],
      prompt: { compileId: "compile-0", sections: promptSections([]) },
    });
    const save = store.saveReturns.bind(store);
    store.saveReturns = async (record) => {
      const saved = await save(record);
      controller.abort();
      return saved;
    };
    const ran = await runBench({
      store,
      transcript,
      signal: controller.signal,
      tools: [tool("look")],
      scripts: [calls({ id: "a", name: "look", args: {} })],
    });
    expect(ran.end.stopReason).toBe("cancelled");
    expect(ran.store.ends).toHaveLength(1);
  });

  test("before it begins asks no model", async () => {
    const controller = new AbortController();
    controller.abort();
    const ran = await runBench({ signal: controller.signal, scripts: [] });
    expect(ran.end.stopReason).toBe("cancelled");
  });
});
