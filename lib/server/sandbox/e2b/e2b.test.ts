import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { SandboxSettings } from "../../config/sandbox-settings";
import type { SandboxCall } from "../sandbox";
import { type E2bStandIn, startE2bStandIn } from "../testing/e2b-stand-in";
import { hasPython } from "../testing/implementations";
import { fakeAgent, openTestSandbox, type TestSandbox } from "../testing/open";

let standIn: E2bStandIn;
let box: TestSandbox;
afterEach(async () => {
  await box.close();
  await standIn.close();
});

async function open(settings: Partial<SandboxSettings> = {}, options: Parameters<typeof startE2bStandIn>[0] = {}) {
  standIn = await startE2bStandIn(options);
  box = openTestSandbox("python", { python: "e2b", e2b: standIn.settings, ...settings });
}
const run = (source: string, call: Partial<SandboxCall> = {}) => box.run(source, call);
const rented = () => standIn.asked.filter(({ method, path }) => method === "POST" && path === "/v2/sandboxes");

/** Programs of the sandbox that run in the stand-in's machines. */
function processesIn({ folders }: E2bStandIn): string[] {
  const rows = execFileSync("ps", ["-e", "-o", "args="], { encoding: "utf8" }).split("\n");
  const programs = rows.filter(
    (row) => row.includes("local.py") && !/^(unshare|\/bin\/sh|\/bin\/bash|setpriv)/.test(row),
  );
  return programs.filter((row) => folders().some((folder) => row.includes(folder)));
}

async function until(holds: () => boolean, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("it did not come to hold");
}

describe.skipIf(!hasPython)("machines at E2B", () => {
  test("are rented without internet, when the first code runs, and one for each organization", async () => {
    await open();
    expect(rented()).toEqual([]);
    for (let n = 0; n < 3; n++) expect((await run(`${n}`)).value).toBe(n);
    const { python, walls } = await box.sandbox.report();
    expect(python).toBe("e2b");
    expect(walls.join()).toContain("a rented machine");
    for (const { body } of rented()) {
      expect(body).toMatchObject({ templateID: "base", allow_internet_access: false, timeout: 300 });
    }
    if (!walls.includes("a jail in it")) return;
    expect(rented()).toHaveLength(1);
    expect((await run("1", { organizationId: "org-other" })).value).toBe(1);
    expect(standIn.running()).toHaveLength(2);
  });

  test("run Python only: JavaScript stays here", async () => {
    await open();
    expect((await run("1 + 1", { language: "typescript" })).value).toBe(2);
    expect(rented()).toEqual([]);
  });

  test("end when no code ran in them for a while, and are rented again", async () => {
    await open({ idleMs: 200 });
    await run("1");
    expect(rented()).not.toEqual([]);
    await until(() => standIn.running().length === 0);
    expect((await run("2")).value).toBe(2);
  });

  test("end with the sandbox, also while code runs in them", async () => {
    await open();
    let hasBegun = false;
    const onOutput = () => {
      hasBegun = true;
    };
    const running = run("print('begun')\nimport time\ntime.sleep(60)", { onOutput });
    await until(() => hasBegun);
    await box.sandbox.close();
    expect((await running).status).toBe("killed");
    expect(standIn.running()).toEqual([]);
  });

  test("are replaced when they are lost; the call that ran there is told so", async () => {
    await open();
    await run("1");
    const running = run("print('begun')\nimport time\ntime.sleep(60)", { onOutput: () => standIn.loseAll() });
    expect(await running).toMatchObject({ status: "killed", error: { type: "SandboxError" } });
    expect((await run("2")).value).toBe(2);
    standIn.loseAll();
    // That a process is gone is known a moment later than it is.
    await new Promise((done) => setTimeout(done, 200));
    expect((await run("3")).value).toBe(3);
    expect(rented().length).toBeGreaterThanOrEqual(3);
  });

  test("carry questions, output and cancelling as a process here does", async () => {
    await open();
    const { port: agent, blocks } = fakeAgent();
    const heard: string[] = [];
    const source = `def f(agent_state):
    print("hi")
    client.agents.blocks.update("human", value=agent_state.memory.get_block("human").value + twice(n="!"))
    return "x" * 2_000_000`;
    const functions = { names: ["twice"], call: async () => "!!" };
    const result = await run(source, {
      ...{ entry: "f", agent, functions, limits: { returnChars: 3_000_000 } },
      onOutput: (_stream, text) => heard.push(text),
    });
    expect(result.error).toBeNull();
    expect(result.text).toHaveLength(2_000_000);
    expect(blocks.get("human")).toBe("Ada likes tea.!!");
    expect(heard).toEqual(["hi\n"]);
    const cancelled = await run("while True: pass", { signal: AbortSignal.timeout(700) });
    expect(cancelled.error?.type).toBe("CancelledError");
  });

  test("take arguments and returns that are larger than one request", async () => {
    await open();
    const source = "def f(text: str):\n    return text[::-1]";
    const text = "aé".repeat(1_000_000);
    const result = await run(source, { entry: "f", args: { text }, limits: { returnChars: 5_000_000 } });
    expect(result.error).toBeNull();
    expect(result.text.slice(0, 4)).toBe("éaéa");
    expect(result.text).toHaveLength(2_000_000);
  });

  test("see secrets only as the environment of the code they are for", async () => {
    await open();
    const { value } = await run("import os\nos.environ['TOKEN']", { env: { TOKEN: "abcd-1234" } });
    expect(value).toBe("abcd-1234");
    expect(JSON.stringify(standIn.asked)).not.toContain("abcd-1234");
    expect((await run("import os\ndict(os.environ)")).value).toEqual({});
  });

  test("hold nothing of a call that was ended: its process is gone, and what that had started", async () => {
    await open();
    const source = `import subprocess, time
print("begun")
subprocess.Popen(["/bin/sh", "-c", "while :; do sleep 0.01; done"])
while True:
    time.sleep(0.01)`;
    const { walls } = await box.sandbox.report();
    await run("1");
    expect((await run(source, { limits: { timeoutMs: 1000 } })).status).toBe("timeout");
    const isJailed = (await box.sandbox.report()).walls.length > walls.length;
    // The one that is kept ready for the next call, or none.
    if (isJailed) await until(() => processesIn(standIn).length <= 1);
    await box.sandbox.close();
    await until(() => processesIn(standIn).length === 0);
  });

  test("that can build no jail run one call each, at once too, and end with it", async () => {
    await open({}, { jail: false });
    const source = "import os\nos.environ['PATH'] = 'x'\n1";
    expect((await run(source)).value).toBe(1);
    expect((await box.sandbox.report()).walls).not.toContain("a jail in it");
    const results = await Promise.all([run(source), run(source), run(source, { organizationId: "org-other" })]);
    expect(results.map(({ value }) => value)).toEqual([1, 1, 1]);
    expect((await run("while True: pass", { limits: { timeoutMs: 800 } })).status).toBe("timeout");
    expect(rented().length).toBeGreaterThanOrEqual(5);
    // Those that are kept ready for the next calls, in which nothing ran yet.
    await until(() => standIn.running().length <= 2);
    await box.sandbox.close();
    await until(() => standIn.running().length === 0);
  });
});

