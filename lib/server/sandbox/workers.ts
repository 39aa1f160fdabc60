import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { E2bSettings } from "../config/sandbox-settings";
import { createMachines } from "./e2b/machines";
import { startProcess } from "./process";
import { type Confined, findWalls, OWN_ROOT, type Walls, workersFolder } from "./walls";
import { nextFrame, startWorker, type Worker, type WorkerKind } from "./worker";

/** The longest blob that a worker may send: a return, as JSON, with room for its escapes. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const MAKE_IMAGE_MS = 180_000;

/** Where a package lies: beside the server's own files or, where Memoir is a package itself, above them. */
function packageFolder(name: string): string {
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    const found = path.join(/*turbopackIgnore: true*/ folder, "node_modules", name);
    if (existsSync(found)) return found;
    if (folder === path.dirname(folder)) throw new Error(`the package ${name} is not installed`);
  }
}

/** What a worker runs before its first call, so that the first is as fast as the others. */
const WARM_UP: Record<Exclude<WorkerKind, "packages">, unknown> = {
  python: {
    source:
      "import json, re\ndef warm(n: int, words: list[str]):\n    print(n)\n    return {'n': n, 'words': sorted(words)}",
    entry: "warm",
    args: { n: 1, words: ["b", "a"] },
    ...{ env: {}, returnChars: 1000, packages: [], network: false, agent: null, functions: [], keep: false },
  },
  javascript: {
    code: "export function warm(n) { return { n }; }\nexport { warm as __memoir_entry };",
    ...{ modules: {}, params: ["n"], entry: "warm", args: { n: 1 } },
    ...{ env: {}, returnChars: 1000, network: false, agent: null, functions: [] },
  },
};

export type WorkerSettings = {
  python: "pyodide" | "local" | "e2b";
  e2b: E2bSettings | null;
  idleMs: number;
  dataDir: string;
};

/**
 * Starts workers of both kinds, inside the strongest walls of this machine. What all of them need, walls and the memory
 * image that Python starts from, is found once, at the first start.
 */
export function createWorkers({ python, e2b, idleMs, dataDir }: WorkerSettings) {
  const machines = python === "e2b" && e2b ? createMachines(e2b, { idleMs, maxFrameBytes: MAX_FRAME_BYTES }) : null;
  let walls: Promise<Walls> | null = null;
  let image: Promise<string> | null = null;

  const findWallsOnce = () => {
    walls ??= findWalls(room(dataDir), nodeProgram([], []));
    return walls;
  };
  const findImageOnce = () => {
    image ??= findWallsOnce().then((found) => pythonImage(found, dataDir));
    image.catch(() => {
      image = null;
    });
    return image;
  };

  async function launch(confined: Confined, signal: AbortSignal) {
    const { command, args } = (await findWallsOnce()).around(confined);
    const process = startProcess(command, args, MAX_FRAME_BYTES);
    if (signal.aborted) process.kill();
    signal.addEventListener("abort", process.kill, { once: true });
    void process.exited.then(() => signal.removeEventListener("abort", process.kill));
    return process;
  }

  /** The machine's own Python has no walls of its own: without the system's it does not run. */
  async function startLocal(signal: AbortSignal): Promise<Worker> {
    const { names } = await findWallsOnce();
    if (!names.includes(OWN_ROOT)) {
      throw new Error(
        "MEMOIR_SANDBOX_PYTHON=local needs Linux namespaces (unshare, mount), which this machine does not allow.",
      );
    }
    const process = await launch(await localProgram(), signal);
    return startWorker("python", process, null);
  }

  return {
    async walls(): Promise<string[]> {
      const { names } = await findWallsOnce();
      return [...names, "Node's permission model", "WebAssembly", ...(machines?.walls() ?? [])];
    },
    /** Kinds whose processes are one organization's from their start. */
    owned: new Set<WorkerKind>(machines ? ["python"] : []),
    /** @throws Error when the process does not come to be ready, or `signal` fires first. */
    async start(kind: WorkerKind, signal: AbortSignal, owner: string | null): Promise<Worker> {
      if (kind === "packages") return startWorker(kind, await launch(packagesProgram(), signal), null);
      if (kind === "python" && machines) {
        return startWorker("python", await machines.startProcess(owner ?? "", signal), null);
      }
      if (kind === "python" && python === "local") return startLocal(signal);
      const program = kind === "python" ? pythonProgram(await findImageOnce()) : javascriptProgram();
      const process = await launch(program, signal);
      return startWorker(kind, process, Buffer.from(JSON.stringify(WARM_UP[kind])));
    },
    close: async () => machines?.close(),
  };
}

