import { describe, expect, it } from "vitest";
import type { Envelope, Item } from "./item";
import { filterReturnTypes, itemToWire, WIRE_TYPES, type WireMessage, wireToItem } from "./wire";

const HEAD: Envelope = {
  id: "message-11111111-2222-4333-8444-555555555500",
  otid: "11111111-2222-4333-8444-555555555501",
  date: "2026-01-02T03:04:05.000Z",
  name: "Ann",
  senderId: "identity-1",
  stepId: "step-1",
  runId: "run-1",
  isErr: false,
  seqId: 7,
};
const BARE: Envelope = {
  ...{ ...HEAD, id: "m", otid: "o", name: null, senderId: null },
  ...{ stepId: null, runId: null, isErr: null, seqId: null },
};
const CALL = { id: "c1", name: "f", arguments: "{}" };
const RETURN = { toolCallId: "c1", name: "f", status: "success", content: "ok", stdout: null, stderr: null } as const;
const IMAGE = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } } as const;

/** At least one item of every kind. */
const ITEMS: Item[] = [
  { ...HEAD, type: "user", content: "hi" },
  { ...HEAD, type: "user", content: [{ type: "text", text: "hi" }, IMAGE] },
  { ...HEAD, otid: null, type: "system", content: "x" },
  { ...HEAD, type: "assistant", content: "hello" },
  { ...HEAD, type: "assistant", content: [{ type: "text", text: "hello", signature: "s" }] },
  { ...HEAD, type: "reasoning", reasoning: "r", source: "non_reasoner_model", signature: "s" },
  { ...HEAD, type: "hidden-reasoning", state: "redacted", hiddenReasoning: "x" },
  { ...HEAD, type: "tool-call", calls: [CALL, { id: "c2", name: "g", arguments: "not json" }] },
  { ...HEAD, type: "tool-call", calls: [] },
  { ...HEAD, type: "tool-call-delta", call: { id: "c1", name: "f" } },
  { ...HEAD, type: "tool-call-delta", call: { id: "c1", arguments: '{"a' } },
  { ...HEAD, type: "tool-call-delta", call: { id: "" } },
  { ...HEAD, type: "approval-request", calls: [CALL] },
  { ...HEAD, type: "approval-request-delta", call: { id: "c1", name: "f", arguments: "" } },
  { ...HEAD, name: null, type: "tool-return", returns: [{ ...RETURN, stdout: ["a"], stderr: ["b"] }] },
  { ...HEAD, name: null, type: "tool-return", returns: [{ ...RETURN, content: [IMAGE], status: "error" }] },
  { ...HEAD, name: null, type: "tool-return", returns: [RETURN, { ...RETURN, toolCallId: "c2", name: null }] },
  {
    ...HEAD,
    type: "approval-response",
    decisions: [
      { type: "approval", toolCallId: "c1", approve: false, reason: "no" },
      { type: "tool", toolCallId: "c2", status: "success", content: "ok", stdout: null, stderr: null },
    ],
  },
  {
    ...HEAD,
    type: "approval-response",
    decisions: [{ type: "tool", toolCallId: "c2", status: "error", content: [IMAGE], stdout: [], stderr: [] }],
  },
  { ...HEAD, type: "summary", summary: "s", stats: null },
  {
    ...HEAD,
    type: "summary",
    summary: "s",
    stats: {
      trigger: "post_step_context_check",
      ...{ contextTokensBefore: 9, contextTokensAfter: null, contextWindow: 10 },
      ...{ messagesCountBefore: 5, messagesCountAfter: 2 },
    },
  },
  { ...HEAD, type: "event", eventType: "compaction", eventData: { trigger: "t" } },
  { type: "ping", id: "ping-1", date: HEAD.date, runId: "run-1", seqId: null },
  { type: "stop", stopReason: "end_turn" },
  {
    type: "usage",
    ...{ completionTokens: 1, promptTokens: 2, totalTokens: 3, stepCount: 1, runIds: ["run-1"] },
    ...{ cachedInputTokens: 0, cacheWriteTokens: null, reasoningTokens: 4, contextTokens: 5 },
  },
  { type: "error", runId: "run-1", errorType: "internal_error", message: "m", detail: null, seqId: 3 },
];

