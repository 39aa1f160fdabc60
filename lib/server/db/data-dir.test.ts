import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataDirHeldError, holdDataDir } from "./data-dir";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "memoir-lock-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lockOf = (holder: Record<string, unknown>) => writeFileSync(path.join(dir, "lock"), JSON.stringify(holder));

test("a folder is held once, and given back", () => {
  const release = holdDataDir(dir);
  expect(() => holdDataDir(dir)).toThrow(DataDirHeldError);
  release();
  expect(existsSync(path.join(dir, "lock"))).toBe(false);
  holdDataDir(dir)();
});

test("what is made for it is its user's alone", () => {
  const deeper = path.join(dir, "made", "deeper");
  const release = holdDataDir(deeper);
  const modes = [path.dirname(deeper), deeper, path.join(deeper, "lock")].map((file) => statSync(file).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
  release();
});

test("a second process is refused, with a sentence that says what to do", async () => {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"]);
  await new Promise((resolve) => other.stdout.once("data", resolve));
  try {
    lockOf({ pid: other.pid, started: "2026-01-02T03:04:05.000Z", processStart: null });
    expect(() => holdDataDir(dir)).toThrow(
      `The data folder ${dir} is in use by process ${other.pid}, since 2026-01-02T03:04:05.000Z. Stop that process, or choose another folder with MEMOIR_DATA_DIR.`,
    );
  } finally {
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("exit", resolve));
  }
  holdDataDir(dir)();
});

test("the lock of a process that is gone is taken over, also where its id is another's by now", () => {
  lockOf({ pid: 2 ** 22 + 12345, started: "", processStart: "1" });
  holdDataDir(dir)();
  lockOf({ pid: process.ppid, started: "", processStart: "not when that one started" });
  holdDataDir(dir)();
});

test("the lock of a container's earlier process, which had this one's id, is taken over", () => {
  lockOf({ pid: process.pid, started: "", processStart: "an earlier life" });
  const release = holdDataDir(dir);
  expect(() => holdDataDir(dir)).toThrow(DataDirHeldError);
  release();
});

test("a lock that was cut short is taken over", () => {
  writeFileSync(path.join(dir, "lock"), '{"pid":');
  holdDataDir(dir)();
});

test("a folder that is not there is made, for its owner alone", () => {
  const release = holdDataDir(path.join(dir, "a/b"));
  expect(existsSync(path.join(dir, "a/b/lock"))).toBe(true);
  release();
});
