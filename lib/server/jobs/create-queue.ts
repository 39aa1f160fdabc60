import { randomUUID } from "node:crypto";
import { type Job, PgBoss } from "pg-boss";
import type { Core } from "../core/core";
import { log } from "../core/log";
import type { Database } from "../db/database";
import { databaseFault } from "../db/faults";
import { type JobKind, type JobQueue, type SendOptions, TryLater } from "./queue";

const SCHEMA = "pgboss";
/** Tries that are not a kind's own, for those that a process did not live to end. */
const LOST_TRIES = 100;
const KEEP_DONE_S = 24 * 60 * 60;
const KEEP_WAITING_S = 365 * 24 * 60 * 60;
const STOP_MS = 5000;
const START_ATTEMPTS = 20;
const AGAIN_MS = 500;
const MOST_TIMERS = 1000;
/** Longer than any timer of Node's can be is left to polling. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * How the two databases are worked. All jobs of an embedded one are sent by its own process, which wakes its workers:
 * polling is for what a timer has missed. On a server it finds what other processes leave; a job whose process is gone is
 * noticed by its missing heartbeat. Of the workers of a kind one polls often, and wakes the next when it finds a job.
 */
const WAYS = {
  pglite: { pollS: 15, restPollS: 60, superviseS: 60, heartbeat: {} },
  postgres: { pollS: 2, restPollS: 10, superviseS: 5, heartbeat: { heartbeatSeconds: 15 } },
} as const;

type Worker = { id: string; busy: boolean };

/**
 * The queue on pg-boss, in the server's own database under a schema of its own, which is made at the first start.
 * `start` returns at once and goes on behind: a job that is sent meanwhile is kept when the queue is ready.
 */
export function createJobQueue(db: Database, kinds: readonly JobKind<never>[]): JobQueue {
  const ways = WAYS[db.kind];
  const boss = new PgBoss({
    db: { executeSql: (text, values) => executeSql(db, text, values) },
    backend: db.kind,
    schema: SCHEMA,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
    registerInstance: false,
    superviseIntervalSeconds: ways.superviseS,
    monitorIntervalSeconds: ways.superviseS,
  });
  const workers = new Map<string, Worker[]>();
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  const ready = deferred();
  let begun: Promise<void> | null = null;
  let served: Core | null = null;
  boss.on("error", (error) => {
    // The database's absence has been told, once for everybody.
    if (!stopping.signal.aborted && !databaseFault(error)) log.error({ err: error }, "the job queue failed");
  });

  function wake(name: string): void {
    const all = workers.get(name) ?? [];
    const idle = all.find((worker) => !worker.busy);
    if (idle) boss.notifyWorker(idle.id);
  }

  function wakeIn(name: string, ms: number): void {
    if (ms > MAX_TIMER_MS || stopping.signal.aborted) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        wake(name);
      },
      Math.max(0, ms),
    ).unref();
    timers.add(timer);
  }

  async function attempt(core: Core, kind: JobKind, job: Job): Promise<void> {
    try {
      await kind.run(core, job.data, AbortSignal.any([job.signal, stopping.signal]));
    } catch (error) {
      const isLater = error instanceof TryLater || databaseFault(error) !== null;
      if (!isLater && !stopping.signal.aborted) {
        const failures = await failuresOf(kind, job);
        log.error({ err: error, job: kind.name, job_id: job.id }, `job ${kind.name} failed, try ${failures + 1}`);
        if (failures >= kind.retries) return;
      } else await putOff(kind, job);
      // pg-boss waits between once and twice the delay: the job is due when its worker wakes.
      const delayS = kind.retryDelayS * 2 ** (Math.min(job.retryCount, 15) + 1);
      wakeIn(kind.name, Math.min(delayS, kind.retryDelayMaxS ?? delayS) * 1000 + 250);
      throw error;
    }
  }

  /** A try that was put off is none: the limit moves on with the count, however long the job has to wait. */
  async function putOff(kind: JobKind, job: Job): Promise<void> {
    const put = `UPDATE ${SCHEMA}.job SET retry_limit = retry_limit + 1 WHERE name = $1 AND id = $2`;
    // Where the database is away, pg-boss can't count either.
    await db.query(put, [kind.name, job.id]).catch(() => {});
  }

  /** How often a job has failed before, without the tries that were put off. */
  async function failuresOf(kind: JobKind, job: Job): Promise<number> {
    const read = `SELECT retry_limit AS most FROM ${SCHEMA}.job WHERE name = $1 AND id = $2`;
    const [row] = await db.query<{ most: number }>(read, [kind.name, job.id]);
    const putOffs = (row?.most ?? 0) - (kind.retries + LOST_TRIES);
    return job.retryCount - Math.max(0, putOffs);
  }

  async function work(core: Core, kind: JobKind): Promise<void> {
    const mine: Worker[] = [];
    workers.set(kind.name, mine);
    for (let n = 0; n < kind.concurrency; n++) {
      const worker: Worker = { id: "", busy: false };
      mine.push(worker);
      const pollingIntervalSeconds = n === 0 ? ways.pollS : ways.restPollS;
      const options = { pollingIntervalSeconds, ...(kind.share && { groupConcurrency: kind.share.most(core) }) };
      worker.id = await boss.work<object>(kind.name, options, async ([job]) => {
        worker.busy = true;
        // One wake-up may stand for several jobs: who takes the first passes it on.
        wake(kind.name);
        try {
          if (job) await attempt(core, kind, job);
        } finally {
          worker.busy = false;
          boss.notifyWorker(worker.id);
        }
      });
    }
  }

  /** Times of jobs that were kept before the start: nobody else has a timer for them. */
  async function wakeForWaiting(): Promise<void> {
    const rows = await db.query<{ name: string; start_after: Date }>(
      `SELECT name, start_after FROM ${SCHEMA}.job WHERE state IN ('created', 'retry') AND start_after > now()
       ORDER BY start_after LIMIT $1`,
      [MOST_TIMERS],
    );
    for (const row of rows) wakeIn(row.name, row.start_after.getTime() - Date.now());
  }

  /** Does a step of the beginning until it is done: a database that goes meanwhile comes back. */
  async function surely(step: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await step();
        return;
      } catch (error) {
        if (!databaseFault(error) || stopping.signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  }

  async function makeQueues(): Promise<void> {
    const known = new Set((await boss.getQueues()).map((queue) => queue.name));
    for (const { name } of kinds) if (!known.has(name)) await boss.createQueue(name, { policy: "exclusive" });
    // Whoever worked on them is gone: the embedded database has one process.
    if (db.kind === "pglite") for (const { name } of kinds) await release(db, boss, name);
  }

  async function begin(core: Core): Promise<void> {
    await surely(() => boss.start({ attempts: START_ATTEMPTS }));
    await surely(makeQueues);
    ready.resolve();
    for (const kind of kinds) await work(core, kind as unknown as JobKind);
    if (db.kind === "pglite") await wakeForWaiting();
  }

  return {
    async send(kind, data, options: SendOptions = {}) {
      await ready.promise;
      if (stopping.signal.aborted) throw new Error("the job queue has stopped");
      const owner = kind.share && served ? await kind.share.ownerOf(served, data) : null;
      await boss.send(kind.name, data, {
        ...(owner === null ? {} : { group: { id: owner } }),
        // Exclusive is by key: a job without one has one of its own.
        singletonKey: options.key ?? randomUUID(),
        ...(options.startAfter ? { startAfter: options.startAfter } : {}),
        retryLimit: kind.retries + LOST_TRIES,
        retryDelay: kind.retryDelayS,
        retryBackoff: true,
        ...(kind.retryDelayMaxS === undefined ? {} : { retryDelayMax: kind.retryDelayMaxS }),
        expireInSeconds: kind.timeoutS,
        retentionSeconds: KEEP_WAITING_S,
        deleteAfterSeconds: KEEP_DONE_S,
        ...ways.heartbeat,
      });
      wakeIn(kind.name, options.startAfter ? options.startAfter.getTime() - Date.now() : 0);
    },
    async start(core) {
      served = core;
      begun = begin(core).catch((error: unknown) => {
        ready.reject(error instanceof Error ? error : new Error(String(error)));
        if (!stopping.signal.aborted) log.error({ err: error }, "the job queue could not be started");
      });
    },
    depths: () =>
      db.query(
        `SELECT name AS kind, state::text AS state, count(*)::int AS count FROM ${SCHEMA}.job
         WHERE state IN ('created', 'retry', 'active') AND name = ANY($1::text[]) GROUP BY 1, 2`,
        [kinds.map(({ name }) => name)],
      ),
    async stop() {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      ready.reject(new Error("the job queue has stopped"));
      await boss.stop({ graceful: true, timeout: STOP_MS, close: false });
      await begun;
    },
  };
}

