import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { createFrameReader, encodeFrame, type Frame } from "./frames";
import { EMPTY_ENVIRONMENT } from "./walls";

/** A child process that speaks frames over its third pipe. */
export type SandboxProcess = {
  readonly exited: Promise<void>;
  isAlive(): boolean;
  send(head: Frame["head"], blob?: Uint8Array): void;
  /** Who hears its frames from now on; `null` when it has exited or said what is no frame. */
  listen(listener: (frame: Frame | null) => void): void;
  /** Resident bytes now, 0 where the system doesn't say. */
  residentBytes(): number;
  /** Whether it keeps the server's event loop alive. */
  hold(isHeld: boolean): void;
  /** Halts it and all that it started, or lets them go on. @returns whether all of them were found. */
  pause(isPaused: boolean): boolean;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** The end of what it said on stderr, for an error about a process that did not start. */
  lastWords(): string;
};

const LAST_WORDS_CHARS = 2000;
/** How long the pipe of a process that has ended may stay open, held by what it left behind. */
const LATE_CLOSE_MS = 2000;

export function startProcess(command: string, args: string[], maxFrameBytes: number): SandboxProcess {
  const child = spawn(command, args, {
    env: EMPTY_ENVIRONMENT,
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const pipe = child.stdio[3] as Duplex;
  const reader = createFrameReader(maxFrameBytes);
  let listener: (frame: Frame | null) => void = () => {};
  let words = "";
  let alive = true;

  const exited = new Promise<void>((resolve) => {
    const over = () => {
      if (!alive) return;
      alive = false;
      clearTimeout(lateClose);
      pipe.destroy();
      listener(null);
      resolve();
    };
    let lateClose: NodeJS.Timeout | undefined;
    // The end of a process may be heard of before the last that it said, which lies in the pipe until that closes.
    child.once("close", over);
    child.once("exit", () => {
      lateClose = setTimeout(over, LATE_CLOSE_MS);
    });
    child.once("error", (error) => {
      words += error.message;
      over();
    });
  });
  const kill = () => {
    for (const pid of processesOf(child)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {}
    }
  };
  pipe.on("error", () => {});
  pipe.on("data", (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) listener(frame);
    } catch {
      pipe.removeAllListeners("data");
      kill();
    }
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString("utf8")).slice(-LAST_WORDS_CHARS);
  });
  return {
    exited,
    isAlive: () => alive,
    send(head, blob) {
      if (!alive) return;
      pipe.cork();
      for (const part of encodeFrame(head, blob)) pipe.write(part);
      pipe.uncork();
    },
    listen(next) {
      listener = next;
      if (!alive) next(null);
    },
    residentBytes: () => residentBytes(processesOf(child)[0]),
    hold(isHeld) {
      const handles: { ref(): void; unref(): void }[] = [child, ...[pipe, child.stderr].flatMap(asHandle)];
      for (const handle of handles) isHeld ? handle.ref() : handle.unref();
    },
    pause: (isPaused) => child.pid !== undefined && signalAll(child.pid, isPaused ? "SIGSTOP" : "SIGCONT"),
    kill,
    lastWords: () => words,
  };
}

/** Streams of child processes are sockets, which can be let go of; their types don't say so. */
function asHandle(stream: unknown): { ref(): void; unref(): void }[] {
  const isHandle = (one: unknown): one is { ref(): void; unref(): void } =>
    typeof one === "object" && one !== null && "ref" in one && "unref" in one;
  return isHandle(stream) ? [stream] : [];
}

/** The process that runs the code, and the one that built the walls around it, which waits for it. */
function processesOf(child: ChildProcess): number[] {
  if (child.pid === undefined) return [];
  try {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    return [...children.split(" ").filter(Boolean).map(Number), child.pid];
  } catch {
    return [child.pid];
  }
}

const MAX_ROUNDS = 20;

/** Signals a process and all below it, until no new ones turn up. */
function signalAll(root: number, signal: NodeJS.Signals): boolean {
  const done = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = [root, ...descendants(root)].filter((pid) => !done.has(pid));
    if (found.length === 0) return true;
    for (const pid of found) {
      done.add(pid);
      try {
        process.kill(pid, signal);
      } catch {}
    }
  }
  return false;
}

/** Processes below another, in no order. */
export function descendants(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

const PAGE_BYTES = 4096;

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES || 0;
  } catch {
    return 0;
  }
}
