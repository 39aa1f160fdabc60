import type { Paging } from "@/lib/api/common";
import type { Query } from "@/lib/api/endpoint";
import type { RUN_ENDPOINTS, WireRun } from "@/lib/api/runs";
import { REFUSED_NOTE } from "@/lib/engine/run";
import type { WireMessage } from "@/lib/stream/wire";
import { listMessages } from "../conversations/list-messages";
import { messagesToWire, presentOfRequest } from "../conversations/present";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import type { RunModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { markRunGone } from "../usage/stale";
import { usageOfSteps } from "./usage";

type RunQuery<Id extends string> = Query<Extract<(typeof RUN_ENDPOINTS)[number], { id: Id }>>;
export type RunRow = RunModel & { isDefault: boolean; awaitsApproval: boolean };

export function toWireRun(row: RunRow): WireRun {
  return {
    id: row.id,
    status: row.status as WireRun["status"],
    created_at: row.createdAt.toISOString(),
    completed_at: row.completedAt?.toISOString() ?? null,
    agent_id: row.agentId,
    conversation_id: row.isDefault ? null : row.conversationId,
    base_template_id: null,
    background: row.background,
    metadata: metadataOf(row),
    request_config: row.request as Record<string, unknown> | null,
    stop_reason: row.stopReason,
    ...(row.stopReason === "requires_approval" && { awaits_approval: row.awaitsApproval }),
    callback_url: row.callbackUrl,
    callback_sent_at: row.callbackSentAt?.toISOString() ?? null,
    callback_status_code: row.callbackStatus,
    callback_error: row.callbackError,
    ttft_ns: row.ttftNs === null ? null : Number(row.ttftNs),
    total_duration_ns: row.totalDurationNs === null ? null : Number(row.totalDurationNs),
  };
}

/** What failed a run stands beside what was kept with it (letta-v1 §2.9). */
function metadataOf(row: RunModel): Record<string, unknown> | null {
  const metadata = row.metadata as Record<string, unknown> | null;
  const error = row.error as { message: string; detail?: string | null } | null;
  if (!error) return metadata;
  return { ...metadata, error: whatFailed(error) };
}

/** What failed a run, in a sentence, and what that did to its message. */
export function whatFailed(error: { message: string; detail?: string | null }): string {
  return error.detail?.endsWith(REFUSED_NOTE) ? `${error.message} ${REFUSED_NOTE}` : error.message;
}

/** @throws ApiError `not-found`. */
export async function getRun(ctx: Ctx, id: string): Promise<RunRow> {
  const row = await ctx.db.prisma.run.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("run", id);
  return (await withMarks(ctx, [row]))[0]!;
}

/**
 * Marks the runs of default conversations, which the contract shows without a conversation id, and those whose request for
 * approval was not answered yet.
 */
async function withMarks(ctx: Ctx, rows: RunModel[]): Promise<RunRow[]> {
  const ids = [...new Set(rows.map((row) => row.conversationId))];
  const defaults = await ctx.db.prisma.conversation.findMany({
    where: { id: { in: ids }, isDefault: true },
    select: { id: true },
  });
  const known = new Set(defaults.map((row) => row.id));
  const asking = rows.filter((row) => row.stopReason === "requires_approval").map((row) => row.id);
  const waiting = new Set(asking.length > 0 ? await awaiting(ctx, asking) : []);
  return rows.map((row) => ({
    ...row,
    isDefault: known.has(row.conversationId),
    awaitsApproval: waiting.has(row.id),
  }));
}

async function awaiting(ctx: Ctx, runIds: readonly string[]): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT DISTINCT run_id AS id FROM tool_call WHERE run_id = ANY($1::text[]) AND status = 'awaiting'",
    [runIds],
  );
  return rows.map((row) => row.id);
}

