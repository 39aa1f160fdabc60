import { AsyncLocalStorage } from "node:async_hooks";
import type { Worker, WorkerKind } from "./worker";

export type PoolOptions = {
  /** The most processes alive at once; a call that is made within a call may go beyond it. */
  most: number;
  idleMs: number;
  /** Kinds whose processes are an organization's from their start: one is kept ready for whoever asked last. */
  owned?: ReadonlySet<WorkerKind>;
  /** Starts a process, of `owner` where its kind is owned; it is ended when `signal` fires. */
  start(kind: WorkerKind, signal: AbortSignal, owner: string | null): Promise<Worker>;
};

type Slot = { worker: Worker; state: "busy" | "resetting" | "idle"; idleTimer: NodeJS.Timeout | null };
type Waiting = {
  kind: WorkerKind;
  organizationId: string;
  /** How many calls it is made within. */
  level: number;
  give(slot: Slot): void;
  refuse(error: Error): void;
};

/** How deep calls may be made within calls: each level may hold a process while it waits for the next. */
const MAX_DEPTH = 3;
const depth = new AsyncLocalStorage<number>();
/** A process that keeps this much more than it had is not kept. */
const GROWN_BYTES = 256 * 1024 * 1024;

/**
 * Processes that run calls: warm ones are reused where they are as new, and only for the organization whose code they
 * ran; one unused process is kept ready of each kind that is in use.
 */
