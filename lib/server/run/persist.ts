import type { Sql } from "../db/database";
import { databaseFault } from "../db/faults";

/** How long what a run has done waits for a database that can't be used: its lease is out long before, its work is not. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 100;

/**
 * Makes a commit of a run, again and again while the database can't be used. Where a connection was lost under it, nobody
 * was told whether it was kept: `isKept` looks, so that nothing is kept twice.
 *
 * @throws what `commit` throws that is not the database's absence; that too after two minutes.
 */
export async function persist<T>(commit: () => Promise<T>, isKept: () => Promise<boolean>): Promise<T | null> {
  const until = performance.now() + PATIENCE_MS;
  let isOpen = false;
  for (;;) {
    try {
      if (isOpen && (await isKept())) return null;
      // Seen not to be there: a commit that is lost with its connection does not come later.
      isOpen = false;
      return await commit();
    } catch (error) {
      const fault = databaseFault(error);
      if (!fault || performance.now() > until) throw error;
      isOpen ||= fault.sent;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** As `persist`, for what may be done twice. */
export async function again<T>(work: () => Promise<T>): Promise<T> {
  return (await persist(work, async () => false)) as T;
}

/** What shows that a commit was kept: a row that it made, or the end of its run. */
export type Trace = { messageId?: string | undefined; stepId?: string | undefined; runId: string };

export async function isThere(sql: Sql, { messageId, stepId, runId }: Trace): Promise<boolean> {
  const [row] = await sql.query<{ kept: boolean }>(
    `SELECT CASE WHEN $1::text IS NOT NULL THEN EXISTS (SELECT 1 FROM message WHERE id = $1)
       WHEN $2::text IS NOT NULL THEN EXISTS (SELECT 1 FROM step WHERE id = $2)
       ELSE EXISTS (SELECT 1 FROM run WHERE id = $3 AND completed_at IS NOT NULL) END AS kept`,
    [messageId ?? null, stepId ?? null, runId],
  );
  return row?.kept ?? false;
}
