import path from "node:path";
import { bin, ROOT, run } from "./setup.mjs";

run(bin("next"), ["build"], { stdio: ["ignore", process.env.CI ? "inherit" : "ignore", "inherit"] });

const { build } = await import("esbuild");
await build({
  entryPoints: { server: path.join(ROOT, "lib/server/serve.ts") },
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
