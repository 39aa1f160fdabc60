import { expect, it } from "vitest";
import type { Envelope, Item, MessageItem } from "@/lib/stream/item";
import { joinItems, wholeItems } from "./whole-items";

const part = (id: string, otid: string): Envelope => ({
  id,
  otid,
  date: "2026-01-02T03:04:05.000Z",
  name: null,
  senderId: null,
  stepId: "step-1",
  runId: "run-1",
  isErr: null,
  seqId: null,
});
const says = (content: string, otid = "m-00"): MessageItem => ({ ...part("m", otid), type: "assistant", content });
const thinks = (reasoning: string, otid: string): MessageItem => ({
  ...part("m", otid),
  type: "reasoning",
  reasoning,
  source: "reasoner_model",
  signature: null,
});
const calls = (call: { id: string; name?: string; arguments?: string }): MessageItem => ({
  ...part("m", "m-01"),
  type: "tool-call-delta",
  call,
});
const asks = (call: { id: string; name?: string; arguments?: string }): MessageItem => ({
  ...part("request", "r-00"),
  type: "approval-request-delta",
  call,
});

/** What comes out of a turn, and how many items had gone in by then. */
async function turn(items: MessageItem[], failure: string | null = null) {
  let sent = 0;
  async function* source() {
    for (const item of items) {
      sent++;
      yield item;
    }
    return { failure };
  }
  const out: { item: Item; after: number }[] = [];
  const whole = wholeItems(source());
  for await (const item of whole) out.push({ item, after: sent });
  return out;
}

it("yields words whole as soon as something else begins", async () => {
  const out = await turn([thinks("hm, ", "m-00"), thinks("so", "m-00"), says("Yes", "m-01"), says(".", "m-01")]);
  expect(out.map(({ item, after }) => [item.type, after])).toEqual([
    ["reasoning", 3],
    ["assistant", 4],
  ]);
  expect(out[0]!.item).toMatchObject({ reasoning: "hm, so", otid: "m-00" });
  expect(out[1]!.item).toMatchObject({ content: "Yes.", otid: "m-01" });
});

it("yields calls whole after everything else, though other parts came between their fragments", async () => {
  const out = await turn([
    calls({ id: "a", name: "f" }),
    calls({ id: "a", arguments: '{"x":' }),
    thinks("meanwhile", "m-02"),
    calls({ id: "b", name: "g", arguments: "{}" }),
    calls({ id: "a", arguments: "1}" }),
  ]);
  expect(out.map(({ item }) => item.type)).toEqual(["reasoning", "tool-call"]);
  expect(out[1]!.item).toMatchObject({
    calls: [
      { id: "a", name: "f", arguments: '{"x":1}' },
      { id: "b", name: "g", arguments: "{}" },
    ],
  });
});

it("yields calls that wait for an approval last, as they are stored", async () => {
  const out = await turn([
    asks({ id: "a", name: "f", arguments: "{}" }),
    calls({ id: "b", name: "g", arguments: "{}" }),
  ]);
  expect(out.map(({ item }) => item.type)).toEqual(["tool-call", "approval-request"]);
});

it("leaves out the calls of a turn that failed, which may be half-sent, and keeps its words", async () => {
  const out = await turn([says("I will"), calls({ id: "a", name: "f" }), calls({ id: "a", arguments: '{"x' })], "cut");
  expect(out.map(({ item }) => item.type)).toEqual(["assistant"]);
});

it("leaves whole items as they are, in their place", () => {
  const stop: Item = { type: "stop", stopReason: "end_turn" };
  const joined = joinItems([says("a"), says("b"), calls({ id: "a", name: "f", arguments: "{}" }), stop]);
  expect(joined.map((item) => item.type)).toEqual(["assistant", "tool-call", "stop"]);
  expect(joinItems(joined)).toEqual(joined);
});
