import { expect, test } from "vitest";
import { createRunningCalls, TAIL_CHARS } from "./running-calls";

const begun = (callId: string, stepId = "step-1") => ({
  callId,
  name: "work",
  stepId,
  startedAt: "2026-01-02T03:04:05.000Z",
});
const AT = "2026-01-02T03:04:06.000Z";
const open = () => createRunningCalls(new AbortController().signal);

test("keeps what a call printed, in order and by stream, and says where each piece begins", () => {
  const calls = open();
  calls.begin(begun("a"));
  expect(calls.print("a", "stdout", "one\n")).toBe(0);
  expect(calls.print("a", "stdout", "two\n")).toBe(4);
  expect(calls.print("a", "stderr", "oh\n")).toBe(8);
  expect(calls.list()).toMatchObject([
    {
      callId: "a",
      status: "running",
      outputFrom: 0,
      output: [
        { stream: "stdout", text: "one\ntwo\n" },
        { stream: "stderr", text: "oh\n" },
      ],
    },
  ]);
});

test("keeps no more than the tail of what a call printed", () => {
  const calls = open();
  calls.begin(begun("a"));
  calls.print("a", "stderr", "first");
  for (let line = 0; line < 30; line++) calls.print("a", "stdout", `${String(line).padStart(999, "-")}\n`);
  const [call] = calls.list();
  expect(call!.output.map(({ text }) => text).join("")).toHaveLength(TAIL_CHARS);
  expect(call!.outputFrom).toBe(5 + 30_000 - TAIL_CHARS);
  expect(call!.output.at(-1)!.text.endsWith("-29\n")).toBe(true);
  expect(calls.print("a", "stdout", "x")).toBe(30_005);
});

test("a cancelled call is told to stop, and answered with what it printed even if it does not", async () => {
  const calls = open();
  const watched = calls.begin(begun("a"));
  const other = calls.begin(begun("b"));
  calls.print("a", "stdout", "one\ntwo\n");
  calls.print("a", "stderr", "oh");
  expect(calls.cancel("a")).toBe(true);
  expect(calls.cancel("a"), "asked twice").toBe(true);
  expect([watched.signal.aborted, other.signal.aborted]).toEqual([true, false]);
  calls.print("a", "stdout", "three");
  expect(await watched.stopped).toEqual({ stdout: ["one", "two", "three"], stderr: ["oh"] });
  watched.end("error", AT);
  expect(calls.list().map(({ callId, status }) => [callId, status])).toEqual([
    ["a", "cancelled"],
    ["b", "running"],
  ]);
});

test("a call that has ended, or never began, can't be cancelled and prints nothing", () => {
  const calls = open();
  calls.begin(begun("a")).end("success", AT);
  expect(calls.cancel("a")).toBe(false);
  expect(calls.cancel("b")).toBe(false);
  expect(calls.print("a", "stdout", "late")).toBeNull();
  expect(calls.list()).toMatchObject([{ callId: "a", status: "success", endedAt: AT, output: [] }]);
});

test("the calls of a step go when those of the next one begin", () => {
  const calls = open();
  calls.begin(begun("a")).end("success", AT);
  calls.begin(begun("b", "step-2"));
  expect(calls.list().map(({ callId }) => callId)).toEqual(["b"]);
});

test("the end of the run ends every call, also one that begins after it", () => {
  const run = new AbortController();
  const calls = createRunningCalls(run.signal);
  const before = calls.begin(begun("a"));
  run.abort();
  const after = calls.begin(begun("b"));
  expect([before.signal.aborted, after.signal.aborted]).toEqual([true, true]);
  expect(before.isCancelled()).toBe(false);
});
