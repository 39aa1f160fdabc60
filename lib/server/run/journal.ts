import type { Ctx } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { storableJson } from "../db/json";
import type { LiveRun } from "./live";
import { again } from "./persist";

/** How often the journal is written while somebody follows the run, and while nobody does, in milliseconds. */
const FOLLOWED_MS = 20;
const ALONE_MS = 1000;
/** Until it is tried again after it could not be written. */
const FAILED_MS = 500;

export type Journal = {
  /** Writes what is left, however long the database can't be used, and ends. */
  close(): Promise<void>;
};

/**
 * Writes the items of a background run to its journal: the first at once, what comes soon after together. Commits of the
 * run take along what is there, so that a record and the items before it are kept together. A run that is not in the
 * background has no journal.
 */
export function openJournal(ctx: Ctx, live: LiveRun): Journal {
  if (!live.background) return { close: async () => {} };
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let earliestAt = 0;
  let writing: Promise<void> | null = null;
  let isClosed = false;

  function schedule(): void {
    if (isClosed || writing || !live.hasUnkept()) return;
    const now = performance.now();
    const at = Math.max(now, earliestAt + (live.isFollowed() ? FOLLOWED_MS : ALONE_MS));
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(begin, at - now);
  }

  function begin(): void {
    dueAt = Number.POSITIVE_INFINITY;
    writing = write(ctx, live)
      .then((isKept) => {
        earliestAt = performance.now() + (isKept ? 0 : FAILED_MS);
      })
      .finally(() => {
        writing = null;
        schedule();
      });
  }

  live.onUnkept(schedule);
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      await again(() => put(ctx, live)).catch((error) =>
        log.error({ err: error, run_id: live.id }, "the journal of a run could not be kept"),
      );
    },
  };
}

async function write(ctx: Ctx, live: LiveRun): Promise<boolean> {
  try {
    await put(ctx, live);
    return true;
  } catch (error) {
    if (!databaseFault(error)) log.error({ err: error, run_id: live.id }, "the journal of a run could not be kept");
    return false;
  }
}

/** @throws what the database throws; the items are taken again then. */
async function put(ctx: Ctx, live: LiveRun): Promise<void> {
  const batch = live.hasUnkept() ? live.takeJournal() : null;
  if (!batch) return;
  try {
    await ctx.db.query(PUT, [live.id, batch.first, batch.last, storableJson(batch.items), batch.reserved]);
    live.keptJournal(batch);
  } catch (error) {
    live.returnJournal(batch);
    throw error;
  }
}

const PUT = {
  name: "journal-put",
  text: `WITH held AS (UPDATE run SET journal_reserved = greatest(journal_reserved, $5) WHERE id = $1 RETURNING id)
     INSERT INTO journal (run_id, first_seq, last_seq, items) SELECT id, $2, $3, $4::jsonb FROM held
     ON CONFLICT (run_id, first_seq) DO UPDATE SET last_seq = EXCLUDED.last_seq, items = EXCLUDED.items
     WHERE journal.last_seq < EXCLUDED.last_seq`,
};
