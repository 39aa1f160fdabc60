import { type Core, type Ctx, DEFAULT_ACTOR } from "../core";
import type { Sql } from "../db/database";
import { newId } from "../ids";
import { jobKind } from "../jobs/queue";
import { refresh } from "../memory/search-index";
import { embedDocuments, NoVectors } from "../memory/search-vectors";
import { transact } from "../transact";
import { type Chunk, chunkChars, chunkCsv, chunkText } from "./chunk";
import { stalePrompts } from "./directories";
import { extractText, UnreadableFileError } from "./extract";
import { publishFile } from "./files";
import { type Format, formatOf } from "./format";
import { openWhereRoom } from "./links";
import { roomOfAgents } from "./room";

type ParseFile = { fileId: string; organizationId: string };

/** Reads an uploaded file, splits it into passages, and gives these their vectors. What is done is not done again. */
export const PARSE_FILE = jobKind<ParseFile>({
  name: "parse-file",
  concurrency: 2,
  retries: 3,
  retryDelayS: 5,
  timeoutS: 900,
  run: parseFile,
});

/** Has those files read that a process before did not come to. */
export async function resumeParsing(core: Core): Promise<void> {
  const rows = await core.db.query<ParseFile>(
    `SELECT id AS "fileId", organization_id AS "organizationId" FROM file
     WHERE status IN ('pending', 'parsing', 'embedding') ORDER BY created_at, id`,
  );
  for (const data of rows) await core.jobs.send(PARSE_FILE, data, { key: data.fileId });
}

type FileToParse = {
  id: string;
  folder_id: string;
  original_file_name: string;
  file_type: string | null;
  status: string;
  upload: Uint8Array<ArrayBuffer> | null;
  embedding: string | null;
  chunk_tokens: number;
};

async function parseFile(core: Core, { fileId, organizationId }: ParseFile, signal: AbortSignal): Promise<void> {
  const ctx: Ctx = { ...core, actor: { ...DEFAULT_ACTOR, organizationId } };
  const [file] = await ctx.db.query<FileToParse>(READ_FILE, [fileId, organizationId]);
  if (!file || file.status === "completed" || file.status === "error") return;
  if (file.upload && !(await read(ctx, file, file.upload))) return;
  await embed(ctx, file, signal);
}

const READ_FILE = `
SELECT f.id, f.folder_id, f.original_file_name, f.file_type, f.status, f.upload, d.embedding,
  d.embedding_chunk_size AS chunk_tokens
FROM file f JOIN folder d ON d.id = f.folder_id WHERE f.id = $1 AND f.organization_id = $2`;

/** Reads the text and keeps it with its passages. @returns whether there is more to do. */
async function read(ctx: Ctx, file: FileToParse, upload: Uint8Array): Promise<boolean> {
  await setStatus(ctx, file, { status: "parsing" });
  const bytes = new Uint8Array(upload);
  const format = formatOf({ name: file.original_file_name, type: file.file_type ?? "", bytes });
  try {
    const text = await extractText(format, bytes);
    return await keepText(ctx, file, text, chunksOf(format, text, file.chunk_tokens));
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    await setStatus(ctx, file, { status: "error", error: error.message });
    return false;
  }
}

function chunksOf(format: Format, text: string, tokens: number): Chunk[] {
  return format === "csv" ? chunkCsv(text, chunkChars(tokens)) : chunkText(text, chunkChars(tokens));
}

const CHUNKS_PER_STATEMENT = 1000;