describe("the law of the wire", () => {
  it.each(ITEMS.map((item) => [item.type, item] as const))("a %s item comes back as it went out", (_type, item) => {
    const wire = JSON.parse(JSON.stringify(itemToWire(item))) as WireMessage;
    expect(wireToItem(wire)).toEqual(item);
    expect(itemToWire(wireToItem(wire))).toEqual(wire);
  });

  it("is checked for every kind of item", () => {
    expect(new Set(ITEMS.map((item) => item.type))).toEqual(new Set(Object.keys(WIRE_TYPES)));
  });

  it("names each kind's wire type as itemToWire does", () => {
    for (const item of ITEMS) expect(itemToWire(item).message_type).toBe(WIRE_TYPES[item.type]);
  });
});

/** The contract's samples (§2.6), key for key. */
function sample(type: string, rest: string, name = "null"): string {
  const head = `"id":"m","date":"2026-01-02T03:04:05+00:00","name":${name},"message_type":"${type}","otid":"o"`;
  return `{${head},"sender_id":null,"step_id":null,"is_err":null,"seq_id":null,"run_id":null,${rest}}`;
}

const CALL_JSON = '{"name":"f","arguments":"{}","tool_call_id":"c1"}';
const RETURN_JSON = '"tool_return":"ok","status":"success","tool_call_id":"c1","stdout":null,"stderr":null';
const SAMPLES: [Item, string][] = [
  [{ ...BARE, type: "user", content: "hi" }, sample("user_message", '"content":"hi"')],
  [{ ...BARE, type: "system", content: "x" }, sample("system_message", '"content":"x"')],
  [{ ...BARE, type: "assistant", content: "hello" }, sample("assistant_message", '"content":"hello"')],
  [
    { ...BARE, type: "reasoning", reasoning: "r", source: "reasoner_model", signature: null },
    sample("reasoning_message", '"source":"reasoner_model","reasoning":"r","signature":null'),
  ],
  [
    { ...BARE, type: "hidden-reasoning", state: "redacted", hiddenReasoning: null },
    sample("hidden_reasoning_message", '"state":"redacted","hidden_reasoning":null'),
  ],
  [
    { ...BARE, type: "tool-call", calls: [CALL] },
    sample("tool_call_message", `"tool_call":${CALL_JSON},"tool_calls":[${CALL_JSON}]`),
  ],
  [
    { ...BARE, type: "tool-call-delta", call: { id: "c1", name: "f" } },
    sample(
      "tool_call_message",
      '"tool_call":{"name":"f","tool_call_id":"c1"},"tool_calls":{"name":"f","tool_call_id":"c1"}',
    ),
  ],
  [
    { ...BARE, type: "approval-request-delta", call: { id: "c1", arguments: "{" } },
    sample(
      "approval_request_message",
      '"tool_call":{"arguments":"{","tool_call_id":"c1"},"tool_calls":{"arguments":"{","tool_call_id":"c1"}',
    ),
  ],
  [
    { ...BARE, type: "tool-return", returns: [RETURN] },
    sample("tool_return_message", `${RETURN_JSON},"tool_returns":[{"type":"tool",${RETURN_JSON}}]`, '"f"'),
  ],
  [
    { ...BARE, type: "approval-request", calls: [CALL] },
    sample("approval_request_message", `"tool_call":${CALL_JSON},"tool_calls":[${CALL_JSON}]`),
  ],
  [
    {
      ...BARE,
      type: "approval-response",
      decisions: [{ type: "approval", toolCallId: "c1", approve: true, reason: null }],
    },
    sample(
      "approval_response_message",
      '"approvals":[{"type":"approval","tool_call_id":"c1","approve":true,"reason":null}],"approve":true,"approval_request_id":"c1","reason":null',
    ),
  ],
  [
    { ...BARE, type: "summary", summary: "s", stats: null },
    sample("summary_message", '"summary":"s","compaction_stats":null'),
  ],
  [
    { ...BARE, type: "event", eventType: "compaction", eventData: {} },
    sample("event_message", '"event_type":"compaction","event_data":{}'),
  ],
  [{ type: "stop", stopReason: "end_turn" }, '{"message_type":"stop_reason","stop_reason":"end_turn"}'],
  [
    {
      type: "usage",
      ...{ completionTokens: 0, promptTokens: 0, totalTokens: 0, stepCount: 0, runIds: null },
      ...{ cachedInputTokens: null, cacheWriteTokens: null, reasoningTokens: null, contextTokens: null },
    },
    '{"message_type":"usage_statistics","completion_tokens":0,"prompt_tokens":0,"total_tokens":0,"step_count":0,"run_ids":null,"cached_input_tokens":null,"cache_write_tokens":null,"reasoning_tokens":null,"context_tokens":null}',
  ],
  [
    { type: "error", runId: "run-1", errorType: "internal_error", message: "m", detail: null, seqId: null },
    '{"message_type":"error_message","run_id":"run-1","error_type":"internal_error","message":"m","detail":null,"seq_id":null}',
  ],
  [
    { type: "ping", id: "ping-1", date: HEAD.date, runId: "run-1", seqId: 4 },
    '{"id":"ping-1","date":"2026-01-02T03:04:05+00:00","name":null,"message_type":"ping","otid":null,"sender_id":null,"step_id":null,"is_err":null,"seq_id":4,"run_id":"run-1"}',
  ],
];

