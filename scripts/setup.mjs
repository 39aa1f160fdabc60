import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const STAMPS = path.join(ROOT, "node_modules/.memoir");
const [MAJOR, MINOR] = process.versions.node.split(".").map(Number);

/** Runs a command in the repository; ends this process with its code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: "inherit",
    ...options,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...options.env },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs packages and makes the database client, where what they are made of has changed since. */
export function prepare() {
  if (MAJOR < 20 || (MAJOR === 20 && MINOR < 19)) {
    console.error(`Memoir needs Node 20.19 or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  once(
    "install",
    ["package.json", "package-lock.json"],
    () => {
      console.log("Installing packages…");
      install(ROOT);
    },
    () => existsSync(path.join(ROOT, "node_modules/next")),
  );
  once(
    "generate",
    ["prisma/schema.prisma", "package-lock.json"],
    () => {
      run(bin("prisma"), ["generate"], { stdio: ["ignore", "ignore", "inherit"] });
    },
    () => existsSync(path.join(ROOT, "lib/server/db/generated/client.ts")),
  );
}

/**
 * Installs a folder's packages by its lockfile, which it does not change. Not `npm ci`: that wants the packages of every
 * platform in the lockfile, and a registry may have only some.
 */
export function install(folder) {
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
}

/** Installs a published client that tests are run with: they have folders and lockfiles of their own. */
export function installClient(name) {
  const folder = path.join(ROOT, "e2e/clients", name);
  if (!existsSync(path.join(folder, "node_modules"))) install(folder);
}

/** Builds the pages and the server, where a source has changed since. */
export function build() {
  const sources = [
    "app",
    "components",
    "lib",
    "prisma/schema.prisma",
    "public",
    "next.config.ts",
    "postcss.config.mjs",
    "tsconfig.json",
    "instrumentation.ts",
    "proxy.ts",
    "package-lock.json",
  ];
  once(
    "build",
    sources,
    () => {
      console.log("Building…");
      run(process.execPath, ["scripts/build.mjs"]);
    },
    () => existsSync(path.join(ROOT, ".next/BUILD_ID")) && existsSync(path.join(ROOT, "dist/server.mjs")),
  );
}

/** Does a piece of work unless it was done for these very files and its result is still there. */
function once(name, files, work, isThere) {
  const stamp = path.join(STAMPS, name);
  const sum = checksum(files);
  if (isThere() && existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return;
  work();
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, checksum(files));
}

function checksum(files) {
  const hash = createHash("sha256");
  for (const file of files.flatMap((name) => walk(path.join(ROOT, name)))) {
    hash.update(path.relative(ROOT, file)).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function walk(file) {
  if (!existsSync(file)) return [];
  if (!statSync(file).isDirectory()) return [file];
  if (file.endsWith(path.join("db", "generated"))) return [];
  return readdirSync(file)
    .filter((name) => !/\.test\.tsx?$/.test(name))
    .sort()
    .flatMap((name) => walk(path.join(file, name)));
}

/** The path of a package's command. */
export const bin = (name) => path.join(ROOT, "node_modules/.bin", name);
