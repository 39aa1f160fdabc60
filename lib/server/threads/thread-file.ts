import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** What reads sources and files; and what works for tools, with the large libraries that this takes. */
export type ThreadProgram = "reading-thread" | "tool-thread";

const made = new Map<ThreadProgram, Promise<URL>>();

/**
 * The program of a thread. The built server has it beside itself (`scripts/build.mjs`); where the server runs from its
 * sources, in tests and in development, it is bundled at the first call, by a process of its own.
 */
export function threadFile(program: ThreadProgram): Promise<URL> {
  const found =
    made.get(program) ??
    find(program).catch((error: unknown) => {
      made.delete(program);
      throw error;
    });
  made.set(program, found);
  return found;
}

async function find(program: ThreadProgram): Promise<URL> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const built = path.join(/*turbopackIgnore: true*/ here, `${program}.mjs`);
  if (existsSync(/*turbopackIgnore: true*/ built)) return new URL(`file://${built}`);
  const { build } = await import("esbuild");
  const root = /*turbopackIgnore: true*/ process.cwd();
  const { outputFiles } = await build({
    entryPoints: [path.join(/*turbopackIgnore: true*/ root, `lib/server/start/${program}.ts`)],
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
