import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { ConfigError } from "../config/config-error";
import type { Config } from "../config/env";
import { KEY_BYTES } from "../config/given-keys";
import { openDatabase } from "../db/database";
import { countOthers, reseal } from "../vault/sealed";
import { keyFile, openVault, readKeys, writeKeys } from "../vault/vault-keys";

const PASSES = 10;

/**
 * Gives the vault a new key and seals every secret anew with it. The old key stays beside the new one until nothing needs
 * it: whoever is killed on the way leaves all secrets readable, and goes on by being started again. Where the environment
 * gives the key, its owner has changed it already, and named the old one in `MEMOIR_SECRET_KEY_PREVIOUS`.
 *
 * @returns what was done, in sentences.
 * @throws ConfigError where there is no old key to read with.
 */
export async function rotateKey(config: Config, options: { migrations?: string } = {}): Promise<string[]> {
  const file = keyFile(config.dataDir);
  const db = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
    fsync: true,
    pool: config.pool,
    ...options,
  });
  try {
    const ofFile = existsSync(file) ? readKeys(file) : [];
    if (config.keys.current) {
      if (config.keys.previous.length + ofFile.length === 0) {
        throw new ConfigError(
          "MEMOIR_SECRET_KEY is the only key there is. To change it, set it to a new one and MEMOIR_SECRET_KEY_PREVIOUS to the old one, and run this again.",
        );
      }
    } else if (ofFile.length < 2) {
      // With two keys, a rotation was broken off: it goes on with the key that it had made.
      writeKeys(file, [randomBytes(KEY_BYTES), ...(ofFile.length > 0 ? ofFile : readMade(config))]);
    }
    const vault = openVault(config.dataDir, config.keys);
    let resealed = 0;
    let left: string[] = [];
    let others = 0;
    // A server at work may seal with the old key until it has seen the new one.
    for (let pass = 0; pass < PASSES; pass++) {
      const done = await reseal(db, vault);
      resealed += done.resealed;
      left = done.left;
      others = await countOthers(db, vault);
      if (others === 0) break;
    }
    const isDone = others === 0;
    if (isDone && !config.keys.current) writeKeys(file, readKeys(file).slice(0, 1));
    return report({ resealed, left, isDone, inEnvironment: config.keys.current !== null });
  } finally {
    await db.close();
  }
}

/** The key of a folder that had none. */
function readMade(config: Config): Buffer[] {
  openVault(config.dataDir, config.keys);
  return readKeys(keyFile(config.dataDir));
}

type Outcome = { resealed: number; left: string[]; isDone: boolean; inEnvironment: boolean };

function report({ resealed, left, isDone, inEnvironment }: Outcome): string[] {
  return [
    `${resealed} secrets are sealed with the new key.`,
    ...left.map((what) => `Can't be read with any key, and is left as it was: ${what}`),
    isDone
      ? inEnvironment
        ? "Nothing needs the old key any more: take MEMOIR_SECRET_KEY_PREVIOUS (and secret.key, if there is one) away."
        : "The old key is gone from secret.key."
      : "Some secrets are still being sealed with the old key, which is kept: restart the servers and run this again.",
    "The secret that signs callbacks follows from the key: receivers need the new one.",
  ];
}
