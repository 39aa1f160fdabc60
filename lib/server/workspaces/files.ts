import type {
  WireWorkspace,
  WireWorkspaceContent,
  WireWorkspaceVersion,
  WriteWorkspaceFile,
} from "@/lib/api/workspaces";
import type { Cause } from "@/lib/engine/cause";
import type { FileWrite } from "@/lib/engine/memory";
import { storable } from "@/lib/engine/storable";
import { ToolFailure } from "@/lib/engine/tools/tool-args";
import { getAgentRow } from "../agent-config/agent-row";
import { apiCause, type Ctx } from "../core/core";
import { decodeBytes } from "../core/decode";
import { badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { isGitOwn, isWithin, WORKSPACE_LIMITS, workspacePath } from "./paths";
import { openWorkspace, readBlobs } from "./workspace";

/** @throws ApiError `not-found` for the agent, or a step that is not its own. */
export async function retrieveWorkspace(
  ctx: Ctx,
  agentId: string,
  { step_id: stepId, moment }: { step_id?: string | null | undefined; moment: "before" | "after" },
): Promise<WireWorkspace> {
  await getAgentRow(ctx, agentId);
  const rows = await ctx.db.query<{ path: string; size: number; version: number; updated_at: Date; cause: Cause }>(
    `SELECT * FROM (SELECT DISTINCT ON (path) path, size, number AS version, created_at AS updated_at, cause, hash
       FROM workspace_version WHERE agent_id = $1 AND ($2::bigint IS NULL OR seq <= $2::bigint)
       ORDER BY path, number DESC) x WHERE hash IS NOT NULL ORDER BY path`,
    [agentId, stepId ? await lastOf(ctx, agentId, stepId, moment) : null],
  );
  const [kept] = await ctx.db.query<{ bytes: number }>(
    "SELECT coalesce(sum(octet_length(bytes)), 0)::float8 AS bytes FROM workspace_part WHERE agent_id = $1",
    [agentId],
  );
  const files = rows.map(({ path, size, version, updated_at, cause }) => {
    return { path, size, version, updated_at: updated_at.toISOString(), cause };
  });
  const { fileBytes, totalBytes, historyBytes } = WORKSPACE_LIMITS;
  return {
    files: files.filter((file) => !isGitOwn(file.path)),
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    history_bytes: kept?.bytes ?? 0,
    limits: {
      ...{ file_bytes: fileBytes, total_bytes: totalBytes },
      ...{ files: WORKSPACE_LIMITS.files, history_bytes: historyBytes },
    },
  };
}

/** The last place in the ledger that is of the step with what it did, or before that. @throws ApiError `not-found`. */
async function lastOf(ctx: Ctx, agentId: string, stepId: string, moment: "before" | "after"): Promise<string> {
  const [row] = await ctx.db.query<{ seq: string }>(
    `SELECT greatest(s.seq, (SELECT max(v.seq) FROM workspace_version v WHERE v.step_id = s.id AND $3 = 'after'))::text AS seq
     FROM step s WHERE s.id = $1 AND s.agent_id = $2`,
    [stepId, agentId, moment],
  );
  if (!row) throw notFound("step", stepId);
  return row.seq;
}

/** @throws ApiError `not-found` for what is not there, or was deleted by then. */
export async function readWorkspaceFile(
  ctx: Ctx,
  agentId: string,
  query: { path: string; version?: number | null | undefined },
): Promise<WireWorkspaceContent> {
  await getAgentRow(ctx, agentId);
  const path = pathOf(query.path);
  const [row] = await ctx.db.query<{ number: number; hash: string | null; size: number }>(
    `SELECT number, hash, size FROM workspace_version WHERE agent_id = $1 AND path = $2
       AND ($3::int IS NULL OR number = $3::int) ORDER BY number DESC LIMIT 1`,
    [agentId, path, query.version ?? null],
  );
  if (!row?.hash) throw notFound("workspace file", path);
  const bytes = (await readBlobs(ctx.db, agentId, [row.hash])).get(row.hash)!;
  const text = bytes.includes(0) ? null : decodeBytes(new Uint8Array(bytes));
  const head = { path, version: row.number, size: row.size };
  return text === null
    ? { ...head, encoding: "base64", content: bytes.toString("base64") }
    : { ...head, encoding: "utf8", content: text };
}

const MOST_VERSIONS = 100;

export async function listWorkspaceVersions(
  ctx: Ctx,
  agentId: string,
  query: { path: string; before?: number | null | undefined },
): Promise<WireWorkspaceVersion[]> {
  await getAgentRow(ctx, agentId);
  const rows = await ctx.db.query<Omit<WireWorkspaceVersion, "created_at"> & { created_at: Date }>(
    `SELECT number AS version, size, hash IS NULL AS is_deleted, operation, cause, step_id, created_at
     FROM workspace_version WHERE agent_id = $1 AND path = $2 AND ($3::int IS NULL OR number < $3::int)
     ORDER BY number DESC LIMIT ${MOST_VERSIONS}`,
    [agentId, pathOf(query.path), query.before ?? null],
  );
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}

/** @throws ApiError `bad-request` beyond a limit, or for a path that no file can have; `conflict` where others write it. */
export async function writeWorkspaceFile(ctx: Ctx, agentId: string, body: WriteWorkspaceFile) {
  await getAgentRow(ctx, agentId);
  const path = pathOf(body.path);
  if (isGitOwn(path)) throw badRequest(`INVALID_ARGUMENT: '${path}' is of a repository's own records`);
  if (body.encoding === "base64" && !/^[A-Za-z0-9+/]*={0,2}$/.test(body.content)) {
    throw badRequest("INVALID_ARGUMENT: the content is not base64");
  }
  const bytes = Buffer.from(body.content, body.encoding);
  const workspace = await openWorkspace(ctx, agentId);
  await told(() => workspace.write(path, bytes, "api"));
  await commitFiles(ctx, ctx.db, agentId, workspace.writes(), apiCause(ctx));
  const { files } = await retrieveWorkspace(ctx, agentId, { moment: "after" });
  return files.find((file) => file.path === path)!;
}

/** @throws ApiError `not-found`, or `conflict` where others write it. */
export async function deleteWorkspaceFiles(ctx: Ctx, agentId: string, given: string): Promise<void> {
  await getAgentRow(ctx, agentId);
  const path = pathOf(given);
  const workspace = await openWorkspace(ctx, agentId);
  const files = workspace.files().filter((file) => isWithin(file.path, path));
  if (files.length === 0) throw notFound("workspace file", path);
  for (const file of files) workspace.delete(file.path, "api");
  await commitFiles(ctx, ctx.db, agentId, workspace.writes(), apiCause(ctx));
}

/** A path that is in a request. @throws ApiError `bad-request`. */
export function pathOf(given: string): string {
  try {
    const path = workspacePath(storable(given));
    if (path !== "") return path;
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    throw badRequest(`INVALID_ARGUMENT: ${error.message}`);
  }
  throw badRequest("INVALID_ARGUMENT: the path names no file");
}

async function told(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    throw error instanceof ToolFailure ? badRequest(`INVALID_ARGUMENT: ${error.message}`) : error;
  });
}

