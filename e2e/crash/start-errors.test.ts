import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresPrograms, type ScratchPostgres, startPostgres } from "../support/postgres";
import { startServer } from "../support/server";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(MEMOIR|LETTA|DATABASE|PORT|HOST)/.test(name)),
) as NodeJS.ProcessEnv;

const folder = mkdtempSync(path.join(tmpdir(), "memoir-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number | null; output: string; ms: number };

/** Starts the built server, which is expected to end by itself. */
function start(environment: Record<string, string>, args = ["dist/server.mjs", "--api"]): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--enable-source-maps", ...args], {
    cwd: ROOT,
    env: { ...CLEAN, NODE_ENV: "production", PORT: "0", MEMOIR_SEED: "off", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const late = setTimeout(() => child.kill("SIGKILL"), 90_000);
  return new Promise((resolve) =>
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, output, ms: performance.now() - startedAt });
    }),
  );
}

/** What a person is told: exit code 1, one line, no stack trace, and no password. */
function expectSentence({ code, output }: Ended, ...says: (string | RegExp)[]): void {
  expect({ code, lines: output.trim().split("\n").length, output }).toMatchObject({ code: 1, lines: 1 });
  for (const one of says) expect(output).toMatch(one);
  expect(output).not.toMatch(/^\s+at |Error:|hunter2/m);
}

let names = 0;
const fresh = () => path.join(folder, `data-${++names}`);

describe("a start that can't be is one sentence and exit code 1", () => {
  test.concurrent.each<[string, string, (string | RegExp)[]]>([
    ["of MySQL", "mysql://root:hunter2@127.0.0.1/x", ["address of mysql", "postgresql://"]],
    ["of a file", "file:./dev.db", ["address of file", "postgresql://"]],
    ["that is none", "localhost", ["is not an address", "postgresql://"]],
    ["that can't be read", "postgresql://me:hunter2#@host:port/x", ["can't be read", "%23"]],
    ["where nobody answers", "postgresql://me:hunter2@127.0.0.1:9/x", ["No Postgres answers at 127.0.0.1:9"]],
  ])("a DATABASE_URL %s", async (_, url, says) => {
    const ended = await start({ DATABASE_URL: url, MEMOIR_DATA_DIR: fresh(), MEMOIR_DATABASE_WAIT_MS: "500" });
    expectSentence(ended, "DATABASE_URL", ...says);
  });

  test.concurrent("a data folder that is a file", async () => {
    const file = fresh();
    writeFileSync(file, "");
    expectSentence(await start({ MEMOIR_DATA_DIR: file }), "is a file", "MEMOIR_DATA_DIR");
  });

  test.concurrent("a key that is none", async () => {
    const given = await start({ MEMOIR_DATA_DIR: fresh(), MEMOIR_SECRET_KEY: "hunter2" });
    expectSentence(given, "MEMOIR_SECRET_KEY is not a key", "openssl rand");
  });

  test.concurrent("a port that is taken, before anything is prepared", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const dataDir = fresh();
    const environment = { PORT: String(port), MEMOIR_DATA_DIR: dataDir };
    expectSentence(await start(environment), `Port ${port} is in use`);
    expect(() => statSync(dataDir)).toThrow();
    // Also where `npm start` would first install and build.
    expectSentence(await start(environment, ["scripts/start.mjs"]), `Port ${port} is in use`);
    holder.close();
  });

  test.concurrent("a host that is not this machine's", async () => {
    const ended = await start({ HOST: "192.0.2.1", MEMOIR_PASSWORD: "x", MEMOIR_DATA_DIR: fresh() });
    expectSentence(ended, "HOST=192.0.2.1", "is not an address of this machine");
  });

  const mounted = path.join(folder, "small");
  const canMount = () => {
    mkdirSync(mounted, { recursive: true });
    return spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mounted]).status === 0;
  };
  test("a full disk", async (context) => {
    if (!canMount()) return context.skip("no disk can be made full here");
    try {
      expectSentence(await start({ MEMOIR_DATA_DIR: path.join(mounted, "data") }), "is full", "MEMOIR_DATA_DIR");
    } finally {
      spawnSync("umount", [mounted]);
    }
  });
});

const FUTURE = `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at)
  VALUES ('future', 'x', '29991231000000_future', now())`;
const NEWER = "INSERT INTO app_version (version, last_started_at) VALUES ('99.1.0', now() + interval '1 day')";

test("a build that is older than the data folder refuses, and names both versions", async () => {
  const server = await startServer();
  await server.kill();
  const lite = await PGlite.create(path.join(server.dataDir, "db"));
  await lite.exec(`${FUTURE}; ${NEWER}`);
  await lite.close();
  const ended = await start({ MEMOIR_DATA_DIR: server.dataDir });
  expectSentence(ended, "version 99.1.0", /this one, version \d+\.\d+\.\d+/, "29991231000000_future");
  rmSync(server.dataDir, { recursive: true, force: true });
});

test("what the server makes is its user's alone, also in a folder that it did not make and one that was open", async () => {
  const server = await startServer();
  await server.kill();
  chmodSync(server.dataDir, 0o755);
  chmodSync(path.join(server.dataDir, "db"), 0o755);
  chmodSync(path.join(server.dataDir, "db/PG_VERSION"), 0o644);
  await server.restart();
  const entries = readdirSync(server.dataDir, { withFileTypes: true, recursive: true });
  expect(entries.length).toBeGreaterThan(100);
  // What lies in a closed folder is closed.
  const isOpen = (file: string): boolean =>
    file === server.dataDir || ((statSync(file).mode & 0o077) !== 0 && isOpen(path.dirname(file)));
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name));
  expect(files.filter(isOpen)).toEqual([]);
  // And while it runs, no other takes it.
  expectSentence(await start({ MEMOIR_DATA_DIR: server.dataDir }), `in use by process ${server.pid}`);
  await server.stop();
});

const programs = postgresPrograms();
if (!programs) console.log("skipped: no Postgres on this machine, so that none can refuse");

describe.skipIf(!programs)("a Postgres server that can't be begun with", () => {
  let postgres: ScratchPostgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs!);
  });
  afterAll(() => postgres?.remove());

  const at = (change: (url: URL) => void) => {
    const url = new URL(postgres.url("plain"));
    change(url);
    return { DATABASE_URL: url.href, MEMOIR_DATA_DIR: fresh(), MEMOIR_DATABASE_WAIT_MS: "500" };
  };

  test("a missing database, an unknown user, a wrong password and too few rights are told apart", async () => {
    await postgres.createDatabase("plain");
    expectSentence(await start(at((url) => (url.pathname = "/missing"))), "no database named missing", "createdb");
    expectSentence(await start(at((url) => (url.username = "nobody"))), "does not let in the user nobody");
    await postgres.sql("CREATE ROLE stranger LOGIN PASSWORD 'right'");
    await postgres.sql("CREATE DATABASE closed");
    const rights = await start(
      at((url) => {
        url.username = "stranger";
        url.pathname = "/closed";
      }),
    );
    expectSentence(rights, "may not make what Memoir needs", "OWNER TO stranger");
    await postgres.requirePasswords();
    const wrong = await start(
      at((url) => {
        url.username = "stranger";
        url.password = "hunter2";
      }),
    );
    expectSentence(wrong, "does not let in the user stranger", "user and password");
    const none = await start(at((url) => (url.username = "stranger")));
    expectSentence(none, "wants a password for the user stranger");
  });
});
