import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Requirement } from "../sandbox";
import { RequirementError } from "./requirement-error";

const NAME = /^(@[a-z0-9~][a-z0-9-._~]*\/)?[a-z0-9~][a-z0-9-._~]*$/;
const VERSION = /^[0-9A-Za-z.^~<>=|*+ -]{0,100}$/;
const INSTALL_MS = 120_000;
const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

/**
 * Packages of an npm registry as modules that the interpreter can load: installed without running their scripts, and
 * bundled with what they require. What needs Node's own modules or compiled code is refused.
 */
export function createNodeModules({ registry, folder }: { registry: string | null; folder: string }) {
  const bundling = new Map<string, Promise<string>>();

  async function moduleOf({ name, version }: Requirement): Promise<string> {
    const wanted = version?.trim() || "latest";
    if (!NAME.test(name) || !VERSION.test(wanted)) throw new RequirementError(`${name}@${wanted} is not a package`);
    const key = `${name.replaceAll(/[^a-z0-9]/g, "-")}-${createHash("sha256").update(`${name}@${wanted}`).digest("hex").slice(0, 16)}`;
    const known = bundling.get(key);
    if (known) return known;
    const made = make(name, wanted, key);
    bundling.set(key, made);
    // Text of bundles is read again from the disk, not held.
    void made.finally(() => bundling.delete(key)).catch(() => {});
    return made;
  }

  async function make(name: string, version: string, key: string): Promise<string> {
    const file = path.join(folder, `${key}.mjs`);
    if (existsSync(file)) return readFile(file, "utf8");
    if (!registry)
      throw new RequirementError(`${name} is not kept here, and there is no registry: set MEMOIR_NPM_REGISTRY`);
    const work = path.join(folder, `${key}.${process.pid}`);
    await mkdir(work, { recursive: true });
    try {
      await install(`${name}@${version}`, work, registry);
      const text = await bundle(name, work);
      await writeFile(`${file}.${process.pid}`, text);
      await rename(`${file}.${process.pid}`, file);
      return text;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  return {
    /** Source text by module name. @throws RequirementError for what can't be had. */
    async modulesFor(requirements: readonly Requirement[]): Promise<Record<string, string>> {
      const entries = await Promise.all(requirements.map(async (one) => [one.name, await moduleOf(one)] as const));
      return Object.fromEntries(entries);
    },
  };
}

async function install(what: string, work: string, registry: string): Promise<void> {
  await writeFile(path.join(work, "package.json"), "{}");
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const env = {
    PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: work,
    NODE_ENV: "production",
  } as const;
  await promisify(execFile)("npm", ["install", ...flags, `--registry=${registry}`, "--", what], {
    cwd: work,
    env,
    timeout: INSTALL_MS,
  }).catch((error: { stderr?: string; message: string }) => {
    throw new RequirementError(`${what} can't be installed: ${(error.stderr || error.message).trim().slice(0, 500)}`);
  });
}

async function bundle(name: string, work: string): Promise<string> {
  const { build } = await import("esbuild").catch(() => {
    throw new RequirementError("packages for JavaScript tools need esbuild, which is not installed");
  });
  const contents = `import * as all from ${JSON.stringify(name)};
export { all as __memoir_all };
export default "default" in all ? all.default : all;`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: work, loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  }).catch((error: Error) => {
    throw new RequirementError(`${name} can't be bundled for the sandbox: ${error.message.slice(0, 500)}`);
  });
  const text = outputFiles[0]?.text ?? "";
  if (text.length > MAX_BUNDLE_BYTES)
    throw new RequirementError(`${name} is larger than ${MAX_BUNDLE_BYTES} characters`);
  return text;
}
