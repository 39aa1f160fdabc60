import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { ConfigError } from "../config/config-error";
import type { Config } from "../config/env";
import { openDatabase, type Sql } from "../db/database";
import { keyFile, readKeys, writeKeys } from "../vault/vault-keys";
import type { Said } from "./backup";
import { type Count, countOf, quoted, SAME_TEXTS, type Table, tablesOf } from "./tables";

type Head = Extract<Said, { backup: 1 }>;
type End = Extract<Said, { end: true }>;

/** Rows that are written at once, and their characters. */
const AT_ONCE = { rows: 500, chars: 4_000_000 };
/** Filled by the migrations themselves. */
const THERE_FROM_THE_START = ["organization", "app_user", "search_filler"];

/**
 * Puts a backup into an empty database, all of it or nothing, and its keys into the data folder. What was restored is read
 * again and compared before it counts; a backup of an older version is migrated afterwards, as a start would.
 *
 * @returns what was done, in sentences.
 * @throws ConfigError where the file is no backup, or not whole, or of a newer version; where the database or the folder has
 *   something already.
 */
export async function restore(config: Config, file: string, options: { migrations?: string } = {}): Promise<string[]> {
  const head = await headOf(file);
  const all = options.migrations ?? path.join(process.cwd(), "prisma/migrations");
  const known = (await readdir(all, { withFileTypes: true })).flatMap((one) => (one.isDirectory() ? [one.name] : []));
  if (head.migrations.some((name) => !known.includes(name)))
    throw new ConfigError(
      `${file} was made by version ${head.version}, which is newer than this one: restore it with that`,
    );
  requireOwnKey(config, head);
  const { dataDir, databaseUrl: url, pool } = config;
  const opened = (migrations: string) => openDatabase({ url, dataDir, fsync: true, pool, migrations });
  const then = await mkdtemp(path.join(tmpdir(), "memoir-restore-"));
  let said: string[];
  // First, since what is in the database can't be read without it.
  const givesKey = head.keys !== null && !config.keys.current && !existsSync(keyFile(dataDir));
  try {
    if (givesKey) putKeys(dataDir, head);
    for (const name of head.migrations) await cp(path.join(all, name), path.join(then, name), { recursive: true });
    const db = await opened(then);
    try {
      said = await db.transaction((sql) => load(sql, { file, head }));
    } finally {
      await db.close();
    }
  } catch (error) {
    if (givesKey) await rm(keyFile(dataDir), { force: true });
    throw error;
  } finally {
    await rm(then, { recursive: true, force: true });
  }
  await (await opened(all)).close();
  return givesKey ? [...said, "The key of the data folder is as it was."] : said;
}

function putKeys(dataDir: string, { keys }: Head): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeKeys(
    keyFile(dataDir),
    keys!.map((key) => Buffer.from(key, "base64")),
  );
}

/** The folder's key must be that of the backup, or none: another would make its secrets unreadable. */
function requireOwnKey(config: Config, { keys }: Head): void {
  const file = keyFile(config.dataDir);
  if (config.keys.current || !keys || !existsSync(file)) return;
  const [own] = readKeys(file);
  if (own?.toString("base64") === keys[0]) return;
  throw new ConfigError(`${file} is another key than the backup's: restore into an empty data folder`);
}

async function headOf(file: string): Promise<Head> {
  for await (const line of linesOf(file)) {
    const said = line.startsWith("#") ? (JSON.parse(line.slice(1)) as Partial<Head>) : {};
    if (said.backup === 1) return said as Head;
    break;
  }
  throw new ConfigError(`${file} is no backup that this version knows`);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const text = source.pipe(createGunzip());
  source.on("error", (error) => text.destroy(error));
  try {
    yield* createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw new ConfigError(`${file} can't be read as a backup: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}

type Source = { file: string; head: Head };

async function load(sql: Sql, { file, head }: Source): Promise<string[]> {
  await sql.query(SAME_TEXTS);
  const here = new Map((await tablesOf(sql)).map((table) => [table.name, table]));
  await requireEmpty(sql, [...here.values()]);
  const foreignKeys = await dropForeignKeys(sql);
  for (const name of here.keys()) await sql.query(`ALTER TABLE ${quoted(name)} DISABLE TRIGGER USER`);
  for (const name of THERE_FROM_THE_START.filter((one) => here.has(one)))
    await sql.query(`DELETE FROM ${quoted(name)}`);
  const end = await readRows(sql, { file, head });
  for (const { name, last } of end.sequences) await sql.query("SELECT setval($1::regclass, $2::bigint)", [name, last]);
  for (const { of, name, definition } of foreignKeys)
    await sql.query(`ALTER TABLE ${of} ADD CONSTRAINT ${quoted(name)} ${definition}`);
  for (const name of here.keys()) await sql.query(`ALTER TABLE ${quoted(name)} ENABLE TRIGGER USER`);
  let rows = 0;
  for (const table of head.tables) {
    const [was, is] = [end.counts[table.name]!, await countOf(sql, table)];
    if (!same(was, is))
      throw new ConfigError(`${table.name} came back otherwise than it was saved: nothing is restored`);
    rows += is.rows;
  }
  return [`${rows} rows of ${here.size} tables are restored, read again, and as they were on ${head.at}.`];
}

const same = (a: Count, b: Count) => a.rows === b.rows && a.sum === b.sum;

async function requireEmpty(sql: Sql, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables) {
    if (THERE_FROM_THE_START.includes(name)) continue;
    const [found] = await sql.query(`SELECT 1 FROM ${quoted(name)} LIMIT 1`);
    if (found) throw new ConfigError(`There is something in this database (${name}): restore into an empty one`);
  }
}

type ForeignKey = { of: string; name: string; definition: string };

/** Rows come in the order of their tables' names. The keys are put back, and checked, when all are there. */
async function dropForeignKeys(sql: Sql): Promise<ForeignKey[]> {
  const keys = await sql.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS of, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  for (const { of, name } of keys) await sql.query(`ALTER TABLE ${of} DROP CONSTRAINT ${quoted(name)}`);
  return keys;
}

/** @returns what the last line says. @throws ConfigError where there is none. */
async function readRows(sql: Sql, { file, head }: Source): Promise<End> {
  let insert: string | null = null;
  let waiting: string[] = [];
  let chars = 0;
  const flush = async () => {
    if (insert !== null && waiting.length > 0) await sql.query(insert, [`[${waiting.join(",")}]`]);
    [waiting, chars] = [[], 0];
  };
  for await (const line of linesOf(file)) {
    if (!line.startsWith("#")) {
      if (insert === null) continue;
      waiting.push(line);
      chars += line.length;
      if (waiting.length >= AT_ONCE.rows || chars >= AT_ONCE.chars) await flush();
      continue;
    }
    await flush();
    const said = JSON.parse(line.slice(1)) as Said;
    if ("end" in said) return said;
    if (!("table" in said)) continue;
    insert = insertInto(head.tables.find(({ name }) => name === said.table)!);
  }
  throw new ConfigError(`${file} is cut short: it has no end`);
}

function insertInto({ name, columns }: Table): string {
  const list = columns.map(quoted).join(", ");
  return `INSERT INTO ${quoted(name)} (${list}) OVERRIDING SYSTEM VALUE
    SELECT ${list} FROM json_populate_recordset(NULL::${quoted(name)}, $1::json)`;
}