export function createPool({ most, idleMs, start, owned = new Set() }: PoolOptions) {
  const slots = new Set<Slot>();
  const queue: Waiting[] = [];
  const starting: Record<WorkerKind, number> = { python: 0, javascript: 0, packages: 0 };
  const lastUsed: Record<WorkerKind, number> = {
    python: Number.NEGATIVE_INFINITY,
    javascript: Number.NEGATIVE_INFINITY,
    packages: Number.NEGATIVE_INFINITY,
  };
  let lastOwner: string | null = null;
  const closing = new AbortController();
  const starts = new Set<Promise<void>>();

  const live = () => slots.size + starting.python + starting.javascript + starting.packages;
  const idle = () => [...slots].filter((slot) => slot.state === "idle");
  const isFor = (slot: Slot, { kind, organizationId }: Pick<Waiting, "kind" | "organizationId">) =>
    slot.worker.kind === kind && (slot.worker.organizationId ?? organizationId) === organizationId;

  function drop(slot: Slot): void {
    if (slot.idleTimer) clearTimeout(slot.idleTimer);
    slots.delete(slot);
    slot.worker.process.kill();
  }

  function rest(slot: Slot): void {
    slot.state = "idle";
    slot.idleTimer = setTimeout(() => drop(slot), idleMs);
    slot.idleTimer.unref();
    dispatch();
  }

  function take(slot: Slot, organizationId: string): Slot {
    if (slot.idleTimer) clearTimeout(slot.idleTimer);
    slot.state = "busy";
    slot.worker.organizationId = organizationId;
    lastUsed[slot.worker.kind] = performance.now();
    if (owned.has(slot.worker.kind)) lastOwner = organizationId;
    return slot;
  }

  function begin(kind: WorkerKind, organizationId: string | null): void {
    const start = add(kind, owned.has(kind) ? organizationId : null);
    starts.add(start);
    void start.finally(() => starts.delete(start));
  }

  async function add(kind: WorkerKind, owner: string | null): Promise<void> {
    starting[kind] += 1;
    try {
      const worker = await start(kind, closing.signal, owner);
      starting[kind] -= 1;
      worker.organizationId = owner;
      const slot: Slot = { worker, state: "busy", idleTimer: null };
      slots.add(slot);
      if (closing.signal.aborted) return drop(slot);
      void worker.process.exited.then(() => {
        slots.delete(slot);
        if (slot.idleTimer) clearTimeout(slot.idleTimer);
        dispatch();
      });
      rest(slot);
    } catch (error) {
      starting[kind] -= 1;
      const failed = queue.filter(
        (waiting) => waiting.kind === kind && (owner === null || waiting.organizationId === owner),
      );
      for (const waiting of failed) queue.splice(queue.indexOf(waiting), 1);
      for (const waiting of failed) waiting.refuse(error instanceof Error ? error : new Error(String(error)));
      dispatch();
    }
  }

  /**
   * Gives idle processes to who waits, in order; who finds none has one started, unless enough are on their way: new ones,
   * or those of the same organization that are being reset, which takes less time than starting.
   */
  function dispatch(): void {
    if (closing.signal.aborted) return;
    const claimed = new Map<string, number>();
    for (const waiting of [...queue]) {
      const { kind, organizationId } = waiting;
      const ready = idle().filter((slot) => isFor(slot, waiting));
      const own = ready.find((slot) => slot.worker.organizationId !== null);
      const coming = [...slots].filter(
        (slot) => slot.state === "resetting" && slot.worker.organizationId && isFor(slot, waiting),
      );
      const key = `${kind} ${organizationId}`;
      const claims = claimed.get(key) ?? 0;
      const slot = own ?? (claims < coming.length ? undefined : ready[0]);
      if (slot) {
        queue.splice(queue.indexOf(waiting), 1);
        waiting.give(take(slot, organizationId));
        continue;
      }
      claimed.set(key, claims + 1);
      if (claims < coming.length) continue;
      const unserved = (claimed.get(kind) ?? 0) + 1;
      claimed.set(kind, unserved);
      if (unserved > starting[kind] && makeRoom(waiting)) begin(kind, organizationId);
    }
    for (const kind of ["python", "javascript"] as const) {
      if (!queue.some((waiting) => waiting.kind === kind)) keepOneReady(kind);
    }
  }

  /** Whether one more process may start: the longest idle one goes for it. */
  function makeRoom({ level }: Waiting): boolean {
    if (live() < most * (1 + level)) return true;
    const [oldest] = idle();
    if (!oldest) return false;
    drop(oldest);
    return true;
  }

  function keepOneReady(kind: WorkerKind): void {
    const owner = owned.has(kind) ? lastOwner : null;
    if (owned.has(kind) && owner === null) return;
    const isUsed = performance.now() - lastUsed[kind] < idleMs;
    const isReady = [...slots].some(
      (slot) => slot.worker.kind === kind && slot.state === "idle" && slot.worker.organizationId === owner,
    );
    if (isUsed && !isReady && starting[kind] === 0 && live() < most) begin(kind, owner);
  }

  function acquire(kind: WorkerKind, organizationId: string, signal?: AbortSignal): Promise<Slot> {
    const level = depth.getStore() ?? 0;
    if (closing.signal.aborted) return Promise.reject(new Error("the sandbox is closed"));
    if (level >= MAX_DEPTH) return Promise.reject(new Error(`code may call code ${MAX_DEPTH} levels deep`));
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = queue.indexOf(waiting);
        if (at >= 0) queue.splice(at, 1);
        reject(new Error("cancelled"));
      };
      const over = () => signal?.removeEventListener("abort", leave);
      const waiting: Waiting = {
        kind,
        organizationId,
        level,
        give(slot) {
          over();
          resolve(slot);
        },
        refuse(error) {
          over();
          reject(error);
        },
      };
      if (signal?.aborted) return leave();
      signal?.addEventListener("abort", leave, { once: true });
      queue.push(waiting);
      dispatch();
    });
  }

  /** After a call: back among the idle when it is as new, and gone when not. */
  async function release(slot: Slot): Promise<void> {
    slot.state = "resetting";
    const { process, restingBytes, cleaned } = slot.worker;
    const isClean = await cleaned();
    if (!slots.has(slot)) return dispatch();
    if (isClean && process.residentBytes() - restingBytes < GROWN_BYTES) return rest(slot);
    drop(slot);
    dispatch();
  }

  return {
    /**
     * Lends a process for one call. What `use` starts in turn counts as made within this call.
     *
     * @throws Error when no process can be started, or `signal` fires first.
     */
    async lend<Result>(
      who: { kind: WorkerKind; organizationId: string; signal?: AbortSignal | undefined },
      use: (worker: Worker) => Promise<Result>,
    ): Promise<Result> {
      const slot = await acquire(who.kind, who.organizationId, who.signal);
      try {
        return await depth.run((depth.getStore() ?? 0) + 1, () => use(slot.worker));
      } finally {
        void release(slot);
      }
    },
    /** Takes a process out of the pool, for good: it is the caller's to end. @throws as `lend`. */
    async take(who: { kind: WorkerKind; organizationId: string; signal?: AbortSignal | undefined }): Promise<Worker> {
      const slot = await acquire(who.kind, who.organizationId, who.signal);
      slots.delete(slot);
      dispatch();
      return slot.worker;
    },
    counts: () => ({ live: live(), busy: [...slots].filter((slot) => slot.state === "busy").length, most }),
    async close(): Promise<void> {
      closing.abort();
      for (const waiting of queue.splice(0)) waiting.refuse(new Error("the sandbox is closed"));
      const ending = [...slots];
      for (const slot of ending) drop(slot);
      await Promise.all([...starts, ...ending.map((slot) => slot.worker.process.exited)]);
    },
  };
}

export type Pool = ReturnType<typeof createPool>;