describe.skipIf(!hasPython)("what goes wrong at E2B", () => {
  test.each([
    [401, "E2B refused the key"],
    [429, "takes no more requests"],
    [503, "not available"],
    [500, "E2B: 500"],
  ])("%i is an error in words, for every call that waits, and over when it is over", async (status, words) => {
    await open();
    standIn.refuseWith(status);
    const results = await Promise.all([run("1"), run("2"), run("3", { organizationId: "org-other" })]);
    for (const { error } of results) {
      expect(error).toMatchObject({ type: "SandboxError", message: expect.stringContaining(words) });
    }
    standIn.refuseWith(null);
    expect((await run("4")).value).toBe(4);
  });

  test("a key that is refused, and echoed, is in no error and no log", async () => {
    await open();
    const logs = (["log", "warn", "error", "info", "debug"] as const).map((name) => vi.spyOn(console, name));
    const apiKey = "e2b_the_key_that_nobody_may_see";
    const other = openTestSandbox("python", { python: "e2b", e2b: { ...standIn.settings, apiKey } });
    const result = await other.run("1");
    await other.close();
    expect(result.error?.message).toContain("E2B_API_KEY");
    expect(JSON.stringify([result, logs.map(({ mock }) => mock.calls)])).not.toContain("nobody_may_see");
    for (const log of logs) log.mockRestore();
  });

  test("an address where nobody answers is said to be that", async () => {
    await open();
    const nowhere = { ...standIn.settings, apiUrl: "http://127.0.0.1:9" };
    const other = openTestSandbox("python", { python: "e2b", e2b: nowhere });
    expect((await other.run("1")).error?.message).toBe("E2B can't be reached.");
    await other.close();
  });
});
