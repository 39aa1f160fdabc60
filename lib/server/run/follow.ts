import type { Item } from "@/lib/stream/item";
import type { Ctx } from "../core";
import { ApiError, badRequest, notFound } from "../errors";

const POLL_MS = 250;
/** The contract's age, in milliseconds, after which a stream can't be followed any more and its journal goes. */
export const EXPIRES_MS = 3 * 60 * 60 * 1000;

export type RunHead = {
  id: string;
  status: string;
  background: boolean;
  stop_reason: string | null;
  created_at: Date;
};

/** @throws ApiError `not-found`. */
export async function getRunHead(ctx: Ctx, runId: string): Promise<RunHead> {
  const [row] = await ctx.db.query<RunHead>(
    "SELECT id, status, background, stop_reason, created_at FROM run WHERE id = $1 AND organization_id = $2",
    [runId, ctx.actor.organizationId],
  );
  if (!row) throw notFound("run", runId);
  return row;
}

/**
 * The items of a background run after a position, each numbered: from memory if it runs here, otherwise from its
 * journal, to its end.
 *
 * @throws ApiError 404 for an unknown run, 400 for one that is not in the background, 410 for one that is too old.
 */
export async function followRun(
  ctx: Ctx,
  runId: string,
  after: number,
  signal?: AbortSignal,
): Promise<AsyncGenerator<Item>> {
  const head = await getRunHead(ctx, runId);
  if (!head.background) throw badRequest("Run was not created in background mode, so it cannot be retrieved.");
  const live = ctx.runs.find(runId);
  if (live) return live.follow(after, signal);
  if (Date.now() - head.created_at.getTime() > EXPIRES_MS) {
    throw new ApiError("expired", "EXPIRED: Run was created more than 3 hours ago, and is now expired.");
  }
  return followJournal(ctx, runId, after, signal);
}

async function* followJournal(ctx: Ctx, runId: string, after: number, signal?: AbortSignal): AsyncGenerator<Item> {
  let next = after;
  while (!signal?.aborted) {
    // Read the status first: what was written before the end is then surely read.
    const { status } = await getRunHead(ctx, runId);
    const batches = await ctx.db.query<{ first_seq: number; last_seq: number; items: Item[] }>(
      "SELECT first_seq, last_seq, items FROM journal WHERE run_id = $1 AND last_seq > $2 ORDER BY first_seq",
      [runId, next],
    );
    for (const batch of batches) {
      yield* batch.items.slice(Math.max(0, next - batch.first_seq + 1));
      next = Math.max(next, batch.last_seq);
    }
    if (status !== "running" && status !== "created") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
