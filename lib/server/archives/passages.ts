import type { Query } from "@/lib/api/endpoint";
import type { CreatePassage, PASSAGE_ENDPOINTS, WirePassage } from "@/lib/api/passages";
import type { Cause } from "@/lib/engine/cause";
import { getAgentRow } from "../agent-config/agent-row";
import { type ModelIndex, modelIndex } from "../agent-config/model-choice";
import { deriveEmbeddingConfig } from "../agent-config/model-settings";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Sql } from "../db/database";
import type { ArchiveModel, PassageModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { withEmbeddings } from "../search/kept-vectors";
import { ensureDefaultArchive, getArchive } from "./archives";

export type PassageRow = PassageModel & { archive: Pick<ArchiveModel, "embedding"> };

export function toWirePassage(row: PassageRow, models: ModelIndex): WirePassage {
  const { embedding } = row.archive;
  return {
    created_by_id: row.createdById,
    last_updated_by_id: row.createdById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    is_deleted: row.deletedAt !== null,
    archive_id: row.archiveId,
    source_id: null,
    file_id: null,
    file_name: null,
    metadata: (row.metadata ?? {}) as WirePassage["metadata"],
    tags: row.tags,
    id: row.id,
    text: row.text,
    embedding: null,
    embedding_config: embedding ? deriveEmbeddingConfig(models.findEmbedding(embedding), embedding) : null,
  };
}

const MAX_TOKENS = 8192;
const BYTES_PER_TOKEN = 4;

/** @throws ApiError `bad-request` for a text that is too long to be embedded as one, by an estimate. */
function requireFitting({ text }: CreatePassage): void {
  const tokens = Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
  if (tokens > MAX_TOKENS) {
    throw badRequest(`INVALID_ARGUMENT: Passage text has about ${tokens} tokens, and ${MAX_TOKENS} are the limit`);
  }
}

export type PassageInsert = {
  archiveId: string;
  /** The agent that the passage is for, where it is one's. */
  agentId: string | null;
  passages: readonly CreatePassage[];
  cause: Cause;
  stepId?: string | null;
};

/** Adds passages, with an event for each, in one statement; prompts that count them become stale. @returns their ids, in order. */
export async function insertPassages(ctx: Ctx, sql: Sql, insert: PassageInsert): Promise<string[]> {
  const now = ctx.now().toISOString();
  // A millisecond apart, the last one now, so that a list by time has them in their order.
  const timeOf = (index: number) => new Date(Date.parse(now) + 1 + index - insert.passages.length).toISOString();
  const rows = insert.passages.map((passage, index) => ({
    id: newId("passage"),
    eventId: newId("event"),
    text: passage.text,
    tags: [...new Set(passage.tags ?? [])],
    metadata: passage.metadata ?? {},
    createdAt: passage.created_at ?? timeOf(index),
  }));
  await sql.query(INSERT_PASSAGES, [
    ctx.actor.organizationId,
    insert.archiveId,
    insert.agentId,
    JSON.stringify(rows),
    JSON.stringify(insert.cause),
    insert.stepId ?? null,
    ctx.actor.userId,
    now,
  ]);
  return rows.map((row) => row.id);
}

const INSERT_PASSAGES = `
WITH given AS (SELECT * FROM jsonb_to_recordset($4::jsonb) AS x("id" text, "eventId" text, "text" text, "tags" text[],
    "metadata" jsonb, "createdAt" timestamptz)),
  stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1
    WHERE id IN (SELECT agent_id FROM agent_archive WHERE archive_id = $2) AND EXISTS (SELECT 1 FROM given)),
  made AS (INSERT INTO passage (id, organization_id, archive_id, text, tags, metadata, created_by_id, created_at, updated_at)
    SELECT "id", $1, $2, "text", "tags", "metadata", $7, "createdAt", $8::timestamptz FROM given)
INSERT INTO passage_event (id, organization_id, archive_id, agent_id, passage_id, type, cause, step_id, created_at)
  SELECT "eventId", $1, $2, $3, "id", 'insert', $5::jsonb, $6, $8::timestamptz FROM given`;

/** Adds passages to an archive: all of them or none. @throws ApiError `not-found`, or `bad-request` for one that is too long. */
export async function createPassages(
  ctx: Ctx,
  archiveId: string,
  passages: readonly CreatePassage[],
): Promise<WirePassage[]> {
  passages.forEach(requireFitting);
  await getArchive(ctx, archiveId);
  const ids = await transact(ctx, async (sql) => {
    await lockArchive(ctx, sql, archiveId);
    return insertPassages(ctx, sql, { archiveId, agentId: null, passages, cause: apiCause(ctx) });
  });
  return created(ctx, ids, null);
}

/** Adds a passage to an agent's own archive, which is made if there is none. @throws ApiError as `createPassages`. */
export async function createAgentPassage(ctx: Ctx, agentId: string, passage: CreatePassage): Promise<WirePassage[]> {
  requireFitting(passage);
  const ids = await transact(ctx, async (sql) => {
    const archiveId = await ensureDefaultArchive(ctx, sql, agentId);
    return insertPassages(ctx, sql, { archiveId, agentId, passages: [passage], cause: apiCause(ctx) });
  });
  return created(ctx, ids, agentId);
}

/** Keeps the archive from being deleted before the transaction ends. */
async function lockArchive(ctx: Ctx, sql: Sql, id: string): Promise<void> {
  const found = await sql.query(
    "SELECT id FROM archive WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL FOR SHARE",
    [id, ctx.actor.organizationId],
  );
  if (found.length === 0) throw notFound("archive", id);
}

async function created(ctx: Ctx, ids: string[], agentId: string | null): Promise<WirePassage[]> {
  const rows = await ctx.db.prisma.passage.findMany({
    where: { id: { in: ids } },
    include: { archive: { select: { embedding: true } } },
  });
  for (const id of ids) publish(ctx, id, agentId, "insert");
  const models = await modelIndex(ctx);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [toWirePassage(row, models)] : [];
  });
}

