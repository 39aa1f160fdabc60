import { describe, expect, it } from "vitest";
import { EMPTY_FOLD, type FoldState, fold, foldItem, messageToItems } from "./fold";
import type { Envelope, Item, MessageItem } from "./item";
import { type Message, type Part, partOtid } from "./message";

const DATE = "2026-01-02T03:04:05.000Z";
const ID = "message-11111111-2222-4333-8444-555555555500";

function head(overrides: Partial<Envelope> = {}): Envelope {
  const nothing = { name: null, senderId: null, stepId: null, runId: null, isErr: null, seqId: null };
  return { id: ID, otid: partOtid(ID, 0), date: DATE, ...nothing, ...overrides };
}

function message(overrides: Partial<Message> & { parts: Part[] }): Message {
  const nothing = { name: null, senderId: null, groupId: null, runId: null, stepId: null, model: null, isErr: null };
  return { id: ID, role: "assistant", otid: null, createdAt: DATE, ...nothing, ...overrides };
}

/** A small seeded generator (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function anyText(below: (n: number) => number): string {
  const words = ["tea", " likes ", "\n", '"', "\\", "é", "😀", "{", ":", ", "];
  return Array.from({ length: 1 + below(8) }, () => words[below(words.length)]).join("");
}

function anyMessage(below: (n: number) => number, index: number): Message {
  const hex = (index * 256).toString(16).padStart(12, "0");
  const id = `message-00000000-0000-4000-8000-${hex}`;
  const calls: Part[] = Array.from({ length: 1 + below(3) }, (_, at) => {
    return { type: "tool_call", id: `call-${index}-${at}`, name: `tool_${at}`, arguments: anyText(below) };
  });
  const reasoning: Part = {
    type: "reasoning",
    reasoning: anyText(below),
    source: below(2) === 0 ? "reasoner_model" : "non_reasoner_model",
    signature: below(2) === 0 ? "sig" : null,
  };
  const texts: Part[] = Array.from({ length: below(3) }, () => ({ type: "text", text: anyText(below) }));
  const returned: Part[] = Array.from({ length: 1 + below(2) }, (_, at) => {
    const content = anyText(below);
    return {
      type: "tool_return",
      toolCallId: `c${at}`,
      name: null,
      status: "success",
      content,
      stdout: null,
      stderr: [],
    };
  });
  const decision = { type: "approval", toolCallId: "c", approve: below(2) === 0, reason: null } as const;
  const kinds: Partial<Message>[] = [
    { role: "user", otid: `client-${index}`, parts: [{ type: "text", text: anyText(below) }] },
    { role: "assistant", parts: [reasoning, ...texts, ...calls], stepId: "step-1", runId: "run-1" },
    { role: "assistant", parts: [...texts, { type: "text", text: "end" }] },
    { role: "approval", parts: [reasoning, ...calls] },
    { role: "approval", otid: `client-${index}`, parts: [{ type: "approval", decision }] },
    { role: "tool", parts: returned, isErr: below(2) === 0 },
    { role: "summary", parts: [{ type: "summary", summary: anyText(below), stats: null }] },
    { role: "system", parts: [{ type: "text", text: anyText(below) }] },
  ];
  return message({ parts: [], ...kinds[below(kinds.length)], id });
}

/** Cuts a whole item into fragments at any place, as a token stream would bring it. */
function fragments(item: MessageItem, below: (n: number) => number): Item[] {
  if (item.type === "assistant" && typeof item.content === "string") {
    return cut(item.content, below).map((content) => ({ ...item, content }));
  }
  if (item.type === "reasoning") {
    const pieces = cut(item.reasoning, below);
    return pieces.map((reasoning, at) => ({
      ...item,
      reasoning,
      signature: at === pieces.length - 1 ? item.signature : null,
    }));
  }
  if (item.type !== "tool-call" && item.type !== "approval-request") return [item];
  const { calls, type, ...envelope } = item;
  return calls.flatMap(({ id, name, arguments: text }) =>
    [{ id, name }, ...cut(text, below).map((piece) => ({ id, arguments: piece }))].map((call) => ({
      ...envelope,
      type: `${type}-delta` as const,
      call,
    })),
  );
}

