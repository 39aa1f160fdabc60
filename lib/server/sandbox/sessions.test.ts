import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { SandboxCall, SandboxLanguage } from "./sandbox";
import { implementations } from "./testing/implementations";
import { hasLocalPython, openTestSandbox, type TestSandbox } from "./testing/open";

let box: TestSandbox;
/** Sandboxes of the test that runs. */
const opened: TestSandbox[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
const openOwn = (...how: Parameters<typeof openTestSandbox>) => {
  box = openTestSandbox(...how);
  opened.push(box);
};

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The same scripts in both languages. */
const SCRIPTS = {
  python: {
    begin: "import math\nx = 20\ndef twice(n):\n    return n * 2\nclass Box:\n    held = 3",
    use: "[x, twice(x), Box.held, math.floor(2.5)]",
    set: (name: string, value: number) => `${name} = ${value}`,
    get: (name: string) => `${name}`,
    has: (name: string) => `"${name}" in globals()`,
    fails: "y = 5\nraise ValueError('no')",
    spin: "while True:\n    pass",
    die: "import os\nos._exit(1)",
    slow: "import time\ntime.sleep(1)\norder = globals().get('order', []) + [1]",
    next: "order = globals().get('order', []) + [2]\norder",
    bomb: "more = []\nwhile True:\n    more.append('x' * 1000 + str(len(more)))",
  },
  javascript: {
    begin:
      "const { a: x = 20, ...rest } = { b: 1 };\nfunction twice(n) { return n * 2; }\nclass Box { static held = 3; }\nlet unset;",
    use: "[x, twice(x), Box.held, rest.b + 1]",
    set: (name: string, value: number) => `const ${name} = ${value};`,
    get: (name: string) => `${name}`,
    has: (name: string) => `"${name}" in globalThis`,
    fails: "const y = 5;\nthrow new RangeError('no')",
    spin: "for (;;) {}",
    die: "const f = (n) => f(n + 1) + 1;\nfor (;;) { try { f(0); } catch {} }",
    slow: "await new Promise((done) => setTimeout(done, 1000));\nvar order = [...(globalThis.order ?? []), 1]",
    next: "var order = [...(globalThis.order ?? []), 2];\norder",
    bomb: "const more = [];\nfor (;;) more.push('x'.repeat(1000) + more.length);",
  },
};

const { all: IMPLEMENTATIONS, standIn } = await implementations();
afterAll(() => standIn?.close());

describe.each(IMPLEMENTATIONS)("a session of $name", ({ language, settings: own }) => {
  const scripts = SCRIPTS[language];
  let shared: TestSandbox;
  let turn = 0;
  beforeAll(() => {
    shared = openTestSandbox(language, { ...own, sessions: { most: 100, idleMs: 60_000 } });
  });
  afterAll(() => shared.close());
  /** A sandbox with settings of its own, or the one that tests share, in which each has its own sessions. */
  const open = (settings: Parameters<typeof openTestSandbox>[1] | null = null) => {
    turn += 1;
    if (settings) openOwn(language, { ...own, ...settings });
    else box = shared;
  };
  const run = (source: string, session = "s", call: Partial<SandboxCall> = {}) =>
    box.run(source, { session: `${session}-${turn}`, ...call });

  test("keeps variables, functions, classes and imports for its next call", async () => {
    open();
    expect((await run(scripts.begin)).session).toEqual({ began: "started", lost: null, ended: null });
    const used = await run(scripts.use);
    expect(used.error).toBeNull();
    expect(used.value).toEqual([20, 40, 3, 2]);
    expect(used.session).toEqual({ began: "continued", lost: null, ended: null });
    await run(scripts.set("x", 1));
    expect((await run(scripts.use)).value).toEqual([1, 2, 3, 2]);
  });

  test("is its own: another name, another organization and a call without one see nothing of it", async () => {
    open();
    await run(scripts.set("x", 1));
    expect((await run(scripts.has("x"), "other")).value).toBe(false);
    expect((await run(scripts.has("x"), "s", { organizationId: "org-other" })).value).toBe(false);
    expect((await box.run(scripts.has("x"))).value).toBe(false);
    expect((await run(scripts.get("x"))).value).toBe(1);
  });

  test("sees nothing of calls without a session, before or after it began", async () => {
    open({ processes: 2 });
    for (let n = 0; n < 3; n++) await box.run(scripts.set("x", 1));
    expect((await run(scripts.has("x"))).value).toBe(false);
    for (let n = 0; n < 3; n++) await box.run(scripts.set("x", 1));
    expect((await run(scripts.has("x"))).value).toBe(false);
  });

  test("keeps what it has when code in it throws, with what that code did before", async () => {
    open();
    await run(scripts.begin);
    const failed = await run(scripts.fails);
    expect(failed).toMatchObject({ status: "error", session: { began: "continued", ended: null } });
    expect((await run(scripts.use)).value).toEqual([20, 40, 3, 2]);
    expect((await run(scripts.get("y"))).value).toBe(5);
  });

  test("tells when it is lost: in the call that ended it, and once more when it begins anew", async () => {
    open();
    await run(scripts.set("x", 1));
    const late = await run(scripts.spin, "s", { limits: { timeoutMs: 700 } });
    expect(late).toMatchObject({ status: "timeout", session: { ended: "its code ran longer than it may" } });
    const next = await run(scripts.has("x"));
    expect(next.value).toBe(false);
    expect(next.session).toEqual({ began: "started", lost: "its code ran longer than it may", ended: null });
    expect((await run(scripts.has("x"))).session).toEqual({ began: "continued", lost: null, ended: null });
  });

  test("tells when its process was lost, or a call in it cancelled", async () => {
    open();
    await run(scripts.set("x", 1));
    expect((await run(scripts.die, "s", { limits: { timeoutMs: 5000 } })).session?.ended).not.toBeNull();
    expect((await run(scripts.set("x", 1))).session?.lost).not.toBeNull();
    const signal = AbortSignal.timeout(500);
    const cancelled = await run(scripts.spin, "s", { signal });
    expect(cancelled).toMatchObject({
      error: { type: "CancelledError" },
      session: { ended: "a call in it was cancelled" },
    });
  });

  test("ends when it was not used for a while, and says so", async () => {
    open({ sessions: { most: 4, idleMs: 200 } });
    await run(scripts.set("x", 1));
    await expect.poll(async () => (await box.sandbox.report()).sessions.live).toBe(0);
    expect((await run(scripts.has("x"))).session?.lost).toBe("it was not used for too long");
  });

  test("makes room for others: of the organization with most, the one that was not used for longest", async () => {
    open({ sessions: { most: 2, idleMs: 60_000 } });
    await run(scripts.set("x", 1), "first");
    await run(scripts.set("x", 2), "second");
    await run(scripts.get("x"), "first");
    await run(scripts.set("x", 3), "third", { organizationId: "org-other" });
    expect((await box.sandbox.report()).sessions).toEqual({ live: 2, most: 2 });
    expect((await run(scripts.get("x"), "first")).value).toBe(1);
    const again = await run(scripts.has("x"), "second");
    expect(again.session).toMatchObject({ began: "started", lost: "other sessions needed its place" });
    expect((await box.sandbox.report()).sessions.live).toBe(2);
  });

  test("is refused where all others are at work, and can be had again after", async () => {
    open({ sessions: { most: 1, idleMs: 60_000 } });
    const busy = run(scripts.slow, "first");
    await vi.waitFor(async () => expect((await box.sandbox.report()).sessions.live).toBe(1), { timeout: 20_000 });
    expect((await run(scripts.get("1"), "second")).error).toMatchObject({
      type: "SandboxError",
      message: expect.stringContaining("sessions are at work"),
    });
    await busy;
    expect((await run(scripts.get("1"), "second")).value).toBe(1);
  });

  test("runs its calls one after the other", async () => {
    open();
    const [, next] = await Promise.all([run(scripts.slow), run(scripts.next)]);
    expect(next.value).toEqual([1, 2]);
  });

  test("a call that waits can be cancelled while the one before it runs", async () => {
    open();
    await run(scripts.get("1"));
    const stop = new AbortController();
    const limits = { timeoutMs: 60_000 };
    let isFirstOver = false;
    const first = run(scripts.spin, "s", { signal: stop.signal, limits }).finally(() => {
      isFirstOver = true;
    });
    const cancelled = await run(scripts.get("1"), "s", { signal: AbortSignal.timeout(20) });
    expect(cancelled.error?.type).toBe("CancelledError");
    expect(isFirstOver).toBe(false);
    stop.abort();
    expect((await first).error?.type).toBe("CancelledError");
  });

  test("has one limit of memory for all its calls together", async () => {
    open();
    const limits = { memoryBytes: 48 * 1024 * 1024, timeoutMs: 20_000 };
    await run(scripts.set("x", 1), "s", { limits });
    const bomb = await run(scripts.bomb, "s", { limits });
    expect(bomb.status).not.toBe("success");
    const next = await run(scripts.has("x"), "s", { limits });
    expect(next.session).toMatchObject(
      bomb.session?.ended ? { began: "started", lost: expect.any(String) } : { began: "continued" },
    );
  });

  test("does not outlive the sandbox, and none begins after it", async () => {
    open({});
    await run(scripts.set("x", 1));
    await box.sandbox.close();
    expect((await box.sandbox.report()).sessions.live).toBe(0);
    expect((await run(scripts.get("x"))).error?.type).toBe("SandboxError");
  });
});

describe("a session", () => {
  test("is of scripts: a function with an entry is refused", async () => {
    openOwn("python");
    const { error } = await box.run("def f():\n    return 1", { entry: "f", session: "s" });
    expect(error?.message).toContain("only a script");
  });

  test("of one name is another one in another language, and JavaScript's is TypeScript's", async () => {
    openOwn("python");
    const run = (language: SandboxLanguage, source: string) => box.run(source, { language, session: "s" });
    await run("python", "x = 1");
    expect((await run("javascript", `"x" in globalThis`)).value).toBe(false);
    await run("javascript", "const x = 2;");
    expect((await run("typescript", "const y: number = (x as number) + 1;\ny")).value).toBe(3);
    expect((await run("python", "x")).value).toBe(1);
  });

  test("in JavaScript keeps the lines of its errors, and takes every form of a declaration", async () => {
    openOwn("typescript");
    const run = async (source: string) => {
      const result = await box.run(source, { session: "s" });
      expect(result.error).toBeNull();
      return result.value;
    };
    await run(`export const [first, , third = 3] = [1, 2];
enum Kind { One = "one" }
foo()
const
  late = () => helper() + 1
var plain
async function foo() { return Kind.One }
export function helper() { return 1 }
export class Named { name = "n" }
for (var i = 0; i < 2; i++) {}
if (true) { const inner = 1 }`);
    expect(
      await run(
        `[first, third, Kind.One, late(), plain === undefined, await foo(), new Named().name, helper.name, typeof inner]`,
      ),
    ).toEqual([1, 3, "one", 2, true, "one", "n", "helper", "undefined"]);
    await run("function helper() { return 10 }");
    expect(await run("late()")).toBe(11);
    const { error } = await box.run("const ok = 1;\n\nmissing()", { session: "s" });
    expect(error?.traceback).toMatch(/tool-\d+\.js:3/);
    expect(await run("ok")).toBe(1);
  });

  test("in Python shows the lines of the call that threw", async () => {
    openOwn("python");
    await box.run("def outer():\n    raise KeyError('here')", { session: "s" });
    const { error } = await box.run("1\n2\nouter()", { session: "s" });
    expect(error?.traceback).toContain('File "tool_2.py", line 3');
    expect(error?.traceback).toContain("raise KeyError('here')");
    expect(error?.traceback).not.toContain("memoir_driver");
  });

  test("prints and pickles, call after call", async () => {
    openOwn("python");
    await box.run("import pickle\nclass A:\n    pass\nprint('one')", { session: "s" });
    const { value, stdout, error } = await box.run("print('two')\ntype(pickle.loads(pickle.dumps(A()))) is A", {
      session: "s",
    });
    expect([error, value, stdout]).toEqual([null, true, ["two"]]);
  });
});

describe.skipIf(!(await hasLocalPython()))("a session of the machine's own Python", () => {
  test("does nothing between its calls: threads and processes of it are halted", async () => {
    openOwn("python", { python: "local" });
    const run = (source: string) => box.run(source, { session: "s" });
    await run(`import threading, time, subprocess
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.01)
        ticks += 1
threading.Thread(target=tick, daemon=True).start()
child = subprocess.Popen(["/bin/sh", "-c", "while :; do echo x >> /tmp/ticks; sleep 0.01; done"])
time.sleep(0.3)`);
    const size = "import os\n[ticks, os.path.getsize('/tmp/ticks')]";
    const [before, bytes] = (await run(size)).value as number[];
    await sleep(1500);
    const [after, more] = (await run(size)).value as number[];
    expect(before).toBeGreaterThan(5);
    expect(after! - before!).toBeLessThan(40);
    expect(more! - bytes!).toBeLessThan(80);
  });
});
