import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../config/config-error";
import { appVersion } from "../core/version";

/** What a migration needs of a database: one session, because the lock belongs to it. */
export type MigrationSession = {
  /** Runs several statements as one implicit transaction. */
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string, params: unknown[]): Promise<Row[]>;
};

type MigrationRow = {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
};

/** The advisory lock that Prisma's own migrate command takes, so that the two never run side by side. */
const PRISMA_MIGRATE_LOCK = 72707369;

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

/**
 * Applies the migrations of a folder that are not yet applied, in order of name, and returns the names of those it
 * applied. Its rows are those of `prisma migrate deploy`, so that either may follow the other.
 *
 * @throws ConfigError where a newer version has written in the database; when a migration fails, or failed earlier. A
 * migration is applied whole or not at all.
 */
export async function migrate(session: MigrationSession, folder: string): Promise<string[]> {
  await session.query("SELECT pg_advisory_lock($1::bigint)", [PRISMA_MIGRATE_LOCK]);
  try {
    await session.exec(MIGRATIONS_TABLE);
    const rows = await session.query<MigrationRow>(
      `SELECT migration_name, checksum, finished_at, rolled_back_at FROM "_prisma_migrations"`,
      [],
    );
    const failed = rows.find((row) => !row.finished_at && !row.rolled_back_at);
    if (failed) {
      throw new Error(`Migration ${failed.migration_name} failed earlier: mend it and run "prisma migrate resolve".`);
    }
    const done = new Map(rows.filter((row) => !row.rolled_back_at).map((row) => [row.migration_name, row.checksum]));
    const applied: string[] = [];
    const names = await migrationNames(folder);
    const unknown = [...done.keys()].filter((name) => !names.includes(name)).sort();
    if (unknown.length > 0) throw await newerData(session, unknown);
    for (const name of names) {
      const sql = await readFile(path.join(folder, name, "migration.sql"), "utf8");
      const checksum = createHash("sha256").update(sql).digest("hex");
      const known = done.get(name);
      if (known && known !== checksum) throw new Error(`Migration ${name} was edited after it was applied.`);
      if (known) continue;
      await apply(session, { name, sql, checksum });
      applied.push(name);
    }
    await noteVersion(session);
    return applied;
  } finally {
    await session.query("SELECT pg_advisory_unlock($1::bigint)", [PRISMA_MIGRATE_LOCK]);
  }
}

type VersionRow = { version: string };

/** What was written by a version that knows more than this one: going on would lose what it does not know. */
async function newerData(session: MigrationSession, unknown: string[]): Promise<ConfigError> {
  const [table] = await session.query<{ found: boolean }>("SELECT to_regclass('app_version') IS NOT NULL AS found", []);
  const rows = table?.found
    ? await session.query<VersionRow>(
        "SELECT version FROM app_version WHERE version <> $1 ORDER BY last_started_at DESC LIMIT 1",
        [appVersion()],
      )
    : [];
  const theirs = rows[0] ? `version ${rows[0].version}` : "a later build";
  return new ConfigError(
    `The database was last used by ${theirs} of Memoir, which is newer than this one, version ${appVersion()}, and does not know its change ${unknown.at(-1)}. Start that version again, or a later one; or give this one another database (MEMOIR_DATA_DIR or DATABASE_URL).`,
  );
}

async function noteVersion(session: MigrationSession): Promise<void> {
  const [table] = await session.query<{ found: boolean }>("SELECT to_regclass('app_version') IS NOT NULL AS found", []);
  if (!table?.found) return;
  await session.query(
    `INSERT INTO app_version (version) VALUES ($1) ON CONFLICT (version) DO UPDATE SET last_started_at = now()`,
    [appVersion()],
  );
}

async function migrationNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** The migration and the row that says that it is done are one transaction: a process that is killed leaves neither. */
async function apply(session: MigrationSession, migration: { name: string; sql: string; checksum: string }) {
  const row = [randomUUID(), migration.checksum, migration.name];
  await session.exec("BEGIN");
  try {
    await session.exec(migration.sql);
    await session.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      row,
    );
    await session.exec("COMMIT");
  } catch (error) {
    await session.exec("ROLLBACK");
    await session.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)`,
      [...row, String(error)],
    );
    throw error;
  }
}
