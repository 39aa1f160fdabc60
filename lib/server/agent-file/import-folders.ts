import type { AgentFile, FileAgent, FileFile, FileSource } from "@/lib/api/agent-file";
import { isFileName } from "@/lib/api/upload";
import type { ModelIndex } from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { chunkChars, chunkCsv, chunkText } from "../folders/chunk";
import { PARSE_FILE } from "../folders/parse-file";
import { writeFolderLinks } from "../links/folder-links";
import { sourceIdsOf } from "./read-file";

const CHUNK_TOKENS = 300;

/** Ids of the folders and files that were made, by their ids in the agent file. */
export type MadeFolders = { folders: ReadonlyMap<string, string>; files: ReadonlyMap<string, string> };

/**
 * Makes the folders of a file with their files, whose text is cut into passages anew. A name that is taken gets a number
 * behind it; a file without text is left out.
 */
export async function writeFolders(
  ctx: Ctx,
  sql: Sql,
  file: Pick<AgentFile, "sources" | "files">,
  models: ModelIndex,
): Promise<MadeFolders> {
  const folders = new Map<string, string>();
  const files = new Map<string, string>();
  for (const source of file.sources) {
    const id = newId("source");
    const name = await freeName(ctx, sql, source.name);
    folders.set(source.id, id);
    await insertFolder(ctx, sql, { id, name, source, models });
    const own = file.files.filter((one) => one.source_id === source.id && one.content != null);
    const rows = withOwnNames(own).map((one, index) =>
      toRow(ctx, { ...one, index }, { folderId: id, folderName: name, source }),
    );
    for (const [index, row] of rows.entries()) files.set(own[index]!.id, row.id);
    const params = [ctx.actor.organizationId, id, JSON.stringify(rows), ctx.actor.userId];
    await sql.query(INSERT_FILES, params);
    await sql.query(INSERT_CHUNKS, [ctx.actor.organizationId, id, JSON.stringify(rows), ctx.now().toISOString()]);
  }
  return { folders, files };
}

async function freeName(ctx: Ctx, sql: Sql, wanted: string): Promise<string> {
  const base = wanted.replaceAll("/", "-").slice(0, 200);
  const rows = await sql.query<{ name: string }>(
    "SELECT name FROM folder WHERE organization_id = $1 AND starts_with(name, $2)",
    [ctx.actor.organizationId, base],
  );
  const taken = new Set(rows.map((row) => row.name));
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base} ${count}`;
    if (!taken.has(name)) return name;
  }
}

type NewFolder = { id: string; name: string; source: FileSource; models: ModelIndex };

async function insertFolder(ctx: Ctx, sql: Sql, { id, name, source, models }: NewFolder): Promise<void> {
  const wanted = source.embedding ?? source.embedding_config?.handle ?? null;
  await sql.query(INSERT_FOLDER, [
    id,
    ctx.actor.organizationId,
    JSON.stringify({
      name,
      description: source.description ?? null,
      instructions: source.instructions ?? null,
      metadata: source.metadata ?? null,
      embedding: wanted && models.findEmbedding(wanted) ? wanted : ctx.config.defaultEmbedding,
      chunkSize: source.embedding_chunk_size ?? CHUNK_TOKENS,
    }),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}

const INSERT_FOLDER = `
INSERT INTO folder (id, organization_id, name, description, instructions, metadata, embedding, embedding_chunk_size,
    created_by_id, last_updated_by_id, created_at, updated_at)
SELECT $1, $2, x."name", x."description", x."instructions", x."metadata", x."embedding", x."chunkSize", $4, $4,
    $5::timestamptz, $5::timestamptz
  FROM jsonb_to_record($3::jsonb) AS x("name" text, "description" text, "instructions" text, "metadata" jsonb,
    "embedding" text, "chunkSize" int)`;

type Named = { file: FileFile; name: string };

/** Names within a folder, each once. */
function withOwnNames(files: readonly FileFile[]): Named[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const given = file.original_file_name ?? file.file_name?.split("/").at(-1) ?? "";
    const base = isFileName(given) ? given : `${file.id.replace(/[^\w-]/g, "_")}.txt`;
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${count} ${base}`;
    taken.add(name);
    return { file, name };
  });
}

