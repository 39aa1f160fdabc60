import { describe, expect, test } from "vitest";
import { textOf } from "@/lib/stream/message";
import { assistantMessage, type Bench, runBench, tool, userMessage } from "./testing/bench";
import { calls, fails, says } from "./testing/scripted-model";

/** Ten turns of the person and the agent. */
const history = () =>
  Array.from({ length: 10 }, (_, at) => [userMessage(`Question ${at}`), assistantMessage(`Answer ${at}`)]).flat();

const settings = (changes: Partial<NonNullable<Bench["compaction"]>> = {}): Bench["compaction"] => ({
  model: null,
  modelSettings: null,
  prompt: null,
  promptAcknowledgement: false,
  clipChars: null,
  mode: "sliding_window",
  slidingWindowPercentage: 0.3,
  ...changes,
});

describe("compaction", () => {
  test("a context that is nine tenths full is compacted before the next step", async () => {
    const ran = await runBench({
      transcript: [...history(), userMessage("Now?")],
      contextTokens: 29_000,
      summaries: [says("They asked ten questions.")],
      scripts: [says("Now.")],
    });
    expect(ran.store.compactions).toMatchObject([
      { trigger: "post_step_context_check", mode: "sliding_window", summary: "They asked ten questions." },
    ]);
    const [first, second] = ran.model.requests[0]!.messages;
    expect(first!.role).toBe("user");
    expect(textOf(first!)).toContain("They asked ten questions.");
    expect(second!.role).toBe("assistant");
    expect(ran.items.map((item) => item.type).slice(0, 2)).toEqual(["event", "summary"]);
    expect(ran.end.stopReason).toBe("end_turn");
    expect(ran.store.messages.map(textOf)).toContain("Question 0");
  });

  test("a context that is less full is left alone", async () => {
    const ran = await runBench({ transcript: history(), contextTokens: 28_000, scripts: [says("Hi.")] });
    expect(ran.store.compactions).toEqual([]);
  });

  test("usage of a step decides about the next", async () => {
    const full = calls({ id: "c", name: "look", args: {} }).map((event) =>
      event.type === "finish" ? { ...event, usage: { ...event.usage!, input: 31_000 } } : event,
    );
    const ran = await runBench({
      transcript: [...history(), userMessage("Now?")],
      tools: [tool("look")],
      summaries: [says("Summary.")],
      scripts: [full, says("Now.")],
    });
    expect(ran.store.compactions).toHaveLength(1);
    expect(ran.end.stopReason).toBe("end_turn");
  });

  test("an overflow at the provider is compacted, and the same step is asked again", async () => {
    const ran = await runBench({
      transcript: [...history(), userMessage("Now?")],
      summaries: [says("Summary.")],
      scripts: [[fails("context_window_exceeded")], says("Now.")],
    });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(ran.store.turns).toHaveLength(1);
    expect(ran.store.turns[0]!.attempts.map((attempt) => attempt.failure?.kind ?? null)).toEqual([
      "context_window_exceeded",
      null,
    ]);
    expect(ran.store.compactions).toMatchObject([
      { trigger: "context_window_exceeded", stepId: ran.store.turns[0]!.stepId },
    ]);
  });

  test("an overflow where nothing can be cut ends the run", async () => {
    const ran = await runBench({
      transcript: history(),
      summaries: [[fails("llm_error")]],
      scripts: [[fails("context_window_exceeded")]],
    });
    expect(ran.end).toMatchObject({ stopReason: "llm_api_error", error: { errorType: "llm_bad_request" } });
    expect(ran.store.compactions).toEqual([]);
  });

  test("a system prompt that is larger than the window is said to be that", async () => {
    const ran = await runBench({
      contextWindow: 5,
      prompt: {
        compileId: "c",
        sections: [{ kind: "instructions", label: "i", text: "x".repeat(400), source: { type: "compile" } }],
      },
      summaries: [[fails("llm_error")]],
      scripts: [[fails("context_window_exceeded")]],
    });
    expect(ran.end).toMatchObject({ stopReason: "context_window_overflow_in_system_prompt" });
  });

  test("`all` leaves the summary alone, sliding window keeps the newest part", async () => {
    const base = {
      transcript: history(),
      contextTokens: 31_000,
      summaries: [says("Summary.")],
      scripts: [says("Hi.")],
    };
    const all = await runBench({ ...base, compaction: settings({ mode: "all" }) });
    expect(all.model.requests[0]!.messages).toHaveLength(1);
    expect(textOf(all.model.requests[0]!.messages[0]!)).toContain("prior messages have been hidden");
    const sliding = await runBench({ ...base, summaries: [says("Summary.")], compaction: settings() });
    expect(sliding.model.requests[0]!.messages.length).toBeGreaterThan(5);
    expect(textOf(sliding.model.requests[0]!.messages[0]!)).toMatch(/Note: \d+ messages from the beginning/);
  });

  test("the modes `self_` ask the agent's own model in its own context; the others a summarizer", async () => {
    const base = { transcript: history(), contextTokens: 31_000 };
    const own = await runBench({
      ...base,
      compaction: settings({ mode: "self_compact_all" }),
      scripts: [says("My summary."), says("Hi.")],
    });
    expect(own.summarizer.requests).toEqual([]);
    expect(own.model.requests[0]!.messages).toHaveLength(21);
    expect(own.model.requests[0]!.system).toBe(own.model.requests[1]!.system);
    const other = await runBench({
      ...base,
      compaction: settings({ prompt: "Sum up.", promptAcknowledgement: true }),
      summaries: [says("Summary.")],
      scripts: [says("Hi.")],
    });
    expect(other.summarizer.requests[0]).toMatchObject({ system: "Sum up.", tools: [], toolChoice: "none" });
    expect(other.summarizer.requests[0]!.messages.map((message) => message.role)).toEqual(["user", "assistant"]);
  });

  test("a call and its return are never parted", async () => {
    for (let extra = 0; extra < 6; extra++) {
      const turns = Array.from({ length: 6 + extra }, (_, at) => calls({ id: `c${at}`, name: "look", args: {} }));
      const full = says("Done.", { input: 31_000 });
      const before = await runBench({ tools: [tool("look")], maxSteps: 30, scripts: [...turns, full] });
      const ran = await runBench({
        transcript: [...before.store.context(), userMessage("Go on.")],
        contextTokens: 31_000,
        tools: [tool("look")],
        summaries: [says("Summary.")],
        scripts: [says("On.")],
      });
      expect(ran.store.compactions).toHaveLength(1);
    }
  });

  test("the prompt is compiled anew", async () => {
    const ran = await runBench({
      transcript: history(),
      contextTokens: 31_000,
      summaries: [says("Summary.")],
      scripts: [says("Hi.")],
    });
    expect(ran.store.compiles).toBe(1);
  });
});
