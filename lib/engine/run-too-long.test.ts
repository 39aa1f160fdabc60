import { describe, expect, test } from "vitest";
import { textOf } from "@/lib/stream/message";
import type { CompactionSettings } from "./compaction/settings";
import type { ModelEvent, ModelRequest } from "./model";
import { assistantMessage, runBench, tool, userMessage } from "./testing/bench";
import { calls, says } from "./testing/scripted-model";

/** What a strict server would count: four characters a token, of all that it is sent. */
const tokensOf = ({ system, messages, tools }: ModelRequest) =>
  Math.ceil((system.length + messages.map(textOf).join("").length + JSON.stringify(tools).length) / 4);

const longest = (requests: ModelRequest[]) => Math.max(...requests.map(tokensOf));

const history = (pairs: number, text = "words of an older conversation ".repeat(3)) =>
  Array.from({ length: pairs }, (_, at) => [userMessage(`${at} ${text}`), assistantMessage(`${at} ${text}`)]).flat();

/** A turn of a server that counts nothing, or wrongly. */
const uncounted = (script: ModelEvent[], input: number | null): ModelEvent[] =>
  script.map((event) =>
    event.type === "finish"
      ? { ...event, usage: input === null ? null : { ...event.usage!, input, output: 0 } }
      : event,
  );

const compaction = (changes: Partial<CompactionSettings> = {}): CompactionSettings => ({
  model: null,
  modelSettings: null,
  prompt: null,
  promptAcknowledgement: false,
  clipChars: 50_000,
  mode: "sliding_window",
  slidingWindowPercentage: 0.3,
  ...changes,
});

describe("a request that can't fit", () => {
  test.each(["sliding_window", "all", "self_compact_sliding_window", "self_compact_all"] as const)(
    "is not sent after an import of 2,000 messages (%s): neither to the model nor to the summarizer",
    async (mode) => {
      const self = mode.startsWith("self_");
      const ran = await runBench({
        contextWindow: 16_000,
        compaction: compaction({ mode }),
        transcript: [...history(1000), { ...userMessage("What did I say?"), runId: "run-1" }],
        summaries: self ? [] : [says("They spoke.")],
        scripts: self ? [says("They spoke."), says("This.")] : [says("This.")],
      });
      expect(ran.store.compactions).toHaveLength(1);
      expect(longest([...ran.model.requests, ...ran.summarizer.requests])).toBeLessThan(16_000);
      const { messages } = ran.model.requests.at(-1)!;
      expect(textOf(messages[0]!)).toContain("They spoke.");
      expect(textOf(messages.at(-1)!)).toBe("What did I say?");
      expect(ran.end.stopReason).toBe("end_turn");
    },
  );

  test.each([null, 0, 200])("is known by estimate where a server counts %s tokens", async (input) => {
    const text = "word ".repeat(3300);
    const look = calls({ id: "c", name: "look", args: {} });
    const ran = await runBench({
      contextWindow: 32_768,
      transcript: [...history(3, text), userMessage("Look.")],
      tools: [tool("look", text.repeat(3))],
      summaries: [says("Summary.")],
      scripts: [uncounted(look, input), uncounted(says("Done."), input)],
    });
    expect(ran.store.compactions).toHaveLength(1);
    expect(longest([...ran.model.requests, ...ran.summarizer.requests])).toBeLessThan(32_768);
    expect(ran.end.stopReason).toBe("end_turn");
  });

  test("counts what came since the provider counted", async () => {
    const ran = await runBench({
      contextTokens: 28_000,
      transcript: [...history(10), userMessage("new words ".repeat(400))],
      summaries: [says("Summary.")],
      scripts: [says("Done.")],
    });
    expect(ran.store.compactions).toHaveLength(1);
  });

  test("counts the schemas of tools, and scripts that write a word with a sign", async () => {
    const wide = tool("wide", "OK", {
      parameters: { type: "object", properties: { a: { type: "string", description: "x".repeat(100_000) } } },
    });
    const schemas = await runBench({
      transcript: history(75),
      tools: [wide],
      summaries: [says("Summary.")],
      scripts: [says("Done.")],
    });
    expect(schemas.store.compactions).toHaveLength(1);
    const signs = await runBench({
      transcript: history(20, "记".repeat(800)),
      summaries: [says("Summary.")],
      scripts: [says("Done.")],
    });
    expect(signs.store.compactions).toHaveLength(1);
  });

  test("is compacted once: what then still is too long is sent as it is", async () => {
    const ran = await runBench({
      transcript: [...history(5), { ...userMessage("x".repeat(200_000)), runId: "run-1" }],
      summaries: [says("Summary.")],
      scripts: [says("Done.")],
    });
    expect(ran.store.compactions).toHaveLength(1);
    expect(ran.end.stopReason).toBe("end_turn");
  });
});
