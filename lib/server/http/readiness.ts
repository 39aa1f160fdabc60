import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import type { Core } from "../core/core";
import type { Database } from "../db/database";

/** What a full disk refuses: more than an open page of a file has room for. */
const PROBE_BYTES = 256 * 1024;
/** Everybody may ask, and each answer costs a write: askers within this time share one. */
const FRESH_MS = 1000;

type Known = { at: number; problem: Promise<string | null> };
const known = new WeakMap<Database, Known>();

/** Why this server can't do its work now, as a sentence; null if it can: it asks the database and the disk to write. */
export function findProblem(core: Core): Promise<string | null> {
  const recent = known.get(core.db);
  if (recent && performance.now() - recent.at < FRESH_MS) return recent.problem;
  const problem = probe(core);
  known.set(core.db, { at: performance.now(), problem });
  return problem;
}

async function probe(core: Core): Promise<string | null> {
  return (await databaseProblem(core.db)) ?? (await folderProblem(core.config.dataDir, core.db.kind === "pglite"));
}

/**
 * A sort that is larger than its memory writes a file on the database's own disk, and leaves nothing behind, neither rows
 * nor work for its vacuum; a database that only reads says so.
 */
async function databaseProblem(db: Database): Promise<string | null> {
  try {
    return await db.transaction(async (sql) => {
      await sql.query("SET LOCAL work_mem = '64kB'");
      const [state] = await sql.query<{ read_only: string }>(
        `SELECT current_setting('transaction_read_only') AS read_only,
           (SELECT count(*) FROM (SELECT repeat(md5(n::text), 16) AS t FROM generate_series(1, 512) n ORDER BY t OFFSET 0) x)`,
      );
      return state?.read_only === "on" ? "The database takes no writes: it is read-only." : null;
    });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (isFull(code) || /no space left/i.test(message)) return "The database can't write: its disk is full.";
    return "The database can't be reached";
  }
}

const POSTGRES_DISK_FULL = "53100";
const isFull = (code: string | undefined) => code === POSTGRES_DISK_FULL || code === "ENOSPC" || code === "EDQUOT";

/** Whether files can be written where the data are. Where the database is elsewhere, the folder need not be there. */
async function folderProblem(dataDir: string, isNeeded: boolean): Promise<string | null> {
  const file = path.join(/*turbopackIgnore: true*/ dataDir, `.ready-${randomUUID()}`);
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(Buffer.alloc(PROBE_BYTES, 1));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isFull(code)) return "The disk of the data folder is full: make room, or nothing can be kept.";
    if (code === "EIO") return "The disk of the data folder fails.";
    return isNeeded ? `The data folder can't be written to (${code}).` : null;
  } finally {
    await rm(file, { force: true }).catch(() => {});
  }
}
