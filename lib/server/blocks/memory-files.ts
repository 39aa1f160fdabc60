import type { Query } from "@/lib/api/endpoint";
import type { MEMORY_FILE_ENDPOINTS } from "@/lib/api/memory-files";
import type { Cause } from "@/lib/engine/cause";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";

type FileQuery<Id extends string> = Query<Extract<(typeof MEMORY_FILE_ENDPOINTS)[number], { id: Id }>>;

const SUFFIX = ".md";
const DEFAULT_COMMITS = 50;
const HEADS = new Set(["HEAD", "head", "main"]);

type Head = { id: string; block_id: string; label: string; value: string; seq: number };

/** @throws ApiError `not-found` for no such file, or no such version of it. */
export async function readMemoryFile(ctx: Ctx, agentId: string, query: FileQuery<"agents.memoryFiles.content">) {
  const path = normal(query.file_path);
  const head = await headOf(ctx, agentId, path);
  if (!query.ref || HEADS.has(query.ref)) return { path, content: head.value, ref: head.id };
  // Another file's commit names a moment: what this one was then.
  const at = await seqOfCommit(ctx, query.ref);
  const [row] = await ctx.db.query<{ id: string; value: string }>(
    `SELECT id, value FROM block_version WHERE block_id = $1 AND organization_id = $2 AND seq <= $3
     ORDER BY seq DESC LIMIT 1`,
    [head.block_id, ctx.actor.organizationId, at],
  );
  if (!row) throw notFound("file", path);
  return { path, content: row.value, ref: row.id };
}

/** @throws ApiError `not-found` for a directory in which there is nothing. */
export async function listMemoryFiles(ctx: Ctx, agentId: string, query: FileQuery<"agents.memoryFiles.directory">) {
  const path = normal(query.path ?? "");
  const depth = Math.max(query.depth ?? 1, 1);
  const at = query.ref && !HEADS.has(query.ref) ? await seqOfCommit(ctx, query.ref) : null;
  const heads = await readHeads(ctx, agentId, at);
  const inside = heads.flatMap(({ label }) => {
    const file = `${label}${SUFFIX}`;
    if (path === "") return [file];
    return file.startsWith(`${path}/`) ? [file.slice(path.length + 1)] : [];
  });
  if (path !== "" && inside.length === 0) throw notFound("directory", path);
  const entries = new Map<string, "file" | "directory">();
  for (const file of inside) {
    const names = file.split("/");
    for (let level = 1; level <= Math.min(depth, names.length); level++) {
      entries.set(names.slice(0, level).join("/"), level === names.length ? "file" : "directory");
    }
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return { path, entries: sorted.map(([name, type]) => ({ name, type })), depth };
}

/** @throws ApiError `not-found`. */
export async function memoryFileHistory(ctx: Ctx, agentId: string, query: FileQuery<"agents.memoryFiles.history">) {
  const path = normal(query.file_path);
  const head = await headOf(ctx, agentId, path);
  const rows = await ctx.db.query<{ id: string; operation: string; cause: Cause; created_at: Date }>(
    `SELECT id, operation, cause, created_at FROM block_version WHERE block_id = $1 AND organization_id = $2
     ORDER BY seq DESC LIMIT $3`,
    [head.block_id, ctx.actor.organizationId, query.limit ?? DEFAULT_COMMITS],
  );
  return {
    path,
    commits: rows.map(({ id, operation, cause, created_at }) => ({
      sha: id,
      message: `${operation} ${path}`,
      timestamp: created_at.toISOString(),
      author_name: cause.actor ?? null,
    })),
  };
}

const normal = (path: string) => path.replace(/^\/+|\/+$/g, "");

async function headOf(ctx: Ctx, agentId: string, path: string): Promise<Head> {
  const label = path.endsWith(SUFFIX) ? path.slice(0, -SUFFIX.length) : path;
  const found = (await readHeads(ctx, agentId, null)).find((head) => head.label === label);
  if (!found) throw notFound("file", path);
  return found;
}

/** The agent's blocks as they are, or as they were at a moment of the ledger; those that were not there then are left out. */
async function readHeads(ctx: Ctx, agentId: string, at: number | null): Promise<Head[]> {
  await getAgentRow(ctx, agentId);
  return ctx.db.query<Head>(
    `SELECT v.id, v.block_id, v.label, v.value, v.seq FROM agent_block l CROSS JOIN LATERAL (
       SELECT * FROM block_version v WHERE v.block_id = l.block_id AND ($2::bigint IS NULL OR v.seq <= $2)
       ORDER BY v.seq DESC LIMIT 1) v
     WHERE l.agent_id = $1 ORDER BY l.position, v.block_id`,
    [agentId, at],
  );
}

async function seqOfCommit(ctx: Ctx, ref: string): Promise<number> {
  const [row] = await ctx.db.query<{ seq: number }>(
    "SELECT seq FROM block_version WHERE id = $1 AND organization_id = $2",
    [ref, ctx.actor.organizationId],
  );
  if (!row) throw notFound("commit", ref);
  return row.seq;
}