function cut(text: string, below: (n: number) => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = below(4);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function foldSteps(items: Iterable<Item>): FoldState {
  let state = EMPTY_FOLD;
  for (const item of items) state = foldItem(state, item);
  return state;
}

function transcript(seed: number): { messages: Message[]; whole: MessageItem[]; tokens: Item[] } {
  const below = random(seed);
  const messages = Array.from({ length: 1 + below(12) }, (_, index) => anyMessage(below, index + 1));
  const whole = messages.flatMap(messageToItems);
  return { messages, whole, tokens: whole.flatMap((item) => fragments(item, below)) };
}

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

describe("the laws of fold", () => {
  it("folds tokens to what whole items fold to, and both to the stored messages", () => {
    for (const seed of SEEDS) {
      const { messages, whole, tokens } = transcript(seed);
      expect(fold(whole), `seed ${seed}`).toEqual(messages);
      expect(fold(tokens), `seed ${seed}`).toEqual(messages);
      expect(foldSteps(tokens).messages, `seed ${seed}`).toEqual(messages);
    }
  });

  it("gives back the same items from the folded messages", () => {
    for (const seed of SEEDS) {
      const { whole, tokens } = transcript(seed);
      expect(fold(tokens).flatMap(messageToItems), `seed ${seed}`).toEqual(whole);
    }
  });
});

describe("foldItem", () => {
  const first: Item = { ...head(), type: "assistant", content: "Hel" };
  const other: Item = { ...head({ id: "message-b", otid: "x" }), type: "user", content: "hi" };

  it("keeps every message and part that did not change as the same object", () => {
    const thought: Item = {
      ...head({ otid: partOtid(ID, 1) }),
      ...{ type: "reasoning", reasoning: "hm", source: "reasoner_model", signature: null },
    };
    const before = foldSteps([other, first, thought]);
    const after = foldItem(before, { ...head(), type: "assistant", content: "lo" });
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages[1]).not.toBe(before.messages[1]);
    expect(after.messages[1]?.parts[0]).toEqual({ type: "text", text: "Hello" });
    expect(after.messages[1]?.parts[1]).toBe(before.messages[1]?.parts[1]);
    expect(before.messages[1]?.parts[0]).toEqual({ type: "text", text: "Hel" });
  });

  it("returns the state itself for items that change nothing", () => {
    const call = { id: "c", name: "f", arguments: "{}" };
    const state = foldSteps([first, { ...head({ otid: partOtid(ID, 1) }), type: "tool-call-delta", call }]);
    const nothing: Item[] = [
      { type: "ping", id: "ping-1", date: DATE, runId: null, seqId: 1 },
      { type: "stop", stopReason: "end_turn" },
      { type: "error", runId: null, errorType: "llm_error", message: "m", detail: null, seqId: null },
      { ...head({ id: "event" }), type: "event", eventType: "compaction", eventData: {} },
      { ...head(), type: "assistant", content: "" },
      { ...head({ otid: partOtid(ID, 1) }), type: "tool-call-delta", call: { id: "c" } },
    ];
    for (const item of nothing) expect(foldItem(state, item)).toBe(state);
  });

  it("makes a message of a first item even when its text is still empty", () => {
    expect(foldItem(EMPTY_FOLD, { ...head(), type: "assistant", content: "" }).messages).toEqual([
      message({ parts: [] }),
    ]);
  });
});

