import { createHash } from "node:crypto";
import type { FileWrite, MemoryWrite } from "@/lib/engine/memory";
import { ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { isWithin, WORKSPACE_LIMITS } from "./paths";

/** A file that is there. `number` is that of its newest version. */
export type WorkspaceFile = { path: string; hash: string; size: number; number: number };

type Entry = { path: string; hash: string | null; size: number; number: number };

/**
 * An agent's workspace as one call of a tool sees it: with what the calls before it in the same turn have written, and
 * what it writes itself. Bytes are kept at once, under their hash; the versions that name them are `writes`, to be kept with
 * the call's return. Nobody sees a file before.
 */
export type Workspace = {
  /** In the order of their paths. */
  files(): WorkspaceFile[];
  find(path: string): WorkspaceFile | undefined;
  /** @throws ToolFailure where there is no such file. */
  read(path: string): Promise<Buffer>;
  /** Of many files, by path, in few statements. */
  readAll(files: readonly WorkspaceFile[]): Promise<Map<string, Buffer>>;
  /** @throws ToolFailure where a limit would be passed. A file that would not change is not written. */
  write(path: string, bytes: Uint8Array, operation: string): Promise<void>;
  delete(path: string, operation: string): void;
  writes(): FileWrite[];
};

export async function openWorkspace(
  ctx: Ctx,
  agentId: string,
  pending: readonly MemoryWrite[] = [],
): Promise<Workspace> {
  const entries = new Map((await heads(ctx.db, agentId)).map((one) => [one.path, one]));
  for (const write of pending) {
    if (write.type !== "file-write") continue;
    const { path, hash, size } = write;
    entries.set(path, { path, hash, size, number: write.number ?? (entries.get(path)?.number ?? 0) + 1 });
  }
  const made: FileWrite[] = [];
  const isThere = (one: Entry): one is WorkspaceFile => one.hash !== null;
  const files = () => [...entries.values()].filter(isThere).sort((a, b) => (a.path < b.path ? -1 : 1));
  const find = (path: string) => {
    const entry = entries.get(path);
    return entry && isThere(entry) ? entry : undefined;
  };
  const put = (path: string, hash: string | null, size: number, operation: string) => {
    const number = (entries.get(path)?.number ?? 0) + 1;
    entries.set(path, { path, hash, size, number });
    made.push({ type: "file-write", path, hash, size, number, operation });
  };
  return {
    files,
    find,
    async read(path) {
      const file = find(path);
      if (!file) throw noFile(path, files());
      return (await readBlobs(ctx.db, agentId, [file.hash])).get(file.hash)!;
    },
    async readAll(wanted) {
      const blobs = await readBlobs(ctx.db, agentId, [...new Set(wanted.map((file) => file.hash))]);
      return new Map(wanted.map((file) => [file.path, blobs.get(file.hash)!]));
    },
    async write(path, bytes, operation) {
      const before = find(path);
      const hash = createHash("sha256").update(bytes).digest("hex");
      if (before?.hash === hash) return;
      requireRoom(path, bytes, before, files());
      await keepBlob(ctx, agentId, hash, bytes);
      put(path, hash, bytes.length, operation);
    },
    delete(path, operation) {
      if (find(path)) put(path, null, 0, operation);
    },
    writes: () => made,
  };
}

function requireRoom(path: string, bytes: Uint8Array, before: WorkspaceFile | undefined, files: WorkspaceFile[]): void {
  if (bytes.length > WORKSPACE_LIMITS.fileBytes) {
    throw new ToolFailure(
      `'${path}' would have ${bytes.length} bytes, and a file may have ${WORKSPACE_LIMITS.fileBytes}. Split it.`,
    );
  }
  if (!before && files.length >= WORKSPACE_LIMITS.files) {
    throw new ToolFailure(`The workspace holds ${files.length} files, and may hold no more. Delete some first.`);
  }
  const parent = files.find((file) => path.startsWith(`${file.path}/`));
  if (parent) throw new ToolFailure(`'${parent.path}' is a file, so that nothing can lie within it.`);
  const child = files.find((file) => file.path.startsWith(`${path}/`));
  if (child) throw new ToolFailure(`'${path}' is a folder: '${child.path}' lies in it. Give the file another name.`);
  const total = files.reduce((sum, file) => sum + file.size, 0) - (before?.size ?? 0) + bytes.length;
  if (total > WORKSPACE_LIMITS.totalBytes) {
    throw new ToolFailure(
      `The workspace would have ${total} bytes, and may have ${WORKSPACE_LIMITS.totalBytes}. Delete some files first.`,
    );
  }
}

/** That there is no such file, with those that one might have meant. */
export function noFile(path: string, files: readonly WorkspaceFile[]): ToolFailure {
  const name = path.split("/").at(-1)!.toLowerCase();
  const alike = files.filter((file) => file.path.toLowerCase().endsWith(name)).slice(0, 5);
  const folder = files.some((file) => isWithin(file.path, path)) ? ` '${path}' is a folder.` : "";
  const hint = alike.length > 0 ? ` There is: ${alike.map((file) => file.path).join(", ")}.` : "";
  return new ToolFailure(`There is no file '${path}' in the workspace.${folder}${hint}`);
}

/** The newest version of each path, deleted ones too. */
export async function heads(sql: Pick<Sql, "query">, agentId: string, upTo: number | null = null): Promise<Entry[]> {
  return sql.query<Entry>(
    `SELECT DISTINCT ON (path) path, hash, size, number FROM workspace_version
     WHERE agent_id = $1 AND ($2::bigint IS NULL OR seq <= $2::bigint) ORDER BY path, number DESC`,
    [agentId, upTo],
  );
}

/** What one statement writes or reads: the embedded database answers nobody else while one runs. */
const PART_BYTES = 128 * 1024;
const PARTS_AT_ONCE = 8;
const HOUR_MS = 3_600_000;

/** Keeps bytes under their hash; those that are there are held a while longer. @throws ToolFailure where history is full. */
export async function keepBlob(ctx: Ctx, agentId: string, hash: string, bytes: Uint8Array): Promise<void> {
  const now = ctx.now();
  const [known] = await ctx.db.query<{ known: boolean; kept: number }>(HOLD_BLOB, [agentId, hash, now.toISOString()]);
  if (known?.known) return;
  if ((known?.kept ?? 0) + bytes.length > WORKSPACE_LIMITS.historyBytes) {
    await sweep(ctx, agentId, now);
    throw new ToolFailure(
      `What the files of the workspace are and were has ${known?.kept} bytes, and ${WORKSPACE_LIMITS.historyBytes} are the limit. A person can erase files, with their history, in the agent's workspace.`,
    );
  }
  for (let start = 0, number = 0; start < Math.max(1, bytes.length); start += PART_BYTES, number++) {
    const part = bytes.subarray(start, start + PART_BYTES);
    await ctx.db.query(
      `INSERT INTO workspace_part (agent_id, hash, number, bytes, created_at) VALUES ($1, $2, $3, $4::bytea, $5::timestamptz)
       ON CONFLICT (agent_id, hash, number) DO UPDATE SET created_at = EXCLUDED.created_at`,
      [agentId, hash, number, Buffer.from(part.buffer, part.byteOffset, part.byteLength), now.toISOString()],
    );
    if (number > 0) await othersTurn();
  }
}

const HOLD_BLOB = `
WITH held AS (UPDATE workspace_part SET created_at = $3::timestamptz WHERE agent_id = $1 AND hash = $2 RETURNING number)
SELECT EXISTS (SELECT FROM held) AND EXISTS (SELECT FROM workspace_version WHERE agent_id = $1 AND hash = $2) AS known,
  (SELECT coalesce(sum(octet_length(bytes)), 0)::float8 FROM workspace_part WHERE agent_id = $1) AS kept`;

/** Bytes of calls that came to nothing go after an hour. */
async function sweep(ctx: Ctx, agentId: string, now: Date): Promise<void> {
  await ctx.db.query(
    `DELETE FROM workspace_part p WHERE agent_id = $1 AND created_at < $2::timestamptz
       AND NOT EXISTS (SELECT FROM workspace_version v WHERE v.agent_id = p.agent_id AND v.hash = p.hash)`,
    [agentId, new Date(now.getTime() - HOUR_MS).toISOString()],
  );
}

/** Bytes by hash, a few parts a statement. */
export async function readBlobs(
  sql: Pick<Sql, "query">,
  agentId: string,
  hashes: readonly string[],
): Promise<Map<string, Buffer>> {
  const parts = new Map<string, Uint8Array[]>(hashes.map((hash) => [hash, []]));
  const places = await sql.query<{ hash: string; number: number }>(
    "SELECT hash, number FROM workspace_part WHERE agent_id = $1 AND hash = ANY($2::text[]) ORDER BY hash, number",
    [agentId, hashes],
  );
  for (let start = 0; start < places.length; ) {
    // A part of a large file is as much as a statement reads; small files have one part each.
    const slice = places.slice(start, start + (places[start]!.number > 0 ? PARTS_AT_ONCE : PARTS_AT_ONCE * 8));
    const rows = await sql.query<{ hash: string; number: number; bytes: Uint8Array }>(
      `SELECT p.hash, p.number, p.bytes FROM workspace_part p
         JOIN unnest($2::text[], $3::int[]) AS x(hash, number) USING (hash, number)
       WHERE p.agent_id = $1 ORDER BY p.hash, p.number`,
      [agentId, slice.map((one) => one.hash), slice.map((one) => one.number)],
    );
    for (const row of rows) parts.get(row.hash)!.push(row.bytes);
    start += slice.length;
    await othersTurn();
  }
  return new Map([...parts].map(([hash, pieces]) => [hash, Buffer.concat(pieces)]));
}
