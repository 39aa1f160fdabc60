import { describe, expect, test } from "vitest";
import { type ChatDelta, joinDeltas, readChat } from "./chat-completions";
import type { Item, MessageItem } from "./item";

const envelope = (id: string) => ({
  id,
  otid: null,
  date: "2026-01-01T00:00:00.000Z",
  name: null,
  senderId: null,
  stepId: null,
  runId: null,
  isErr: null,
  seqId: null,
});
const says = (id: string, content: string): MessageItem => ({ ...envelope(id), type: "assistant", content });
const STOP: Item = { type: "stop", stopReason: "end_turn" };
const USAGE: Item = {
  type: "usage",
  completionTokens: 2,
  promptTokens: 3,
  totalTokens: 5,
  stepCount: 1,
  runIds: null,
  cachedInputTokens: 1,
  cacheWriteTokens: null,
  reasoningTokens: null,
  contextTokens: null,
};

function read(items: Item[], clientTools: string[] = []) {
  const reader = readChat(new Set(clientTools));
  const events = items.flatMap((item) => reader.push(item));
  const deltas = events.flatMap((event): ChatDelta[] => (event.type === "delta" ? [event.delta] : []));
  return { events, message: joinDeltas(deltas), kinds: events.map((event) => event.type) };
}

describe("items as OpenAI's chunks", () => {
  test("texts of several messages are paragraphs of one", () => {
    const { message, events } = read([says("m1", "One "), says("m1", "two."), says("m2", "Three."), STOP, USAGE]);
    expect(message).toEqual({ role: "assistant", content: "One two.\n\nThree." });
    expect(events.at(-2)).toEqual({ type: "finish", reason: "stop" });
    expect(events.at(-1)).toMatchObject({
      usage: { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 1 }, completion_tokens_details: null },
    });
  });

  test("calls of the client's tools are the same, whole or in fragments", () => {
    const call = { id: "c1", name: "look", arguments: '{"a":1}' };
    const whole = read([{ ...envelope("m"), type: "approval-request", calls: [call] }, STOP, USAGE], ["look"]);
    const fragments = read(
      [
        { ...envelope("m"), type: "approval-request-delta", call: { id: "c1", name: "look" } },
        { ...envelope("m"), type: "approval-request-delta", call: { id: "c1", arguments: '{"a"' } },
        { ...envelope("m"), type: "approval-request-delta", call: { id: "c1", arguments: ":1}" } },
        STOP,
        USAGE,
      ],
      ["look"],
    );
    expect(fragments.message).toEqual(whole.message);
    expect(whole.message.tool_calls).toEqual([
      { id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } },
    ]);
    for (const one of [whole, fragments]) expect(one.events.at(-2)).toEqual({ type: "finish", reason: "tool_calls" });
  });

  test("a call that waits for a person is said, and not the client's to answer", () => {
    const call = { id: "c1", name: "pay", arguments: "{}" };
    const { message, events } = read([
      says("m1", "I pay."),
      { ...envelope("m"), type: "approval-request", calls: [call] },
      { type: "stop", stopReason: "requires_approval" },
      USAGE,
    ]);
    expect(message.content).toBe("I pay.\n\n[Waiting for the approval of a tool call: pay (c1)]");
    expect(message.tool_calls).toBeUndefined();
    expect(events.at(-2)).toEqual({ type: "finish", reason: "stop" });
  });

  test("the agent's own calls and returns are not shown; a failure has no finish; a cancelled run has no usage", () => {
    const own: Item = { ...envelope("m"), type: "tool-call", calls: [{ id: "c", name: "f", arguments: "{}" }] };
    expect(read([own, STOP, USAGE]).kinds).toEqual(["finish", "usage"]);
    const error: Item = { type: "error", runId: null, errorType: "llm_error", message: "m", detail: null, seqId: null };
    expect(read([{ type: "stop", stopReason: "llm_api_error" }, error]).kinds).toEqual(["error"]);
    expect(read([{ type: "stop", stopReason: "cancelled" }]).kinds).toEqual(["finish"]);
    expect(read([{ type: "stop", stopReason: "max_steps" }, USAGE]).events[0]).toEqual({
      type: "finish",
      reason: "length",
    });
  });
});
