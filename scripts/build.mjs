import { spawnSync } from "node:child_process";
import path from "node:path";
import { bin, ROOT } from "./setup.mjs";

const web = spawnSync(bin("next"), ["build"], {
  cwd: ROOT,
  encoding: "utf8",
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  maxBuffer: 64 * 1024 * 1024,
});
if (web.status !== 0) {
  process.stderr.write(`${web.stdout}${web.stderr}`);
  process.exit(web.status ?? 1);
}

const { build } = await import("esbuild");
await build({
  entryPoints: {
    server: path.join(ROOT, "lib/server/start/serve.ts"),
    // What its threads run, started from a file.
    "reading-thread": path.join(ROOT, "lib/server/start/reading-thread.ts"),
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
});
