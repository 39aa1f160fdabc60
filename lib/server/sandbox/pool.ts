import { AsyncLocalStorage } from "node:async_hooks";
import type { Worker, WorkerKind } from "./worker";

export type PoolOptions = {
  /**
   * The most processes alive at once. A call that is made within a call may go beyond it, and so may one of an
   * organization that has no process while others have them all: each of up to `most` organizations has one.
   */
  most: number;
  /** The most of them that work for one organization; its other calls wait. */
  mostPerOrganization: number;
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
  /** When it began to wait, among the others. */
  serial: number;
  /** How many calls it is made within. */
  level: number;
  give(slot: Slot): void;
  refuse(error: Error): void;
};

/** Where a line is looked at. */
type Head = { first: Waiting; rest: SetIterator<Waiting> };

function headOf(line: ReadonlySet<Waiting>): Head[] {
  const rest = line.values();
  const { value, done } = rest.next();
  return done ? [] : [{ first: value, rest }];
}

/** How deep calls may be made within calls: each level may hold a process while it waits for the next. */
const MAX_DEPTH = 3;
const depth = new AsyncLocalStorage<number>();
/** A process that keeps this much more than it had is not kept. */
const GROWN_BYTES = 256 * 1024 * 1024;

/**
 * Processes that run calls: warm ones are reused where they are as new, and only for the organization whose code they
 * ran; one unused process is kept ready of each kind that is in use. Who waits is served by fair shares: first the
 * organization for which the fewest processes work.
 */
