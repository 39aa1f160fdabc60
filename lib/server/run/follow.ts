import type { Item, MessageItem } from "@/lib/stream/item";
import { requestIdOf } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { ApiError, badRequest, notFound } from "../core/errors";
import { savedEnd, savedMessages } from "./saved";

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
    const isOver = status !== "running" && status !== "created";
    const journaled = await readJournal(ctx, runId, isOver ? 0 : next);
    const items = isOver ? await completed(ctx, runId, journaled) : journaled;
    for (const { position, item } of items) {
      if (position <= next) continue;
      yield item;
      next = position;
    }
    if (isOver) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What a stream shows of a run whatever its client asked for. */
const SAID: ReadonlySet<string> = new Set([
  "assistant",
  "reasoning",
  "hidden-reasoning",
  "tool-call",
  "approval-request",
  "tool-return",
]);

type Placed = { position: number; item: Item };

async function readJournal(ctx: Ctx, runId: string, after: number): Promise<Placed[]> {
  const batches = await ctx.db.query<{ first_seq: number; last_seq: number; items: Item[] }>(
    "SELECT first_seq, last_seq, items FROM journal WHERE run_id = $1 AND last_seq > $2 ORDER BY first_seq",
    [runId, after],
  );
  const placed: Placed[] = [];
  // A batch that was written again after it had got lost may overlap the next one.
  let last = after;
  for (const batch of batches) {
    for (const [index, item] of batch.items.entries()) {
      const position = batch.first_seq + index;
      if (position <= last) continue;
      placed.push({ position, item });
      last = position;
    }
  }
  return placed;
}

const isEnd = ({ item }: Placed) => item.type === "stop" || item.type === "usage" || item.type === "error";

/**
 * The items of a run that is over. A process that ended between a commit and its journal left messages and an end that
 * the journal lacks: they follow from what was saved, in the same places each time.
 */
async function completed(ctx: Ctx, runId: string, journaled: readonly Placed[]): Promise<Placed[]> {
  const content = journaled.filter((one) => !isEnd(one));
  const known = new Set(content.flatMap(({ item }) => ("id" in item ? [item.id] : [])));
  // The words before a request for approval are kept with it, and were told as the turn's own.
  const asked = new Set(Array.from(known, requestIdOf));
  const wasTold = ({ id, type }: MessageItem) => known.has(id) || (asked.has(id) && type !== "approval-request");
  const missing = (await savedMessages(ctx, runId)).filter((item) => SAID.has(item.type) && !wasTold(item));
  let position = content.at(-1)?.position ?? 0;
  const added = missing.map((item) => ({ position: ++position, item: { ...item, seqId: position } }));
  const ends = journaled.filter(isEnd);
  const last = ends.at(-1)?.item;
  const isWhole = last?.type === "usage" || last?.type === "error";
  const closing = isWhole ? ends : (await savedEnd(ctx, runId)).map((item) => ({ position: 0, item }));
  const placed = closing.map((one) => {
    position = Math.max(position + 1, one.position);
    return { position, item: one.item.type === "error" ? { ...one.item, seqId: position } : one.item };
  });
  return [...content, ...added, ...placed];
}
