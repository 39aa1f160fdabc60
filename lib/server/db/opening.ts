import { chmodSync, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../config/config-error";
import { DatabaseUnavailableError, reasonOf } from "./faults";

/** Why a Postgres server can't be begun with, as a sentence that says what to do; other errors stay what they are. */
export function serverProblem(error: unknown, url: string): unknown {
  const cause = (error instanceof DatabaseUnavailableError ? error.cause : error) as {
    code?: string;
    errors?: { code?: string }[];
  };
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const place = `${hostname || searchParams.get("host") || "localhost"}:${port || searchParams.get("port") || 5432}`;
  const user = decodeURIComponent(username) || "of this process";
  const database = decodeURIComponent(pathname.slice(1)) || user;
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? "";
  const said = reasonOf(cause);
  const sentence = sentenceOf(code, said, { place, user, database });
  if (sentence) return new ConfigError(sentence);
  if (!(error instanceof DatabaseUnavailableError)) return error;
  return new ConfigError(
    `Postgres at ${place} can't be used (${said}). Look at its log, and check DATABASE_URL: is there a Postgres server at this address?`,
  );
}

type Named = { place: string; user: string; database: string };

function sentenceOf(code: string, said: string, { place, user, database }: Named): string | null {
  const otherwise = "without DATABASE_URL, Memoir keeps its own database in the data folder";
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `No Postgres answers at ${place} (${code}). Start it, or correct DATABASE_URL; ${otherwise}.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host of DATABASE_URL is not known: ${place} (${code}). Correct it; ${otherwise}.`;
    case "28P01":
    case "28000":
      return `Postgres at ${place} does not let in the user ${user} (${said}). Correct user and password in DATABASE_URL, or let it in (pg_hba.conf).`;
    case "3D000":
      return `Postgres at ${place} has no database named ${database}. Make it (createdb -h … ${database}), or name another in DATABASE_URL.`;
    case "42501":
      return `The user ${user} may not make what Memoir needs in the database ${database} at ${place} (${said}). Make it the database's owner: ALTER DATABASE ${database} OWNER TO ${user}.`;
    case "53300":
      return `Postgres at ${place} has no connection left (${said}). Raise its max_connections, or end what holds them.`;
    case "57P03":
      return `Postgres at ${place} is not ready yet (${said}). Start Memoir again when it is.`;
    case "25006":
      return `Postgres at ${place} may only be read (${said}): it is a standby. Name its primary in DATABASE_URL.`;
    case "53100":
      return `The disk of Postgres at ${place} is full (${said}). Make room, and start again.`;
  }
  if (/timeout|timed out/.test(said)) {
    return `No Postgres answers at ${place} in time. Check that it runs and that a firewall lets this machine in; ${otherwise}.`;
  }
  if (/SASL|password must be a string/.test(said)) {
    return `Postgres at ${place} wants a password for the user ${user}, and DATABASE_URL has none, or not the right one.`;
  }
  return null;
}

/** What an embedded database needs to begin, and to go on. */
const NEW_BYTES = 96 * 1024 * 1024;
const OLD_BYTES = 16 * 1024 * 1024;

/** @throws ConfigError where there is no room in the folder for the embedded database. */
export function requireRoom(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const needed = existsSync(path.join(dataDir, "db")) ? OLD_BYTES : NEW_BYTES;
  const free = bavail * bsize;
  if (free >= needed) return;
  const mb = (bytes: number) => Math.floor(bytes / 1024 / 1024);
  throw new ConfigError(
    `The disk of the data folder ${dataDir} is full: ${mb(free)} MB are free, and ${mb(needed)} MB are needed. Make room, or choose another folder with MEMOIR_DATA_DIR.`,
  );
}

/** Why a data folder can't be used, as a sentence that says what to do; other errors stay what they are. */
export function folderProblem(error: unknown, dataDir: string): unknown {
  const { code } = error as { code?: string };
  const otherwise = "or choose another with MEMOIR_DATA_DIR";
  switch (code) {
    case "ENOTDIR":
    case "EEXIST":
      return new ConfigError(`The data folder ${dataDir} is a file, or lies in one. Move the file away, ${otherwise}.`);
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOENT":
      return new ConfigError(
        `The data folder ${dataDir} can't be written (${code}). Give this user the right to write in it, ${otherwise}.`,
      );
    case "ENOSPC":
    case "EDQUOT":
    case "53100":
      return new ConfigError(`The disk of the data folder ${dataDir} is full. Make room, ${otherwise}.`);
  }
  return error;
}

/** Why the files of an embedded database can't be opened. */
export function embeddedProblem(error: unknown, dataDir: string): unknown {
  const known = folderProblem(error, dataDir);
  if (known !== error) return known;
  return new ConfigError(
    `The database in ${path.join(dataDir, "db")} can't be opened (${reasonOf(error)}). Its files may be damaged, or of another program: put back a copy of the data folder, or choose another with MEMOIR_DATA_DIR.`,
  );
}

/**
 * Takes from others the right to read what is in a folder of ours: a version before, or another umask, may have given it.
 */
export function closeToOthers(folder: string): void {
  if (process.platform === "win32" || !existsSync(folder) || (statSync(folder).mode & 0o077) === 0) return;
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) chmodSync(path.join(entry.parentPath, entry.name), 0o700);
    else if (entry.isFile()) chmodSync(path.join(entry.parentPath, entry.name), 0o600);
  }
}
