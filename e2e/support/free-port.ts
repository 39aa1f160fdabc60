import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Below the ports that systems give to outgoing connections. */
const FIRST = 10_240;
const LAST = 29_999;
const ATTEMPTS = 200;
const RESERVED = path.join(tmpdir(), "memoir-test-ports");
const own: string[] = [];

/**
 * A port of loopback that nothing listens on, and that no other test process on this machine is given until this one
 * ends: a server takes seconds to listen on it.
 */
export async function freePort(): Promise<number> {
  mkdirSync(RESERVED, { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (reserve(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port was found between ${FIRST} and ${LAST}`);
}

function reserve(port: number): boolean {
  const file = path.join(RESERVED, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    own.push(file);
    return true;
  } catch {
    // Left by a process that was killed: for the next who looks.
    if (!isAlive(file)) rmSync(file, { force: true });
    return false;
  }
}

function isAlive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

process.once("exit", () => {
  for (const file of own) rmSync(file, { force: true });
});