function publish(ctx: Ctx, id: string, agentId: string | null, operation: "insert" | "delete"): void {
  ctx.events.publish({
    type: "passage",
    organizationId: ctx.actor.organizationId,
    agentId,
    id,
    at: ctx.now().toISOString(),
    detail: { operation },
  });
}

type ListQuery = Query<Extract<(typeof PASSAGE_ENDPOINTS)[number], { id: "agents.passages.list" }>>;

/** Passages of all archives of an agent. @throws ApiError `not-found`. */
export async function listAgentPassages(ctx: Ctx, agentId: string, query: ListQuery): Promise<WirePassage[]> {
  await getAgentRow(ctx, agentId);
  const ofAgent = { archive: { agents: { some: { agentId } } } };
  const page = await keyset({
    paging: { ...query, order: query.ascending ? "asc" : "desc", order_by: "created_at" },
    kind: "passage",
    field: "createdAt",
    // A passage that was deleted while a client pages still says where it was.
    find: async (id) => {
      const row = await ctx.db.prisma.passage.findFirst({ where: { id, ...ofAgent } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.passage.findMany({
    where: { AND: [ofAgent, { deletedAt: null }, query.search ? { text: contains(query.search) } : {}, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: { archive: { select: { embedding: true } } },
  });
  const models = await modelIndex(ctx);
  const listed = inListOrder(rows, page);
  if (!query.include_embeddings) return listed.map((row) => toWirePassage(row, models));
  const indexed = listed.map((row) => ({
    passage: toWirePassage(row, models),
    doc: row.seq,
    model: row.archive.embedding,
  }));
  return withEmbeddings(ctx, indexed);
}

/** Deletes a passage of an archive, with an event that says so. @throws ApiError `not-found`. */
export async function deletePassage(ctx: Ctx, archiveId: string, passageId: string): Promise<void> {
  await getArchive(ctx, archiveId);
  await removePassage(ctx, passageId, { archiveId, agentId: null });
}

/** Deletes a passage of one of the agent's archives, with an event that says so. @throws ApiError `not-found`. */
export async function deleteAgentPassage(ctx: Ctx, agentId: string, passageId: string): Promise<void> {
  await getAgentRow(ctx, agentId);
  await removePassage(ctx, passageId, { archiveId: null, agentId });
}

async function removePassage(
  ctx: Ctx,
  passageId: string,
  within: { archiveId: string | null; agentId: string | null },
): Promise<void> {
  const params = [
    passageId,
    newId("event"),
    within.archiveId,
    within.agentId,
    JSON.stringify(apiCause(ctx)),
    ctx.actor.organizationId,
    ctx.now().toISOString(),
  ];
  const removed = await transact(ctx, (sql) => sql.query(REMOVE_PASSAGE, params));
  if (removed.length === 0) throw notFound("passage", passageId);
  publish(ctx, passageId, within.agentId, "delete");
}

const REMOVE_PASSAGE = `
WITH gone AS (UPDATE passage SET deleted_at = $7::timestamptz, updated_at = $7::timestamptz
    WHERE id = $1 AND organization_id = $6 AND deleted_at IS NULL AND ($3::text IS NULL OR archive_id = $3)
      AND ($4::text IS NULL OR archive_id IN (SELECT archive_id FROM agent_archive WHERE agent_id = $4))
    RETURNING id, organization_id, archive_id),
  stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1
    WHERE id IN (SELECT l.agent_id FROM agent_archive l JOIN gone ON gone.archive_id = l.archive_id))
INSERT INTO passage_event (id, organization_id, archive_id, agent_id, passage_id, type, cause, created_at)
  SELECT $2, organization_id, archive_id, $4, id, 'delete', $5::jsonb, $7::timestamptz FROM gone RETURNING id`;
