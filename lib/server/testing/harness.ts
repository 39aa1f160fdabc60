import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { vi } from "vitest";
import { readConfig } from "../config/env";
import { type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { createEventHub } from "../core/events";
import { noRelay } from "../core/relay";
import { type Database, makeImage, openDatabase } from "../db/database";
import { READ_LIMITS } from "../fair-use/limits";
import { createApp } from "../http/app";
import { createMcpClients } from "../mcp/clients";
import { createRunSupervisor } from "../run/supervisor";
import { noSandbox } from "../sandbox/create-sandbox";
import { openVault } from "../vault/vault-keys";
import { createInlineJobs, type InlineJobs } from "./inline-jobs";
import { fakeModels } from "./models";
import { asJson, asJsonText } from "./requests";

/** An answer of the API: `body` is the parsed JSON, or undefined where there is none. */
export type Answer<Body = unknown> = { status: number; body: Body; headers: Headers };

export type TestCore = {
  core: Core;
  ctx: Ctx;
  models: ReturnType<typeof fakeModels>;
  jobs: InlineJobs;
  /** Ids of runs that were asked to end. */
  cancelled: string[];
  /** Sends a request through the router. A string or a form is sent as it is, everything else as JSON. */
  api<Body = never>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>;
  /** How many SQL statements `work` sends outside of transactions. */
  countStatements(work: () => Promise<unknown>): Promise<number>;
  /** How many rows each table has. */
  rowCounts(): Promise<Record<string, number>>;
  close(): Promise<void>;
};

/**
 * A core on a database of its own: embedded and in memory, or, with TEST_DATABASE_URL, a scratch database on that
 * server, dropped at the end. Its clock never shows the same millisecond twice.
 */
export async function openTestCore(changes: Partial<Core> = {}): Promise<TestCore> {
  const scratch = await makeScratch(process.env.TEST_DATABASE_URL ?? null);
  const image = scratch.url ? {} : { image: await migratedImage() };
  const db = await openDatabase({ url: scratch.url, dataDir: "memory://", fsync: false, ...image });
  const models = fakeModels();
  const cancelled: string[] = [];
  const jobs = createInlineJobs();
  const config = changes.config ?? readConfig({ MEMOIR_SEED: "off", MEMOIR_DATA_DIR: tmpdir() });
  const core: Core = {
    config,
    db,
    vault: openVault("memory://"),
    models,
    relay: noRelay(),
    events: createEventHub(),
    runs: { ...createRunSupervisor(async () => {}), cancel: (runId) => cancelled.push(runId) > 0 },
    jobs,
    sandbox: noSandbox(),
    mcp: createMcpClients(config.mcp, config.allowPrivateUrls),
    telemetry: null,
    now: steppingClock(),
    monotonic: () => performance.now(),
    ...changes,
  };
  await jobs.start(core);
  const app = createApp(core);
  return {
    core,
    jobs,
    ctx: { ...core, actor: DEFAULT_ACTOR },
    models,
    cancelled,
    countStatements,
    rowCounts: () => rowCounts(db),
    async api<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const sent = body instanceof FormData ? body : typeof body === "string" ? asJsonText(body) : asJson(body);
      const response = await app.request(path, { method, headers, ...(body === undefined ? {} : { body: sent }) });
      const answer = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (answer === "" ? undefined : JSON.parse(answer)) as Body,
      };
    },
    async close() {
      await core.mcp.close();
      await db.close();
      await scratch.drop();
    },
  };
}

const MIGRATIONS = path.resolve("prisma/migrations");

function migrationsHash(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(MIGRATIONS).sort()) {
    const file = path.join(MIGRATIONS, name, "migration.sql");
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

/** The migrated database that every test begins with: made once for these migrations, then read from a file. */
export async function migratedImage(): Promise<Blob> {
  const file = path.resolve("node_modules/.memoir", `database-${migrationsHash()}.tar`);
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    const image = await makeImage(MIGRATIONS);
    writeFileSync(`${file}.${process.pid}`, Buffer.from(await image.arrayBuffer()));
    renameSync(`${file}.${process.pid}`, file);
  }
  return new Blob([readFileSync(file)]);
}

function steppingClock(): () => Date {
  let last = 0;
  return () => {
    last = Math.max(Date.now(), last + 1);
    return new Date(last);
  };
}

/** A migrated database of its own on a server, or none where there is no server. */
export async function makeScratch(server: string | null): Promise<{ url: string | null; drop: () => Promise<void> }> {
  if (!server) return { url: null, drop: async () => {} };
  const template = await migratedTemplate(server);
  const name = `memoir_test_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const drop = () => onServer(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  return { url: databaseOf(server, name), drop: async () => void (await drop()) };
}

function databaseOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** One test process at a time makes the template. */
const TEMPLATE_LOCK = 20261130;

/** The migrated database on this server that each scratch database is a copy of. It stays there for the next run. */
async function migratedTemplate(server: string): Promise<string> {
  const name = `memoir_template_${migrationsHash()}`;
  await onServer(server, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount) return;
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    await (await openDatabase({ url: databaseOf(server, draft), dataDir: "memory://", fsync: false })).close();
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

/** The lock of a session ends with it. */
async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function rowCounts(db: Database): Promise<Record<string, number>> {
  // But for notes of hours to be added up again, which the next adding up takes away, the audit, which only grows, and what was used up, which nothing gives back.
  const tables = await db.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('usage_stale', 'audit_entry', 'fair_use') ORDER BY 1`,
  );
  const counts = tables
    .map(({ name }) => `SELECT '${name}' AS name, count(*) AS count FROM "${name}"`)
    .join(" UNION ALL ");
  const rows = await db.query<{ name: string; count: number }>(counts);
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

type Named = { id: string };

/**
 * Follows a list as the official client does, by the last id of each page, until the empty page.
 *
 * @returns the pages' ids, in order.
 */
export async function walk(
  api: TestCore["api"],
  path: string,
  query: Record<string, string | number>,
): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const search = new URLSearchParams({ ...query, ...(after ? { after } : {}) } as Record<string, string>);
    const page = await api<(Named | string)[]>("GET", `${path}?${search}`);
    if (page.status !== 200) throw new Error(`GET ${path}: ${page.status} ${JSON.stringify(page.body)}`);
    if (page.body.length === 0) return ids;
    ids.push(...page.body.map((item) => (typeof item === "string" ? item : item.id)));
  }
}

const textOf = (what: unknown): unknown => (typeof what === "string" ? what : (what as { text?: string }).text);

async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const embedded = vi.spyOn(PGlite.prototype, "query");
  const server = vi.spyOn(pg.Client.prototype, "query");
  try {
    await work();
    // What is read again every few seconds would be counted by luck.
    const sent = [...embedded.mock.calls, ...server.mock.calls].map(([what]) => textOf(what));
    return sent.filter((text) => text !== READ_LIMITS.text).length;
  } finally {
    embedded.mockRestore();
    server.mockRestore();
  }
}