type Place = { folderId: string; folderName: string; source: FileSource };

function toRow(ctx: Ctx, { file, name, index }: Named & { index: number }, { folderName, source }: Place) {
  const content = file.content ?? "";
  const maxChars = chunkChars(source.embedding_chunk_size ?? CHUNK_TOKENS);
  const chunks = file.file_type === "text/csv" ? chunkCsv(content, maxChars) : chunkText(content, maxChars);
  return {
    id: newId("file"),
    fileName: `${folderName}/${name}`,
    originalFileName: name,
    fileType: file.file_type ?? "text/plain",
    fileSize: Buffer.byteLength(content),
    content,
    // A millisecond apart, so that a list by time has them in their order.
    createdAt: new Date(ctx.now().getTime() + index).toISOString(),
    chunks: chunks.map((chunk, position) => ({ ...chunk, position, id: newId("passage") })),
    totalChunks: chunks.length,
  };
}

const INSERT_FILES = `
INSERT INTO file (id, organization_id, folder_id, file_name, original_file_name, file_type, file_size, status, content,
    total_chunks, chunks_embedded, created_by_id, created_at, updated_at)
SELECT x."id", $1, $2, x."fileName", x."originalFileName", x."fileType", x."fileSize", 'embedding', x."content",
    x."totalChunks", 0, $4, x."createdAt", x."createdAt"
  FROM jsonb_to_recordset($3::jsonb) AS x("id" text, "fileName" text, "originalFileName" text, "fileType" text,
    "fileSize" int, "content" text, "totalChunks" int, "createdAt" timestamptz)`;

const INSERT_CHUNKS = `
INSERT INTO file_chunk (id, organization_id, folder_id, file_id, position, text, start_line, end_line, created_at)
SELECT c."id", $1, $2, x."id", c."position", c."text", c."startLine", c."endLine", $4::timestamptz
  FROM jsonb_to_recordset($3::jsonb) AS x("id" text, "chunks" jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(x."chunks") AS c("id" text, "position" int, "text" text, "startLine" int,
      "endLine" int)
  ORDER BY x."id", c."position"`;

/** Has what was made embedded, as uploads are: once it is there for others to see. */
export async function embedFiles(ctx: Ctx, { files }: MadeFolders): Promise<void> {
  const { organizationId } = ctx.actor;
  for (const fileId of files.values()) await ctx.jobs.send(PARSE_FILE, { fileId, organizationId }, { key: fileId });
}

/** Gives an agent its folders, and opens the files that it had open, at their lines. */
export async function writeAgentFolders(
  ctx: Ctx,
  sql: Sql,
  { agentId, agent }: { agentId: string; agent: FileAgent },
  made: MadeFolders,
): Promise<void> {
  const folderIds = sourceIdsOf(agent).flatMap((id) => made.folders.get(id) ?? []);
  if (folderIds.length === 0) return;
  await writeFolderLinks(ctx, sql, agentId, folderIds);
  const views = agent.files_agents.flatMap((one) => {
    const fileId = made.files.get(one.file_id);
    return fileId
      ? [{ fileId, open: one.is_open ?? true, from: one.start_line, to: one.end_line, at: one.last_accessed_at }]
      : [];
  });
  await sql.query(SET_VIEWS, [agentId, JSON.stringify(views)]);
}

const SET_VIEWS = `
UPDATE agent_file SET is_open = x."open", start_line = x."from", end_line = x."to", last_accessed_at = x."at"
  FROM jsonb_to_recordset($2::jsonb) AS x("fileId" text, "open" boolean, "from" int, "to" int, "at" timestamptz)
  WHERE agent_file.agent_id = $1 AND agent_file.file_id = x."fileId"`;
