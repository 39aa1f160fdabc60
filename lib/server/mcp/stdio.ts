import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

export type StdioServer = {
  command: string;
  args: string[];
  /** All that the program finds in its environment, but for `PATH`, which is this if it has none of its own. */
  env: Record<string, string>;
  path: string;
};

export type StdioTransport = Transport & {
  /** The end of what the program wrote to stderr. */
  complaint(): string;
};

const COMPLAINT_CHARS = 400;
const GRACE_MS = 1000;

/**
 * A server that is a program on this machine: in a process group of its own, in an empty folder that goes with it, and
 * without this process's environment (which the SDK's own transport passes on in part).
 */
export function stdioTransport(server: StdioServer): StdioTransport {
  const buffer = new ReadBuffer();
  let child: ChildProcess | null = null;
  let folder: string | null = null;
  let complaint = "";
  let closing: Promise<void> | null = null;

  const read = (chunk: Buffer) => {
    buffer.append(chunk);
    for (;;) {
      try {
        const message = buffer.readMessage();
        if (message === null) return;
        transport.onmessage?.(message);
      } catch (error) {
        // A line that is no message: many programs greet on stdout.
        transport.onerror?.(toError(error));
      }
    }
  };
  const close = async () => {
    const running = child;
    child = null;
    if (running) await end(running);
    buffer.clear();
    if (folder) await rm(folder, { recursive: true, force: true }).catch(() => {});
    transport.onclose?.();
  };
  const transport: StdioTransport = {
    async start() {
      folder = await mkdtemp(path.join(tmpdir(), "memoir-mcp-"));
      const started = spawn(server.command, server.args, {
        cwd: folder,
        env: Object.assign(Object.create(null), { PATH: server.path }, server.env),
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
      });
      child = started;
      started.stderr.on("data", (chunk) => (complaint = (complaint + chunk).slice(-COMPLAINT_CHARS)));
      for (const stream of [started.stdin, started.stdout, started.stderr]) stream.on("error", () => {});
      started.stdout.on("data", (chunk) => {
        try {
          read(chunk);
        } catch (error) {
          transport.onerror?.(toError(error));
          void transport.close();
        }
      });
      // What it started must not hold its pipes open, nor stay.
      started.once("exit", () => signalGroup(started, "SIGKILL"));
      started.once("close", () => void transport.close());
      await once(started, "spawn");
    },
    async send(message) {
      if (!child?.stdin?.writable) throw new Error("the server has ended");
      if (!child.stdin.write(serializeMessage(message))) await once(child.stdin, "drain");
    },
    close: () => (closing ??= close()),
    complaint: () => complaint.trim(),
  };
  return transport;
}

/** Asks a process to end by closing its input, then by signals to its group, each after a moment. */
async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) resolve();
    else child.once("exit", () => resolve());
  });
  child.stdin?.end();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (await within(gone, GRACE_MS)) break;
    signalGroup(child, signal);
  }
  await gone;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function within(done: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([done.then(() => true), late]).finally(() => clearTimeout(timer));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
