import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { findEnumArg, findIntegerArg, stringArg, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { touchFiles } from "../../folders/files-of-agent";
import { pageOf, type Structure } from "../../folders/structure";
import { archivesOfAgent, searchChunks, searchPassages } from "../../search/search";
import { partialNote } from "../../search/search-index";

const SOURCES = ["all", "files", "archives"] as const;
const DEFAULT_LIMIT = 5;
const MOST = 50;

type Found = { source: string; text: string; rank: number };

/**
 * `knowledge_base_lookup`: searches the files of the agent's folders and the passages of its archives together, and says of
 * each result where it stands. Both searches are recorded.
 */
export async function knowledgeBaseLookup(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const query = stringArg(args, "query").trim();
  if (query === "") throw new ToolFailure("Argument 'query' is empty. Say what to look for.");
  const limit = Math.min(MOST, Math.max(1, findIntegerArg(args, "limit") ?? DEFAULT_LIMIT));
  const where = findEnumArg(args, "sources", SOURCES) ?? "all";
  const asked = { query, limit, signal: call.signal };
  const folders = where === "archives" ? [] : await foldersOf(ctx, call.agentId);
  const archives = where === "files" ? [] : await archivesOfAgent(ctx, call.agentId);
  if (folders.length === 0 && archives.length === 0) {
    throw new ToolFailure("There is no knowledge base yet. A person attaches folders or archives to the agent.");
  }
  const files = folders.length > 0 ? await searchChunks(ctx, { ...asked, folderIds: folders }) : null;
  const notes =
    archives.length > 0
      ? await searchPassages(ctx, { ...asked, mode: "hybrid", tagMatchMode: "any", archiveIds: archives })
      : null;
  const fileIds = [...new Set(files?.found.map((one) => one.fileId))];
  await touchFiles(ctx, call.agentId, fileIds);
  const structures = await structuresOf(ctx, fileIds);
  const found: Found[] = [
    ...(files?.found ?? []).map(({ fileId, fileName, startLine, endLine, text }, rank) => {
      const page = pageOf(structures.get(fileId) ?? null, startLine);
      const place = `${page === null ? "" : `page ${page}, `}lines ${startLine}-${endLine}`;
      return { rank, text, source: `${fileName} (${place})` };
    }),
    ...(notes?.found ?? []).map(({ id, text, tags, createdAt }, rank) => {
      const tagged = tags.length > 0 ? `, tags ${tags.join(", ")}` : "";
      return { rank, text, source: `note ${id} of ${createdAt.slice(0, 10)}${tagged}` };
    }),
  ]
    // Each search has its own scores: what stands first in one is worth what stands first in the other.
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit);
  const partial = files?.partial ?? notes?.partial;
  const note = partial ? [partialNote(partial)] : [];
  const searches = [files?.search, notes?.search].flatMap((search) =>
    search ? [{ type: "passage-search" as const, search }] : [],
  );
  return { status: "success", content: [...said(query, found), ...note].join("\n\n"), writes: searches };
}

function said(query: string, found: readonly Found[]): string[] {
  if (found.length === 0) return [`Nothing was found for '${query}'. Try other words.`];
  const texts = found.map(({ source, text }, index) => `[${index + 1}] ${source}\n${text}`);
  return [`${found.length} found for '${query}'. Name the source when you use one.`, ...texts];
}

async function foldersOf(ctx: Ctx, agentId: string): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT folder_id AS id FROM agent_folder WHERE agent_id = $1 ORDER BY folder_id",
    [agentId],
  );
  return rows.map((row) => row.id);
}

async function structuresOf(ctx: Ctx, fileIds: readonly string[]): Promise<Map<string, Structure | null>> {
  if (fileIds.length === 0) return new Map();
  const rows = await ctx.db.query<{ id: string; structure: Structure | null }>(
    "SELECT id, structure FROM file WHERE id = ANY($1::text[])",
    [fileIds],
  );
  return new Map(rows.map((row) => [row.id, row.structure]));
}
