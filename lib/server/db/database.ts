import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { holdDataDir } from "./data-dir";
import { asFault, isPassingFault } from "./faults";
import { PrismaClient } from "./generated/client";
import { beginFromImage } from "./image";
import { type MigrationSession, migrate } from "./migrate";
import { closeToOthers, embeddedProblem, folderProblem, requireRoom, serverProblem } from "./opening";
import { PatientPool, type PoolOptions } from "./pool";
import { asPGlite, type Lite, type LiteSession, openThreadedLite } from "./threaded-lite";

/** Runs one statement. Rows come with snake_case columns, JSON parsed, `int8` as number, `timestamptz` as Date. */
export type Sql = {
  query<Row = Record<string, unknown>>(statement: Statement, params?: unknown[]): Promise<Row[]>;
};

/** A named statement is prepared once per connection; give a name to those that run at every turn. */
export type Statement = string | { name: string; text: string };

/**
 * One Postgres, embedded or a server: Prisma for records one at a time, `sql` for statements that do several things at
 * once. Never use the outer client inside a transaction: the embedded database has one session and would wait for itself.
 */
export type Database = Sql & {
  kind: "pglite" | "postgres";
  prisma: PrismaClient;
  /** Whether pgvector is there; without it, search is by text alone. */
  vector: boolean;
  /** All statements of `work`, or none. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs a text of several statements, all of them or none, and answers the rows of all in order. */
  script(text: string): Promise<Record<string, unknown>[]>;
  /** Statements sent since start, for measurements. */
  statementCount(): number;
  /** Connections to a server: open, idle, the most there may be, and how many statements wait for one; null without a server. */
  connections(): { open: number; idle: number; most: number; waiting: number } | null;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** A Postgres server; without one, the embedded database of the data folder. */
  url: string | null;
  /** `memory://` keeps nothing. */
  dataDir: string;
  fsync: boolean;
  /** Connections to a server, and how long a statement waits for one. */
  pool?: { size: number; waitMs: number };
  migrations?: string;
  /** A migrated database to begin a new embedded one with (see `makeImage`): a third of the time of making it. */
  image?: Blob;
  /** Whether an embedded one works in a thread of its own; otherwise one that keeps something does. */
  thread?: boolean;
};

const INT8 = 20;
const BYTEA = 17;

export const DEFAULT_POOL = { size: 10, waitMs: 5000 };

