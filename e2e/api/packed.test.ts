import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** Below the repository's own packages, which a packed Memoir finds above itself as it would where it is installed. */
const APP = path.join(ROOT, "node_modules/.memoir/packed");
const PACKED = path.join(APP, "node_modules/memoir");
const COMMAND = path.join(PACKED, "scripts/memoir.mjs");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "memoir-packed-"));
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(PACKED, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
  execFileSync("sh", ["-c", `tar -xzf "${folder}"/memoir-*.tgz --strip-components=1 -C "${PACKED}"`]);
});
afterAll(() => {
  for (const made of [APP, folder]) rmSync(made, { recursive: true, force: true });
});

const run = (...args: string[]) => execFileSync(process.execPath, [COMMAND, ...args], { cwd: folder, stdio: "pipe" });

test("a packed Memoir brings no test, no source of a page and nobody's data", () => {
  for (const name of ["e2e", "app", "components", "node_modules", ".memoir", "lib/client", ".next/cache", ".next/dev"])
    expect(existsSync(path.join(PACKED, name)), name).toBe(false);
});

test("the command says its version, and what it does not know", () => {
  expect(String(run("--version"))).toMatch(/^\d+\.\d+\.\d+/);
  expect(() => run("fly")).toThrow(/does not know "fly"/);
});

test("serves pages, API, tools and files from any folder, keeps its data there, and ends when told to", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...process.env,
    PORT: String(port),
    MEMOIR_SEED: "off",
    DATABASE_URL: "",
    npm_lifecycle_event: "",
  };
  const server: ChildProcess = spawn(process.execPath, [COMMAND], { cwd: folder, env: environment, stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await expect
      .poll(
        () =>
          fetch(`${url}/v1/health`).then(
            ({ ok }) => ok,
            () => false,
          ),
        { timeout: 120_000 },
      )
      .toBe(true);
    expect(existsSync(path.join(folder, ".memoir/secret.key"))).toBe(true);
    const page = await fetch(`${url}/agents`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("Memoir")]);
    const send = (at: string, body: unknown) =>
      fetch(url + at, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const code = "/** Doubles. @param a it */\nexport function f(a: number): number { return a * 2; }";
    const tool = await send("/v1/tools/run", { source_type: "typescript", source_code: code, args: { a: 21 } });
    expect(await tool.json()).toMatchObject({ status: "success", tool_return: "42" });
    const made = (await (await send("/v1/folders/", { name: "Notes" })).json()) as { id: string };
    const form = new FormData();
    form.set("file", new File(["a,b\n1,2\n"], "table.csv", { type: "text/csv" }));
    await fetch(`${url}/v1/folders/${made.id}/upload`, { method: "POST", body: form });
    const status = async () => {
      const files = (await (await fetch(`${url}/v1/folders/${made.id}/files`)).json()) as {
        processing_status: string;
      }[];
      return files[0]?.processing_status;
    };
    await expect.poll(status).toBe("completed");
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
  await expect(fetch(`${url}/v1/health`)).rejects.toThrow();
});
