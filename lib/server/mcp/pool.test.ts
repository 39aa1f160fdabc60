import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { McpConnection } from "./connection";
import { type FailureKind, McpFailure } from "./failure";
import { createMcpPool, type McpTarget } from "./pool";

type Fake = McpConnection & { number: number; isClosed: boolean; die(): void };

/** A server to which every connection is counted. */
function fakeServer(key = "server", variant = "v"): { target: McpTarget; made: Fake[] } {
  const made: Fake[] = [];
  const target: McpTarget = {
    key,
    variant,
    open: async () => {
      let open = true;
      const fake: Fake = {
        number: made.length,
        isClosed: false,
        listTools: async () => [],
        callTool: async () => ({ content: [], isError: false }),
        isOpen: () => open,
        die: () => {
          open = false;
        },
        close: async () => {
          open = false;
          fake.isClosed = true;
        },
      };
      made.push(fake);
      return fake;
    },
  };
  return { target, made };
}

const fail = (kind: FailureKind) => () => Promise.reject(new McpFailure(kind, kind));
const nothing = async () => {};

describe("the pool", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shares a connection between calls, and closes one that nobody used for a while", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    await Promise.all([pool.use(target, nothing), pool.use(target, nothing)]);
    await pool.use(target, nothing);
    expect(made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(made[0]!.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([made[0]!.isClosed, pool.size()]).toEqual([true, 0]);
    await pool.use(target, nothing);
    expect(made).toHaveLength(2);
  });

  it("never closes a connection that is in use for being idle", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    await pool.use(target, nothing);
    let finish = () => {};
    const call = pool.use(target, () => new Promise<void>((resolve) => (finish = resolve)));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(made[0]!.isClosed).toBe(false);
    finish();
    await call;
  });

  it("keeps connections apart that go in by different ways", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const first = fakeServer("server", "one");
    const second = fakeServer("server", "two");
    await pool.use(first.target, nothing);
    await pool.use(second.target, nothing);
    expect([first.made.length, second.made.length]).toEqual([1, 1]);
    pool.drop("server");
    await vi.advanceTimersByTimeAsync(0);
    expect([first.made[0]!.isClosed, second.made[0]!.isClosed]).toEqual([true, true]);
  });

  it.each(["timeout", "unreachable", "unauthorized"] as const)("makes a new connection after %s", async (kind) => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    await expect(pool.use(target, fail(kind))).rejects.toThrow(kind);
    await vi.advanceTimersByTimeAsync(0);
    expect([made[0]!.isClosed, pool.size()]).toEqual([true, 0]);
    await pool.use(target, nothing);
    expect(made).toHaveLength(2);
  });

  it.each(["refused", "protocol", "aborted"] as const)("keeps the connection after %s", async (kind) => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    await expect(pool.use(target, fail(kind))).rejects.toThrow(kind);
    await pool.use(target, nothing);
    expect(made).toHaveLength(1);
  });

  it("makes a new connection where the old one has died by itself", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    await pool.use(target, nothing);
    made[0]!.die();
    await pool.use(target, nothing);
    expect(made).toHaveLength(2);
  });

  it.each(["session", "unauthorized"] as const)(
    "asks again, once, after %s on an old connection; never on a new one",
    async (kind) => {
      const pool = createMcpPool({ idleMs: 1000 });
      const { target, made } = fakeServer();
      await expect(pool.use(target, fail(kind))).rejects.toThrow(kind);
      expect(made).toHaveLength(1);
      await pool.use(target, nothing);
      const numbers: number[] = [];
      const forgotten = async (connection: McpConnection) => {
        numbers.push(made.indexOf(connection as Fake));
        if (numbers.length === 1) throw new McpFailure(kind, kind);
        return "done";
      };
      expect(await pool.use(target, forgotten)).toBe("done");
      expect(numbers).toEqual([1, 2]);
      await expect(pool.use(target, fail(kind))).rejects.toThrow(kind);
      expect(made).toHaveLength(4);
    },
  );

  it("lets calls end that run on a connection which is no good for new ones", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    let finish = () => {};
    const running = pool.use(target, () => new Promise<string>((resolve) => (finish = () => resolve("done"))));
    await vi.advanceTimersByTimeAsync(0);
    await expect(pool.use(target, fail("timeout"))).rejects.toThrow("timeout");
    expect(made[0]!.isClosed).toBe(false);
    await pool.use(target, nothing);
    expect(made).toHaveLength(2);
    finish();
    expect(await running).toBe("done");
    await vi.advanceTimersByTimeAsync(0);
    expect(made[0]!.isClosed).toBe(true);
  });

  it("does not hold a caller who has gone, and forgets a connection that never came to be", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    let refuse = (_: Error) => {};
    const open = vi.fn(() => new Promise<McpConnection>((_, reject) => (refuse = reject)));
    const gone = new AbortController();
    const call = pool.use({ key: "k", variant: "v", open }, nothing, gone.signal);
    gone.abort();
    await expect(call).rejects.toMatchObject({ kind: "aborted" });
    refuse(new McpFailure("unreachable", "no"));
    await vi.advanceTimersByTimeAsync(0);
    expect(pool.size()).toBe(0);
  });

  it("closes everything at the end, also what is being opened, and opens nothing after", async () => {
    const pool = createMcpPool({ idleMs: 1000 });
    const { target, made } = fakeServer();
    void pool.use(target, () => new Promise<void>(() => {}));
    await vi.advanceTimersByTimeAsync(0);
    const open = (stop: AbortSignal) =>
      new Promise<McpConnection>((_, reject) =>
        stop.addEventListener("abort", () => reject(new McpFailure("aborted", "stop"))),
      );
    const opening = pool.use({ key: "other", variant: "v", open }, nothing);
    const refused = expect(opening).rejects.toThrow("stop");
    await pool.close();
    await refused;
    expect(made[0]!.isClosed).toBe(true);
    await expect(pool.use(target, nothing)).rejects.toThrow("shutting down");
  });
});
