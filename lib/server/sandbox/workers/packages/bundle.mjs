// A package with all that it requires as one module, made by esbuild in WebAssembly over files that are only in memory:
// there is no disk, no environment and no network behind it that an import could name.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { memoryFiles } from "./memory-files.mjs";

const OUT = "/out/bundle.js";
const FLAGS = [
  ...["--bundle", "--format=esm", "--platform=browser", "--target=es2022", `--outfile=${OUT}`],
  ...["--log-level=error", "--log-limit=3", "--color=false", "--sources-content=false"],
];

/** @param folder of esbuild-wasm. */
export function createBundler(folder) {
  const none = () => -1;
  const stub = { getuid: none, getgid: none, geteuid: none, getegid: none, getgroups: () => [], pid: -1, ppid: -1 };
  const given = { process: { ...stub, umask: () => 0, cwd: () => "/work", chdir() {} }, path: { resolve: joined } };
  const require = createRequire(`${folder}/`);

  /**
   * @param files bytes by path below `/work`; `entry` is the text of the module that takes the package in.
   * @returns `{ code }`, or `{ error }` in one line.
   */
  return async function bundle(entry, files) {
    const { fs, said } = memoryFiles(files.set("/work/entry.js", new TextEncoder().encode(entry)));
    for (const [name, value] of Object.entries({ ...given, fs })) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    require("./wasm_exec.js");
    const go = new globalThis.Go();
    let code = 0;
    Object.assign(go, { argv: ["esbuild", "entry.js", ...FLAGS], env: {}, exit: (status) => (code = status) });
    const { instance } = await WebAssembly.instantiate(readFileSync(`${folder}/esbuild.wasm`), go.importObject);
    await go.run(instance);
    const out = files.get(OUT);
    return code === 0 && out ? { code: new TextDecoder().decode(out) } : { error: firstErrors(said.stderr) };
  };
}

const joined = (...parts) => parts.join("/");

/** What is wrong, without the lines of code that esbuild shows with it. */
function firstErrors(text) {
  const lines = [...text.matchAll(/\[ERROR\] (.{1,200})/g)].map(([, line]) => line);
  return lines.length > 0 ? lines.join("; ") : "esbuild failed";
}
