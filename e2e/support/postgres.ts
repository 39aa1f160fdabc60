import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { freePort } from "./free-port";

const INSTALLS = "/usr/lib/postgresql";

/** The newest Postgres of this machine, by its folder of programs; null where there is none. */
export function postgresPrograms(): string | null {
  if (!existsSync(INSTALLS)) return null;
  const versions = readdirSync(INSTALLS).filter((name) => existsSync(path.join(INSTALLS, name, "bin/initdb")));
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest ? path.join(INSTALLS, newest, "bin") : null;
}

export type ScratchPostgres = {
  /** Of a database, as a role that is no superuser and owns it. */
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  /** As superuser, by a connection of its own. */
  sql<Row = Record<string, unknown>>(statement: string, params?: unknown[]): Promise<Row[]>;
  /** Ends every session of the application's role. @returns how many there were. */
  terminate(): Promise<number>;
  /** From now on, who is no superuser needs a password. */
  requirePasswords(): Promise<void>;
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
};

const ROLE = "memoir_app";

/** A Postgres server of one's own on a free port of loopback, with nothing in it. */
export async function startPostgres(programs: string): Promise<ScratchPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), "memoir-postgres-"));
  const data = path.join(folder, "data");
  const owner = ownerOf(folder);
  const run = (program: string, args: string[]) => {
    const done = spawnSync(path.join(programs, program), args, { ...owner, cwd: folder, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  };
  run("initdb", ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]);
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  // The server must not hold the pipes of who starts it.
  const control = (args: string[]) =>
    new Promise<void>((resolve, reject) => {
      const child = spawn(path.join(programs, "pg_ctl"), ["-D", data, "-w", "-l", path.join(folder, "log"), ...args], {
        ...owner,
        cwd: folder,
        stdio: "ignore",
      });
      child.once("error", reject);
      child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`pg_ctl ${args.join(" ")}: ${code}`))));
    });
  const start = () => control(["-o", options, "start"]);
  await start();
  async function sql<Row>(statement: string, params: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: `postgresql://postgres@127.0.0.1:${port}/postgres` });
    await client.connect();
    try {
      return (await client.query(statement, params)).rows as Row[];
    } finally {
      await client.end();
    }
  }
  await sql(`CREATE ROLE ${ROLE} LOGIN`);
  return {
    url: (database) => `postgresql://${ROLE}@127.0.0.1:${port}/${database}`,
    createDatabase: async (name) => void (await sql(`CREATE DATABASE ${name} OWNER ${ROLE}`)),
    sql,
    async terminate() {
      const ended = await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [ROLE]);
      return ended.length;
    },
    async requirePasswords() {
      writeFileSync(path.join(data, "pg_hba.conf"), "host all postgres all trust\nhost all all all scram-sha-256\n");
      await sql("SELECT pg_reload_conf()");
    },
    stop: (mode) => control(["-m", mode, "stop"]),
    start,
    async remove() {
      await control(["-m", "immediate", "stop"]).catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Postgres refuses to run as root: then its own user runs it, and owns the folder. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  chmodSync(folder, 0o755);
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  const owner = { uid: idOf("-u"), gid: idOf("-g") };
  chownSync(folder, owner.uid, owner.gid);
  return owner;
}
