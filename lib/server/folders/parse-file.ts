import { type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { ApiError } from "../core/errors";
import type { Sql } from "../db/database";
import { storableJson } from "../db/json";
import { othersTurn } from "../db/others-turn";
import { transact } from "../db/transact";
import { jobKind } from "../jobs/queue";
import { openWhereRoom } from "../links/folder-links";
import { refresh } from "../search/search-index";
import { embedDocuments, NoVectors } from "../search/search-vectors";
import { inThread } from "../threads/threads";
import { stalePrompts } from "./directories";
import { extractText, UnreadableFileError } from "./extract";
import { publishFile } from "./files";
import { formatOf } from "./format";
import { deleteParts, readParts } from "./parts";
import { roomOfAgents } from "./room";
import type { Structure } from "./structure";

type ParseFile = { fileId: string; organizationId: string };

/** Reads an uploaded file, splits it into passages, and gives these their vectors. What is done is not done again. */
export const PARSE_FILE = jobKind<ParseFile>({
  name: "parse-file",
  concurrency: 3,
  share: { ownerOf: async (_, { organizationId }) => organizationId, most: () => 2 },
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
  const bytes = await readParts(ctx.db, file.id, upload);
  const format = formatOf({ name: file.original_file_name, type: file.file_type ?? "", bytes });
  try {
    const document = format === "text" || format === "csv" ? null : await extractText(format, bytes);
    const source = document?.text ?? bytes;
    const pieces: string[] = [];
    const task = { isCsv: format === "csv", source, tokens: file.chunk_tokens };
    const { text, chunks } = await inThread(ctx.actor.organizationId, "chunkFile", task, (piece) => pieces.push(piece));
    return await keepText(ctx, file, { text, pieces, chunks, structure: document?.structure ?? null });
  } catch (error) {
    const isTold = error instanceof UnreadableFileError || (error instanceof ApiError && error.code === "invalid");
    if (!isTold) throw error;
    await setStatus(ctx, file, { status: "error", error: error.message });
    return false;
  }
}

/** A file's text, and its passages as `chunkFile` emits them. */
type Parsed = { text: string; pieces: readonly string[]; chunks: number; structure: Structure | null };

/** What was uploaded is given up for its text; agents that have room see it. @returns whether the file is still there. */
async function keepText(ctx: Ctx, file: FileToParse, { text, pieces, chunks, structure }: Parsed): Promise<boolean> {
  const rooms = await roomOfAgents(ctx, file.folder_id);
  const isThere = await transact(ctx, async (sql) => {
    await sql.query("SELECT id FROM folder WHERE id = $1 FOR SHARE", [file.folder_id]);
    const locked = await sql.query("SELECT id FROM file WHERE id = $1 AND upload IS NOT NULL FOR UPDATE", [file.id]);
    if (locked.length === 0) return false;
    await insertChunks(ctx, sql, file, pieces);
    await sql.query(
      `UPDATE file SET content = $2, upload = NULL, status = 'embedding', total_chunks = $3, chunks_embedded = 0,
         updated_at = $4::timestamptz, structure = $5::jsonb WHERE id = $1`,
      [file.id, text, chunks, ctx.now().toISOString(), structure && storableJson(structure)],
    );
    await deleteParts(sql, file.id);
    for (const { agentId, maxFilesOpen } of rooms) {
      await openWhereRoom(ctx, sql, { agentId, folderIds: [file.folder_id], maxFilesOpen });
    }
    await stalePrompts(sql, file.folder_id);
    return true;
  });
  if (isThere) {
    const detail = { total_chunks: chunks, chunks_embedded: 0 };
    publishFile(ctx, { id: file.id, source_id: file.folder_id }, "embedding", detail);
  }
  return isThere;
}

async function insertChunks(ctx: Ctx, sql: Sql, file: FileToParse, pieces: readonly string[]): Promise<void> {
  const now = ctx.now().toISOString();
  for (const rows of pieces) {
    await sql.query(INSERT_CHUNKS, [ctx.actor.organizationId, file.folder_id, file.id, rows, now]);
    await othersTurn();
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
  if (status === "error") await deleteParts(ctx.db, file.id);
  if (row) publishFile(ctx, { id: file.id, source_id: file.folder_id }, status, row);
}
