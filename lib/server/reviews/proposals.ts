import type { Query } from "@/lib/api/endpoint";
import type {
  MEMORY_PROPOSAL_ENDPOINTS,
  WireMemoryProposal,
  WireMemoryProposalDetail,
} from "@/lib/api/memory-proposals";
import type { Cause } from "@/lib/engine/cause";
import { editsOf, merge } from "@/lib/text/merge";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import type { MemoryProposalModel } from "../db/generated/models";
import { othersTurn } from "../db/others-turn";

type Endpoints = (typeof MEMORY_PROPOSAL_ENDPOINTS)[number];
type ListQuery = Query<Extract<Endpoints, { id: "memoryProposals.list" }>>;
type Filter = Query<Extract<Endpoints, { id: "memoryProposals.count" }>>;

/** @throws ApiError `not-found` for an unknown cursor. */
export async function listProposals(ctx: Ctx, query: ListQuery): Promise<WireMemoryProposal[]> {
  const mine = { organizationId: ctx.actor.organizationId };
  const page = await keyset({
    paging: query,
    kind: "memory proposal",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.memoryProposal.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.memoryProposal.findMany({
    where: { AND: [await whereOf(ctx, query), page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return toWire(ctx, inListOrder(rows, page));
}

export async function countProposals(ctx: Ctx, query: Filter): Promise<number> {
  return ctx.db.prisma.memoryProposal.count({ where: await whereOf(ctx, query) });
}

/** Those of agents that tests were made for are left out, unless the agent is asked for. */
async function whereOf(ctx: Ctx, query: Filter): Promise<Prisma.MemoryProposalWhereInput> {
  const { organizationId } = ctx.actor;
  const ofTests = query.agent_id
    ? []
    : await ctx.db.query<{ id: string }>(
        `SELECT DISTINCT p.agent_id AS id FROM memory_proposal p JOIN agent a ON a.id = p.agent_id
         WHERE p.organization_id = $1 AND a.suite_run_id IS NOT NULL`,
        [organizationId],
      );
  return {
    organizationId,
    ...(query.status?.length ? { status: { in: query.status } } : {}),
    ...(query.agent_id ? { agentId: query.agent_id } : {}),
    ...(ofTests.length > 0 ? { agentId: { notIn: ofTests.map(({ id }) => id) } } : {}),
    ...(query.block_id ? { blockId: query.block_id } : {}),
  };
}

export async function toWire(ctx: Ctx, rows: readonly MemoryProposalModel[]): Promise<WireMemoryProposal[]> {
  const named = await ctx.db.query<{ id: string; name: string }>(
    `SELECT id, label AS name FROM block_version WHERE id = ANY($1::text[])
     UNION ALL SELECT id, name FROM agent WHERE id = ANY($2::text[])`,
    [rows.map((row) => row.baseVersionId), rows.map((row) => row.agentId)],
  );
  const names = new Map(named.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({
    id: row.id,
    seq: Number(row.seq),
    block_id: row.blockId,
    label: names.get(row.baseVersionId) ?? "",
    agent_id: row.agentId,
    agent_name: names.get(row.agentId) ?? "",
    conversation_id: row.conversationId,
    run_id: row.runId,
    step_id: row.stepId,
    base_version_id: row.baseVersionId,
    kind: row.detach ? "detach" : "change",
    operation: row.operation,
    cause: row.cause as Cause,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    status: row.status as WireMemoryProposal["status"],
    decided_at: row.decidedAt?.toISOString() ?? null,
    decided_cause: row.decidedCause as Cause | null,
    reason: row.reason,
    version_id: row.versionId,
    told_run_id: row.toldRunId,
  }));
}

/** @throws ApiError `not-found`. */
export async function getProposal(ctx: Ctx, id: string): Promise<MemoryProposalModel> {
  const row = await ctx.db.prisma.memoryProposal.findFirst({
    where: { id, organizationId: ctx.actor.organizationId },
  });
  if (!row) throw notFound("memory proposal", id);
  return row;
}

type Texts = { base_value: string; head_version_id: string; head_value: string; is_deleted: boolean };

/** The texts that a proposal is about: what the tool saw, and what the block says now. */
export async function textsOf(ctx: Ctx, row: MemoryProposalModel): Promise<Texts> {
  const [texts] = await ctx.db.query<Texts>(
    `SELECT base.value AS base_value, head.id AS head_version_id, head.value AS head_value,
       b.deleted_at IS NOT NULL AS is_deleted
     FROM block b JOIN block_version head ON head.id = b.head_version_id, block_version base
     WHERE b.id = $1 AND b.organization_id = $2 AND base.id = $3`,
    [row.blockId, ctx.actor.organizationId, row.baseVersionId],
  );
  if (!texts) throw notFound("block", row.blockId);
  return texts;
}

/** The block's value with the proposal on top of what others wrote meanwhile; null where both changed the same words. */
export async function resultOf(row: Pick<MemoryProposalModel, "value">, texts: Texts): Promise<string | null> {
  const { base_value: base, head_value: head } = texts;
  if (row.value === null || row.value === head) return head;
  if (base === head) return row.value;
  const proposed = editsOf(base, row.value);
  await othersTurn();
  return merge(proposed, editsOf(base, head));
}

/** @throws ApiError `not-found`. */
export async function retrieveProposal(ctx: Ctx, id: string): Promise<WireMemoryProposalDetail> {
  const row = await getProposal(ctx, id);
  const [[wire], texts] = await Promise.all([toWire(ctx, [row]), textsOf(ctx, row)]);
  const { label, value, description } = row;
  const { base_value, head_version_id, head_value } = texts;
  const result = await resultOf(row, texts);
  return { ...wire!, base_value, proposed: { label, value, description }, head_version_id, head_value, result };
}
