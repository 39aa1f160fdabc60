import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { openTestSandbox, type TestSandbox } from "./testing/open";

let box: TestSandbox;
afterEach(() => box.close());

const ADD = "def f(n: int) -> int:\n    return n + 1";
const count = async () => (await box.sandbox.report()).processes;
/** Processes that this one has started, by what they run. */
const workers = () =>
  execFileSync("ps", ["-e", "-o", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => /node .*workers\/(python|javascript)\.mjs/.test(line) && !/\/bin\/sh|unshare|setpriv/.test(line));

async function until(holds: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("it did not come to hold");
}

describe("processes", () => {
  test("none is there before the first call, and none after the sandbox is closed", async () => {
    box = openTestSandbox("python");
    expect((await count()).live).toBe(0);
    const before = workers().length;
    await box.run(ADD, { entry: "f", args: { n: 1 } });
    expect((await count()).live).toBeGreaterThan(0);
    await box.close();
    expect((await count()).live).toBe(0);
    await until(() => workers().length <= before);
  });

  test("calls one after another use one process; idle ones end after a while", async () => {
    box = openTestSandbox("javascript", { processes: 2, idleMs: 400 });
    for (let n = 0; n < 5; n++) await box.run("1");
    expect((await count()).live).toBeLessThanOrEqual(2);
    await until(async () => (await count()).live === 0);
    expect((await box.run("2")).value).toBe(2);
  });

  test("many calls at once take no more processes than allowed, and all are answered", async () => {
    box = openTestSandbox("javascript", { processes: 2 });
    let most = 0;
    const watch = setInterval(async () => {
      most = Math.max(most, (await count()).live);
    }, 5);
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => box.run(`${n}`)));
    clearInterval(watch);
    expect(results.map((result) => result.value)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBeLessThanOrEqual(2);
  });

  test("one organization's calls never keep another's waiting for good, and never share a process", async () => {
    box = openTestSandbox("javascript", { processes: 2 });
    let isOver = false;
    const flood = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isOver) await box.run("1", { organizationId: "org-a" });
      }),
    );
    const other = await box.run("2", { organizationId: "org-b" });
    isOver = true;
    await flood;
    expect(other.value).toBe(2);
  });

  test("a process that ran code of one organization is not given to another", async () => {
    box = openTestSandbox("python", { processes: 2 });
    // Where a process keeps anything at all, its start shows: the monotonic clock of the interpreter begins with it.
    const START = "import time\nround(time.time() - time.perf_counter(), 1)";
    const ofA = new Set<unknown>();
    for (let n = 0; n < 4; n++) ofA.add((await box.run(START, { organizationId: "org-a" })).value);
    const ofB = (await box.run(START, { organizationId: "org-b" })).value;
    expect(ofA.has(ofB)).toBe(false);
  });

  test("after a process is lost in the middle of a call, the next call has another", async () => {
    box = openTestSandbox("python", { processes: 2 });
    for (let n = 0; n < 3; n++) {
      expect((await box.run("import os\nos._exit(3)")).status).toBe("killed");
      expect((await box.run("1")).value).toBe(1);
    }
  });

  test("a call that waits for a process can be cancelled", async () => {
    box = openTestSandbox("javascript", { processes: 2 });
    const busy = [1, 2].map(() => box.run("for (;;) {}", { limits: { timeoutMs: 3000 } }));
    await until(async () => (await count()).busy === 2);
    const waiting = await box.run("1", { signal: AbortSignal.timeout(100) });
    expect(waiting.error?.type).toBe("CancelledError");
    expect((await Promise.all(busy)).map(({ status }) => status)).toEqual(["timeout", "timeout"]);
  });
});

describe.each([
  ["python", ADD, { entry: "f" }],
  ["javascript", "function f(n) { return n + 1; }", { entry: "f" }],
] as const)("a thousand calls in a row: %s", (language, source, call) => {
  test("leave the server's memory, and that of its processes, as it was", async () => {
    box = openTestSandbox(language, { processes: 2 });
    const run = async (n: number) => {
      const result = await box.run(source, { ...call, args: { n } });
      expect(result.value).toBe(n + 1);
    };
    const resident = () => {
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    for (let n = 0; n < 50; n++) await run(n);
    const before = { server: resident(), heap: process.memoryUsage().heapUsed, live: (await count()).live };
    for (let n = 0; n < 1000; n++) await run(n);
    const MB = 1024 * 1024;
    expect(resident() - before.server).toBeLessThan(64 * MB);
    expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(32 * MB);
    expect((await count()).live).toBeLessThanOrEqual(2);
    const pids = workers().map((line) => Number.parseInt(line, 10));
    const each = pids.map(
      (pid) => Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024,
    );
    expect(Math.max(...each)).toBeLessThan(700);
  });
});
