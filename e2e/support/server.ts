import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./free-port";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** A machine that has other work takes minutes to start a server with a past. */
const READY_MS = 240_000;

export type TestServer = {
  url: string;
  dataDir: string;
  pid: number;
  /** What the process printed. */
  output(): string;
  /** Ends the process at once, as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it in an orderly way and removes its data. */
  stop(): Promise<void>;
  /** Starts it again on the same data. */
  restart(environment?: Record<string, string>): Promise<void>;
};

export type ServerOptions = {
  modelUrl?: string;
  databaseUrl?: string | null;
  environment?: Record<string, string>;
  /** With the web pages; without, the API alone, which starts faster. */
  web?: boolean;
  /** Next alone, as hosts run it that have no server of their own. */
  next?: boolean;
};

/** Starts the built server on a free port with a data folder of its own. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-test-"));
  const port = await freePort();
  let child: ChildProcess;
  let output = "";
  const launch = async (environment: Record<string, string> = {}) => {
    const command = options.next
      ? ["node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", String(port)]
      : ["--enable-source-maps", "dist/server.mjs", ...(options.web ? [] : ["--api"])];
    child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: {
        ...withoutKeys(process.env),
        NODE_ENV: "production",
        NEXT_TELEMETRY_DISABLED: "1",
        PORT: String(port),
        MEMOIR_DATA_DIR: dataDir,
        MEMOIR_SEED: "off",
        // What a test leaves hanging is not waited for.
        MEMOIR_DRAIN_MS: "1",
        OLLAMA_BASE_URL: "http://127.0.0.1:9",
        ...(options.modelUrl ? { OPENAI_BASE_URL: options.modelUrl, OPENAI_API_KEY: "test" } : {}),
        ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}),
        ...options.environment,
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    try {
      await ready(server, child);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  };
  const gone = () =>
    new Promise<void>((resolve) =>
      child.exitCode !== null || child.signalCode ? resolve() : child.once("exit", () => resolve()),
    );
  const server: TestServer = {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    get pid() {
      return child.pid!;
    },
    output: () => output,
    async kill() {
      child.kill("SIGKILL");
      await gone();
    },
    async stop() {
      child.kill("SIGTERM");
      await gone();
      rmSync(dataDir, { recursive: true, force: true });
    },
    restart: (environment) => launch(environment),
  };
  await launch();
  return server;
}

/** Keys of the person who runs the tests must not reach a test's server. */
function withoutKeys(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const left = { ...environment };
  for (const name of Object.keys(left)) {
    if (
      /^(OPENAI|ANTHROPIC|GEMINI|GOOGLE|MEMOIR|LETTA|DATABASE|E2B|AWS|AZURE)_|_(API_KEY|API_BASE|BASE_URL)$/.test(name)
    )
      delete left[name];
  }
  return left;
}

async function ready(server: TestServer, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${server.output()}`);
    const answer = await fetch(`${server.url}/v1/health`).catch(() => null);
    // Where something else listens on the port, this one has ended, or is about to.
    if (answer?.ok && child.exitCode === null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server was not ready in time:\n${server.output()}`);
}
