import path from "node:path";
import type { Query } from "@/lib/api/endpoint";
import type { FOLDER_ENDPOINTS, WireFile } from "@/lib/api/folders";
import { isFileName, type UploadedFile } from "@/lib/api/upload";
import type { Ctx } from "../core/core";
import { conflict, invalid, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { linkFile } from "../links/folder-links";
import { stalePrompts } from "./directories";
import { eraseFile, publishFile, uploadedFile } from "./files";
import { formatOf, mediaTypeOf } from "./format";
import { PARSE_FILE } from "./parse-file";
import { insertParts } from "./parts";

type UploadQuery = Query<Extract<(typeof FOLDER_ENDPOINTS)[number], { id: "folders.files.upload" }>>;

/**
 * Keeps a file and has it read in the background.
 *
 * @returns the file, `pending`; or the one that is there, if duplicates are skipped.
 * @throws ApiError `not-found`; `unsupported-type` for what can't be read; `conflict` for a name that is taken, if
 * duplicates are an error.
 */
export async function uploadFile(
  ctx: Ctx,
  folderId: string,
  file: UploadedFile,
  query: UploadQuery,
): Promise<WireFile> {
  const format = formatOf(file);
  const name = query.name ?? file.name;
  const id = newId("file");
  const kept = await transact(ctx, async (sql) => {
    const [folder] = await sql.query<{ name: string }>(
      "SELECT name FROM folder WHERE id = $1 AND organization_id = $2 FOR UPDATE",
      [folderId, ctx.actor.organizationId],
    );
    if (!folder) throw notFound("source", folderId);
    const fileName = await placeFor(ctx, sql, folderId, {
      prefix: `${folder.name}/`,
      name,
      handling: query.duplicate_handling,
    });
    if ("existing" in fileName) return fileName.existing;
    await sql.query(INSERT_FILE, [
      id,
      ctx.actor.organizationId,
      folderId,
      fileName.free,
      name,
      mediaTypeOf(format, file.type),
      file.bytes.length,
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    await insertParts(sql, id, file.bytes);
    await linkFile(ctx, sql, folderId, id);
    await stalePrompts(sql, folderId);
    return id;
  });
  // Read before it is sent to the queue, which may be done with it at once.
  const uploaded = await uploadedFile(ctx, folderId, kept);
  if (kept === id) {
    publishFile(ctx, { id, source_id: folderId }, "pending");
    await ctx.jobs.send(PARSE_FILE, { fileId: id, organizationId: ctx.actor.organizationId }, { key: id });
  }
  return uploaded;
}

const INSERT_FILE = `
INSERT INTO file (id, organization_id, folder_id, file_name, original_file_name, file_type, file_size, status, upload,
    created_by_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', ''::bytea, $8, $9::timestamptz, $9::timestamptz)`;

type Place = { free: string } | { existing: string };

/** The name that a file gets in its folder, or the file that has it and stays. */
async function placeFor(
  ctx: Ctx,
  sql: Sql,
  folderId: string,
  { prefix, name, handling }: { prefix: string; name: string; handling: UploadQuery["duplicate_handling"] },
): Promise<Place> {
  const { name: stem, ext } = path.parse(name);
  // Names that a number was added to begin alike.
  const rows = await sql.query<{ id: string; name: string }>(
    "SELECT id, file_name AS name FROM file WHERE folder_id = $1 AND starts_with(file_name, $2)",
    [folderId, prefix + stem],
  );
  const idOf = new Map(rows.map((row) => [row.name, row.id]));
  const existing = idOf.get(prefix + name);
  if (existing === undefined) return { free: prefix + name };
  if (handling === "skip") return { existing };
  if (handling === "error") throw conflict(`CONFLICT: there is a file with the name '${name}' in the folder already`);
  if (handling === "replace") {
    await eraseFile(ctx, sql, folderId, existing);
    return { free: prefix + name };
  }
  for (let n = 1; ; n++) {
    const other = `${stem}_(${n})${ext}`;
    if (!isFileName(other)) throw invalid(`name: '${name}' is taken, and too long to get a number`);
    if (!idOf.has(prefix + other)) return { free: prefix + other };
  }
}
