import type { Core } from "../core/core";

/**
 * Work that outlives a request and a process: kept in the database, done by a worker of any process that shares it, and
 * tried again when it throws. A kind's `run` is called at least once for each job, so it must bear being called twice.
 */
export type JobKind<Data extends object = object> = {
  name: string;
  /** Jobs of this kind that one process works on at a time. */
  concurrency: number;
  /** Further tries after a failure. A try that a process did not live to end is made again besides. */
  retries: number;
  /** Seconds before the first further try, or up to twice as many; the next waits twice as long, and so on. */
  retryDelayS: number;
  /** No further try waits longer than this, in seconds. */
  retryDelayMaxS?: number;
  /** Seconds after which a try counts as failed. */
  timeoutS: number;
  /** Of one owner's jobs, so many are worked on at a time, by all processes together; those of others go before the rest. */
  share?: { ownerOf(core: Core, data: Data): Promise<string | null>; most(core: Core): number };
  /** @param signal aborted when the time is out, or the queue stops: what is thrown then is tried again. */
  run(core: Core, data: Data, signal: AbortSignal): Promise<void>;
};

export type SendOptions = {
  /** Not before this time. */
  startAfter?: Date;
  /** While a job with this key waits or runs, another is not taken. */
  key?: string;
};

export type JobQueue = {
  /** Keeps a job. Returns when it is in the database. Never call it inside a transaction of the embedded database. */
  send<Data extends object>(kind: JobKind<Data>, data: Data, options?: SendOptions): Promise<void>;
  /** Begins to work, until `stop`; a job that is not done when it stops is done after the next start. */
  start(core: Core): Promise<void>;
  stop(): Promise<void>;
  /** How many jobs of each kind wait, are tried again later or are worked on, by whichever process. */
  depths(): Promise<{ kind: string; state: string; count: number }[]>;
};

/** Thrown by a job that can't be done yet and has not failed: it is tried again without a word in the log. */
export class TryLater extends Error {}

/** What a kind is declared with, so that `data` has its type in `run` and the kinds still fit in one list. */
export function jobKind<Data extends object>(kind: JobKind<Data>): JobKind<Data> {
  return kind;
}

declare module "../core/core" {
  interface Core {
    jobs: JobQueue;
  }
}
