import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { log as serverLog } from "../core/log";
import { openTestCore, type TestCore } from "../testing/harness";
import { createJobQueue } from "./create-queue";
import { type JobKind, type JobQueue, jobKind, TryLater } from "./queue";

let t: TestCore;
const open: JobQueue[] = [];
beforeAll(async () => {
  t = await openTestCore();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.stop()));
  vi.restoreAllMocks();
});
afterAll(() => t.close());

type Note = { note: string };
let count = 0;

function kindOf(run: JobKind<Note>["run"], changes: Partial<JobKind<Note>> = {}): JobKind<Note> {
  const name = `kind-${++count}`;
  return jobKind<Note>({ name, concurrency: 1, retries: 5, retryDelayS: 1, timeoutS: 60, run, ...changes });
}

async function start(...kinds: JobKind<Note>[]): Promise<JobQueue> {
  const queue = createJobQueue(t.core.db, kinds);
  open.push(queue);
  await queue.start(t.core);
  return queue;
}

/** A kind that notes what it was called with. */
function noting(changes: Partial<JobKind<Note>> = {}) {
  const notes: string[] = [];
  const kind = kindOf(async (_, { note }) => void notes.push(note), changes);
  return { notes, kind };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 10 });

function gate() {
  let release = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { opened, open: () => release() };
}

test("a job is done once, with its data, long before anybody would have polled for it", async () => {
  const { notes, kind } = noting();
  const queue = await start(kind);
  await queue.send(kind, { note: "first" });
  await eventually(() => expect(notes).toEqual(["first"]));
  const sentAt = performance.now();
  await queue.send(kind, { note: "second" });
  await eventually(() => expect(notes).toEqual(["first", "second"]));
  // It is polled for every fifteen seconds.
  expect(performance.now() - sentAt).toBeLessThan(10_000);
});

test("jobs that are sent while the queue starts are done when it has started", async () => {
  const { notes, kind } = noting({ concurrency: 3 });
  const queue = createJobQueue(t.core.db, [kind]);
  open.push(queue);
  const sent = Promise.all(["a", "b", "c"].map((note) => queue.send(kind, { note })));
  await queue.start(t.core);
  await sent;
  await eventually(() => expect(notes.toSorted()).toEqual(["a", "b", "c"]));
});

test("while a job with a key waits or runs another is not taken, and afterwards it is", async () => {
  const door = gate();
  const notes: string[] = [];
  const kind = kindOf(
    async (_, { note }) => {
      notes.push(note);
      if (note === "first") await door.opened;
    },
    { concurrency: 2 },
  );
  const queue = await start(kind);
  await queue.send(kind, { note: "first" }, { key: "k" });
  await eventually(() => expect(notes).toEqual(["first"]));
  await queue.send(kind, { note: "not taken" }, { key: "k" });
  await queue.send(kind, { note: "of another key" }, { key: "l" });
  await queue.send(kind, { note: "of none" });
  await eventually(() => expect(notes).toHaveLength(3));
  door.open();
  await eventually(() => {
    void queue.send(kind, { note: "after" }, { key: "k" });
    expect(notes).toContain("after");
  });
  expect(notes).not.toContain("not taken");
});

test("as many jobs run at a time as the kind says, and no more", async () => {
  const door = gate();
  let running = 0;
  let most = 0;
  let done = 0;
  const kind = kindOf(
    async () => {
      most = Math.max(most, ++running);
      await door.opened;
      running--;
      done++;
    },
    { concurrency: 2 },
  );
  const queue = await start(kind);
  for (let n = 0; n < 5; n++) await queue.send(kind, { note: String(n) });
  await eventually(() => expect(running).toBe(2));
  door.open();
  await eventually(() => expect(done).toBe(5));
  expect(most).toBe(2);
});

test("a job that fails is tried again, and given up after its tries", async () => {
  const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
  const tries = { once: 0, always: 0 };
  const once = kindOf(async () => {
    if (++tries.once === 1) throw new Error("the first time");
  });
  const always = kindOf(
    async () => {
      tries.always++;
      throw new Error("every time");
    },
    { retries: 1 },
  );
  const queue = await start(once, always);
  await queue.send(once, { note: "" });
  await queue.send(always, { note: "" }, { key: "k" });
  await eventually(() => expect(tries).toEqual({ once: 2, always: 2 }));
  // Its key is free again only when nothing of it is left to be done.
  await eventually(() => {
    void queue.send(always, { note: "" }, { key: "k" });
    expect(tries.always).toBe(3);
  });
  expect(log).toHaveBeenCalledWith(
    expect.objectContaining({ err: expect.any(Error) }),
    `job ${always.name} failed, try 2`,
  );
});

test("a job that can't be done yet is tried again, as often as it takes, and is not called a failure", async () => {
  const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
  let tries = 0;
  const kind = kindOf(
    async () => {
      if (++tries < 4) throw new TryLater("not yet");
    },
    { retries: 1, retryDelayMaxS: 1 },
  );
  const queue = await start(kind);
  await queue.send(kind, { note: "" });
  await eventually(() => expect(tries).toBe(4));
  expect(log).not.toHaveBeenCalled();
});

