import { spawn } from "node:child_process";
import path from "node:path";
import { build } from "esbuild";
import { bin, ROOT } from "./setup.mjs";

await Promise.all([
  quietly(bin("next"), ["build"]),
  quietly(bin("tsx"), ["scripts/make-database.ts"]),
  build({
    entryPoints: {
      server: path.join(ROOT, "lib/server/start/serve.ts"),
      // What its threads run, started from a file.
      "reading-thread": path.join(ROOT, "lib/server/start/reading-thread.ts"),
      "tool-thread": path.join(ROOT, "lib/server/start/tool-thread.ts"),
    },
    outdir: path.join(ROOT, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20.19",
    sourcemap: true,
    tsconfig: path.join(ROOT, "tsconfig.json"),
    logLevel: "warning",
  }),
]);

/** Runs a command; what it says is shown where it fails, and ends this process. */
function quietly(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.on("error", (error) => fail(error));
    child.on("close", (code) => (code === 0 ? resolve() : fail(said, code)));
  });
}

function fail(said, code) {
  console.error(said);
  process.exit(code || 1);
}
