import { dropOldEntries } from "../audit/retention";
import { RUN_BATCH } from "../batches/run-batch";
import { announceEnd } from "../callbacks/send-callback";
import type { Core } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { DUE_PROPOSALS, EXPIRE_PROPOSALS } from "../reviews/expire";
import { ARM_AHEAD_MS, armSchedule, sendFiring } from "../schedules/fire";
import { DUE_USAGE, ROLL_UP_USAGE } from "../usage/roll-up";

const SWEEP_MS = 30_000;
/** What a sweep takes on of each kind; the next takes the rest. */
const AT_ONCE = 200;

/**
 * Sends the jobs of all that is left to do by the records themselves: schedules that are due soon, messages of theirs that
 * are not sent, batches that are not over, ends that were not told, hours that are not added up, and proposals whose time is
 * over. Entries of the audit go that are older than they are kept. A job that is there already is not taken twice.
 */
export async function sweep(core: Core): Promise<void> {
  const soon = new Date(core.now().getTime() + ARM_AHEAD_MS).toISOString();
  const open = await core.db.query<{ kind: Open; id: string; at: Date | null }>(OPEN, [soon, AT_ONCE]);
  for (const { kind, id, at } of open) {
    if (kind === "schedule") await armSchedule(core, id, at!);
    else if (kind === "firing") await sendFiring(core, id);
    else if (kind === "batch") await core.jobs.send(RUN_BATCH, { batchId: id }, { key: id });
    else await announceEnd(core, kind === "run-end" ? "run" : "batch", id);
  }
  const due = await core.db.query<{ id: string }>(`${DUE_USAGE} LIMIT $2`, [core.now().toISOString(), AT_ONCE]);
  for (const { id } of due) await core.jobs.send(ROLL_UP_USAGE, { organizationId: id }, { key: id });
  const late = await core.db.query<{ id: string }>(`${DUE_PROPOSALS} LIMIT $2`, [core.now().toISOString(), AT_ONCE]);
  for (const { id } of late) await core.jobs.send(EXPIRE_PROPOSALS, { organizationId: id }, { key: id });
  await dropOldEntries(core, AT_ONCE);
}

type Open = "schedule" | "firing" | "batch" | "run-end" | "batch-end";

const OPEN = `
(SELECT 'schedule' AS kind, id, next_at AS at FROM schedule WHERE next_at <= $1::timestamptz ORDER BY next_at LIMIT $2)
UNION ALL (SELECT 'firing', id, NULL FROM schedule_firing WHERE run_id IS NULL AND error IS NULL ORDER BY fired_at LIMIT $2)
UNION ALL (SELECT 'batch', id, NULL FROM batch WHERE status IN ('created', 'running') ORDER BY created_at LIMIT $2)
UNION ALL (SELECT 'run-end', id, NULL FROM run
  WHERE callback_url IS NOT NULL AND completed_at IS NOT NULL AND NOT callback_done ORDER BY completed_at LIMIT $2)
UNION ALL (SELECT 'batch-end', id, NULL FROM batch
  WHERE callback_url IS NOT NULL AND completed_at IS NOT NULL AND NOT callback_done ORDER BY completed_at LIMIT $2)`;

/** Sweeps now and again and again. @returns a function that ends it. */
export function startSweeps(core: Core): () => void {
  let stopped = false;
  const pass = () => {
    sweep(core).catch((error: unknown) => {
      if (!stopped && !databaseFault(error)) log.error({ err: error }, "what is left to do could not be looked for");
    });
  };
  pass();
  const timer = setInterval(pass, SWEEP_MS);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
