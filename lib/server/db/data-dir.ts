import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../config/config-error";

/** Another process has the data folder open. The message says which, and what to do. */
export class DataDirHeldError extends ConfigError {}

/** The locks of this process. */
const held = new Set<string>();

type Holder = { pid: number; started: string; processStart: string | null };

/**
 * Takes a data folder for this process: two processes on one embedded database lose data silently. A lock left by a
 * process that is gone, or whose id now belongs to another process, is taken over.
 *
 * @returns a function that gives the folder back.
 * @throws DataDirHeldError while its holder lives.
 */
export function holdDataDir(dataDir: string): () => void {
  makeFolder(path.resolve(dataDir));
  const file = path.resolve(dataDir, "lock");
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(
        handle,
        JSON.stringify({
          pid: process.pid,
          started: new Date().toISOString(),
          processStart: processStart(process.pid),
        }),
      );
      closeSync(handle);
      held.add(file);
      return () => {
        held.delete(file);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readHolder(file);
      if (holder && (held.has(file) || isAlive(holder))) {
        throw new DataDirHeldError(
          `The data folder ${dataDir} is in use by process ${holder.pid}, since ${holder.started}. Stop that process, or choose another folder with MEMOIR_DATA_DIR.`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new DataDirHeldError(`The data folder ${dataDir} is being opened by another process. Try again.`);
}

/** Makes a folder that is its user's alone, and those above it. Node's own way never ends where `/proc` refuses it. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: "ENOTDIR" });
    return;
  }
  const above = path.dirname(folder);
  if (above !== folder) makeFolder(above);
  mkdirSync(folder, { mode: 0o700 });
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  // In a container every process has the same id: what this one holds, it knows.
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const start = processStart(holder.pid);
  return start === null || holder.processStart === null || start === holder.processStart;
}

/** When a process started, in clock ticks since boot: field 22 of /proc/<pid>/stat; null where there is no /proc. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
