import type { z } from "@hono/zod-openapi";
import type { Paging } from "@/lib/api/common";
import type { Query } from "@/lib/api/endpoint";
import type { WireFolder } from "@/lib/api/folder-state";
import type { CreateFolder, FOLDER_ENDPOINTS, foldersStatsSchema, UpdateFolder } from "@/lib/api/folders";
import { modelIndex, requestedEmbedding, requireEmbedding } from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import { Prisma } from "../db/generated/client";
import type { FolderModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { stalePrompts } from "./directories";
import { toWireFolder } from "./wire";

const mine = (ctx: Ctx) => ({ organizationId: ctx.actor.organizationId });

/** @throws ApiError `not-found`. */
export async function getFolder(ctx: Ctx, id: string): Promise<FolderModel> {
  const row = await ctx.db.prisma.folder.findFirst({ where: { id, ...mine(ctx) } });
  if (!row) throw notFound("source", id);
  return row;
}

export async function retrieveFolder(ctx: Ctx, id: string): Promise<WireFolder> {
  return toWireFolder(await getFolder(ctx, id), await modelIndex(ctx));
}

const taken = (name: string) => conflict(`CONFLICT: there is a folder with the name '${name}' already`);

/** @throws ApiError `not-found` for an embedding handle that is not known; `conflict` for a name that is taken. */
export async function createFolder(ctx: Ctx, body: CreateFolder): Promise<WireFolder> {
  const asked = requestedEmbedding(body);
  const embedding = asked && (await requireEmbedding(ctx, asked));
  if (await ctx.db.prisma.folder.findFirst({ where: { name: body.name, ...mine(ctx) } })) throw taken(body.name);
  const now = ctx.now();
  const row = await ctx.db.prisma.folder.create({
    data: {
      id: newId("source"),
      ...mine(ctx),
      name: body.name,
      description: body.description ?? null,
      instructions: body.instructions ?? null,
      metadata: (body.metadata as Prisma.InputJsonValue | null | undefined) ?? Prisma.DbNull,
      embedding: embedding ?? ctx.config.defaultEmbedding,
      ...(body.embedding_chunk_size ? { embeddingChunkSize: body.embedding_chunk_size } : {}),
      createdById: ctx.actor.userId,
      lastUpdatedById: ctx.actor.userId,
      createdAt: now,
      updatedAt: now,
    },
  });
  return toWireFolder(row, await modelIndex(ctx));
}

type ListFoldersQuery = Query<Extract<(typeof FOLDER_ENDPOINTS)[number], { id: "folders.list" }>>;

export async function listFolders(ctx: Ctx, query: ListFoldersQuery): Promise<WireFolder[]> {
  return pageOfFolders(ctx, query.name ? { name: query.name } : {}, query);
}

/** Folders that are attached to an agent of the actor's. */
export function listFoldersOfAgent(ctx: Ctx, agentId: string, paging: Paging): Promise<WireFolder[]> {
  return pageOfFolders(ctx, { agents: { some: { agentId } } }, paging);
}

async function pageOfFolders(ctx: Ctx, where: Prisma.FolderWhereInput, paging: Paging): Promise<WireFolder[]> {
  const page = await keyset({
    paging,
    kind: "source",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.folder.findFirst({ where: { id, ...mine(ctx) } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.folder.findMany({
    where: { AND: [mine(ctx), where, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  const models = await modelIndex(ctx);
  return inListOrder(rows, page).map((row) => toWireFolder(row, models));
}

export function countFolders(ctx: Ctx): Promise<number> {
  return ctx.db.prisma.folder.count({ where: mine(ctx) });
}

/** @throws ApiError `not-found`. */
export async function folderIdByName(ctx: Ctx, name: string): Promise<string> {
  const row = await ctx.db.prisma.folder.findFirst({ where: { name, ...mine(ctx) }, select: { id: true } });
  if (!row) throw notFound("source", name);
  return row.id;
}

/**
 * PATCH of the contract: null is "not given". Files of a folder that is renamed have their names after it.
 *
 * @throws ApiError `not-found`; `conflict` for a name that is taken.
 */
export async function updateFolder(ctx: Ctx, id: string, body: UpdateFolder): Promise<WireFolder> {
  const asked = requestedEmbedding(body);
  const embedding = asked && (await requireEmbedding(ctx, asked));
  await transact(ctx, async (sql) => {
    const found = await sql.query<{ name: string }>(
      "SELECT name FROM folder WHERE id = $1 AND organization_id = $2 FOR UPDATE",
      [id, ctx.actor.organizationId],
    );
    if (found.length === 0) throw notFound("source", id);
    if (body.name != null && body.name !== found[0]!.name) {
      const [other] = await sql.query("SELECT 1 FROM folder WHERE name = $1 AND organization_id = $2 AND id <> $3", [
        body.name,
        ctx.actor.organizationId,
        id,
      ]);
      if (other) throw taken(body.name);
      await sql.query("UPDATE file SET file_name = $2 || substr(file_name, length($3) + 1) WHERE folder_id = $1", [
        id,
        body.name,
        found[0]!.name,
      ]);
    }
    await sql.query(UPDATE_FOLDER, [
      id,
      JSON.stringify({ ...body, metadata: body.metadata ?? null, embedding }),
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    await stalePrompts(sql, id);
  });
  return retrieveFolder(ctx, id);
}

const UPDATE_FOLDER = `
UPDATE folder SET name = coalesce(x.name, folder.name), description = coalesce(x.description, folder.description),
    instructions = coalesce(x.instructions, folder.instructions), metadata = coalesce(x.metadata, folder.metadata),
    embedding = coalesce(x.embedding, folder.embedding), last_updated_by_id = $3, updated_at = $4::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x(name text, description text, instructions text, metadata jsonb, embedding text)
  WHERE folder.id = $1`;

type Stats = z.input<typeof foldersStatsSchema>;

/** How much there is; by folder and file if `detailed`. */
export async function folderStats(ctx: Ctx, detailed: boolean): Promise<Stats> {
  const folders = await ctx.db.query<Stats["sources"][number]>(FOLDER_STATS, [ctx.actor.organizationId, detailed]);
  const sum = (key: "file_count" | "total_size") => folders.reduce((total, folder) => total + folder[key], 0);
  return {
    total_sources: folders.length,
    total_files: sum("file_count"),
    total_size: sum("total_size"),
    sources: detailed ? folders : [],
  };
}

const FOLDER_STATS = `
SELECT d.id AS source_id, d.name AS source_name, count(f.id)::int AS file_count,
  coalesce(sum(f.file_size), 0)::int8 AS total_size,
  CASE WHEN $2::boolean AND count(f.id) > 0 THEN jsonb_agg(jsonb_build_object('file_id', f.id, 'file_name', f.file_name,
    'file_size', f.file_size) ORDER BY f.created_at, f.id) ELSE '[]' END AS files
FROM folder d LEFT JOIN file f ON f.folder_id = d.id
WHERE d.organization_id = $1 GROUP BY d.id ORDER BY d.created_at, d.id`;

/** Ids of the agents that a folder is attached to. @throws ApiError `not-found`. */
export async function listAgentIdsOfFolder(ctx: Ctx, folderId: string, paging: Paging): Promise<string[]> {
  await getFolder(ctx, folderId);
  const page = await keyset({
    paging,
    kind: "agent",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.agent.findFirst({ where: { id, ...mine(ctx) } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.agent.findMany({
    where: { AND: [mine(ctx), { suiteRunId: null, folders: { some: { folderId } } }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    select: { id: true },
  });
  return inListOrder(rows, page).map((row) => row.id);
}
