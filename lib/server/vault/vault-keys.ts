import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../config/config-error";
import { type GivenKeys, KEY_BYTES, NO_KEYS, parseKey } from "../config/given-keys";
import { makeFolder } from "../db/data-dir";
import { type Vault, vaultOf } from "./vault";

const FILE = "secret.key";

/**
 * The vault of a server. Its key is the environment's, or else the first line of `secret.key` in the data folder, which is
 * made on the first start; further lines are keys that are still read, while they are being replaced. A file that another
 * process changes is read anew.
 *
 * @throws ConfigError for a file that is no key, and where there is no place to keep one.
 */
export function openVault(dataDir: string, given: GivenKeys = NO_KEYS): Vault {
  if (dataDir.startsWith("memory://")) {
    const keys = [given.current ?? randomBytes(KEY_BYTES), ...given.previous];
    return vaultOf(() => keys);
  }
  const file = keyFile(dataDir);
  if (!given.current && !existsSync(file)) makeKey(dataDir, file);
  let seen = "";
  let kept: Buffer[] = [];
  const keys = () => {
    const stat = existsSync(file) ? statSync(file, { throwIfNoEntry: false }) : undefined;
    const now = stat ? `${stat.mtimeMs} ${stat.ino} ${stat.size}` : seen;
    if (now !== seen) {
      kept = readKeys(file);
      seen = now;
    }
    return given.current ? [given.current, ...given.previous, ...kept] : [...kept, ...given.previous];
  };
  keys();
  return vaultOf(keys);
}

export const keyFile = (dataDir: string): string => path.join(dataDir, FILE);

export function readKeys(file: string): Buffer[] {
  const lines = readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
  const keys = lines.map(parseKey);
  const all = keys.filter((key) => key !== null);
  if (keys.length === 0 || all.length < keys.length) {
    throw new ConfigError(
      `${file} is not a key of ${KEY_BYTES} bytes. Put back the file that was there; without it, the secrets that were sealed with it are lost: move it away to begin with a new key.`,
    );
  }
  return all;
}

function makeKey(dataDir: string, file: string): void {
  try {
    makeFolder(path.resolve(dataDir));
    writeKeys(file, [randomBytes(KEY_BYTES)]);
  } catch (error) {
    throw new ConfigError(
      `The key that seals secrets can't be kept in ${file} (${(error as NodeJS.ErrnoException).code ?? error}). Make the folder writable, or give the key: MEMOIR_SECRET_KEY=<what "openssl rand -base64 32" prints>.`,
    );
  }
}

/** Replaces the file whole: who is killed leaves the old one or the new one. */
export function writeKeys(file: string, keys: readonly Buffer[]): void {
  const fresh = `${file}.${process.pid}.new`;
  const handle = openSync(fresh, "w", 0o600);
  try {
    writeSync(handle, `${keys.map((key) => key.toString("base64")).join("\n")}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
}
