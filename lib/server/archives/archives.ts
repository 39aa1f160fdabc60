import type { ARCHIVE_ENDPOINTS, CreateArchive, UpdateArchive, WireArchive } from "@/lib/api/archives";
import type { Query } from "@/lib/api/endpoint";
import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { type ModelIndex, modelIndex, requestedEmbedding, requireEmbedding } from "../agent-config/model-choice";
import { deriveEmbeddingConfig } from "../agent-config/model-settings";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import type { ArchiveModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { eraseArchives, hideArchive, isRemembered } from "./erase-archives";

export function toWireArchive(row: ArchiveModel, models: ModelIndex): WireArchive {
  return {
    created_by_id: row.createdById,
    last_updated_by_id: row.createdById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    name: row.name,
    description: row.description,
    vector_db_provider: "native",
    embedding_config: row.embedding ? deriveEmbeddingConfig(models.findEmbedding(row.embedding), row.embedding) : null,
    metadata: row.metadata as WireArchive["metadata"],
    id: row.id,
  };
}

/** @throws ApiError `not-found`. */
export async function getArchive(ctx: Ctx, id: string): Promise<ArchiveModel> {
  const row = await ctx.db.prisma.archive.findFirst({
    where: { id, organizationId: ctx.actor.organizationId, deletedAt: null },
  });
  if (!row) throw notFound("archive", id);
  return row;
}

export async function retrieveArchive(ctx: Ctx, id: string): Promise<WireArchive> {
  return toWireArchive(await getArchive(ctx, id), await modelIndex(ctx));
}

/** @throws ApiError `not-found` for an embedding handle that is not known. */
export async function createArchive(ctx: Ctx, body: CreateArchive): Promise<WireArchive> {
  const asked = requestedEmbedding(body);
  const embedding = asked && (await requireEmbedding(ctx, asked));
  const now = ctx.now();
  const row = await ctx.db.prisma.archive.create({
    data: {
      id: newId("archive"),
      organizationId: ctx.actor.organizationId,
      name: body.name,
      description: body.description ?? null,
      embedding: embedding ?? ctx.config.defaultEmbedding,
      createdById: ctx.actor.userId,
      createdAt: now,
      updatedAt: now,
    },
  });
  return toWireArchive(row, await modelIndex(ctx));
}

type ListArchivesQuery = Query<Extract<(typeof ARCHIVE_ENDPOINTS)[number], { id: "archives.list" }>>;

export async function listArchives(ctx: Ctx, query: ListArchivesQuery): Promise<WireArchive[]> {
  const mine = { organizationId: ctx.actor.organizationId, deletedAt: null };
  const page = await keyset({
    paging: query,
    kind: "archive",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.archive.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.archive.findMany({
    where: {
      AND: [
        mine,
        query.name ? { name: query.name } : {},
        query.agent_id
          ? { agents: { some: { agentId: query.agent_id } } }
          : { agents: { none: { agent: { suiteRunId: { not: null } } } } },
        page.where,
      ],
    },
    orderBy: page.orderBy,
    take: page.take,
  });
  const models = await modelIndex(ctx);
  return inListOrder(rows, page).map((row) => toWireArchive(row, models));
}

/** PATCH of the contract: null is "not given". */
export async function updateArchive(ctx: Ctx, id: string, body: UpdateArchive): Promise<WireArchive> {
  await getArchive(ctx, id);
  const row = await ctx.db.prisma.archive.update({
    where: { id },
    data: {
      ...(body.name == null ? {} : { name: body.name }),
      ...(body.description == null ? {} : { description: body.description }),
      updatedAt: ctx.now(),
    },
  });
  return toWireArchive(row, await modelIndex(ctx));
}

/**
 * Deletes an archive with its passages, for all that comes: nobody finds them any more. The past of agents that have or
 * ever had it stays as it was; it goes with the last of them.
 *
 * @throws ApiError `not-found`.
 */
export async function deleteArchive(ctx: Ctx, id: string): Promise<void> {
  await transact(ctx, async (sql) => {
    const [found] = await sql.query<{ name: string }>(
      "SELECT name FROM archive WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL FOR UPDATE",
      [id, ctx.actor.organizationId],
    );
    if (!found) throw notFound("archive", id);
    await stalePrompts(sql, id);
    const holders = await sql.query<{ agent_id: string }>(
      "SELECT agent_id FROM agent_archive WHERE archive_id = $1 ORDER BY agent_id",
      [id],
    );
    const agentIds = holders.map((holder) => holder.agent_id);
    await recordResources(ctx, sql, [{ resource: "archive", id, name: found.name, operation: "delete", agentIds }]);
    if (await isRemembered(sql, id)) await hideArchive(ctx, sql, id);
    else await eraseArchives(sql, [id]);
  });
}

/** Attaches an archive; one that is attached stays so. @throws ApiError `not-found`. */
export async function attachArchive(ctx: Ctx, agentId: string, archiveId: string): Promise<void> {
  await getAgentRow(ctx, agentId);
  const { name } = await getArchive(ctx, archiveId);
  await transact(ctx, async (sql) => {
    const made = await sql.query(
      `WITH made AS (INSERT INTO agent_archive (agent_id, archive_id)
         SELECT a.id, r.id FROM agent a, archive r WHERE a.id = $1 AND r.id = $2 AND r.deleted_at IS NULL
         ON CONFLICT DO NOTHING RETURNING agent_id)
       UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id IN (SELECT agent_id FROM made) RETURNING id`,
      [agentId, archiveId],
    );
    if (made.length === 0) return;
    await recordResources(ctx, sql, [
      { resource: "archive", id: archiveId, name, operation: "attach", agentIds: [agentId] },
    ]);
  });
}

/** Detaches an archive, which stays. @throws ApiError `not-found`. */
export async function detachArchive(ctx: Ctx, agentId: string, archiveId: string): Promise<void> {
  await getAgentRow(ctx, agentId);
  const { name } = await getArchive(ctx, archiveId);
  await transact(ctx, async (sql) => {
    const gone = await sql.query(
      `WITH gone AS (DELETE FROM agent_archive WHERE agent_id = $1 AND archive_id = $2 RETURNING agent_id)
       UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id IN (SELECT agent_id FROM gone) RETURNING id`,
      [agentId, archiveId],
    );
    if (gone.length === 0) return;
    await recordResources(ctx, sql, [
      { resource: "archive", id: archiveId, name, operation: "detach", agentIds: [agentId] },
    ]);
  });
}

/** The prompts of agents say how much an archive holds. */
export async function stalePrompts(sql: Sql, archiveId: string): Promise<void> {
  await sql.query(
    `UPDATE agent SET compile_epoch = compile_epoch + 1
     WHERE id IN (SELECT agent_id FROM agent_archive WHERE archive_id = $1)`,
    [archiveId],
  );
}

/**
 * The archive that an agent's passages go to: its own, or else the first that was attached. An agent without one gets
 * one, named after it, that embeds as the agent does.
 *
 * @param cause why it gets one; a client's request unless it is said
 * @throws ApiError `not-found` for an unknown agent.
 */
export async function ensureDefaultArchive(ctx: Ctx, sql: Sql, agentId: string, cause?: Cause): Promise<string> {
  // The lock keeps two first passages from making two archives.
  const locked = await sql.query("SELECT id FROM agent WHERE id = $1 AND organization_id = $2 FOR UPDATE", [
    agentId,
    ctx.actor.organizationId,
  ]);
  if (locked.length === 0) throw notFound("agent", agentId);
  const [known] = await sql.query<{ id: string }>(
    `SELECT r.id FROM agent_archive l JOIN archive r ON r.id = l.archive_id
     WHERE l.agent_id = $1 AND r.deleted_at IS NULL
     ORDER BY l.is_owner DESC, r.created_at, r.id LIMIT 1`,
    [agentId],
  );
  if (known) return known.id;
  const [agent] = await sql.query<{ name: string; config: AgentConfig }>(
    "SELECT a.name, v.config FROM agent a JOIN agent_version v ON v.id = a.version_id WHERE a.id = $1",
    [agentId],
  );
  const id = newId("archive");
  const name = `${agent!.name}'s Archive`;
  await sql.query(
    `INSERT INTO archive (id, organization_id, name, embedding, created_by_id, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz)`,
    [id, ctx.actor.organizationId, name, agent!.config.embedding, ctx.actor.userId, ctx.now().toISOString()],
  );
  await sql.query("INSERT INTO agent_archive (agent_id, archive_id, is_owner) VALUES ($1, $2, true)", [agentId, id]);
  const attached = { resource: "archive", id, name, operation: "attach", agentIds: [agentId] } as const;
  await recordResources(ctx, sql, [attached], cause);
  return id;
}