export type Workers = ReturnType<typeof createWorkers>;

/** Node, allowed to read some folders and to do nothing else to the machine. */
export function nodeProgram(readable: string[], args: string[]): Confined {
  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const folders = readable.map((folder) => `--allow-fs-read=${folder}/`);
  const flags = ["--no-warnings", "--disable-proto=delete", "--expose-gc", permission, ...folders];
  return { program: process.execPath, args: [...flags, ...args], readable, fileBytes: 0 };
}

function pythonProgram(image: string): Confined {
  const [pyodide, workers, images] = [packageFolder("pyodide"), workersFolder(), path.dirname(image)];
  const readable = image === "make" ? [pyodide, workers] : [pyodide, workers, images];
  return nodeProgram(readable, [path.join(workers, "python.mjs"), pyodide, workers, image]);
}

function javascriptProgram(): Confined {
  const core = packageFolder("quickjs-emscripten-core");
  const wasm = packageFolder("@jitl/quickjs-wasmfile-release-sync");
  const types = packageFolder("@jitl/quickjs-ffi-types");
  const workers = workersFolder();
  return nodeProgram([core, wasm, types, workers], [path.join(workers, "javascript.mjs"), core, wasm, workers]);
}

/** What makes packages fit for tools: it sees no more of the machine than what runs their code. */
function packagesProgram(): Confined {
  const libraries = ["semver", "esbuild-wasm", "fflate"].map(packageFolder);
  const workers = workersFolder();
  return nodeProgram([...libraries, workers], [path.join(workers, "packages.mjs"), ...libraries]);
}

const LOCAL_FILE_BYTES = 32 * 1024 * 1024;

/** The Python that `python3` is, with its library. */
async function localProgram(): Promise<Confined> {
  const ask = "import sys; print(sys.executable, sys.base_prefix, sep='\\n')";
  const { stdout } = await promisify(execFile)("python3", ["-c", ask]).catch(() => {
    throw new Error("MEMOIR_SANDBOX_PYTHON=local, but there is no python3 on this machine.");
  });
  const [executable, prefix] = stdout.trim().split("\n");
  const workers = workersFolder();
  const readable = [workers, ...(prefix && prefix !== "/usr" ? [prefix] : [])];
  const args = ["-I", "-u", path.join(workers, "local.py"), workers];
  return { program: realpathSync(executable ?? "python3"), args, readable, fileBytes: LOCAL_FILE_BYTES };
}

/** An empty folder; only its name matters, as the place where each process mounts its own root. */
function room(dataDir: string): string {
  const folder = path.join(dataDir, "sandbox/room");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/**
 * The memory of a Python that has started and loaded what tools use, from which a new one is ready in a fraction of the
 * time. Made once for these very programs; it holds nothing of anybody's.
 */
async function pythonImage(walls: Walls, dataDir: string): Promise<string> {
  const name = `python-${imageKey()}.image`;
  const folder = imageFolder(dataDir);
  const file = path.join(folder, name);
  if (existsSync(file)) return letRead(file);
  const { command, args } = walls.around(pythonProgram("make"));
  const maker = startProcess(command, args, 2 * MAX_FRAME_BYTES);
  const { blob } = await nextFrame(maker, "image", MAKE_IMAGE_MS);
  maker.kill();
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, blob, { mode: 0o644 });
  renameSync(`${file}.${process.pid}`, file);
  return letRead(file);
}

/** The image is nobody's secret, and is read by users who own nothing; the server's umask would keep it from them. */
function letRead(file: string): string {
  try {
    chmodSync(path.dirname(file), 0o755);
    chmodSync(file, 0o644);
  } catch {
    // Another user made it: it is as readable as they left it.
  }
  return file;
}

function imageKey(): string {
  const hash = createHash("sha256").update(process.version).update(process.arch);
  hash.update(readFileSync(path.join(packageFolder("pyodide"), "package.json")));
  const python = path.join(workersFolder(), "python");
  for (const name of readdirSync(python).sort()) hash.update(name).update(readFileSync(path.join(python, name)));
  for (const name of ["sealed-pyodide.mjs", "python.mjs"]) hash.update(readFileSync(path.join(workersFolder(), name)));
  return hash.digest("hex").slice(0, 16);
}

/** Beside what was built of these programs where that can be written to, else with the server's own files. */
function imageFolder(dataDir: string): string {
  const built = path.resolve(/*turbopackIgnore: true*/ "node_modules/.memoir");
  try {
    accessSync(built, constants.W_OK);
    return path.join(built, "sandbox");
  } catch {
    return path.join(dataDir, "sandbox");
  }
}
