import type { WireAgentFile } from "@/lib/api/agent-folders";
import type { Paging } from "@/lib/api/common";
import { type FileWindow, viewOf } from "@/lib/engine/tools/file-view";
import type { Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { configOf } from "./agent-folders";
import { fileLimitsOf, lineCountSql, windowSql } from "./directories";

/** A file that an agent has by one of its folders. */
export type AttachedFile = {
  fileId: string;
  fileName: string;
  status: string;
  hasText: boolean;
  /** About. */
  chars: number;
};

/** All that an agent has, by name. */
export function attachedFiles(ctx: Ctx, agentId: string): Promise<AttachedFile[]> {
  return ctx.db.query<AttachedFile>(
    `SELECT f.id AS "fileId", f.file_name AS "fileName", f.status, f.content IS NOT NULL AS "hasText",
       coalesce(f.file_size, 0) AS chars
     FROM agent_file a JOIN file f ON f.id = a.file_id JOIN agent g ON g.id = a.agent_id
     WHERE a.agent_id = $1 AND g.organization_id = $2 ORDER BY f.file_name, f.id`,
    [agentId, ctx.actor.organizationId],
  );
}

/** How many lines files have, by id. */
export async function lineCounts(ctx: Ctx, fileIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await ctx.db.query<{ id: string; lines: number }>(
    `SELECT id, ${lineCountSql("content")} AS lines FROM file
     WHERE id = ANY($1::text[]) AND content IS NOT NULL`,
    [fileIds],
  );
  return new Map(rows.map((row) => [row.id, row.lines]));
}

/** Lines to put in view, from 1; null is from the first, to the last. */
export type Opening = { fileId: string; startLine: number | null; endLine: number | null };

/**
 * Opens files of an agent. Those that were not looked at for the longest time are closed where there would be too many.
 *
 * @returns the names of the files that were closed.
 */
export async function openFiles(
  ctx: Ctx,
  agentId: string,
  openings: readonly Opening[],
  { maxFilesOpen, closeOthers }: { maxFilesOpen: number; closeOthers: boolean },
): Promise<string[]> {
  return transact(ctx, async (sql) => {
    await sql.query("SELECT id FROM agent WHERE id = $1 FOR UPDATE", [agentId]);
    await sql.query(OPEN_FILES, [agentId, JSON.stringify(openings), ctx.now().toISOString()]);
    const keep = closeOthers ? 0 : Math.max(0, maxFilesOpen - openings.length);
    const asked = openings.map((opening) => opening.fileId);
    const closed = await sql.query<{ name: string }>(CLOSE_OLDEST, [agentId, asked, keep]);
    await stalePrompt(sql, agentId);
    return closed.map((file) => file.name);
  });
}

/** Closes what was not looked at for the longest time, of an agent that may have no more than so many files open. */
export async function closeExcess(sql: Sql, agentId: string, maxFilesOpen: number): Promise<void> {
  const closed = await sql.query(CLOSE_OLDEST, [agentId, [], maxFilesOpen]);
  if (closed.length > 0) await stalePrompt(sql, agentId);
}

const OPEN_FILES = `
UPDATE agent_file a SET is_open = true, start_line = x."startLine", end_line = x."endLine",
    last_accessed_at = $3::timestamptz
FROM jsonb_to_recordset($2::jsonb) AS x("fileId" text, "startLine" int, "endLine" int)
WHERE a.agent_id = $1 AND a.file_id = x."fileId"`;

const CLOSED = "is_open = false, start_line = NULL, end_line = NULL";

const CLOSE_OLDEST = `
WITH old AS (SELECT a.id, f.file_name AS name FROM agent_file a JOIN file f ON f.id = a.file_id
    WHERE a.agent_id = $1 AND a.is_open AND a.file_id <> ALL($2::text[])
    ORDER BY a.last_accessed_at DESC NULLS LAST, f.file_name OFFSET $3::int),
  closed AS (UPDATE agent_file SET ${CLOSED} WHERE id IN (SELECT id FROM old))
SELECT name FROM old ORDER BY name`;

async function stalePrompt(sql: Sql, agentId: string): Promise<void> {
  await sql.query("UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id = $1", [agentId]);
}

/** Says that an agent has looked at files, by a search. */
export async function touchFiles(ctx: Ctx, agentId: string, fileIds: readonly string[]): Promise<void> {
  await ctx.db.query(
    "UPDATE agent_file SET last_accessed_at = $3::timestamptz WHERE agent_id = $1 AND file_id = ANY($2::text[])",
    [agentId, fileIds, ctx.now().toISOString()],
  );
}

/**
 * Opens a file from its beginning. @returns the names of files that were closed for it.
 *
 * @throws ApiError `not-found` for a file that the agent does not have; `bad-request` for one that is not read.
 */
export async function openAgentFile(ctx: Ctx, agentId: string, fileId: string): Promise<string[]> {
  const { maxFilesOpen } = await fileLimitsOf(ctx, await configOf(ctx, agentId));
  const file = (await attachedFiles(ctx, agentId)).find((one) => one.fileId === fileId);
  if (!file) throw notFound("file", fileId);
  if (!file.hasText) throw badRequest(`INVALID_ARGUMENT: ${file.fileName} has no text, it is ${file.status}`);
  return openFiles(ctx, agentId, [{ fileId, startLine: null, endLine: null }], { maxFilesOpen, closeOthers: false });
}

/** Closes a file; one that is closed stays so. @throws ApiError `not-found` for a file that the agent does not have. */
export async function closeAgentFile(ctx: Ctx, agentId: string, fileId: string): Promise<void> {
  await configOf(ctx, agentId);
  const found = await ctx.db.query(
    `WITH known AS (SELECT id FROM agent_file WHERE agent_id = $1 AND file_id = $2),
       closed AS (UPDATE agent_file SET ${CLOSED}, last_accessed_at = $3::timestamptz
         WHERE id IN (SELECT id FROM known) AND is_open RETURNING agent_id),
       stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id IN (SELECT agent_id FROM closed))
     SELECT id FROM known`,
    [agentId, fileId, ctx.now().toISOString()],
  );
  if (found.length === 0) throw notFound("file", fileId);
}

/** @returns the names of the files that were open. @throws ApiError `not-found`. */
export async function closeAllFiles(ctx: Ctx, agentId: string): Promise<string[]> {
  await configOf(ctx, agentId);
  return openFiles(ctx, agentId, [], { maxFilesOpen: 0, closeOthers: true });
}

type ListQuery = Paging & { cursor?: string | null | undefined; is_open?: boolean | null | undefined };
type FilesPage = { files: WireAgentFile[]; next_cursor: string | null; has_more: boolean };

/** @throws ApiError `not-found` for the agent, or a cursor that is none of its files. */
export async function listAgentFiles(ctx: Ctx, agentId: string, query: ListQuery): Promise<FilesPage> {
  const limits = await fileLimitsOf(ctx, await configOf(ctx, agentId));
  const paging = { ...query, after: query.after ?? query.cursor, limit: query.limit + 1 };
  const page = await keyset({
    paging,
    kind: "file_agent",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.agentFile.findFirst({ where: { id, agentId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.agentFile.findMany({
    where: { AND: [{ agentId }, query.is_open == null ? {} : { isOpen: query.is_open }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: { file: { select: { fileName: true, folder: { select: { id: true, name: true } } } } },
  });
  const shown = inListOrder(rows.slice(0, query.limit), page);
  const views = await readViews(
    ctx,
    shown.filter((row) => row.isOpen).map((row) => row.id),
    limits.viewWindowChars,
  );
  const hasMore = rows.length > query.limit;
  return {
    files: shown.map((row) => ({
      id: row.id,
      file_id: row.fileId,
      file_name: row.file.fileName,
      folder_id: row.file.folder.id,
      folder_name: row.file.folder.name,
      is_open: row.isOpen,
      last_accessed_at: row.lastAccessedAt?.toISOString() ?? null,
      visible_content: views.get(row.id) ?? null,
      start_line: row.startLine,
      end_line: row.endLine,
    })),
    next_cursor: hasMore ? shown.at(-1)!.id : null,
    has_more: hasMore,
  };
}

/**
 * The open files of agents, as the contract has them in their memory; each agent's limit is how much it sees of one. One
 * statement for any number of agents; an agent with no file open is not in the answer.
 */
export async function fileBlocksOf(
  ctx: Ctx,
  agents: readonly { id: string; viewWindowChars: number }[],
): Promise<Map<string, Record<string, unknown>[]>> {
  const rows = await ctx.db.query<OpenFile>(OPEN_FILE_BLOCKS, [JSON.stringify(agents), ctx.actor.organizationId]);
  const blocks = new Map<string, Record<string, unknown>[]>();
  for (const row of rows) blocks.set(row.agentId, [...(blocks.get(row.agentId) ?? []), toFileBlock(row)]);
  return blocks;
}

type OpenFile = {
  agentId: string;
  limit: number;
  fileId: string;
  fileName: string;
  folderId: string;
  lastAccessedAt: Date | null;
  window: FileWindow | null;
};

const OPEN_FILE_BLOCKS = `
SELECT a.agent_id AS "agentId", x."viewWindowChars" AS "limit", f.id AS "fileId", f.file_name AS "fileName",
  f.folder_id AS "folderId", a.last_accessed_at AS "lastAccessedAt", ${windowSql('x."viewWindowChars"')} AS window
FROM jsonb_to_recordset($1::jsonb) AS x(id text, "viewWindowChars" int) JOIN agent g ON g.id = x.id
  JOIN agent_file a ON a.agent_id = g.id JOIN file f ON f.id = a.file_id
WHERE g.organization_id = $2 AND a.is_open ORDER BY a.created_at, a.id`;

function toFileBlock({ limit, fileId, fileName, folderId, lastAccessedAt, window }: OpenFile) {
  return {
    ...NO_BLOCK,
    value: window ? viewOf(window, limit) : "",
    limit,
    label: fileName,
    read_only: true,
    file_id: fileId,
    source_id: folderId,
    is_open: true,
    last_accessed_at: lastAccessedAt?.toISOString() ?? null,
  };
}

/** What a block has and a file has not. */
const NO_BLOCK = {
  project_id: null,
  template_name: null,
  is_template: false,
  template_id: null,
  base_template_id: null,
  deployment_id: null,
  entity_id: null,
  preserve_on_migration: false,
  description: null,
  metadata: {},
  hidden: null,
  created_by_id: null,
  last_updated_by_id: null,
  tags: [],
};

/** What agents see of open files, by the id of the attachment. */
async function readViews(ctx: Ctx, ids: readonly string[], limitChars: number): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await ctx.db.query<{ id: string; window: FileWindow | null }>(
    `SELECT a.id, ${windowSql("$2::int")} AS window FROM agent_file a JOIN file f ON f.id = a.file_id WHERE a.id = ANY($1::text[])`,
    [ids, limitChars],
  );
  return new Map(rows.flatMap(({ id, window }) => (window ? [[id, viewOf(window, limitChars)]] : [])));
}
