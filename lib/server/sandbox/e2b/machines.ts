import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { deflateSync } from "node:zlib";
import type { Sandbox as E2bSandbox } from "e2b";
import { z } from "zod";
import type { E2bSettings } from "../../config/sandbox-settings";
import type { SandboxProcess } from "../process";
import { workersFolder } from "../walls";
import { e2bError, isGone } from "./errors";
import { type RemoteProcess, startRemoteProcess } from "./remote-process";

/** How programs are run in a machine: in a jail where its system has one, as its ordinary user where not. */
type Programs = { jail: string[] | null; command: string[] };
const Programs = z.object({
  memoir: z.literal("ready"),
  jail: z.array(z.string()).nullable(),
  command: z.array(z.string()),
});

type Machine = {
  organizationId: string;
  sandbox: E2bSandbox;
  programs: Programs;
  /** How many run, and those of them that have begun. */
  count: number;
  processes: Set<RemoteProcess>;
  /** Takes no more processes, and ends with its last. */
  isRetired: boolean;
  hasEnded: boolean;
  idleTimer: NodeJS.Timeout | null;
  keepAlive: NodeJS.Timeout;
};

/** E2B ends a machine that was not asked for so long: that of a server which is gone. */
const LIFETIME_MS = 300_000;
const KEEP_ALIVE_MS = 60_000;
const REQUEST_MS = 30_000;
const SETUP_MS = 60_000;
const FIRST_USER = 2_000_000;
const USERS = 50_000;

/**
 * Machines rented from E2B, one for each organization whose code runs: without internet, ended when no code ran in them
 * for `idleMs`, and replaced when they are lost. One whose system can build no jail serves a single process: nothing in it
 * keeps what one call leaves from the next.
 */