export function createPool({ most, mostPerOrganization, idleMs, start, owned = new Set() }: PoolOptions) {
  const slots = new Set<Slot>();
  /** Who waits, each line in its order: those of one organization, kind and level want the same. */
  const lines = new Map<string, Set<Waiting>>();
  /** Processes on their way, by what they are for: a kind, or a kind and an owner. */
  const starting = new Map<string, number>();
  const lastUsed: Record<WorkerKind, number> = {
    python: Number.NEGATIVE_INFINITY,
    javascript: Number.NEGATIVE_INFINITY,
    packages: Number.NEGATIVE_INFINITY,
  };
  let lastOwner: string | null = null;
  const closing = new AbortController();
  const starts = new Set<Promise<void>>();

  let serial = 0;

  const startKey = (kind: WorkerKind, owner: string | null) => (owner === null ? kind : `${kind} ${owner}`);
  const ownerOf = (kind: WorkerKind, organizationId: string) => (owned.has(kind) ? organizationId : null);
  const count = (key: string, by: number) => starting.set(key, (starting.get(key) ?? 0) + by);
  const live = () => slots.size + [...starting.values()].reduce((sum, one) => sum + one, 0);
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

  function begin(kind: WorkerKind, owner: string | null): void {
    const start = add(kind, owner);
    starts.add(start);
    void start.finally(() => starts.delete(start));
  }

  async function add(kind: WorkerKind, owner: string | null): Promise<void> {
    const key = startKey(kind, owner);
    count(key, 1);
    try {
      const worker = await start(kind, closing.signal, owner);
      count(key, -1);
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
      count(key, -1);
      const failed = everybody().filter(
        (waiting) => waiting.kind === kind && (owner === null || waiting.organizationId === owner),
      );
      for (const waiting of failed) leaveLine(waiting);
      for (const waiting of failed) waiting.refuse(error instanceof Error ? error : new Error(String(error)));
      dispatch();
    }
  }

  /** How many processes work for each organization: those that run its calls, or are being set back after one. */
  function shares(): Map<string, number> {
    const held = new Map<string, number>();
    for (const { state, worker } of slots) {
      const { organizationId } = worker;
      if (state !== "idle" && organizationId !== null) held.set(organizationId, (held.get(organizationId) ?? 0) + 1);
    }
    return held;
  }

  const lineOf = ({ organizationId, kind, level }: Waiting) => JSON.stringify([organizationId, kind, level]);
  const everybody = () => [...lines.values()].flatMap((line) => [...line]);

  function joinLine(waiting: Waiting): void {
    const key = lineOf(waiting);
    const line = lines.get(key) ?? new Set();
    lines.set(key, line.add(waiting));
  }

  function leaveLine(waiting: Waiting): void {
    const key = lineOf(waiting);
    const line = lines.get(key);
    line?.delete(waiting);
    if (line?.size === 0) lines.delete(key);
  }

  /** Who is next: of those with the smallest share, who has waited longest. */
  function next(heads: ReadonlySet<Head>, held: ReadonlyMap<string, number>): Head | undefined {
    const share = ({ first }: Head) => held.get(first.organizationId) ?? 0;
    let best: Head | undefined;
    for (const one of heads) {
      if (share(one) >= mostPerOrganization * (1 + one.first.level)) continue;
      const difference = best ? share(one) - share(best) || one.first.serial - best.first.serial : -1;
      if (difference < 0) best = one;
    }
    return best;
  }

  /**
   * Gives idle processes to who waits, by fair shares; who finds none has one started, unless enough are on their way: new
   * ones, or those of the same organization that are being reset, which takes less time than starting.
   */
  function dispatch(): void {
    if (closing.signal.aborted) return;
    const held = shares();
    const claimed = new Map<string, number>();
    const claim = (key: string) => {
      const before = claimed.get(key) ?? 0;
      claimed.set(key, before + 1);
      return before;
    };
    const heads = new Set([...lines.values()].flatMap(headOf));
    for (let head = next(heads, held); head; head = next(heads, held)) {
      const waiting = head.first;
      // A line lasts while those in it are looked at, whoever leaves it.
      const after = head.rest.next();
      if (after.done) heads.delete(head);
      else head.first = after.value;
      const { kind, organizationId } = waiting;
      const isFirst = !held.has(organizationId);
      held.set(organizationId, (held.get(organizationId) ?? 0) + 1);
      const ready = idle().filter((slot) => isFor(slot, waiting));
      const own = ready.find((slot) => slot.worker.organizationId !== null);
      const coming = [...slots].filter(
        (slot) => slot.state === "resetting" && slot.worker.organizationId && isFor(slot, waiting),
      );
      const claims = claimed.get(`reset ${kind} ${organizationId}`) ?? 0;
      const slot = own ?? (claims < coming.length ? undefined : ready[0]);
      if (slot) {
        leaveLine(waiting);
        waiting.give(take(slot, organizationId));
        continue;
      }
      claim(`reset ${kind} ${organizationId}`);
      if (claims < coming.length) continue;
      const owner = ownerOf(kind, organizationId);
      const key = startKey(kind, owner);
      const isComing = claim(key) < (starting.get(key) ?? 0);
      if (isComing) continue;
      if (makeRoom(waiting, isFirst)) begin(kind, owner);
      else heads.delete(head);
    }
    for (const kind of ["python", "javascript"] as const) {
      if (!isWaitedFor(kind)) keepOneReady(kind);
    }
  }

  const isWaitedFor = (kind: WorkerKind) => [...lines.values()].some((line) => headOf(line)[0]?.first.kind === kind);

  /** Whether one more process may start: the longest idle one goes for it. */
  function makeRoom({ level, organizationId }: Waiting, isFirst: boolean): boolean {
    if (live() < most * (1 + level)) return true;
    const [oldest] = idle();
    if (oldest) {
      drop(oldest);
      return true;
    }
    // However many of the others' calls sleep: who has nothing gets its first.
    const others = new Set(shares().keys());
    others.delete(organizationId);
    return isFirst && others.size < most;
  }

  function keepOneReady(kind: WorkerKind): void {
    const owner = lastOwner === null ? null : ownerOf(kind, lastOwner);
    if (owned.has(kind) && owner === null) return;
    const isUsed = performance.now() - lastUsed[kind] < idleMs;
    const isReady = [...slots].some(
      (slot) => slot.worker.kind === kind && slot.state === "idle" && slot.worker.organizationId === owner,
    );
    const isComing = (starting.get(startKey(kind, owner)) ?? 0) > 0;
    if (isUsed && !isReady && !isComing && live() < most) begin(kind, owner);
  }

  function acquire(kind: WorkerKind, organizationId: string, signal?: AbortSignal): Promise<Slot> {
    const level = depth.getStore() ?? 0;
    if (closing.signal.aborted) return Promise.reject(new Error("the sandbox is closed"));
    if (level >= MAX_DEPTH) return Promise.reject(new Error(`code may call code ${MAX_DEPTH} levels deep`));
    return new Promise((resolve, reject) => {
      const leave = () => {
        leaveLine(waiting);
        reject(new Error("cancelled"));
      };
      const over = () => signal?.removeEventListener("abort", leave);
      const waiting: Waiting = {
        kind,
        organizationId,
        serial: serial++,
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
      joinLine(waiting);
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
      for (const waiting of everybody()) waiting.refuse(new Error("the sandbox is closed"));
      lines.clear();
      const ending = [...slots];
      for (const slot of ending) drop(slot);
      await Promise.all([...starts, ...ending.map((slot) => slot.worker.process.exited)]);
    },
  };
}

export type Pool = ReturnType<typeof createPool>;