export async function listRuns(ctx: Ctx, query: RunQuery<"runs.list">): Promise<WireRun[]> {
  const paging: Paging = query.ascending == null ? query : { ...query, order: query.ascending ? "asc" : "desc" };
  const page = await keyset({
    paging,
    kind: "run",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.run.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.run.findMany({
    where: { AND: [await runFilter(ctx, query), page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return (await withMarks(ctx, inListOrder(rows, page))).map(toWireRun);
}

const MOST_ACTIVE = 1000;

/** Runs that are not over, newest first. */
export async function listActiveRuns(ctx: Ctx, query: RunQuery<"runs.active">): Promise<WireRun[]> {
  const agents = [...(query.agent_ids ?? []), ...(query.agent_id ? [query.agent_id] : [])];
  const rows = await ctx.db.prisma.run.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      status: { in: ["created", "running"] },
      ...(agents.length > 0 ? { agentId: { in: agents } } : { suiteRunId: null }),
      ...(query.background == null ? {} : { background: query.background }),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: MOST_ACTIVE,
  });
  return (await withMarks(ctx, rows)).map(toWireRun);
}

/** Runs by their ids, in that order. */
export async function wireRunsOf(ctx: Ctx, ids: readonly string[]): Promise<WireRun[]> {
  const rows = await ctx.db.prisma.run.findMany({
    where: { id: { in: [...ids] }, organizationId: ctx.actor.organizationId },
  });
  const byId = new Map((await withMarks(ctx, rows)).map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []).map(toWireRun);
}

/**
 * Deletes a run that is over, with the journal of its stream. What it has written stays, because other records say that
 * it was so: its messages, and its steps with what the model was shown and what it answered.
 *
 * @throws ApiError `not-found`, 409 for one that is not over.
 */
export async function deleteRun(ctx: Ctx, id: string): Promise<void> {
  const { agentId } = await getRun(ctx, id);
  const gone = await transact(ctx, async (sql) => {
    await markRunGone(sql, id);
    const rows = await sql.query(
      `WITH gone AS (DELETE FROM run WHERE id = $1 AND completed_at IS NOT NULL RETURNING id)
       , lines AS (DELETE FROM journal WHERE run_id IN (SELECT id FROM gone)) SELECT id FROM gone`,
      [id],
    );
    if (rows.length > 0)
      await recordResources(ctx, sql, [{ resource: "run", id, name: "", operation: "delete", agentIds: [agentId] }]);
    return rows;
  });
  if (gone.length === 0) throw conflict(`CONFLICT: run ${id} is not over: cancel it first`);
}

async function runFilter(ctx: Ctx, query: RunQuery<"runs.list">): Promise<Prisma.RunWhereInput> {
  const agents = [...(query.agent_ids ?? []), ...(query.agent_id ? [query.agent_id] : [])];
  return {
    organizationId: ctx.actor.organizationId,
    // Runs of tests are shown where somebody asks for their agent.
    ...(agents.length > 0 ? { agentId: { in: agents } } : query.conversation_id ? {} : { suiteRunId: null }),
    ...(query.statuses?.length ? { status: { in: query.statuses } } : {}),
    ...(query.active ? { status: { in: ["created", "running"] } } : {}),
    ...(query.background == null ? {} : { background: query.background }),
    ...(query.stop_reason ? { stopReason: query.stop_reason } : {}),
    ...(query.conversation_id ? { conversationId: query.conversation_id } : {}),
  };
}

/** Messages of a run, shown as its request asked for. @throws ApiError `not-found`. */
export async function listRunMessages(ctx: Ctx, runId: string, paging: Paging): Promise<WireMessage[]> {
  const run = await getRun(ctx, runId);
  const messages = await listMessages(ctx, { runId }, paging, {
    cursors: "ordered",
    shown: "chronological",
    strict: true,
  });
  const wire = messagesToWire(messages, presentOfRequest(run.request));
  return paging.order === "desc" ? wire.toReversed() : wire;
}

/** Sum over a run's steps. */
export async function getRunUsage(ctx: Ctx, runId: string) {
  await getRun(ctx, runId);
  return usageOfSteps(ctx, { runId });
}

const NS_PER_MS = 1e6;

export async function getRunMetrics(ctx: Ctx, runId: string): Promise<Record<string, unknown>> {
  const run = await getRun(ctx, runId);
  const [steps, tools] = await Promise.all([
    ctx.db.prisma.step.count({ where: { runId } }),
    ctx.db.query<{ id: string }>(
      `SELECT DISTINCT t.id FROM tool_call c JOIN tool t ON t.name = c.name AND t.organization_id = c.organization_id WHERE c.run_id = $1`,
      [runId],
    ),
  ]);
  return {
    id: run.id,
    agent_id: run.agentId,
    project_id: null,
    run_start_ns: run.createdAt.getTime() * NS_PER_MS,
    run_ns: run.totalDurationNs === null ? null : Number(run.totalDurationNs),
    num_steps: steps,
    tools_used: tools.map((tool) => tool.id),
    template_id: null,
    base_template_id: null,
  };
}
