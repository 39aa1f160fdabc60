import type { Directories } from "@/lib/engine/render";
import { type FileWindow, viewOf } from "@/lib/engine/tools/file-view";
import type { AgentConfig } from "../agent-config/agent-config";
import { defaultFileLimits, effectiveContextWindow } from "../agent-config/model-settings";
import type { Ctx } from "../core/core";
import type { Sql, Statement } from "../db/database";
import { hashText } from "../records/sections";

/** How many files an agent may have open, and how much of each it sees. */
export type FileLimits = { maxFilesOpen: number; viewWindowChars: number };

/** What is set, or what fits the agent's context window (contract §2.1). */
export async function fileLimitsOf(ctx: Ctx, config: AgentConfig): Promise<FileLimits> {
  const { maxFilesOpen, perFileViewWindowCharLimit: viewWindowChars } = config;
  if (maxFilesOpen !== null && viewWindowChars !== null) return { maxFilesOpen, viewWindowChars };
  const info = await ctx.models.info(ctx, config.model).catch(() => null);
  const derived = defaultFileLimits(effectiveContextWindow(info, config));
  return {
    maxFilesOpen: maxFilesOpen ?? derived.maxFilesOpen,
    viewWindowChars: viewWindowChars ?? derived.viewWindowChars,
  };
}

/** The attached folders as the prompt shows them, and where its texts came from. */
export type ShownDirectories = { maxFilesOpen: number; limitChars: number; directories: ShownDirectory[] };
export type ShownDirectory = {
  id: string;
  name: string;
  description: string | null;
  instructions: string | null;
  files: ShownFile[];
};
/** `value` is null for a closed file. */
export type ShownFile = {
  id: string;
  name: string;
  startLine: number | null;
  endLine: number | null;
  value: string | null;
};

/** For the renderer: agents read files and can't change them. */
export function toDirectories({ maxFilesOpen, limitChars, directories }: ShownDirectories): Directories {
  return {
    maxFilesOpen,
    directories: directories.map(({ name, description, instructions, files }) => ({
      name,
      description,
      instructions,
      files: files.map((file) => ({
        name: file.name,
        description: null,
        value: file.value,
        limitChars,
        readOnly: true,
      })),
    })),
  };
}

/** A text without the break that ends its last line: after that there is no line more. */
const linesSql = (text: string) => `CASE WHEN right(${text}, 1) = E'\\n' THEN left(${text}, -1) ELSE ${text} END`;

/** How many lines a text has. */
export const lineCountSql = (text: string) =>
  `1 + length(${text}) - length(replace(${text}, E'\\n', '')) - CASE WHEN right(${text}, 1) = E'\\n' THEN 1 ELSE 0 END`;

/**
 * The lines in view of a file `f` as an agent's `a` has it, as a `FileWindow`; null while it is closed. No more is read
 * than a view of `limit` characters can show.
 */
export const windowSql = (limit: string) => `CASE WHEN a.is_open AND f.content IS NOT NULL THEN jsonb_build_object(
    'startLine', a.start_line, 'endLine', a.end_line,
    'totalLines', ${lineCountSql("f.content")},
    'text', left(CASE WHEN a.start_line IS NULL AND a.end_line IS NULL THEN ${linesSql("f.content")} ELSE array_to_string(
      (string_to_array(${linesSql("f.content")}, E'\\n'))[coalesce(a.start_line, 1):coalesce(a.end_line, 2147483647)], E'\\n') END, ${limit})) END`;

type ReadFile = Omit<ShownFile, "value"> & { window: FileWindow | null };

/** What the prompt would show of an agent's folders now. */
export async function readDirectories(
  ctx: Ctx,
  sql: Sql,
  agentId: string,
  config: AgentConfig,
): Promise<ShownDirectories> {
  const limits = await fileLimitsOf(ctx, config);
  const rows = await sql.query<Omit<ShownDirectory, "files"> & { files: ReadFile[] | null }>(READ_DIRECTORIES, [
    agentId,
    limits.viewWindowChars,
  ]);
  return {
    maxFilesOpen: limits.maxFilesOpen,
    limitChars: limits.viewWindowChars,
    directories: rows.map((row) => ({
      ...row,
      files: (row.files ?? []).map(({ window, ...file }) => ({
        ...file,
        value: window && viewOf(window, limits.viewWindowChars),
      })),
    })),
  };
}

