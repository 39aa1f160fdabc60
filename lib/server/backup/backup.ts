import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ConfigError } from "../config/config-error";
import type { Config } from "../config/env";
import { appVersion } from "../core/version";
import { openDatabase, type Sql } from "../db/database";
import { keyFile, readKeys } from "../vault/vault-keys";
import { type Count, migrationsOf, openCount, rowsOf, SAME_TEXTS, sequencesOf, type Table, tablesOf } from "./tables";

/**
 * The lines of a backup, gzipped: `#` and JSON for what it says of itself, and each row as a line of JSON after the line of
 * its table. The last line counts them: without it a file is not whole.
 */
export type Said =
  | { backup: 1; version: string; migrations: string[]; tables: Table[]; keys: string[] | null; at: string }
  | { table: string }
  | { end: true; counts: Record<string, Count>; sequences: { name: string; last: string }[] };

const line = (said: Said) => `#${JSON.stringify(said)}\n`;

/**
 * Writes all that the database holds at one moment, and the keys of the data folder, into a new file that only its owner
 * may read. A server on Postgres may go on meanwhile; an embedded database is its server's alone.
 *
 * @returns what was done, in sentences.
 * @throws ConfigError where the file is there already.
 */
export async function backUp(config: Config, file: string, options: { migrations?: string } = {}): Promise<string[]> {
  if (existsSync(file)) throw new ConfigError(`${file} is there already: name a new file`);
  const { dataDir, databaseUrl: url, pool } = config;
  const db = await openDatabase({ url, dataDir, fsync: true, pool, ...options });
  const part = `${file}.part`;
  try {
    const keys = existsSync(keyFile(dataDir)) ? readKeys(keyFile(dataDir)).map((key) => key.toString("base64")) : null;
    const counts: Record<string, Count> = {};
    await db.transaction(async (sql) => {
      await sql.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      await sql.query(SAME_TEXTS);
      const target = await open(part, "wx", 0o600);
      const lines = linesOf(sql, keys, counts);
      await pipeline(Readable.from(lines), createGzip(), target.createWriteStream({ flush: true }));
    });
    await rename(part, file);
    const rows = Object.values(counts).reduce((sum, count) => sum + count.rows, 0);
    return [
      `${rows} rows of ${Object.keys(counts).length} tables are in ${file}.`,
      keys && !config.keys.current
        ? "The key of the data folder is in it too: who has the file reads all secrets."
        : "The key is not in it (MEMOIR_SECRET_KEY gives it): keep that key, without which no secret can be read.",
    ];
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await db.close();
  }
}

async function* linesOf(sql: Sql, keys: string[] | null, counts: Record<string, Count>): AsyncGenerator<string> {
  const tables = await tablesOf(sql);
  const migrations = await migrationsOf(sql);
  yield line({ backup: 1, version: appVersion(), migrations, tables, keys, at: new Date().toISOString() });
  for (const table of tables) {
    yield line({ table: table.name });
    const count = openCount();
    for await (const row of rowsOf(sql, table)) {
      count.add(row);
      yield `${row}\n`;
    }
    counts[table.name] = count.count();
  }
  yield line({ end: true, counts, sequences: await sequencesOf(sql) });
}
