import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  GREP_PAGE,
  type GrepMatch,
  type GrepQuery,
  grepQuery,
  grepText,
  matchesGlob,
  notAttached,
  type OpenedFile,
  openedText,
  openRequest,
  semanticQuery,
  semanticText,
} from "@/lib/engine/tools/file-tools";
import { attempt, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../core/core";
import { configOf } from "../folders/agent-folders";
import { fileLimitsOf } from "../folders/directories";
import { openFileWorker, TookTooMuchError } from "../folders/file-worker";
import {
  type AttachedFile,
  attachedFiles,
  lineCounts,
  type Opening,
  openFiles,
  touchFiles,
} from "../folders/files-of-agent";
import { searchChunks } from "../search/search";
import { FILE_SCHEMAS } from "../tools/builtin-schemas";

type Act = (ctx: Ctx, args: ToolArgs, call: ToolContext) => Promise<ToolOutcome>;

const ACTS: Record<string, Act> = { open_files: open, grep_files: grep, semantic_search_files: searchByMeaning };

/** The tools by which an agent reads the files of its folders, by name. */
export function fileTools(ctx: Ctx): Record<string, Tool> {
  const tools = FILE_SCHEMAS.map((spec): Tool => {
    const act = ACTS[spec.name]!;
    const { name, description, parameters } = spec;
    const run: Tool["run"] = (args, call) => attempt(name, () => act(ctx, args, call));
    return { name, description, parameters, returnLimitChars: RETURN_LIMIT_CHARS, parallel: false, run };
  });
  return Object.fromEntries(tools.map((tool) => [tool.name, tool]));
}

const RETURN_LIMIT_CHARS = 50_000;

/** What is in view changes at once, whatever becomes of the run; the prompt follows before the next step. */
async function open(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const { requests, closeAllOthers } = openRequest(args);
  const { maxFilesOpen } = await fileLimitsOf(ctx, await configOf(ctx, call.agentId));
  if (requests.length > maxFilesOpen) {
    throw new ToolFailure(`Requested to open ${requests.length} files, but no more than ${maxFilesOpen} can be open.`);
  }
  const attached = await attachedFiles(ctx, call.agentId);
  const files = requests.map(({ fileName }) => fileNamed(fileName, attached));
  const lines = await lineCounts(
    ctx,
    files.map((file) => file.fileId),
  );
  const opened: OpenedFile[] = [];
  const openings = requests.map(({ offset, length }, index): Opening => {
    const { fileId, fileName } = files[index]!;
    const total = lines.get(fileId) ?? 0;
    const startLine = (offset ?? 0) + 1;
    if (startLine > total)
      throw new ToolFailure(`Offset ${offset} is beyond the end of ${fileName}, which has ${total} lines.`);
    const endLine = length === null ? total : Math.min(startLine + length - 1, total);
    opened.push({ fileName, startLine, endLine });
    return offset === null && length === null
      ? { fileId, startLine: null, endLine: null }
      : { fileId, startLine, endLine };
  });
  const closed = await openFiles(ctx, call.agentId, openings, { maxFilesOpen, closeOthers: closeAllOthers });
  const content = openedText(opened, closed, { closeAllOthers, maxFilesOpen });
  return { status: "success", content, recompile: true };
}

/** By its whole name, or by its own if only one file has that. */
function fileNamed(name: string, attached: readonly AttachedFile[]): AttachedFile {
  const alike = attached.filter((file) => file.fileName.endsWith(`/${name}`));
  const file = attached.find((one) => one.fileName === name) ?? (alike.length === 1 ? alike[0] : undefined);
  if (!file)
    throw notAttached(
      name,
      attached.map((one) => one.fileName),
    );
  if (!file.hasText)
    throw new ToolFailure(`${file.fileName} can't be opened: it has no text, its status is ${file.status}.`);
  return file;
}

const GREP_MS = 5000;
/** Characters of text that a worker is given at a time. */
const GREP_BATCH_CHARS = 4_000_000;

async function grep(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const query = grepQuery(args);
  const attached = (await attachedFiles(ctx, call.agentId)).filter(
    (file) => file.hasText && (query.include === null || includes(file.fileName, query.include)),
  );
  const worker = openFileWorker();
  const found: Found = { total: 0, files: [], matches: [] };
  const deadline = performance.now() + GREP_MS;
  try {
    for (const batch of batches(attached)) {
      const texts = await textsOf(ctx, batch);
      const lines = await worker.ask("grep", { pattern: query.pattern, texts }, deadline - performance.now());
      for (const [index, file] of batch.entries()) collect(found, query, file, texts[index]!, lines[index]!);
    }
  } catch (error) {
    if (!(error instanceof TookTooMuchError)) throw error;
    throw new ToolFailure(
      `The search for '${query.pattern}' was given up: ${error.message}. Try a simpler pattern or fewer files.`,
    );
  } finally {
    worker.end();
  }
  const seen = new Set(found.matches.map((match) => match.fileName));
  await touchFiles(
    ctx,
    call.agentId,
    attached.filter((file) => seen.has(file.fileName)).map((file) => file.fileId),
  );
  return { status: "success", content: grepText(query, { ...found, files: found.files.length }) };
}

/** A pattern without a slash is one for the file's own name. */
function includes(fileName: string, pattern: string): boolean {
  return matchesGlob(fileName, pattern) || matchesGlob(fileName.slice(fileName.indexOf("/") + 1), pattern);
}

type Found = { total: number; files: string[]; matches: GrepMatch[] };

function collect(found: Found, query: GrepQuery, file: AttachedFile, text: string, lines: readonly number[]): void {
  if (lines.length === 0) return;
  const [from, to] = [query.offset - found.total, query.offset + GREP_PAGE - found.total];
  const shown = lines.slice(Math.max(0, from), Math.max(0, to));
  found.total += lines.length;
  found.files.push(file.fileId);
  if (shown.length === 0) return;
  const all = text.replace(/\n$/, "").split("\n");
  for (const at of shown) {
    const first = Math.max(0, at - query.contextLines);
    const around = all
      .slice(first, at + query.contextLines + 1)
      .map((one, index) => ({ line: first + index + 1, text: one }));
    found.matches.push({ fileName: file.fileName, line: at + 1, around });
  }
}

function* batches(files: readonly AttachedFile[]): Generator<AttachedFile[]> {
  let batch: AttachedFile[] = [];
  let chars = 0;
  for (const file of files) {
    if (batch.length > 0 && chars + file.chars > GREP_BATCH_CHARS) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(file);
    chars += file.chars;
  }
  if (batch.length > 0) yield batch;
}

async function textsOf(ctx: Ctx, files: readonly AttachedFile[]): Promise<string[]> {
  const ids = files.map((file) => file.fileId);
  const rows = await ctx.db.query<{ id: string; content: string | null }>(
    "SELECT id, content FROM file WHERE id = ANY($1::text[])",
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row.content]));
  return ids.map((id) => byId.get(id) ?? "");
}

async function searchByMeaning(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const { query, limit } = semanticQuery(args);
  const folders = await ctx.db.query<{ id: string }>(
    "SELECT folder_id AS id FROM agent_folder WHERE agent_id = $1 ORDER BY folder_id",
    [call.agentId],
  );
  const folderIds = folders.map((folder) => folder.id);
  const { search, found } = await searchChunks(ctx, { folderIds, query, limit, signal: call.signal });
  await touchFiles(ctx, call.agentId, [...new Set(found.map((one) => one.fileId))]);
  return { status: "success", content: semanticText(query, found), writes: [{ type: "passage-search", search }] };
}
