import { describe, expect, test } from "vitest";
import type { ModelEvent, ModelRequest } from "@/lib/engine/model";
import { userMessage } from "@/lib/engine/testing/bench";
import { canonicalJson, packEvents, requestHash, unpackEvents } from "./cassette";

const EVENTS: ModelEvent[] = [
  { type: "reasoning", text: "Let " },
  { type: "reasoning", text: "me" },
  { type: "reasoning", text: "think", source: "non_reasoner_model" },
  { type: "reasoning", text: "", signature: "sig" },
  { type: "redacted-reasoning", data: "xyz" },
  { type: "text", text: "Hel" },
  { type: "text", text: "" },
  { type: "text", text: "lo" },
  { type: "tool-call", id: "a", name: "f" },
  { type: "tool-call-arguments", id: "a", text: "{" },
  { type: "tool-call", id: "b", name: "g" },
  { type: "tool-call-arguments", id: "b", text: "{" },
  { type: "tool-call-arguments", id: "a", text: "}" },
  { type: "tool-call-arguments", id: "a", text: "" },
  { type: "text", text: "more" },
  {
    type: "finish",
    reason: "stop",
    usage: { input: 1, output: 2, cachedInput: null, cacheWrite: null, reasoning: null },
  },
  { type: "error", error: { kind: "llm_error", message: "m", detail: null, status: 500 } },
];

describe("packing events", () => {
  test("loses nothing, also not how texts were cut", () => {
    expect(unpackEvents(packEvents(EVENTS))).toEqual(EVENTS);
    expect(unpackEvents(JSON.parse(JSON.stringify(packEvents(EVENTS))))).toEqual(EVENTS);
    expect(packEvents([])).toEqual([]);
  });

  test("puts neighbouring fragments together", () => {
    const events = Array.from({ length: 100 }, (): ModelEvent => ({ type: "text", text: "x" }));
    expect(packEvents(events)).toHaveLength(1);
  });
});

describe("the hash of a request", () => {
  const request = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
    system: "You are Sam.",
    messages: [userMessage("Hi")],
    tools: [{ name: "f", description: "F", parameters: { type: "object", properties: { a: {}, b: {} } } }],
    toolChoice: "auto",
    parallelToolCalls: false,
    settings: { temperature: 1, provider_type: "openai" },
    ...changes,
  });

  test("is the same for the same words under other ids, times and orders of keys", () => {
    const [message] = request().messages;
    const again = {
      ...message!,
      id: "message-other",
      createdAt: "2030-01-01T00:00:00Z",
      parts: [{ text: "Hi", type: "text" as const }],
    };
    const settings = { provider_type: "openai", temperature: 1 };
    expect(requestHash("m", request({ messages: [again], settings }))).toBe(requestHash("m", request()));
  });

  test("is another for any other thing that the model would see", () => {
    const others = [
      requestHash("other", request()),
      requestHash("m", request({ system: "You are Max." })),
      requestHash("m", request({ messages: [userMessage("Ho")] })),
      requestHash("m", request({ messages: [userMessage("Hi"), userMessage("")] })),
      requestHash("m", request({ messages: [{ ...userMessage("Hi"), role: "assistant" }] })),
      requestHash("m", request({ tools: [] })),
      requestHash("m", request({ toolChoice: "required" })),
      requestHash("m", request({ parallelToolCalls: true })),
      requestHash("m", request({ settings: {} })),
    ];
    expect(new Set([...others, requestHash("m", request())]).size).toBe(others.length + 1);
  });

  test("is what it will be when the database has given the parts back", () => {
    expect(canonicalJson({ b: "x\0y", a: ["\ud800", undefined], c: undefined })).toBe('{"a":["\ufffd",null],"b":"xy"}');
  });
});
