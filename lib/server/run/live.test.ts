import { describe, expect, test } from "vitest";
import type { Item } from "@/lib/stream/item";
import { createLiveRun, JOURNAL_RESERVE } from "./live";

const liveRun = (background = true) => createLiveRun({ id: "run-1", agentId: "a", conversationId: "c", background });
const error = (message: string): Item => {
  return { type: "error", runId: null, errorType: "x", message, detail: null, seqId: null };
};
const stop: Item = { type: "stop", stopReason: "end_turn" };
const textOf = (item: Item) => (item.type === "error" ? `${item.seqId} ${item.message}` : item.type);

async function all(source: AsyncIterable<Item>): Promise<string[]> {
  const found: string[] = [];
  for await (const item of source) found.push(textOf(item));
  return found;
}

describe("following a run", () => {
  test("from the beginning, from the middle and after the end, everybody gets the same from where they ask", async () => {
    const run = liveRun();
    run.push(error("a"));
    const early = all(run.follow(0));
    run.push(error("b"));
    const middle = all(run.follow(1));
    run.push(stop);
    run.push(error("d"));
    run.end();
    const whole = ["1 a", "2 b", "stop", "4 d"];
    expect(await early).toEqual(whole);
    expect(await middle).toEqual(whole.slice(1));
    expect(await all(run.follow(3))).toEqual(whole.slice(3));
    expect(await all(run.follow(4))).toEqual([]);
  });

  test("a slow follower misses nothing and holds up nobody", async () => {
    const run = liveRun();
    const slow = run.follow(0)[Symbol.asyncIterator]();
    run.push(error("0"));
    run.keptJournal(run.takeJournal()!);
    expect(textOf((await slow.next()).value)).toBe("1 0");
    for (let at = 1; at < 1000; at++) run.push(error(String(at)));
    run.end();
    await run.done;
    expect(await all(run.follow(0))).toHaveLength(1000);
    for (let at = 1; at < 1000; at++) expect(textOf((await slow.next()).value)).toBe(`${at + 1} ${at}`);
    expect((await slow.next()).done).toBe(true);
  });

  test("a follower that goes away ends alone", async () => {
    const run = liveRun();
    const controller = new AbortController();
    const left = all(run.follow(0, controller.signal));
    run.push(error("a"));
    controller.abort();
    expect((await left).length).toBeLessThanOrEqual(1);
    expect(run.ended()).toBe(false);
    expect(run.signal.aborted).toBe(false);
  });

  test("in the foreground nothing is numbered", async () => {
    const run = liveRun(false);
    run.push(error("a"));
    run.end();
    expect(await all(run.follow(0))).toEqual(["null a"]);
    expect(run.takeJournal()).toBeNull();
  });
});

describe("the journal of a run", () => {
  test("is taken in parts that follow upon each other, and reserves numbers ahead", () => {
    const run = liveRun();
    run.push(error("a"));
    run.push(error("b"));
    const first = run.takeJournal()!;
    expect(first).toMatchObject({ first: 1, last: 2, reserved: 2 + JOURNAL_RESERVE });
    run.keptJournal(first);
    expect(run.takeJournal()).toBeNull();
    run.push(error("c"));
    expect(run.takeJournal()).toMatchObject({ first: 3, last: 3 });
  });

  test("what could not be kept is taken again", () => {
    const run = liveRun();
    run.push(error("a"));
    const failed = run.takeJournal()!;
    run.push(error("b"));
    run.returnJournal(failed);
    const again = run.takeJournal()!;
    expect(again).toMatchObject({ first: 1, last: 2 });
    run.keptJournal(again);
    run.push(error("c"));
    expect(run.takeJournal()).toMatchObject({ first: 3, last: 3 });
  });

  test("what is on its way is taken along by the next, so that no gap can be kept", () => {
    const run = liveRun();
    run.push(error("a"));
    const slow = run.takeJournal()!;
    run.push(error("b"));
    const quick = run.takeJournal()!;
    expect(quick).toMatchObject({ first: 1, last: 2 });
    run.keptJournal(quick);
    run.returnJournal(slow);
    expect(run.takeJournal()).toBeNull();
  });

  test("nothing is given out before it is kept", async () => {
    const run = liveRun();
    const told: number[] = [];
    run.onUnkept(() => told.push(told.length));
    const follower = run.follow(0)[Symbol.asyncIterator]();
    const first = follower.next();
    run.push(error("a"));
    expect(await Promise.race([first, Promise.resolve("nothing yet")])).toBe("nothing yet");
    expect(told.length).toBeGreaterThan(0);
    expect(run.isFollowed()).toBe(true);
    run.keptJournal(run.takeJournal()!);
    expect(textOf((await first).value)).toBe("1 a");
    const second = follower.next();
    run.push(error("b"));
    const lost = run.takeJournal()!;
    run.returnJournal(lost);
    expect(await Promise.race([second, Promise.resolve("nothing yet")])).toBe("nothing yet");
    run.keptJournal(run.takeJournal()!);
    expect(textOf((await second).value)).toBe("2 b");
  });
});