const READ_DIRECTORIES: Statement = {
  name: "compile-directories",
  text: `
SELECT d.id, d.name, d.description, d.instructions,
  (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.file_name, 'startLine', a.start_line, 'endLine', a.end_line,
      'window', ${windowSql("$2::int")}) ORDER BY f.file_name, f.id)
    FROM agent_file a JOIN file f ON f.id = a.file_id WHERE a.agent_id = l.agent_id AND f.folder_id = d.id) AS files
FROM agent_folder l JOIN folder d ON d.id = l.folder_id WHERE l.agent_id = $1 ORDER BY l.created_at, d.id`,
};

/** Directories for the ledger: the list in one blob, each file's text in one of its own, as most of them stay the same. */
export function sealDirectories(shown: ShownDirectories): { hash: string; blobs: { hash: string; text: string }[] } {
  const blobs = new Map<string, string>();
  const keep = (text: string) => {
    const hash = hashText(text);
    blobs.set(hash, text);
    return hash;
  };
  const directories = shown.directories.map((directory) => ({
    ...directory,
    files: directory.files.map((file) => ({ ...file, value: file.value === null ? null : keep(file.value) })),
  }));
  const hash = keep(JSON.stringify({ ...shown, directories }));
  return { hash, blobs: Array.from(blobs, ([one, text]) => ({ hash: one, text })) };
}

/** What was sealed, as it was; null if there was nothing. */
export async function unsealDirectories(
  sql: Sql,
  agentId: string,
  hash: string | null,
): Promise<ShownDirectories | null> {
  if (hash === null) return null;
  const read = async (hashes: string[]) => {
    const rows = await sql.query<{ hash: string; text: string }>(
      "SELECT hash, text FROM blob WHERE agent_id = $1 AND hash = ANY($2::text[])",
      [agentId, hashes],
    );
    return new Map(rows.map((row) => [row.hash, row.text]));
  };
  const list = (await read([hash])).get(hash);
  if (list === undefined) throw new Error(`the directories ${hash} of ${agentId} are gone`);
  const shown = JSON.parse(list) as ShownDirectories;
  const texts = await read(shown.directories.flatMap(({ files }) => files.flatMap((file) => file.value ?? [])));
  const withText = (file: ShownFile) => ({
    ...file,
    value: file.value === null ? null : (texts.get(file.value) ?? ""),
  });
  return {
    ...shown,
    directories: shown.directories.map((directory) => ({ ...directory, files: directory.files.map(withText) })),
  };
}

/** Opens those files of an agent that a compiled prompt shows open, as far as it has them, at the same lines. */
export async function openAsCompiled(sql: Sql, agentId: string, compileId: string): Promise<void> {
  const [compile] = await sql.query<{ agent_id: string; directories_hash: string | null }>(
    "SELECT agent_id, directories_hash FROM compile WHERE id = $1",
    [compileId],
  );
  const shown = compile && (await unsealDirectories(sql, compile.agent_id, compile.directories_hash));
  const open = (shown?.directories ?? []).flatMap(({ files }) => files.filter((file) => file.value !== null));
  await sql.query(
    `UPDATE agent_file a SET is_open = true, start_line = x."startLine", end_line = x."endLine"
     FROM jsonb_to_recordset($2::jsonb) AS x(id text, "startLine" int, "endLine" int)
     WHERE a.agent_id = $1 AND a.file_id = x.id`,
    [agentId, JSON.stringify(open.map(({ id, startLine, endLine }) => ({ id, startLine, endLine })))],
  );
}

/** The prompts of agents show what a folder holds. */
export async function stalePrompts(sql: Sql, folderId: string): Promise<void> {
  await sql.query(
    `UPDATE agent SET compile_epoch = compile_epoch + 1
     WHERE id IN (SELECT agent_id FROM agent_folder WHERE folder_id = $1)`,
    [folderId],
  );
}
