import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

/** A program with its arguments, and what of the disk it may see. */
export type Confined = {
  program: string;
  args: string[];
  /** Folders that it may read. Nothing else of the disk is there but the system's own `/usr` and libraries. */
  readable: string[];
  /** The most bytes of a file that it writes. */
  fileBytes: number;
};

/** Walls around a process, by the operating system. */
export type Walls = {
  /** What they are made of, outermost first; empty where the system offers none. */
  names: string[];
  /** The command that runs a program inside of them. */
  around(confined: Confined): { command: string; args: string[] };
};

type Layer = { names: string[]; around(confined: Confined, serial: number): string[] };

export const OWN_ROOT = "own root folder";
/** Each process is a user of its own, who owns nothing. */
const FIRST_USER = 2_000_000;
const USERS = 50_000;
const DROP = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
const DIES_WITH_SERVER = ["setpriv", "--pdeathsig", "KILL"];

function limits(fileBytes: number, processes: number | null): string[] {
  const most = processes === null ? [] : [`--nproc=${processes}`];
  return ["prlimit", "--core=0", "--nofile=256", `--fsize=${fileBytes}`, ...most];
}

const user = (serial: number) => String(FIRST_USER + (serial % USERS));

/** A new root folder with nothing in it but the system's programs and what the process may read, all of it read-only. */
function rootFolder(room: string, { readable, program }: Confined): string[] {
  const folders = [...readable, path.dirname(realpathSync(program))].filter(
    (one) => !/^\/(usr|lib|bin)(\/|$)/.test(one),
  );
  return ["/bin/sh", path.join(workersFolder(), "jail.sh"), room, ...folders, "--"];
}

const NAMESPACES = [
  "--mount",
  "--net",
  "--pid",
  "--ipc",
  "--uts",
  "--fork",
  "--kill-child",
  "--propagation",
  "private",
];

function layers(room: string): Layer[] {
  return [
    {
      names: ["no network", OWN_ROOT, "own process table", "own user without rights", "resource limits"],
      around: (confined, serial) => [
        ...DIES_WITH_SERVER,
        ...["unshare", ...NAMESPACES],
        ...rootFolder(room, confined),
        ...[
          "setpriv",
          "--reuid",
          user(serial),
          "--regid",
          user(serial),
          "--clear-groups",
          ...DROP,
          "--pdeathsig",
          "KILL",
        ],
        ...limits(confined.fileBytes, 64),
      ],
    },
    {
      names: ["no network", OWN_ROOT, "own process table", "no rights", "resource limits"],
      around: (confined) => [
        ...DIES_WITH_SERVER,
        ...["unshare", "--user", "--map-root-user", ...NAMESPACES],
        ...rootFolder(room, confined),
        ...["setpriv", ...DROP, "--pdeathsig", "KILL"],
        ...limits(confined.fileBytes, null),
      ],
    },
    {
      names: ["no network", "own user without rights", "resource limits"],
      around: (confined, serial) => [
        ...["unshare", "--net"],
        ...[
          "setpriv",
          "--reuid",
          user(serial),
          "--regid",
          user(serial),
          "--clear-groups",
          ...DROP,
          "--pdeathsig",
          "KILL",
        ],
        ...limits(confined.fileBytes, 64),
      ],
    },
    {
      names: ["own user without rights", "resource limits"],
      around: (confined, serial) => [
        ...[
          "setpriv",
          "--reuid",
          user(serial),
          "--regid",
          user(serial),
          "--clear-groups",
          ...DROP,
          "--pdeathsig",
          "KILL",
        ],
        ...limits(confined.fileBytes, 64),
      ],
    },
    {
      names: ["no rights beyond the server's user", "resource limits"],
      around: (confined) => ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", ...limits(confined.fileBytes, null)],
    },
    { names: [], around: () => [] },
  ];
}

/** Where the worker programs are. Server and tests run in the repository's folder. */
export const workersFolder = () => path.resolve(/*turbopackIgnore: true*/ "lib/server/sandbox/workers");

/** The environment of the program that builds the walls; what is inside of them gets nothing of the server's. */
export const EMPTY_ENVIRONMENT = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", NODE_ENV: "production" } as const;

/**
 * Finds the strongest walls that this machine can build, by building them around a program that does nothing.
 *
 * @param room an empty folder; each process mounts its root there, where only it sees it.
 */
export async function findWalls(room: string, confined: Confined): Promise<Walls> {
  for (const layer of layers(room)) {
    if (process.platform !== "linux" && layer.names.length > 0) continue;
    if (await holds(layer, confined)) return wallsOf(layer);
  }
  throw new Error(`${confined.program} can't be run`);
}

function wallsOf(layer: Layer): Walls {
  let serial = process.pid;
  return {
    names: layer.names,
    around(confined) {
      serial += 1;
      const [command, ...args] = [...layer.around(confined, serial), confined.program, ...confined.args];
      return { command: command!, args };
    },
  };
}

async function holds(layer: Layer, confined: Confined): Promise<boolean> {
  const { command, args } = wallsOf(layer).around({ ...confined, args: ["--version"] });
  try {
    await promisify(execFile)(command, args, { env: EMPTY_ENVIRONMENT, timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}
