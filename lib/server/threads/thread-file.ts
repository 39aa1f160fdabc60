import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

let made: Promise<URL> | null = null;

/**
 * The program of a thread. The built server has it beside itself (`scripts/build.mjs`); where the server runs from its
 * sources, in tests and in development, it is bundled at the first call, by a process of its own.
 */
export function threadFile(): Promise<URL> {
  made ??= find().catch((error: unknown) => {
    made = null;
    throw error;
  });
  return made;
}

async function find(): Promise<URL> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const built = path.join(/*turbopackIgnore: true*/ here, "reading-thread.mjs");
  if (existsSync(/*turbopackIgnore: true*/ built)) return new URL(`file://${built}`);
  const { build } = await import("esbuild");
  const root = /*turbopackIgnore: true*/ process.cwd();
  const { outputFiles } = await build({
    entryPoints: [path.join(/*turbopackIgnore: true*/ root, "lib/server/start/reading-thread.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20.19",
    tsconfig: path.join(/*turbopackIgnore: true*/ root, "tsconfig.json"),
    // Packages of CommonJS ask for node's own modules by `require`, which a module does not have.
    banner: { js: 'import { createRequire as memoirRequire } from "node:module"; const require = memoirRequire("/");' },
    logLevel: "silent",
  });
  return new URL(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`);
}
