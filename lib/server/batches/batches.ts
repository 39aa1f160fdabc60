import type { Paging } from "@/lib/api/common";
import type { CreateBatch, WireBatchItem, WireJob } from "@/lib/api/jobs";
import { announceEnd } from "../callbacks/send-callback";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import type { BatchModel } from "../db/generated/models";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { requirePublicUrl } from "../net/public-url";
import { cancelRuns } from "../run/cancel";
import { messageInputs } from "../run/request";
import { countItems, noItems } from "./progress";
import { RUN_BATCH, settleItems } from "./run-batch";

const ACTIVE: readonly string[] = ["created", "running"];

async function toWireJobs(ctx: Ctx, rows: readonly BatchModel[]): Promise<WireJob[]> {
  const counts = await countItems(
    ctx,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({
    created_by_id: row.userId,
    last_updated_by_id: row.userId,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    status: row.status as WireJob["status"],
    completed_at: row.completedAt?.toISOString() ?? null,
    stop_reason: null,
    metadata: { ...(row.metadata as Record<string, unknown> | null), requests: counts.get(row.id) ?? noItems() },
    job_type: "batch",
    background: true,
    agent_id: null,
    callback_url: row.callbackUrl,
    callback_sent_at: row.callbackSentAt?.toISOString() ?? null,
    callback_status_code: row.callbackStatus,
    callback_error: row.callbackError,
    ttft_ns: null,
    total_duration_ns: row.completedAt ? (row.completedAt.getTime() - row.createdAt.getTime()) * 1e6 : null,
    id: row.id,
    user_id: row.userId,
  }));
}

/** @throws ApiError `not-found`. */
async function getBatch(ctx: Ctx, id: string): Promise<BatchModel> {
  const row = await ctx.db.prisma.batch.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("job", id);
  return row;
}

export async function retrieveJob(ctx: Ctx, id: string): Promise<WireJob> {
  const [wire] = await toWireJobs(ctx, [await getBatch(ctx, id)]);
  return wire!;
}

/**
 * Keeps a batch and has it worked on. Requests to one agent are sent one after the other, in their order.
 *
 * @throws ApiError `not-found` for an agent, 422 for a request without messages, 400 for a callback to an address that
 * may not be called; nothing is kept then.
 */
export async function createBatch(ctx: Ctx, body: CreateBatch): Promise<WireJob> {
  for (const request of body.requests) messageInputs(request);
  if (body.callback_url) await requirePublicUrl(body.callback_url, ctx.config.allowPrivateUrls);
  const id = newId("job");
  const now = ctx.now().toISOString();
  const items = body.requests.map(({ agent_id, ...request }, position) => ({
    id: newId("batch_item"),
    position,
    agent_id,
    request,
  }));
  await transact(ctx, async (sql) => {
    // Held until the items are there: an agent that is deleted meanwhile takes its items along.
    const agentIds = [...new Set(items.map((item) => item.agent_id))].sort();
    const found = await sql.query<{ id: string }>(
      "SELECT id FROM agent WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR SHARE",
      [agentIds, ctx.actor.organizationId],
    );
    const known = new Set(found.map((row) => row.id));
    const missing = agentIds.find((agentId) => !known.has(agentId));
    if (missing) throw notFound("agent", missing);
    await sql.query(
      `INSERT INTO batch (id, organization_id, user_id, status, callback_url, created_at, updated_at)
       VALUES ($1, $2, $3, 'running', $4, $5::timestamptz, $5::timestamptz)`,
      [id, ctx.actor.organizationId, ctx.actor.userId, body.callback_url ?? null, now],
    );
    await sql.query(
      `INSERT INTO batch_item (id, batch_id, position, agent_id, request, status)
       SELECT x.id, $1, x.position, x.agent_id, x.request, 'created'
       FROM jsonb_to_recordset($2::jsonb) AS x(id text, position int, agent_id text, request jsonb)`,
      [id, storableJson(items)],
    );
  });
  // Read before it is sent to the queue, which may be done with it at once.
  const job = await retrieveJob(ctx, id);
  await ctx.jobs.send(RUN_BATCH, { batchId: id }, { key: id });
  return job;
}

export type JobFilter = { active?: boolean; source_id?: string | null };

export async function listJobs(ctx: Ctx, paging: Paging, filter: JobFilter = {}): Promise<WireJob[]> {
  if (filter.source_id) return [];
  const mine: Prisma.BatchWhereInput = {
    organizationId: ctx.actor.organizationId,
    ...(filter.active ? { status: { in: [...ACTIVE] } } : {}),
  };
  const page = await keyset({
    paging,
    kind: "job",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.batch.findFirst({
        where: { id, organizationId: ctx.actor.organizationId },
      });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.batch.findMany({
    where: { AND: [mine, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return toWireJobs(ctx, inListOrder(rows, page));
}

/** @throws ApiError `not-found`, also for a cursor. */
export async function listItems(ctx: Ctx, id: string, query: { after?: string | null; limit: number }) {
  await getBatch(ctx, id);
  const after = query.after
    ? await ctx.db.prisma.batchItem.findFirst({ where: { id: query.after, batchId: id } })
    : null;
  if (query.after && !after) throw notFound("batch item", query.after);
  const rows = await ctx.db.prisma.batchItem.findMany({
    where: { batchId: id, ...(after ? { position: { gt: after.position } } : {}) },
    orderBy: { position: "asc" },
    take: query.limit,
  });
  return rows.map((row) => ({
    id: row.id,
    batch_id: row.batchId,
    agent_id: row.agentId,
    position: row.position,
    status: row.status as WireBatchItem["status"],
    run_id: row.runId,
    error: row.error,
    completed_at: row.completedAt?.toISOString() ?? null,
  }));
}

/** Cancels a batch, if it is not over: no request begins any more, and those that run are cancelled. */
export async function cancelBatch(ctx: Ctx, id: string): Promise<void> {
  await getBatch(ctx, id);
  const now = ctx.now().toISOString();
  const cancelled = await ctx.db.query<{ callback_url: string | null }>(
    `UPDATE batch SET status = 'cancelled', completed_at = $2::timestamptz, updated_at = $2::timestamptz
     WHERE id = $1 AND status = ANY($3::text[]) RETURNING callback_url`,
    [id, now, ACTIVE],
  );
  if (cancelled.length === 0) return;
  await ctx.db.query(
    `UPDATE batch_item SET status = 'cancelled', completed_at = $2::timestamptz
     WHERE batch_id = $1 AND status = 'created'`,
    [id, now],
  );
  const running = await ctx.db.query<{ agent_id: string; run_id: string }>(
    "SELECT agent_id, run_id FROM batch_item WHERE batch_id = $1 AND status = 'running' AND run_id IS NOT NULL",
    [id],
  );
  await Promise.all(running.map((item) => cancelRuns(ctx, { agentId: item.agent_id, runIds: [item.run_id] })));
  await settleItems(ctx, id);
  if (cancelled[0]?.callback_url) await announceEnd(ctx, "batch", id);
}

/** Deletes a batch that is over; the runs that it started stay. @throws ApiError `not-found`, 409 for one that is not. */
export async function deleteJob(ctx: Ctx, id: string): Promise<WireJob> {
  const wire = await retrieveJob(ctx, id);
  const { count } = await ctx.db.prisma.batch.deleteMany({ where: { id, status: { notIn: [...ACTIVE] } } });
  if (count === 0) throw conflict(`CONFLICT: job ${id} is not over: cancel it first`);
  return wire;
}