/** pg-boss' taking of a job whose group may have so many at work: it counts those and takes one in a single statement. */
const TAKES_BY_SHARE = /\bgroup_id\b[\s\S]*\bSKIP LOCKED\b|\bSKIP LOCKED\b[\s\S]*\bgroup_id\b/;

/**
 * pg-boss brings its transactions as texts of several statements; each of them must have one session. Two workers that take
 * by share at the same moment would count the same and take one too many: they come one after the other, on all servers.
 */
async function executeSql(db: Database, text: string, values?: unknown[]) {
  if (db.kind === "postgres" && values?.length && TAKES_BY_SHARE.test(text)) {
    return db.transaction(async (sql) => {
      await sql.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [text]);
      return { rows: await sql.query(text, values) };
    });
  }
  if (values?.length || /\bCONCURRENTLY\b/.test(text)) return { rows: await db.query(text, values ?? []) };
  return { rows: await db.script(text.replace(/^\s*BEGIN;/, "").replace(/COMMIT;\s*$/, "")) };
}

/** Gives the jobs of a kind that are marked as being done back to the queue, as if they had never been taken. */
async function release(db: Database, boss: PgBoss, name: string): Promise<void> {
  const rows = await db.query<{ id: string }>(
    `SELECT id FROM ${SCHEMA}.job WHERE name = $1 AND state = 'active' ORDER BY created_on`,
    [name],
  );
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.id);
  await db.transaction(async (sql) => {
    const within = {
      db: { executeSql: async (text: string, values?: unknown[]) => ({ rows: await sql.query(text, values) }) },
    };
    await boss.cancel(name, ids, within);
    await boss.resume(name, ids, within);
  });
}

function deferred() {
  let resolve = () => {};
  let reject = (_error: Error) => {};
  const promise = new Promise<void>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  // Nobody may be waiting.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