export function createMachines(settings: E2bSettings, options: { idleMs: number; maxFrameBytes: number }) {
  const machines = new Map<string, Promise<Machine>>();
  const ending = new Set<Promise<unknown>>();
  let isClosed = false;
  let serial = 0;
  let isJailed: boolean | null = null;

  async function rent(organizationId: string): Promise<Machine> {
    const { Sandbox } = await import("e2b");
    const sandbox = await Sandbox.create(settings.template, {
      apiKey: settings.apiKey,
      ...(settings.domain && { domain: settings.domain }),
      ...(settings.apiUrl && { apiUrl: settings.apiUrl }),
      ...(settings.sandboxUrl && { sandboxUrl: settings.sandboxUrl }),
      ...{ timeoutMs: LIFETIME_MS, requestTimeoutMs: REQUEST_MS, retries: 1, debug: false, logger: {} },
      // What a tool may reach, it reaches through the server, by name.
      allowInternetAccess: false,
      metadata: { application: "memoir" },
    });
    try {
      const programs = await setUp(sandbox);
      isJailed = programs.jail !== null;
      const extend = () => void sandbox.setTimeout(LIFETIME_MS).catch(() => {});
      const keepAlive = setInterval(extend, KEEP_ALIVE_MS).unref();
      return {
        ...{ organizationId, sandbox, programs, keepAlive },
        ...{ count: 0, processes: new Set<RemoteProcess>() },
        ...{ isRetired: false, hasEnded: false, idleTimer: null },
      };
    } catch (error) {
      end(sandbox);
      throw error;
    }
  }

  function end(sandbox: E2bSandbox): void {
    const ended = sandbox.kill().catch(() => {});
    ending.add(ended);
    void ended.then(() => ending.delete(ended));
  }

  function machineOf(organizationId: string): Promise<Machine> {
    const known = machines.get(organizationId);
    if (known) return known;
    const made = rent(organizationId);
    machines.set(organizationId, made);
    made.catch(() => machines.delete(organizationId));
    return made;
  }

  /** No process is started in it any more; it ends when those that run have. */
  function retire(machine: Machine): void {
    if (!machine.isRetired) machines.delete(machine.organizationId);
    machine.isRetired = true;
    if (machine.count > 0 || machine.hasEnded) return;
    machine.hasEnded = true;
    clearInterval(machine.keepAlive);
    if (machine.idleTimer) clearTimeout(machine.idleTimer);
    end(machine.sandbox);
  }

  async function startIn(machine: Machine): Promise<SandboxProcess> {
    if (machine.idleTimer) clearTimeout(machine.idleTimer);
    machine.count += 1;
    const { jail, command } = machine.programs;
    if (!jail) retire(machine);
    const user = String(FIRST_USER + (serial++ % USERS));
    const words = jail ? [...jail.map((word) => word.replace("{user}", user)), ...command] : command;
    const lost = () => {
      retire(machine);
      for (const one of machine.processes) one.abandon();
    };
    const over = () => {
      machine.count -= 1;
      if (machine.isRetired || isClosed) retire(machine);
      else if (machine.count === 0) {
        machine.idleTimer = setTimeout(() => retire(machine), options.idleMs).unref();
      }
    };
    try {
      const line = `exec ${words.map(quoted).join(" ")}`;
      const process = await startRemoteProcess(machine.sandbox, line, {
        ...options,
        asRoot: jail !== null,
        over,
        lost,
      });
      machine.processes.add(process);
      void process.exited.then(() => machine.processes.delete(process));
      return process;
    } catch (error) {
      lost();
      over();
      throw error;
    }
  }

  /** Starts in a machine that takes one more: others may have waited for the same, and taken it. */
  async function startSomewhere(organizationId: string): Promise<SandboxProcess> {
    for (;;) {
      const machine = await machineOf(organizationId);
      if (!machine.isRetired) return startIn(machine);
    }
  }

  async function begin(organizationId: string): Promise<SandboxProcess> {
    try {
      return await startSomewhere(organizationId);
    } catch (error) {
      // A machine that was there before may have ended meanwhile.
      if (!isGone(error)) throw error;
      return startSomewhere(organizationId);
    }
  }

  return {
    /** @throws Error in words for the tool's owner when E2B gives no machine; the key is never among them. */
    async startProcess(organizationId: string, signal: AbortSignal): Promise<SandboxProcess> {
      if (isClosed) throw new Error("the sandbox is closed");
      try {
        const process = await begin(organizationId);
        if (signal.aborted) process.kill();
        signal.addEventListener("abort", process.kill, { once: true });
        void process.exited.then(() => signal.removeEventListener("abort", process.kill));
        return process;
      } catch (error) {
        throw e2bError(error, settings);
      }
    },
    walls: () => ["a rented machine of the organization's own for Python", ...(isJailed ? ["a jail in it"] : [])],
    async close(): Promise<void> {
      isClosed = true;
      const rented = await Promise.allSettled(machines.values());
      for (const one of rented) if (one.status === "fulfilled") dismiss(one.value);
      await Promise.all(ending);
    },
  };

  function dismiss(machine: Machine): void {
    machine.count = 0;
    retire(machine);
  }
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Puts the programs into a machine, and finds out how it can run them. */
async function setUp(sandbox: E2bSandbox): Promise<Programs> {
  const setup = readFileSync(path.join(workersFolder(), "e2b-setup.py"), "utf8");
  const source = `FILES = ${JSON.stringify(programFiles())}\n${setup}`;
  const packed = deflateSync(Buffer.from(source)).toString("base64");
  const line = `python3 -I -c 'import base64, zlib; exec(zlib.decompress(base64.b64decode("${packed}")))'`;
  const { stdout } = await sandbox.commands.run(line, { user: "root", timeoutMs: SETUP_MS });
  return Programs.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
}

function programFiles(): Record<string, string> {
  const folder = workersFolder();
  const modules = readdirSync(path.join(folder, "python")).map((name) => path.join("python", name));
  const names = ["local.py", "jail.sh", ...modules.filter((name) => name.endsWith(".py"))];
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));
}
