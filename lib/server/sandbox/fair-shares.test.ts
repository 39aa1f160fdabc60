import { afterEach, describe, expect, test } from "vitest";
import { createPool, type Pool } from "./pool";
import type { SandboxProcess } from "./process";
import type { Worker, WorkerKind } from "./worker";

/** A pool of workers that are no processes: a call lasts until it is ended. */
function openPool(options: { most?: number; mostPerOrganization?: number; owned?: WorkerKind[] } = {}) {
  const { most = 4, mostPerOrganization = most } = options;
  let alive = 0;
  const peak = { processes: 0 };
  const start = async (kind: WorkerKind): Promise<Worker> => {
    alive += 1;
    peak.processes = Math.max(peak.processes, alive);
    let gone = () => {};
    const exited = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const kill = () => {
      alive -= 1;
      gone();
    };
    const process = { exited, kill, residentBytes: () => 0 } as unknown as SandboxProcess;
    return {
      ...{ kind, organizationId: null, process, restingBytes: 0 },
      cleaned: async () => true,
      run: async () => ({ kind: "died", durationMs: 0, memoryBytes: 0 }),
    };
  };
  const pool = createPool({ most, mostPerOrganization, idleMs: 60_000, owned: new Set(options.owned), start });
  return { pool, peak };
}

let pool: Pool | null = null;
afterEach(() => pool?.close());

/** A call that holds its process until it is ended. */
function call(of: Pool, organizationId: string, kind: WorkerKind = "python") {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isServed = false;
  const served = new Promise<void>((resolve) => {
    void of
      .lend({ kind, organizationId }, async () => {
        isServed = true;
        resolve();
        await ended;
      })
      .catch(() => {});
  });
  return { served, end, isServed: () => isServed };
}

const settled = async () => {
  for (let n = 0; n < 50; n++) await new Promise((done) => setImmediate(done));
};

describe.each([
  ["processes of no organization before their first call", []],
  ["processes of an organization from their start, as rented machines are", ["python"] as WorkerKind[]],
])("the sandbox's processes are shared fairly: %s", { timeout: 5000 }, (_, owned) => {
  test("an organization's first call is served whatever calls of another sleep, and all else keeps its bounds", async () => {
    const opened = openPool({ most: 4, owned });
    pool = opened.pool;
    const sleeping = Array.from({ length: 50 }, () => call(opened.pool, "org-a"));
    await settled();
    expect(sleeping.filter((one) => one.isServed())).toHaveLength(4);
    for (const other of ["org-b", "org-c", "org-d"]) await call(opened.pool, other).served;
    expect(opened.pool.counts().live).toBe(7);
    // Each has one; a second waits for room like everybody's.
    const second = call(opened.pool, "org-b");
    await settled();
    expect(second.isServed()).toBe(false);
    for (let n = 0; n < 20; n++) await settled();
    expect(opened.peak.processes).toBeLessThanOrEqual(8);
  });

  test("calls within calls of one organization do not use up what another's first call needs", async () => {
    const opened = openPool({ most: 2, owned });
    pool = opened.pool;
    const nested = async (level: number): Promise<void> => {
      const who = { kind: "python", organizationId: "org-a" } as const;
      await opened.pool.lend(who, async () => (level > 0 ? nested(level - 1) : new Promise<void>(() => {})));
    };
    for (let n = 0; n < 6; n++) void nested(2).catch(() => {});
    await settled();
    await call(opened.pool, "org-b").served;
  });

  test("who waits is served by shares, not by the order of asking", async () => {
    const opened = openPool({ most: 4, owned });
    pool = opened.pool;
    const running = Array.from({ length: 4 }, () => call(opened.pool, "org-a"));
    await Promise.all(running.map((one) => one.served));
    const queued = Array.from({ length: 20 }, () => call(opened.pool, "org-a"));
    await call(opened.pool, "org-b").served;
    const late = call(opened.pool, "org-b");
    await settled();
    expect([late.isServed(), queued.some((one) => one.isServed())]).toEqual([false, false]);
    // What one of the organization with most gives back goes to the one with less, though that asked last.
    running[0]!.end();
    await late.served;
    expect(queued.some((one) => one.isServed())).toBe(false);
    running[1]!.end();
    await queued[0]!.served;
  });

  test("one organization has no more than its share, and all of its calls are served in the end", async () => {
    const opened = openPool({ most: 4, mostPerOrganization: 2, owned });
    pool = opened.pool;
    const calls = Array.from({ length: 9 }, () => call(opened.pool, "org-a"));
    for (let done = 0; done < 9; done += 1) {
      await settled();
      const served = calls.filter((one) => one.isServed());
      expect(served.length - done).toBeLessThanOrEqual(2);
      expect(served.length).toBeGreaterThan(done);
      served[done]!.end();
    }
  });

  test("ten thousand calls of one organization that wait cost another's nothing", async () => {
    const opened = openPool({ most: 4, owned });
    pool = opened.pool;
    const waiting = Array.from({ length: 10_000 }, () => call(opened.pool, "org-a"));
    await call(opened.pool, "org-b").served;
    // None of the others had to be over first.
    expect(waiting.filter((one) => one.isServed()).length).toBeLessThanOrEqual(4);
  });
});