describe("fold", () => {
  it("orders parts by the index in their otid, whatever the order in which they come", () => {
    const [folded] = fold([
      { ...head({ otid: partOtid(ID, 2) }), type: "tool-call", calls: [{ id: "c", name: "f", arguments: "{}" }] },
      { ...head({ otid: partOtid(ID, 1) }), type: "assistant", content: "b" },
      { ...head({ otid: partOtid(ID, 0) }), type: "assistant", content: "a" },
    ]);
    expect(folded?.parts.map((part) => (part.type === "text" ? part.text : part.type))).toEqual([
      "a",
      "b",
      "tool_call",
    ]);
  });

  it("replaces what fragments of calls said by the whole calls", () => {
    const [folded] = fold([
      { ...head(), type: "tool-call-delta", call: { id: "c", name: "f", arguments: '{"a' } },
      { ...head(), type: "tool-call", calls: [{ id: "c", name: "f", arguments: '{"a":1}' }] },
    ]);
    expect(folded?.parts).toEqual([{ type: "tool_call", id: "c", name: "f", arguments: '{"a":1}' }]);
  });

  it("tells fragments of parallel calls apart by id, and reads one without an id on to the last call", () => {
    const deltas = [
      { id: "a", name: "f" },
      { id: "b", name: "g" },
      { id: "a", arguments: "1" },
      { id: "", arguments: "2" },
    ];
    const [folded] = fold(deltas.map((call) => ({ ...head(), type: "tool-call-delta" as const, call })));
    expect(folded?.parts).toEqual([
      { type: "tool_call", id: "a", name: "f", arguments: "1" },
      { type: "tool_call", id: "b", name: "g", arguments: "2" },
    ]);
  });

  it("gives thoughts and a request for approval of one id to one approval message", () => {
    const calls = [{ id: "c", name: "f", arguments: "{}" }];
    const thought = { type: "reasoning", reasoning: "hm", source: "reasoner_model", signature: null } as const;
    const folded = fold([
      { ...head(), ...thought },
      { ...head({ otid: partOtid(ID, 1) }), type: "approval-request", calls },
    ]);
    expect(folded.map(({ role, parts }) => [role, parts.map((part) => part.type)])).toEqual([
      ["approval", ["reasoning", "tool_call"]],
    ]);
  });

  it("keeps a signature that comes before the end of its thought", () => {
    const signatures = [null, "sig", null];
    const items = signatures.map((signature, at): Item => {
      return { ...head(), type: "reasoning", reasoning: `${at}`, source: "reasoner_model", signature };
    });
    expect(fold(items)[0]?.parts).toEqual([
      { type: "reasoning", reasoning: "012", source: "reasoner_model", signature: "sig" },
    ]);
  });

  it("keeps a user message's own otid, even one that reads like a part's", () => {
    expect(fold([{ ...head(), type: "user", content: "hi" }])[0]?.otid).toBe(partOtid(ID, 0));
  });

  it("takes the first item's word for what a message is", () => {
    const [folded] = fold([
      { ...head({ stepId: "step-1", runId: "run-1" }), type: "assistant", content: "a" },
      { ...head({ stepId: "step-2", date: "2030-01-01T00:00:00.000Z" }), type: "assistant", content: "b" },
    ]);
    expect(folded).toMatchObject({ stepId: "step-1", runId: "run-1", createdAt: DATE, otid: null });
  });
});

describe("messageToItems", () => {
  it("gives an assistant message's parts otids counted from 0, all its calls as one item", () => {
    const items = messageToItems(
      message({
        parts: [
          { type: "hidden_reasoning", state: "redacted", hiddenReasoning: "x" },
          { type: "text", text: "a" },
          { type: "text", text: "b", signature: "s" },
          { type: "tool_call", id: "c1", name: "f", arguments: "{}" },
          { type: "tool_call", id: "c2", name: "g", arguments: "{}" },
        ],
      }),
    );
    expect(items.map((item) => item.otid?.at(-1))).toEqual(["0", "1", "2", "3"]);
    expect(items.map((item) => item.type)).toEqual(["hidden-reasoning", "assistant", "assistant", "tool-call"]);
    expect(items[2]).toMatchObject({ content: [{ type: "text", text: "b", signature: "s" }] });
    expect(items[3]).toMatchObject({ calls: [{ id: "c1" }, { id: "c2" }] });
  });

  it("gives a user message as one item under its own otid: a single text as a string, else the list", () => {
    const image = { type: "image", source: { type: "url", url: "https://x/y.png" } } as const;
    const text = { type: "text", text: "hi" } as const;
    expect(messageToItems(message({ role: "user", otid: "mine", parts: [text] }))).toMatchObject([
      { type: "user", otid: "mine", content: "hi" },
    ]);
    const parts = [text, image];
    const items = messageToItems(message({ role: "user", otid: "mine", parts }));
    expect(items).toMatchObject([{ type: "user", otid: "mine", content: parts }]);
    expect(fold(items)).toEqual([message({ role: "user", otid: "mine", parts })]);
  });

  it("gives a system message as one item without otid, also when its text is kept elsewhere", () => {
    const items = messageToItems(message({ role: "system", parts: [] }));
    expect(items).toMatchObject([{ type: "system", otid: null, content: "" }]);
    expect(fold(items)).toEqual([message({ role: "system", parts: [] })]);
  });

  it("gives nothing for a message that says nothing", () => {
    expect(messageToItems(message({ parts: [] }))).toEqual([]);
  });
});
