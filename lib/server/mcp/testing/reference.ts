import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";

const MODULES = path.resolve("node_modules/@modelcontextprotocol");

/** The program of a reference server, to be run with node. */
export const programOf = (name: "everything" | "memory" | "filesystem") =>
  path.join(MODULES, `server-${name}/dist/index.js`);

export type ReferenceServer = { url: string; stop(): Promise<void> };

const READY_MS = 30_000;
const POLL_MS = 50;

/** Starts the reference server "everything" on this machine, on a free port if none is given. */
export async function startEverything(
  transport: "sse" | "streamableHttp",
  given?: number,
): Promise<ReferenceServer & { port: number }> {
  const port = given ?? (await freePort());
  const child = spawn(process.execPath, [programOf("everything"), transport], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await listening(child, port);
  return {
    port,
    url: `http://127.0.0.1:${port}/${transport === "sse" ? "sse" : "mcp"}`,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the reference server ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/nothing`).catch(() => null);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("the reference server was not ready in time");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
