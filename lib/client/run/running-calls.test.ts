import { describe, expect, it } from "vitest";
import {
  applyCallEvents,
  asCallEvent,
  type CallEvent,
  joinSnapshot,
  NO_CALLS,
  type RunningCalls,
  runningLabel,
  TAIL_CHARS,
} from "./running-calls";

const START = "2026-01-02T03:04:05.000Z";
const NOW = 1_000_000;
const at = (ms: number) => new Date(Date.parse(START) + ms).toISOString();

const state = (id: string, status: "running" | "success" | "error" | "cancelled", ms = 0): CallEvent => ({
  type: "tool-call",
  id,
  run_id: "run-1",
  status,
  at: at(ms),
  heardAt: NOW + ms,
  detail: { tool_name: `tool_${id}`, started_at: START },
});
const printed = (id: string, text: string, offset: number, stream: "stdout" | "stderr" = "stdout"): CallEvent => ({
  type: "tool-output",
  id,
  run_id: "run-1",
  at: START,
  heardAt: NOW,
  detail: { stream, text, offset },
});
const listed = (id: string, output: { stream: "stdout" | "stderr"; text: string }[] = [], output_from = 0) => ({
  tool_call_id: id,
  tool_name: `tool_${id}`,
  step_id: "step-1",
  status: "running" as const,
  started_at: START,
  ended_at: null,
  elapsed_ms: 4000,
  output,
  output_from,
});
const TAKEN = { runId: "run-1", heardAt: NOW };
const textOf = (calls: RunningCalls, id: string) =>
  calls.calls
    .get(id)!
    .output.map(({ text }) => text)
    .join("");

describe("events about calls", () => {
  it("tell when a call began, what it printed by stream, and how long it took", () => {
    const running = applyCallEvents(NO_CALLS, [
      state("a", "running"),
      printed("a", "one\n", 0),
      printed("a", "two\n", 4),
      printed("a", "oh\n", 8, "stderr"),
    ]);
    expect(running.calls.get("a")).toMatchObject({
      name: "tool_a",
      status: "running",
      since: NOW,
      tookMs: null,
      output: [
        { stream: "stdout", text: "one\ntwo\n" },
        { stream: "stderr", text: "oh\n" },
      ],
    });
    const ended = applyCallEvents(running, [state("a", "success", 2500)]);
    expect(ended.calls.get("a")).toMatchObject({ status: "success", tookMs: 2500 });
    expect(textOf(ended, "a")).toBe("one\ntwo\noh\n");
  });

  it("keep several calls apart, and leave those as they are that they don't speak of", () => {
    const two = applyCallEvents(NO_CALLS, [state("a", "running"), state("b", "running"), printed("b", "b", 0)]);
    const next = applyCallEvents(two, [printed("a", "a", 0)]);
    expect([textOf(next, "a"), textOf(next, "b")]).toEqual(["a", "b"]);
    expect(next.calls.get("b")).toBe(two.calls.get("b"));
  });

  it("add nothing twice, and show the newest where something in between was missed", () => {
    const calls = applyCallEvents(NO_CALLS, [
      state("a", "running"),
      printed("a", "one two", 0),
      printed("a", "two three", 4),
      printed("a", "one", 0),
    ]);
    expect(textOf(calls, "a")).toBe("one two three");
    const later = applyCallEvents(calls, [printed("a", "five", 18)]);
    expect(later.calls.get("a")).toMatchObject({ outputFrom: 18, output: [{ stream: "stdout", text: "five" }] });
  });

  it("keep no more than the tail of the output", () => {
    const calls = applyCallEvents(NO_CALLS, [
      state("a", "running"),
      printed("a", "e".repeat(100), 0, "stderr"),
      printed("a", "x".repeat(TAIL_CHARS - 50), 100),
      printed("a", "y".repeat(100), TAIL_CHARS + 50),
    ]);
    expect(textOf(calls, "a")).toHaveLength(TAIL_CHARS);
    expect(calls.calls.get("a")).toMatchObject({ outputFrom: 150, output: [{ stream: "stdout" }] });
    expect(textOf(calls, "a").endsWith("y".repeat(100))).toBe(true);
  });

  it("begin a call anew that is made again, without what it printed before", () => {
    const first = applyCallEvents(NO_CALLS, [state("a", "running"), printed("a", "old", 0), state("a", "error")]);
    const again: CallEvent = {
      type: "tool-call",
      id: "a",
      run_id: "run-1",
      status: "running",
      at: at(9000),
      heardAt: NOW,
      detail: { tool_name: "tool_a", started_at: at(9000) },
    };
    expect(applyCallEvents(first, [again]).calls.get("a")).toMatchObject({ status: "running", output: [] });
  });

  it("are only those of calls", () => {
    expect(asCallEvent({ type: "step", id: "step-1" })).toBeNull();
    const event = state("a", "running");
    expect(asCallEvent(event)).toBe(event);
  });
});

describe("a list of calls from the server", () => {
  it("says since when each runs by the server's clock, whatever this browser's is", () => {
    const { calls } = joinSnapshot(NO_CALLS, NO_CALLS, [listed("a", [{ stream: "stdout", text: "one" }])], TAKEN);
    expect(calls.get("a")).toMatchObject({ since: NOW - 4000, tookMs: null, output: [{ text: "one" }] });
  });

  it("loses nothing that was printed while it was on its way, and doubles nothing", () => {
    const now = applyCallEvents(NO_CALLS, [printed("a", "two", 3), printed("a", "three", 6)]);
    const joined = joinSnapshot(NO_CALLS, now, [listed("a", [{ stream: "stdout", text: "onetwo" }])], TAKEN);
    expect(textOf(joined, "a")).toBe("onetwothree");
    expect(joined.early).toEqual([]);
  });

  it("does not take back what is known already: later output, an end", () => {
    const before = applyCallEvents(NO_CALLS, [state("a", "running"), printed("a", "one", 0)]);
    const now = applyCallEvents(before, [printed("a", "two", 3), state("a", "cancelled", 700)]);
    const joined = joinSnapshot(before, now, [listed("a", [{ stream: "stdout", text: "one" }])], TAKEN);
    expect(joined.calls.get("a")).toMatchObject({ status: "cancelled", tookMs: 700, since: NOW });
    expect(textOf(joined, "a")).toBe("onetwo");
  });

  it("keeps a call that began meanwhile, and drops one that is over", () => {
    const before = applyCallEvents(NO_CALLS, [state("old", "running")]);
    const now = applyCallEvents(before, [state("new", "running")]);
    expect([...joinSnapshot(before, now, [], TAKEN).calls.keys()]).toEqual(["new"]);
  });
});

describe("runningLabel", () => {
  it("names the one that runs, counts several, and says nothing of those that have ended", () => {
    const one = applyCallEvents(NO_CALLS, [state("a", "running")]);
    const two = applyCallEvents(one, [state("b", "running")]);
    const ended = applyCallEvents(two, [state("a", "success"), state("b", "error")]);
    expect([one, two, ended].map(({ calls }) => runningLabel(calls))).toEqual([
      "Running tool_a…",
      "Running 2 tools…",
      null,
    ]);
  });
});