/** Opens the database, applies the migrations and finds out what it can do. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const migrations = options.migrations ?? path.join(process.cwd(), "prisma/migrations");
  return options.url
    ? openServer({ url: options.url, ...(options.pool ?? DEFAULT_POOL) }, migrations)
    : openEmbedded(options, migrations);
}

async function openEmbedded(options: DatabaseOptions, migrations: string): Promise<Database> {
  const inMemory = options.dataDir.startsWith("memory://");
  const release = inMemory ? () => {} : hold(options.dataDir);
  let count = 0;
  try {
    if (!inMemory) requireRoom(options.dataDir);
    if (!inMemory && !options.migrations) await beginFromImage(path.join(options.dataDir, "db"));
    if (!inMemory) closeToOthers(path.join(options.dataDir, "db"));
    const lite = await openLite(options, inMemory).catch((error: unknown) => {
      throw embeddedProblem(error, options.dataDir);
    });
    const session: MigrationSession = {
      exec: (sql) => lite.exec(sql),
      query: async <Row>(sql: string, params: unknown[]) => (await lite.query<Row>(sql, params)).rows,
    };
    await migrate(session, migrations);
    const prisma = new PrismaClient({ adapter: new PrismaPGlite(asPGlite(lite)) });
    const run = (at: LiteSession): Sql => ({
      query: async <Row>(statement: Statement, params: unknown[] = []) => {
        count++;
        const text = typeof statement === "string" ? statement : statement.text;
        return (await at.query<Row>(text, params)).rows;
      },
    });
    return {
      ...run(lite),
      kind: "pglite",
      prisma,
      vector: await enableVector(session),
      transaction: (work) => lite.transaction((tx) => work(run(tx))),
      script: async (text) => {
        const results = await lite.transaction((tx) => tx.exec(text));
        return results.flatMap((result) => result.rows);
      },
      statementCount: () => count,
      connections: () => null,
      close: async () => {
        await prisma.$disconnect();
        await lite.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw folderProblem(error, options.dataDir);
  }
}

/** One that keeps something is opened in a thread: its statements may take long, and the event loop is everybody's. */
function openLite({ dataDir, fsync, image, thread }: DatabaseOptions, inMemory: boolean): Promise<Lite> {
  const given = {
    dataDir: inMemory ? dataDir : path.join(dataDir, "db"),
    ...(image ? { loadDataDir: image } : {}),
    ...(fsync ? { startParams: withoutNoFsync() } : {}),
  };
  if (thread ?? !inMemory) return openThreadedLite(given);
  return PGlite.create({
    ...given,
    extensions: { vector },
    parsers: { [INT8]: Number, [BYTEA]: (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex")) },
    // Its own ways with bytes take seconds for what may be uploaded.
    serializers: { [BYTEA]: (bytes: Uint8Array) => `\\x${hexOf(bytes)}` },
  }) as Promise<unknown> as Promise<Lite>;
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");

function hold(dataDir: string): () => void {
  try {
    return holdDataDir(dataDir);
  } catch (error) {
    throw folderProblem(error, dataDir);
  }
}

/** A new embedded database with all migrations applied, as one file. */
export async function makeImage(migrations: string): Promise<Blob> {
  const lite = await PGlite.create({ dataDir: "memory://", extensions: { vector } });
  const session: MigrationSession = {
    exec: (sql) => lite.exec(sql),
    query: async <Row>(sql: string, params: unknown[]) => (await lite.query<Row>(sql, params)).rows,
  };
  await migrate(session, migrations);
  await enableVector(session);
  const image = await lite.dumpDataDir("none");
  await lite.close();
  return image;
}

/** PGlite's start parameters without `-F`, which turns fsync off. */
function withoutNoFsync(): string[] {
  return PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");
}

async function openServer(options: PoolOptions, migrations: string): Promise<Database> {
  const pool = new PatientPool(options, {
    // Compiling a statement costs more than any of ours takes.
    options: "-c jit=off",
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  });
  let count = 0;
  const client = await pool.connect().catch(async (error: unknown) => {
    await pool.end();
    throw serverProblem(error, options.url);
  });
  let hasVector: boolean;
  try {
    const session: MigrationSession = {
      exec: (sql) => client.query(sql),
      query: async <Row>(sql: string, params: unknown[]) => (await client.query(sql, params)).rows as Row[],
    };
    await migrate(session, migrations);
    hasVector = await enableVector(session);
    client.release();
  } catch (error) {
    client.release(true);
    await pool.end();
    throw serverProblem(error, options.url);
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const run = (at: pg.Pool | pg.PoolClient): Sql => ({
    query: async <Row>(statement: Statement, params: unknown[] = []) => {
      count++;
      const query = typeof statement === "string" ? { text: statement } : statement;
      return (await at.query({ ...query, values: params })).rows as Row[];
    },
  });
  const inTransaction = async <T>(work: (tx: pg.PoolClient) => Promise<T>): Promise<T> => {
    const tx = await begin(pool);
    let broken: Error | undefined;
    try {
      const result = await work(tx);
      await tx.query("COMMIT");
      return result;
    } catch (error) {
      const fault = asFault(error, true);
      if (fault !== error) broken = fault as Error;
      // A connection that may still be in the transaction is never used again.
      else await tx.query("ROLLBACK").catch((again: Error) => (broken = again));
      throw fault;
    } finally {
      tx.release(broken);
    }
  };
  return {
    ...run(pool),
    kind: "postgres",
    prisma,
    vector: hasVector,
    transaction: (work) => inTransaction((tx) => work(run(tx))),
    script: async (text) => {
      const results = await inTransaction((tx) => tx.query<Record<string, unknown>>(text));
      return [results].flat().flatMap((result) => result.rows);
    },
    statementCount: () => count,
    connections: () => {
      const { totalCount: open, idleCount: idle, waitingCount: waiting } = pool;
      return { open, idle, waiting, most: options.size };
    },
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** A connection in a transaction. One that was dead before is not used; the next one is. */
async function begin(pool: PatientPool): Promise<pg.PoolClient> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      return client;
    } catch (error) {
      client.release(error as Error);
      if (attempt === 3 || !isPassingFault(error)) throw asFault(error, false);
    }
  }
}

async function enableVector(session: MigrationSession): Promise<boolean> {
  try {
    await session.exec("CREATE EXTENSION IF NOT EXISTS vector");
    return true;
  } catch {
    return false;
  }
}

declare module "../core/core" {
  interface Core {
    db: Database;
  }
}
