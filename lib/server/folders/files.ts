import type { Paging } from "@/lib/api/common";
import type { WireFile } from "@/lib/api/folders";
import type { WirePassage } from "@/lib/api/passages";
import { modelIndex } from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { withEmbeddings } from "../search/kept-vectors";
import { deleteDocuments, deleteScope } from "../search/search-index";
import { stalePrompts } from "./directories";
import { getFolder } from "./folders";
import { type FileRow, nameInFolder, toWireChunk, toWireFile } from "./wire";

/** Tells who watches how far a file is. */
export function publishFile(ctx: Ctx, file: Pick<WireFile, "id" | "source_id">, status: string, detail = {}): void {
  ctx.events.publish({
    type: "file",
    organizationId: ctx.actor.organizationId,
    agentId: null,
    id: file.id,
    status,
    at: ctx.now().toISOString(),
    detail: { folder_id: file.source_id, ...detail },
  });
}

const omitted = (withContent: boolean) => ({ upload: true, content: !withContent }) as const;

/** @throws ApiError `not-found` for the folder, or a cursor that is none of its files. */
export async function listFiles(
  ctx: Ctx,
  folderId: string,
  query: Paging & { include_content: boolean },
): Promise<WireFile[]> {
  const folder = await getFolder(ctx, folderId);
  const page = await keyset({
    paging: query,
    kind: "file",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.file.findFirst({
        where: { id, folderId },
        select: { id: true, createdAt: true },
      });
      return row && { id, at: row.createdAt };
    },
  });
  const rows: FileRow[] = await ctx.db.prisma.file.findMany({
    where: { AND: [{ folderId }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    omit: omitted(query.include_content),
  });
  return inListOrder(rows, page).map((row) => inFolder(row, folder.name));
}

/** As who looks at a folder sees it: the name of the folder says itself. */
function inFolder(row: FileRow, folderName: string): WireFile {
  return { ...toWireFile(row), file_name: nameInFolder(row.fileName, folderName) };
}

/** @throws ApiError `not-found` for a file that the folder does not have. */
export async function retrieveFile(ctx: Ctx, folderId: string, id: string, withContent: boolean): Promise<WireFile> {
  const folder = await getFolder(ctx, folderId);
  return inFolder(await readFile(ctx, folderId, id, withContent), folder.name);
}

/** What an upload answers: a file by the name that agents see. @throws ApiError `not-found`. */
export async function uploadedFile(ctx: Ctx, folderId: string, id: string): Promise<WireFile> {
  return toWireFile(await readFile(ctx, folderId, id, false));
}

async function readFile(ctx: Ctx, folderId: string, id: string, withContent: boolean): Promise<FileRow> {
  const row: FileRow | null = await ctx.db.prisma.file.findFirst({
    where: { id, folderId, organizationId: ctx.actor.organizationId },
    omit: omitted(withContent),
  });
  if (!row) throw notFound("file", id);
  return row;
}

/** What the files of a folder are searched by. @throws ApiError `not-found`. */
export async function listChunks(
  ctx: Ctx,
  folderId: string,
  paging: Paging & { include_embeddings: boolean },
): Promise<WirePassage[]> {
  const folder = await getFolder(ctx, folderId);
  const page = await keyset({
    paging,
    kind: "passage",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.fileChunk.findFirst({ where: { id, folderId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.fileChunk.findMany({
    where: { AND: [{ folderId }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: { file: { select: { fileName: true } } },
  });
  const models = await modelIndex(ctx);
  const listed = inListOrder(rows, page);
  if (!paging.include_embeddings) return listed.map((row) => toWireChunk(row, folder, models));
  const indexed = listed.map((row) => ({
    passage: toWireChunk(row, folder, models),
    doc: row.seq,
    model: folder.embedding,
  }));
  return withEmbeddings(ctx, indexed);
}

/** @throws ApiError `not-found` for a file that the folder does not have. */
export async function deleteFile(ctx: Ctx, folderId: string, id: string): Promise<void> {
  await getFolder(ctx, folderId);
  await transact(ctx, async (sql) => {
    await sql.query("SELECT id FROM folder WHERE id = $1 FOR UPDATE", [folderId]);
    if (!(await eraseFile(ctx, sql, folderId, id))) throw notFound("file", id);
  });
  publishFile(ctx, { id, source_id: folderId }, "deleted");
}

/**
 * Erases a file with its passages and their index; agents no longer have it, and their histories say so.
 *
 * @returns whether it was there.
 */
export async function eraseFile(ctx: Ctx, sql: Sql, folderId: string, id: string): Promise<boolean> {
  const [file] = await sql.query<{ name: string }>(
    "SELECT file_name AS name FROM file WHERE id = $1 AND folder_id = $2 FOR UPDATE",
    [id, folderId],
  );
  if (!file) return false;
  const holders = await sql.query<{ agent_id: string }>("SELECT agent_id FROM agent_folder WHERE folder_id = $1", [
    folderId,
  ]);
  const agentIds = holders.map((holder) => holder.agent_id);
  await recordResources(ctx, sql, [{ resource: "file", id, name: file.name, operation: "delete", agentIds }]);
  const docs = await sql.query<{ seq: number }>("SELECT seq FROM file_chunk WHERE file_id = $1", [id]);
  await deleteDocuments(
    sql,
    folderId,
    docs.map((doc) => doc.seq),
  );
  await stalePrompts(sql, folderId);
  await sql.query("DELETE FROM file WHERE id = $1", [id]);
  return true;
}

/** Erases a folder with its files and their index, in a caller's transaction; no agent may have it any more. */
export async function eraseFolder(sql: Sql, id: string): Promise<void> {
  await deleteScope(sql, [id]);
  await sql.query("DELETE FROM folder WHERE id = $1", [id]);
}
