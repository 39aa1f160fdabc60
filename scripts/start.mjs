// Starts Memoir: installs, prepares and builds what is not yet there, then serves. `--dev` serves from source.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { bin, build, prepare, ROOT } from "./setup.mjs";

const dev = process.argv.includes("--dev");
await requireFreePort();
prepare();
if (!dev) build();

const server = dev
  ? spawn(bin("tsx"), ["lib/server/start/serve.ts", "--dev"], {
      cwd: ROOT,
      stdio: "inherit",
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    })
  : spawn(process.execPath, ["--enable-source-maps", "dist/server.mjs"], {
      cwd: ROOT,
      stdio: "inherit",
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    });

/** Ends this process with a sentence if the port is taken: preparing takes long, and would be for nothing. */
async function requireFreePort() {
  const port = Number(process.env.PORT?.trim() || 8283);
  if (!Number.isInteger(port) || port < 0 || port > 65535) return;
  const probe = createServer();
  const error = await new Promise((resolve) => {
    probe.once("error", resolve);
    probe.listen(port, process.env.HOST?.trim() || "127.0.0.1", () => probe.close(() => resolve(null)));
  });
  if (error?.code !== "EADDRINUSE") return;
  console.error(`Port ${port} is in use. Stop what uses it, or choose another: PORT=8284 npm start`);
  process.exit(1);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));

// npm's shell dies of a signal without passing it on: without its parent, a server that npm started would hold port and
// data folder unseen. One that was started directly may outlive its shell.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && server.kill("SIGTERM"), 500).unref();
}
server.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
