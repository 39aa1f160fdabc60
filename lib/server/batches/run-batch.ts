import { sendMessagesBody } from "@/lib/api/messages";
import { announceEnd } from "../callbacks/send-callback";
import type { Core, Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { jobKind } from "../jobs/queue";
import { isBusy, pause, runEnded, sentenceOf, waitsForApproval } from "../run/busy";
import { messageInputs } from "../run/request";
import { uuidFrom } from "../run/run-ids";
import { runIdOf, toRunRequest } from "../run/send-messages";
import { startRun } from "../run/start";

/** Agents of one batch that are at work at a time. */
const LANES = 4;
/** How often a conversation that is run elsewhere is tried again. */
const BUSY_MS = 1000;

/**
 * Works a batch off: agents side by side, the requests of one agent one after the other. What was begun by a process that
 * is gone is found by its otids, so that no request is run twice.
 */
export const RUN_BATCH = jobKind<{ batchId: string }>({
  name: "run-batch",
  concurrency: 8,
  share: {
    async ownerOf(core, { batchId }) {
      const rows = await core.db.query<{ id: string }>("SELECT organization_id AS id FROM batch WHERE id = $1", [
        batchId,
      ]);
      return rows[0]?.id ?? null;
    },
    most: (core) => core.config.shares.batches,
  },
  retries: 20,
  retryDelayS: 1,
  retryDelayMaxS: 60,
  timeoutS: 12 * 60 * 60,
  run: async (core, { batchId }, signal) => {
    const [batch] = await core.db.query<{ organization_id: string; user_id: string }>(
      "SELECT organization_id, user_id FROM batch WHERE id = $1 AND status = 'running'",
      [batchId],
    );
    if (!batch) return;
    const ctx: Ctx = { ...core, actor: { organizationId: batch.organization_id, userId: batch.user_id } };
    const agents = await itemsByAgent(core, batchId);
    const lane = async () => {
      for (let items = agents.shift(); items; items = agents.shift()) {
        for (const itemId of items) await runItem(ctx, itemId, signal);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
    await finishBatch(ctx, batchId);
  },
});

/** The items that are not over, agent by agent, in the order of the batch. */
async function itemsByAgent(core: Core, batchId: string): Promise<string[][]> {
  const rows = await core.db.query<{ id: string; agent_id: string }>(
    "SELECT id, agent_id FROM batch_item WHERE batch_id = $1 AND status IN ('created', 'running') ORDER BY position",
    [batchId],
  );
  const agents = new Map<string, string[]>();
  for (const row of rows) {
    const items = agents.get(row.agent_id);
    if (items) items.push(row.id);
    else agents.set(row.agent_id, [row.id]);
  }
  return [...agents.values()];
}

type Item = { id: string; batch_id: string; agent_id: string; request: Record<string, unknown>; run_id: string | null };

async function runItem(ctx: Ctx, itemId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const item = await takeItem(ctx, itemId);
    if (!item) return;
    const begun = item.run_id ? { runId: item.run_id } : await beginItem(ctx, item);
    if ("runId" in begun) {
      await runEnded(ctx, begun.runId, signal);
      await settleItems(ctx, item.batch_id, itemId);
      return;
    }
    if ("error" in begun) return failItem(ctx, itemId, begun.error);
    const other = begun.busyWith && ctx.runs.find(begun.busyWith);
    if (other) await runEnded(ctx, other.id, signal);
    else await pause(BUSY_MS, signal);
  }
}

/** Marks an item as running. Null for one that is over, or whose batch was cancelled. */
async function takeItem(ctx: Ctx, itemId: string): Promise<Item | null> {
  const [item] = await ctx.db.query<Item>(
    `UPDATE batch_item i SET status = 'running' FROM batch b
     WHERE i.id = $1 AND b.id = i.batch_id AND b.status = 'running' AND i.status IN ('created', 'running')
     RETURNING i.id, i.batch_id, i.agent_id, i.request, i.run_id`,
    [itemId],
  );
  return item ?? null;
}

type Begun = { runId: string } | { error: string } | { busyWith: string | null };

async function beginItem(ctx: Ctx, item: Item): Promise<Begun> {
  try {
    const runId = runIdOf(await startRun(ctx, requestOf(item)));
    await ctx.db.query("UPDATE batch_item SET run_id = $2 WHERE id = $1", [item.id, runId]);
    return { runId };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // A person may never answer: the item would keep the others of its agent waiting.
    if (!isBusy(error) || waitsForApproval(error)) return { error: sentenceOf(error) };
    return { busyWith: typeof error.extra.run_id === "string" ? error.extra.run_id : null };
  }
}

function requestOf(item: Item) {
  const given = sendMessagesBody.parse(item.request);
  const messages = messageInputs(given).map((message, index) => ({
    ...message,
    otid: uuidFrom(`${item.id}/${index}`),
  }));
  const mode = { streaming: false, runType: "batch", background: true };
  return {
    ...toRunRequest({ agentId: item.agent_id }, { ...given, messages, input: null }, mode),
    metadata: { batch_id: item.batch_id, batch_item_id: item.id },
  };
}

async function failItem(ctx: Ctx, itemId: string, error: string): Promise<void> {
  await ctx.db.query(
    `UPDATE batch_item SET status = 'failed', error = $2, completed_at = $3::timestamptz
     WHERE id = $1 AND status = 'running'`,
    [itemId, error, ctx.now().toISOString()],
  );
}

/** Takes over how runs have ended into the items that started them: all of a batch's, or one. */
export async function settleItems(ctx: Ctx, batchId: string, itemId: string | null = null): Promise<void> {
  await ctx.db.query(
    `UPDATE batch_item i SET status = r.status, completed_at = r.completed_at, error = r.error->>'message'
     FROM run r WHERE i.batch_id = $1 AND ($2::text IS NULL OR i.id = $2) AND i.status = 'running'
       AND r.id = i.run_id AND r.completed_at IS NOT NULL`,
    [batchId, itemId],
  );
  // A run that was deleted says no more how it ended.
  await ctx.db.query(
    `UPDATE batch_item i SET status = 'failed', completed_at = $3::timestamptz, error = 'The run was deleted.'
     WHERE i.batch_id = $1 AND ($2::text IS NULL OR i.id = $2) AND i.status = 'running' AND i.run_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM run r WHERE r.id = i.run_id)`,
    [batchId, itemId, ctx.now().toISOString()],
  );
}

/** Ends a batch whose items are all over. It has failed if nothing of it was completed. */
async function finishBatch(ctx: Ctx, batchId: string): Promise<void> {
  const [ended] = await ctx.db.query<{ callback_url: string | null }>(
    `UPDATE batch SET completed_at = $2::timestamptz, updated_at = $2::timestamptz,
       status = CASE WHEN EXISTS (SELECT 1 FROM batch_item WHERE batch_id = $1 AND status = 'failed')
         AND NOT EXISTS (SELECT 1 FROM batch_item WHERE batch_id = $1 AND status = 'completed')
         THEN 'failed' ELSE 'completed' END
     WHERE id = $1 AND status = 'running'
       AND NOT EXISTS (SELECT 1 FROM batch_item WHERE batch_id = $1 AND status IN ('created', 'running'))
     RETURNING callback_url`,
    [batchId, ctx.now().toISOString()],
  );
  if (ended?.callback_url) await announceEnd(ctx, "batch", batchId);
}