test("a job that is put off loses none of its tries, however often: it has all of them when its turn comes", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  let tries = 0;
  const left: number[] = [];
  const kind = kindOf(
    async () => {
      const [row] = await t.core.db.query<{ left: number }>(
        "SELECT retry_limit - retry_count AS left FROM pgboss.job WHERE name = $1 AND state = 'active'",
        [kind.name],
      );
      left.push(row!.left);
      tries++;
      if (tries <= 3) throw new TryLater("others are worked on");
      if (tries === 4) throw new Error("a failure");
    },
    { retries: 1, retryDelayMaxS: 1 },
  );
  const queue = await start(kind);
  await queue.send(kind, { note: "" });
  await eventually(() => expect(tries).toBe(5));
  expect(left).toEqual([left[0], left[0], left[0], left[0], left[0]! - 1]);
});

test("a job for later is done then, and not before", async () => {
  let doneAt = 0;
  const kind = kindOf(async () => {
    doneAt = Date.now();
  });
  const queue = await start(kind);
  const at = Date.now() + 1200;
  await queue.send(kind, { note: "" }, { startAfter: new Date(at) });
  await eventually(() => expect(doneAt).toBeGreaterThan(0));
  expect(doneAt).toBeGreaterThanOrEqual(at - 50);
  expect(doneAt).toBeLessThan(at + 5000);
});

test("a job that runs when the queue stops is told so, and done after the next start", async () => {
  const seen: string[] = [];
  const kind = kindOf(async (_, { note }, signal) => {
    seen.push(note);
    if (seen.length > 1) return;
    await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const queue = await start(kind);
  await queue.send(kind, { note: "long" });
  await eventually(() => expect(seen).toEqual(["long"]));
  await queue.stop();
  await expect(queue.send(kind, { note: "too late" })).rejects.toThrow("stopped");
  await start(kind);
  await eventually(() => expect(seen).toEqual(["long", "long"]));
});

test("several queues on one database do each job once, and all of them work", async () => {
  const notes: string[] = [];
  const by = new Set<number>();
  const name = `kind-${++count}`;
  const kindFor = (worker: number) =>
    jobKind<Note>({
      name,
      concurrency: 1,
      retries: 0,
      retryDelayS: 1,
      timeoutS: 60,
      run: async (_, { note }) => {
        notes.push(note);
        by.add(worker);
        await eventually(() => expect(by.size).toBe(2));
      },
    });
  const [one] = [await start(kindFor(1)), await start(kindFor(2))];
  const sent = Array.from({ length: 6 }, (_, n) => String(n));
  await Promise.all(sent.map((note) => one.send(kindFor(1), { note })));
  await eventually(() => expect(notes.toSorted()).toEqual(sent));
});

test.skipIf(process.env.TEST_DATABASE_URL)(
  "on the embedded database a job of a process that is gone is done right after the start",
  async () => {
    const { notes, kind } = noting({ retries: 0 });
    const queue = await start(kind);
    await queue.send(kind, { note: "lost" }, { startAfter: new Date(Date.now() + 3_600_000) });
    await queue.stop();
    // As a process leaves it that is killed at work.
    await t.core.db.query(
      "UPDATE pgboss.job SET state = 'active', started_on = now(), start_after = now() WHERE name = $1",
      [kind.name],
    );
    const startedAt = performance.now();
    await start(kind);
    await eventually(() => expect(notes).toEqual(["lost"]));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  },
);

test("of one owner's jobs so many are worked on at a time, and another's do not wait for them", async () => {
  const door = gate();
  const begun: string[] = [];
  const kind = kindOf(
    async (_, { note }) => {
      begun.push(note);
      if (note.startsWith("a")) await door.opened;
    },
    { concurrency: 3, share: { ownerOf: async (_, { note }) => note[0]!, most: () => 1 } },
  );
  const queue = await start(kind);
  for (const note of ["a1", "a2", "a3", "a4", "b1", "b2"]) await queue.send(kind, { note });
  // Which of a's comes first is nobody's promise: several workers look at once.
  await eventually(() => expect(begun.toSorted()).toEqual([expect.stringMatching(/^a/), "b1", "b2"]));
  door.open();
  await eventually(() => expect(begun.toSorted()).toEqual(["a1", "a2", "a3", "a4", "b1", "b2"]));
});

test("workers of several servers that look at the same moment take no more of an owner's jobs than its share", async () => {
  let working = 0;
  let most = 0;
  const done: string[] = [];
  const kind = kindOf(
    async (_, { note }) => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setImmediate(resolve));
      working--;
      done.push(note);
    },
    { concurrency: 6, share: { ownerOf: async () => "one", most: () => 2 } },
  );
  const [one, other] = await Promise.all([start(kind), start(kind)]);
  const notes = Array.from({ length: 60 }, (_, n) => `job ${n}`);
  await Promise.all(notes.map((note, n) => (n % 2 === 0 ? one : other).send(kind, { note })));
  await eventually(() => expect(done.toSorted()).toEqual(notes.toSorted()));
  expect(most).toBeLessThanOrEqual(2);
});