/** What was uploaded is given up for its text; agents that have room see it. @returns whether the file is still there. */
async function keepText(ctx: Ctx, file: FileToParse, text: string, chunks: readonly Chunk[]): Promise<boolean> {
  const rooms = await roomOfAgents(ctx, file.folder_id);
  const isThere = await transact(ctx, async (sql) => {
    await sql.query("SELECT id FROM folder WHERE id = $1 FOR SHARE", [file.folder_id]);
    const locked = await sql.query("SELECT id FROM file WHERE id = $1 AND upload IS NOT NULL FOR UPDATE", [file.id]);
    if (locked.length === 0) return false;
    await insertChunks(ctx, sql, file, chunks);
    await sql.query(
      `UPDATE file SET content = $2, upload = NULL, status = 'embedding', total_chunks = $3, chunks_embedded = 0,
         updated_at = $4::timestamptz WHERE id = $1`,
      [file.id, text, chunks.length, ctx.now().toISOString()],
    );
    for (const { agentId, maxFilesOpen } of rooms) {
      await openWhereRoom(ctx, sql, { agentId, folderIds: [file.folder_id], maxFilesOpen });
    }
    await stalePrompts(sql, file.folder_id);
    return true;
  });
  if (isThere) {
    const detail = { total_chunks: chunks.length, chunks_embedded: 0 };
    publishFile(ctx, { id: file.id, source_id: file.folder_id }, "embedding", detail);
  }
  return isThere;
}

async function insertChunks(ctx: Ctx, sql: Sql, file: FileToParse, chunks: readonly Chunk[]): Promise<void> {
  const now = ctx.now().toISOString();
  for (let start = 0; start < chunks.length; start += CHUNKS_PER_STATEMENT) {
    const rows = chunks.slice(start, start + CHUNKS_PER_STATEMENT).map((chunk, index) => {
      return { id: newId("passage"), position: start + index, ...chunk };
    });
    await sql.query(INSERT_CHUNKS, [ctx.actor.organizationId, file.folder_id, file.id, JSON.stringify(rows), now]);
  }
}

const INSERT_CHUNKS = `
INSERT INTO file_chunk (id, organization_id, folder_id, file_id, position, text, start_line, end_line, created_at)
SELECT x.id, $1, $2, $3, x.position, x.text, x."startLine", x."endLine", $5::timestamptz
FROM jsonb_to_recordset($4::jsonb) AS x(id text, position int, text text, "startLine" int, "endLine" int)
ORDER BY x.position`;

/** Without an embedding model, or where it fails, the file is found by its words; a failure is told. */
async function embed(ctx: Ctx, file: FileToParse, signal: AbortSignal): Promise<void> {
  await refresh(ctx.db, "chunks", [file.folder_id]);
  const failure = file.embedding && ctx.db.vector ? await giveVectors(ctx, file, file.embedding, signal) : null;
  await setStatus(ctx, file, { status: "completed", error: failure });
}

/** @returns what went wrong, if it did. */
async function giveVectors(ctx: Ctx, file: FileToParse, handle: string, signal: AbortSignal): Promise<string | null> {
  const rows = await ctx.db.query<{ doc: number; scope_id: string; text: string }>(
    "SELECT seq AS doc, folder_id AS scope_id, text FROM file_chunk WHERE file_id = $1 ORDER BY position",
    [file.id],
  );
  const progress = (done: number) => setStatus(ctx, file, { status: "embedding", embedded: done });
  try {
    await embedDocuments(ctx, handle, rows, { progress, signal });
    return null;
  } catch (error) {
    if (!(error instanceof NoVectors) || signal.aborted) throw error;
    return `${error.message} The file is searched by its words.`;
  }
}

type Status = { status: string; error?: string | null; embedded?: number };

/** A file that is deleted meanwhile has no status. */
async function setStatus(ctx: Ctx, file: FileToParse, { status, error, embedded }: Status): Promise<void> {
  const [row] = await ctx.db.query<{ total_chunks: number | null; chunks_embedded: number | null }>(
    `UPDATE file SET status = $2, error_message = $3, chunks_embedded = coalesce($4::int, chunks_embedded),
       upload = CASE WHEN $2 = 'error' THEN NULL ELSE upload END, updated_at = $5::timestamptz
     WHERE id = $1 RETURNING total_chunks, chunks_embedded`,
    [file.id, status, error ?? null, embedded ?? null, ctx.now().toISOString()],
  );
  if (row) publishFile(ctx, { id: file.id, source_id: file.folder_id }, status, row);
}
