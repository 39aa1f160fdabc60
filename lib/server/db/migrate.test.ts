import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MigrationSession, migrate } from "./migrate";

let folder: string;
let session: MigrationSession;
let close: () => Promise<unknown>;

/** A session on an empty schema of its own: embedded, or with TEST_DATABASE_URL on that server. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "memoir-migrations-"));
  const url = process.env.TEST_DATABASE_URL;
  if (!url) {
    const lite = await PGlite.create();
    session = {
      exec: (sql) => lite.exec(sql),
      query: async <Row>(sql: string, params: unknown[]) => (await lite.query<Row>(sql, params)).rows,
    };
    close = () => lite.close();
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const schema = `migrate_${process.pid}_${Date.now()}`;
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`SET search_path TO ${schema}`);
  session = {
    exec: (sql) => client.query(sql),
    query: async <Row>(sql: string, params: unknown[]) => (await client.query(sql, params)).rows as Row[],
  };
  close = async () => {
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  };
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, sql: string): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "migration.sql"), sql);
}

const rows = (table: string) => session.query(`SELECT * FROM ${table}`, []);

test("migrations are applied once, in the order of their names", async () => {
  write("2_second", "INSERT INTO a VALUES (2)");
  write("1_first", "CREATE TABLE a (n INT); INSERT INTO a VALUES (1)");
  expect(await migrate(session, folder)).toEqual(["1_first", "2_second"]);
  expect(await migrate(session, folder)).toEqual([]);
  write("3_third", "INSERT INTO a VALUES (3)");
  expect(await migrate(session, folder)).toEqual(["3_third"]);
  expect(await rows("a")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test("the rows are those of Prisma's own command", async () => {
  write("1_first", "CREATE TABLE a (n INT)");
  await migrate(session, folder);
  expect(await rows(`"_prisma_migrations"`)).toMatchObject([
    {
      migration_name: "1_first",
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      applied_steps_count: 1,
      rolled_back_at: null,
    },
  ]);
});

test("a migration that fails leaves nothing but its log, and nothing is applied until that is resolved", async () => {
  write("1_first", "CREATE TABLE a (n INT); INSERT INTO nowhere VALUES (1)");
  await expect(migrate(session, folder)).rejects.toThrow(/nowhere/);
  await expect(rows("a")).rejects.toThrow();
  expect(await rows(`"_prisma_migrations"`)).toMatchObject([
    { finished_at: null, logs: expect.stringContaining("nowhere") },
  ]);
  await expect(migrate(session, folder)).rejects.toThrow("Migration 1_first failed earlier");
  await session.query(`UPDATE "_prisma_migrations" SET rolled_back_at = now()`, []);
  write("1_first", "CREATE TABLE a (n INT)");
  expect(await migrate(session, folder)).toEqual(["1_first"]);
});

test("a migration and the word that it is done are one commit: killed in between, neither is there", async () => {
  write("1_first", "CREATE TABLE a (n INT)");
  const seen: string[] = [];
  const killed: MigrationSession = {
    exec: async (sql) => {
      if (sql === "COMMIT") throw new Error("killed");
      seen.push(sql);
      return session.exec(sql);
    },
    query: (sql, params) => {
      if (seen.includes("ROLLBACK") && sql.includes("logs")) throw new Error("killed");
      return session.query(sql, params);
    },
  };
  await expect(migrate(killed, folder)).rejects.toThrow("killed");
  expect(await migrate(session, folder)).toEqual(["1_first"]);
});

test("a migration that was edited after it was applied is refused", async () => {
  write("1_first", "CREATE TABLE a (n INT)");
  await migrate(session, folder);
  write("1_first", "CREATE TABLE a (n BIGINT)");
  await expect(migrate(session, folder)).rejects.toThrow("Migration 1_first was edited after it was applied.");
});