describe("itemToWire", () => {
  it.each(SAMPLES.map(([item, json]) => [item.type, item, json] as const))(
    "writes %s as the contract does, in its order of keys",
    (_type, item, json) => {
      expect(JSON.stringify(itemToWire(item))).toBe(json);
    },
  );

  it("drops the fraction of a date, and passes a date that is none", () => {
    const wireDate = (date: string) => itemToWire({ type: "ping", id: "p", date, runId: null, seqId: null });
    expect(wireDate("2026-01-02T03:04:05.999999Z")).toMatchObject({ date: "2026-01-02T03:04:05+00:00" });
    expect(wireDate("2026-01-02T05:04:05+02:00")).toMatchObject({ date: "2026-01-02T03:04:05+00:00" });
    expect(wireDate("yesterday")).toMatchObject({ date: "yesterday" });
  });

  it("writes a return of parts as text in the deprecated key", () => {
    const content = [{ type: "text" as const, text: "a" }, IMAGE];
    const wire = itemToWire({ ...BARE, type: "tool-return", returns: [{ ...RETURN, content }] });
    expect(wire).toMatchObject({ tool_return: "a\n[Image omitted]", tool_returns: [{ tool_return: content }] });
  });

  it("writes an item without calls, returns or decisions with every key the contract has", () => {
    expect(itemToWire({ ...BARE, type: "tool-call", calls: [] })).toMatchObject({
      tool_call: { name: "" },
      tool_calls: [],
    });
    expect(itemToWire({ ...BARE, type: "tool-return", returns: [] })).toMatchObject({
      tool_return: "",
      tool_returns: [],
    });
    expect(itemToWire({ ...BARE, type: "approval-response", decisions: [] })).toMatchObject({
      approve: null,
      reason: null,
    });
  });
});

describe("wireToItem", () => {
  it("reads the deprecated keys where the newer ones are missing", () => {
    const read = (json: object) => wireToItem({ id: "m", date: HEAD.date, ...json } as unknown as WireMessage);
    const call = { name: "f", arguments: "{}", tool_call_id: "c1" };
    expect(read({ message_type: "tool_call_message", tool_call: call })).toMatchObject({ calls: [CALL], otid: null });
    const returned = { tool_return: "ok", status: "success", tool_call_id: "c1", name: "f" };
    expect(read({ message_type: "tool_return_message", ...returned })).toMatchObject({ returns: [RETURN] });
    expect(
      read({ message_type: "approval_response_message", approve: true, approval_request_id: "message-1" }),
    ).toMatchObject({ decisions: [{ type: "approval", toolCallId: "message-1", approve: true, reason: null }] });
  });

  it("reads a kind of message that it doesn't know as a ping", () => {
    const wire = { id: "m", date: HEAD.date, message_type: "hologram_message" } as unknown as WireMessage;
    expect(wireToItem(wire)).toEqual({ type: "ping", id: "m", date: HEAD.date, runId: null, seqId: null });
  });
});

describe("filterReturnTypes", () => {
  it("keeps the message types asked for, and all that is said of the run itself", () => {
    const kept = ITEMS.filter(filterReturnTypes(["tool_call_message"])).map((item) => item.type);
    expect(new Set(kept)).toEqual(new Set(["tool-call", "tool-call-delta", "ping", "stop", "usage", "error"]));
  });

  it("keeps everything for null", () => {
    expect(ITEMS.filter(filterReturnTypes(null))).toEqual(ITEMS);
  });
});