/** Keeps versions that no tool's return comes with. @throws ApiError `conflict`. */
export async function commitFiles(
  ctx: Ctx,
  sql: Pick<Sql, "query">,
  agentId: string,
  writes: readonly FileWrite[],
  cause: Cause,
): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map((write) => ({ id: newId("version"), ...write }));
  const now = ctx.now().toISOString();
  await sql
    .query(INSERT, [JSON.stringify(rows), ctx.actor.organizationId, agentId, JSON.stringify(cause), now])
    .catch((error: Error) => {
      if (!error.message.includes("workspace_version_agent_id_path_number_key")) throw error;
      throw conflict("CONFLICT: somebody else has just written the file; look at it, then write again");
    });
  const { organizationId } = ctx.actor;
  ctx.events.publish({ type: "workspace", organizationId, agentId, id: agentId, at: now, detail: { cause } });
}

const INSERT = `
INSERT INTO workspace_version (id, organization_id, agent_id, path, number, hash, size, operation, cause, created_at)
SELECT x.id, $2, $3, x.path, x.number, x.hash, x.size, x.operation, $4::jsonb, $5::timestamptz
FROM jsonb_to_recordset($1::jsonb) AS x(id text, path text, number int, hash text, size int, operation text)`;

const HASHES_AT_ONCE = 4;

/** Gives an agent the files that another had as of a place of the ledger: copies, which are the other's work. */
export async function copyWorkspace(
  ctx: Ctx,
  sql: Sql,
  { from, to, seq, cause }: { from: string; to: string; seq: number; cause: Cause },
): Promise<void> {
  const rows = await sql.query<{ hash: string }>(COPY_VERSIONS, [
    ...[from, to, seq],
    ...[JSON.stringify(cause), ctx.now().toISOString()],
  ]);
  const hashes = [...new Set(rows.map((row) => row.hash))];
  for (let start = 0; start < hashes.length; start += HASHES_AT_ONCE) {
    await sql.query(
      `INSERT INTO workspace_part (agent_id, hash, number, bytes, created_at)
       SELECT $2, hash, number, bytes, $4::timestamptz FROM workspace_part WHERE agent_id = $1 AND hash = ANY($3::text[])`,
      [from, to, hashes.slice(start, start + HASHES_AT_ONCE), ctx.now().toISOString()],
    );
    await othersTurn();
  }
}

const COPY_VERSIONS = `
WITH there AS (SELECT DISTINCT ON (path) * FROM workspace_version WHERE agent_id = $1 AND seq <= $3 ORDER BY path, number DESC)
INSERT INTO workspace_version (id, organization_id, agent_id, path, number, hash, size, copied_from_id, operation, cause, created_at)
SELECT 'version-' || gen_random_uuid(), organization_id, $2, path, 1, hash, size, id, 'fork', $4::jsonb, $5::timestamptz
FROM there WHERE hash IS NOT NULL RETURNING hash`;
