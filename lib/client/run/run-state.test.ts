import { describe, expect, it } from "vitest";
import type { Item } from "@/lib/stream/item";
import { applyItem, IDLE, InBandError, timeToFirstToken, tokenRate } from "./run-state";

function says(text: string, seqId: number): Item {
  const envelope = { id: "message-1", otid: "1", date: "2026-01-01T00:00:00.000Z", name: null, senderId: null };
  return { ...envelope, type: "assistant", content: text, stepId: "step-1", runId: "run-1", isErr: null, seqId };
}

describe("applyItem", () => {
  it("folds fragments of one message into one text", () => {
    const state = [says("Hel", 1), says("lo", 2)].reduce((before, item) => applyItem(before, item, 0), IDLE);
    expect(state.fold.messages.map((message) => message.parts)).toEqual([[{ type: "text", text: "Hello" }]]);
    expect(state).toMatchObject({ runId: "run-1", lastSeq: 2, phase: "streaming" });
  });

  it("changes nothing for an item that a resumed stream says again", () => {
    const once = applyItem(IDLE, says("Hello", 1), 0);
    expect(applyItem(once, says("Hello", 1), 1)).toBe(once);
  });

  it("keeps an error of the stream beside what came before it", () => {
    const error = { type: "error", runId: "run-1", errorType: "llm_timeout", message: "m", detail: null } as const;
    const state = applyItem(applyItem(IDLE, says("Hello", 1), 0), { ...error, seqId: 2 }, 1);
    expect(state.error).toBeInstanceOf(InBandError);
    expect(state.fold.messages).toHaveLength(1);
  });

  it("measures the rate from the first fragment on, and the first token only of a run that was started here", () => {
    const started = { ...IDLE, started: true, startedAt: 100 };
    const state = applyItem(applyItem(started, says("a", 1), 300), says("b", 2), 800);
    expect(timeToFirstToken(state)).toBe(200);
    expect(tokenRate(state)).toBe(2);
    expect(timeToFirstToken(applyItem(IDLE, says("a", 1), 300))).toBeNull();
    expect(tokenRate({ ...state, started: false })).toBeNull();
  });
});
