import { expect, test } from "vitest";
import type { MemoryWrite } from "./memory";
import type { CallWatch } from "./ports";
import { block, runBench, tool } from "./testing/bench";
import { calls, says } from "./testing/scripted-model";
import type { ToolOutcome } from "./tool";

const CANCELLED = /^Error: a person cancelled this call of work while it was running\./;

/** Calls that a test cancels by their id; `printed` is what such a call had printed. */
function watch(printed: Pick<ToolOutcome, "stdout" | "stderr"> = {}) {
  const running = new Map<string, (stop: boolean) => void>();
  const ended: string[] = [];
  const port: CallWatch = {
    begin({ callId }) {
      const controller = new AbortController();
      let cancelled = false;
      let stop: (printed: Pick<ToolOutcome, "stdout" | "stderr">) => void = () => {};
      running.set(callId, (now) => {
        cancelled = true;
        controller.abort();
        if (now) stop(printed);
      });
      return {
        signal: controller.signal,
        stopped: new Promise((resolve) => {
          stop = resolve;
        }),
        isCancelled: () => cancelled,
        end(status) {
          running.delete(callId);
          ended.push(`${callId} ${status}`);
        },
      };
    },
  };
  /** `now`: without waiting for what the tool says itself. */
  return { port, ended, running, cancel: (callId: string, now = true) => running.get(callId)!(now) };
}

const write: MemoryWrite = {
  type: "block-update",
  blockId: "block-human",
  baseVersionId: "version-0",
  changes: { value: "Written" },
  operation: "work",
};

const three = () =>
  calls(
    { id: "a", name: "work", args: { x: "1" } },
    { id: "b", name: "work", args: { x: "2" } },
    { id: "c", name: "work", args: { x: "3" } },
  );

test("one of three parallel calls that a person cancels is an error return in its place; the others keep theirs", async () => {
  const { port, ended, cancel } = watch({ stdout: ["so far"], stderr: [] });
  const signals: AbortSignal[] = [];
  let endFirst = () => {};
  const work = tool(
    "work",
    async ({ x }, call) => {
      signals.push(call.signal);
      if (x === "1") await new Promise<void>((resolve) => (endFirst = resolve));
      // The second ignores that it is told to stop.
      if (x === "2") await new Promise(() => {});
      if (x === "3") {
        cancel("b");
        endFirst();
      }
      return { status: "success", content: `done ${x}` };
    },
    { parallel: true },
  );
  const ran = await runBench({ tools: [work], scripts: [three(), says("One was cancelled.")], watch: port });
  const [message] = ran.store.returns[0]!.messages;
  expect(message!.parts).toMatchObject([
    { toolCallId: "a", status: "success", content: "done 1" },
    { toolCallId: "b", status: "error", content: expect.stringMatching(CANCELLED), stdout: ["so far"] },
    { toolCallId: "c", status: "success", content: "done 3" },
  ]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
  expect(ended.toSorted()).toEqual(["a success", "b error", "c success"]);
  expect(ran.end.stopReason).toBe("end_turn");
});

test("what a cancelled tool says all the same is dropped with its writes, but for what it printed", async () => {
  const { port, cancel } = watch();
  const outcome: ToolOutcome = { status: "success", content: "done", stdout: ["last words"], writes: [write] };
  const work = tool("work", async () => {
    cancel("a", false);
    return outcome;
  });
  const ran = await runBench({
    tools: [work],
    blocks: [block("human", "Bob")],
    scripts: [calls({ id: "a", name: "work", args: {} }), says("Cancelled.")],
    watch: port,
  });
  expect(ran.store.returns).toHaveLength(1);
  expect(ran.store.returns[0]!.returns).toMatchObject([
    { callId: "a", status: "error", stdout: ["last words"], writes: [] },
  ]);
  expect(ran.store.blocks[0]!.value).toBe("Bob");
});

test("a late outcome of a cancelled call changes nothing: one return, and none of its writes", async () => {
  const { port, cancel } = watch();
  let finish = () => {};
  const late = new Promise<void>((resolve) => (finish = resolve));
  let over = Promise.resolve();
  const work = tool("work", (): Promise<ToolOutcome> => {
    queueMicrotask(() => cancel("a"));
    const outcome = late.then((): ToolOutcome => ({ status: "success", content: "late", writes: [write] }));
    over = outcome.then(() => {});
    return outcome;
  });
  const look = tool("look", () => {
    finish();
    return { status: "success", content: "seen" };
  });
  const ran = await runBench({
    tools: [work, look],
    blocks: [block("human", "Bob")],
    scripts: [
      calls({ id: "a", name: "work", args: {} }),
      calls({ id: "b", name: "look", args: {} }),
      says("Cancelled."),
    ],
    watch: port,
  });
  await over;
  expect(ran.store.returns.flatMap(({ returns }) => returns.map(({ callId, status }) => [callId, status]))).toEqual([
    ["a", "error"],
    ["b", "success"],
  ]);
  expect(ran.store.blocks[0]!.value).toBe("Bob");
});

test("only what runs can be cancelled: not a call that is refused, unknown, or answered", async () => {
  const { port, ended, running } = watch();
  const ran = await runBench({
    tools: [tool("work")],
    scripts: [
      calls(
        { id: "a", name: "nobody", args: {} },
        { id: "b", name: "work", args: {} },
        { id: "c", name: "work", args: "[]" },
      ),
      says("Done."),
    ],
    watch: port,
  });
  expect(ran.store.returns[0]!.returns.map(({ status }) => status)).toEqual(["error", "success", "error"]);
  expect(ended).toEqual(["b success"]);
  expect(running.size).toBe(0);
});
