import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestSandbox } from "./testing/open";
import { EMPTY_ENVIRONMENT, findWalls, OWN_ROOT, type Walls, workersFolder } from "./walls";
import { nodeProgram } from "./workers";

const room = mkdtempSync(path.join(tmpdir(), "memoir-room-"));
const confined = { program: process.execPath, args: [], readable: [workersFolder()], fileBytes: 0 };
const walls: Walls = await findWalls(room, confined);

/** Runs JavaScript with all of Node's powers, as one who got out of an interpreter would have them. */
async function inside(script: string, flags: string[] = []): Promise<unknown> {
  const args = [...flags, "--input-type=module", "-e", `${script}\nsetTimeout(() => process.exit(), 3000).unref();`];
  const { command, args: whole } = walls.around({ ...confined, args });
  const { stdout } = await promisify(execFile)(command, whole, { env: EMPTY_ENVIRONMENT });
  return JSON.parse(stdout);
}

const TRY = `const tried = async (work) => { try { return await work(); } catch (error) { return "REFUSED " + error.code; } };
import fs from "node:fs"; import net from "node:net"; import os from "node:os"; import { execFileSync } from "node:child_process";`;

let server: Server;
let port: number;
beforeAll(async () => {
  process.env.MEMOIR_HOST_SECRET = "the-secret-of-the-host";
  server = createServer((_request, response) => response.end("reached"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  rmSync(room, { recursive: true, force: true });
});

describe.skipIf(!walls.names.includes(OWN_ROOT))("the system's walls, without any other", () => {
  test("hide the host's files, processes and environment", async () => {
    const seen = await inside(`${TRY}
console.log(JSON.stringify({
  passwd: await tried(() => fs.readFileSync("/etc/passwd", "utf8")),
  project: await tried(() => fs.readFileSync(${JSON.stringify(path.resolve("package.json"))}, "utf8")),
  processes: await tried(() => fs.readdirSync("/proc")),
  root: fs.readdirSync("/").filter((name) => !["bin", "dev", "lib", "lib32", "lib64", "sbin", "tmp", "usr"].includes(name)),
  env: Object.values(process.env).join(),
  write: await tried(() => fs.writeFileSync("/usr/x", "x")),
  large: await tried(() => fs.writeFileSync("/tmp/x", "x")),
}))`);
    const [own] = path.resolve(workersFolder()).split("/").filter(Boolean);
    expect(seen).toMatchObject({
      passwd: "REFUSED ENOENT",
      project: "REFUSED ENOENT",
      processes: "REFUSED ENOENT",
      root: [own].filter((name) => name !== "tmp"),
      write: "REFUSED EROFS",
      large: "REFUSED EFBIG",
    });
    expect(JSON.stringify(seen)).not.toContain("the-secret-of-the-host");
  });

  test("let nothing out to the network, not even to this machine", async () => {
    const seen = await inside(`${TRY}
const connect = (host, port) => new Promise((done, fail) => net.connect({ host, port, timeout: 1500 }, () => done("CONNECTED")).on("error", fail).on("timeout", () => done("REFUSED timeout")));
console.log(JSON.stringify({
  loopback: await tried(() => connect("127.0.0.1", ${port})),
  metadata: await tried(() => connect("169.254.169.254", 80)),
  fetched: await tried(async () => (await fetch("http://127.0.0.1:${port}/")).text()),
  interfaces: Object.keys(os.networkInterfaces()),
}))`);
    expect(seen).toMatchObject({ interfaces: [] });
    expect(JSON.stringify(seen)).not.toMatch(/CONNECTED|reached/);
  });

  test("give no rights: none of root's, no signal to others, no new mounts", async () => {
    const seen = await inside(`${TRY}
console.log(JSON.stringify({
  user: process.getuid(),
  kill: await tried(() => process.kill(${process.pid}, 0)),
  root: await tried(() => process.setuid(0)),
  mount: await tried(() => execFileSync("/bin/sh", ["-c", "mount -t tmpfs none /tmp 2>/dev/null || echo no"], { encoding: "utf8" }).trim()),
}))`);
    expect(seen).toMatchObject({ kill: "REFUSED ESRCH", mount: "no" });
    expect((seen as { user: number }).user).not.toBe(process.getuid?.() === 0 ? 0 : -1);
  });
});

/** These stand on every machine, also where the system offers nothing. */
describe("Node's permission model, without any other wall", () => {
  test("lets a worker read its own programs, and do nothing to files, processes, threads or add-ons", async () => {
    const script = `${TRY}
import { Worker } from "node:worker_threads"; import { spawnSync } from "node:child_process";
console.log(JSON.stringify({
  own: typeof await tried(() => fs.readFileSync(${JSON.stringify(path.join(workersFolder(), "channel.mjs"))}, "utf8")),
  others: [
    await tried(() => fs.readFileSync("/etc/passwd", "utf8")),
    await tried(() => fs.readFileSync(${JSON.stringify(path.resolve("package.json"))}, "utf8")),
    await tried(() => fs.readFileSync("/proc/self/environ", "utf8")),
    await tried(() => fs.readdirSync("/proc")),
    await tried(() => fs.readdirSync("/")),
    await tried(() => fs.writeFileSync(${JSON.stringify(path.join(room, "x"))}, "x")),
    await tried(() => fs.writeFileSync(${JSON.stringify(path.join(workersFolder(), "x"))}, "x")),
    await tried(() => fs.unlinkSync(${JSON.stringify(path.join(workersFolder(), "channel.mjs"))})),
    await tried(() => fs.symlinkSync("/etc", ${JSON.stringify(path.join(workersFolder(), "link"))})),
    await tried(() => execFileSync("/bin/sh", ["-c", "id"], { encoding: "utf8" })),
    await tried(() => { const { error, stdout } = spawnSync("/bin/sh", ["-c", "id"]); if (error) throw error; return String(stdout); }),
    await tried(() => typeof new Worker("1", { eval: true })),
  ],
  addon: await tried(() => process.dlopen({ exports: {} }, "/x.node")),
}))`;
    const { program, args } = nodeProgram([workersFolder()], ["--input-type=module", "-e", script]);
    const { stdout } = await promisify(execFile)(program, args, { env: EMPTY_ENVIRONMENT, cwd: "/" });
    const { own, others, addon } = JSON.parse(stdout);
    expect(own).toBe("string");
    expect(others).toEqual(Array(12).fill("REFUSED ERR_ACCESS_DENIED"));
    expect(addon).toMatch(/^REFUSED ERR_(DLOPEN_DISABLED|ACCESS_DENIED)$/);
  });

  test.each(["python", "javascript"] as const)("is around every process that runs code: %s", async (language) => {
    const box = openTestSandbox(language);
    await box.run("1");
    const rows = execFileSync("ps", ["-e", "-o", "args="], { encoding: "utf8" }).split("\n");
    const program = path.join(workersFolder(), `${language}.mjs`);
    const found = rows.filter((row) => row.includes(program) && !row.includes("ps -e"));
    await box.close();
    expect(found.length).toBeGreaterThan(0);
    for (const row of found) {
      expect(row).toMatch(/ --(experimental-)?permission /);
      expect(row).not.toMatch(/--allow-(fs-write|child-process|worker|addons|wasi|net|inspector)/);
      const readable = [...row.matchAll(/--allow-fs-read=(\S+)/g)].map((match) => match[1]!);
      expect(readable.every((one) => /node_modules\/|sandbox\/(workers\/)?$/.test(one))).toBe(true);
    }
  });
});

describe("what is taken from JavaScript", () => {
  test("leaves no process, modules or network to whoever reaches its globals", async () => {
    const seen = await inside(`const kept = process; const say = console.log;
const { takePowersAway } = await import(${JSON.stringify(path.join(workersFolder(), "lobotomy.mjs"))});
kept.stdout;
const write = (await import("node:fs")).writeSync;
takePowersAway();
const tried = (work) => { try { return typeof work(); } catch { return "REFUSED"; } };
write(1, JSON.stringify({
  globals: ["process", "fetch", "require", "WebSocket", "Worker"].map((name) => typeof globalThis[name]),
  found: Object.keys(globalThis).filter((name) => globalThis[name]?.binding || globalThis[name]?.mainModule),
  binding: tried(() => kept.binding("fs")), dlopen: tried(() => kept.dlopen()), builtin: tried(() => kept.getBuiltinModule("fs")),
  kill: tried(() => kept.kill(1)), streams: typeof kept.stdout, env: Object.keys(kept.env).length,
}));`);
    expect(seen).toEqual({
      globals: Array(5).fill("undefined"),
      found: [],
      binding: "REFUSED",
      dlopen: "REFUSED",
      builtin: "REFUSED",
      kill: "REFUSED",
      streams: "undefined",
      env: 0,
    });
  });
});
