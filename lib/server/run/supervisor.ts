import type { Core } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { EXPIRES_MS } from "./follow";
import type { LiveRun } from "./live";
import type { RunningCall } from "./running-calls";

/** The runs of this process: where they are found, followed, cancelled, and kept leased. */
export type RunSupervisor = {
  add(run: LiveRun): void;
  find(runId: string): LiveRun | null;
  /**
   * Takes a place among an organization's runs of this process, to be left with the function that it returns; null when
   * all are taken. What is a part of other work of the organization may take as many again.
   */
  enter(organizationId: string, isPart: boolean): (() => void) | null;
  /** Ends a run at its next safe point, on whichever server it is. */
  cancel(runId: string): void;
  /** Runs that have not ended. */
  active(): LiveRun[];
  /** Waits for what runs here, up to a time. */
  drain(withinMs: number): Promise<void>;
  /** Renews leases and takes over what others left, until `stop`. */
  start(core: Core): void;
  stop(): void;
};

/** An ended run is still followed from memory for this long; after that, from its journal. */
const AFTERGLOW_MS = 30_000;

export type Recovery = (core: Core) => Promise<void>;

export function createRunSupervisor(recover: Recovery, mostPerOrganization = Number.POSITIVE_INFINITY): RunSupervisor {
  const runs = new Map<string, LiveRun>();
  const places = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  let served: Core | undefined;

  /** @returns whether the run is here. */
  function cancelHere(runId: string): boolean {
    const run = runs.get(runId);
    if (run && !run.ended()) run.abort();
    return run !== undefined;
  }

  const active = () => [...runs.values()].filter((run) => !run.ended());
  return {
    add(run) {
      runs.set(run.id, run);
      void run.done.then(() => {
        setTimeout(() => runs.delete(run.id), AFTERGLOW_MS).unref();
      });
    },
    enter(organizationId, isPart) {
      const taken = places.get(organizationId) ?? 0;
      if (taken >= mostPerOrganization * (isPart ? 2 : 1)) return null;
      places.set(organizationId, taken + 1);
      let hasLeft = false;
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        const left = (places.get(organizationId) ?? 1) - 1;
        if (left > 0) places.set(organizationId, left);
        else places.delete(organizationId);
      };
    },
    find: (runId) => runs.get(runId) ?? null,
    cancel(runId) {
      if (!cancelHere(runId)) served?.relay.tell("cancel-run", runId);
    },
    active,
    async drain(withinMs) {
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
      await Promise.race([Promise.all(active().map((run) => run.done)), deadline]);
    },
    start(core) {
      served = core;
      core.relay.hear("cancel-run", cancelHere);
      core.relay.answer("running-calls", (runId) => runs.get(runId)?.calls.list());
      core.relay.answer("cancel-call", ({ runId, callId }) => runs.get(runId)?.calls.cancel(callId));
      let sweptAt = 0;
      const beat = async () => {
        await renewLeases(core, runs);
        await recover(core);
        if (Date.now() - sweptAt < SWEEP_MS) return;
        sweptAt = Date.now();
        await core.db.query("DELETE FROM journal WHERE created_at < $1::timestamptz", [
          new Date(sweptAt - EXPIRES_MS).toISOString(),
        ]);
      };
      let isBeating = false;
      timer = setInterval(() => {
        // A database that is waited for is not asked by a second beat as well.
        if (isBeating) return;
        isBeating = true;
        beat()
          .catch((error) => databaseFault(error) || log.error({ err: error }, "run supervision failed"))
          .finally(() => {
            isBeating = false;
          });
      }, core.config.lease.heartbeatMs);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

const SWEEP_MS = 10 * 60 * 1000;

/** One statement for all runs of this process; those that somebody asked to cancel are told. */
async function renewLeases(core: Core, runs: ReadonlyMap<string, LiveRun>): Promise<void> {
  const active = [...runs.values()].filter((run) => !run.ended()).map((run) => run.id);
  if (active.length === 0) return;
  const rows = await core.db.query<{ id: string; cancel_requested: boolean }>(
    `UPDATE run SET lease_expires_at = $2::timestamptz WHERE lease_owner = $1 AND status = 'running' AND id = ANY($3::text[])
     RETURNING id, cancel_requested_at IS NOT NULL AS cancel_requested`,
    [core.config.instanceId, new Date(Date.now() + core.config.lease.durationMs).toISOString(), active],
  );
  for (const row of rows) if (row.cancel_requested) runs.get(row.id)?.abort();
}

declare module "../core/relay" {
  interface Told {
    /** The run to end. */
    "cancel-run": string;
  }
  interface Asked {
    /** What a run is at. */
    "running-calls": { question: string; answer: RunningCall[] };
    /** Whether the call ran, and is cancelled now. */
    "cancel-call": { question: { runId: string; callId: string }; answer: boolean };
  }
}

declare module "../core/core" {
  interface Core {
    runs: RunSupervisor;
  }
}
