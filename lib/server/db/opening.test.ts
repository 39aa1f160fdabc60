import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../config/config-error";
import { urlProblem } from "../config/database-url";
import { openDatabase } from "./database";
import { DatabaseUnavailableError } from "./faults";
import { folderProblem, serverProblem } from "./opening";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "memoir-opening-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (dataDir: string) => openDatabase({ url: null, dataDir, fsync: false });

describe("a data folder that can't be used is told of in a sentence", () => {
  test("a file, and one below a file", async () => {
    const file = path.join(dir, "file");
    writeFileSync(file, "");
    for (const dataDir of [file, path.join(file, "deeper")]) {
      await expect(open(dataDir)).rejects.toThrow(/is a file.*MEMOIR_DATA_DIR/);
    }
  });

  test("where nobody may write", async () => {
    // Not even root does there.
    await expect(open("/proc/memoir")).rejects.toThrow(/can't be written.*MEMOIR_DATA_DIR/);
  });

  test("files that are no database", async () => {
    mkdirSync(path.join(dir, "db"));
    writeFileSync(path.join(dir, "db/PG_VERSION"), "9.1\n");
    await expect(open(dir)).rejects.toThrow(/can't be opened.*MEMOIR_DATA_DIR/);
  });

  test.each(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR"])("%s", (code) => {
    const told = folderProblem(Object.assign(new Error(code), { code }), "/data");
    expect(told).toBeInstanceOf(ConfigError);
    expect((told as Error).message).toMatch(/data folder \/data .*MEMOIR_DATA_DIR/);
  });
});

describe("an address of a database", () => {
  test.each([
    "postgresql://me:secret@host:5432/x",
    "postgres://host/x?sslmode=require",
    "postgresql:///x?host=/run/postgresql",
    "postgresql://me:p%23w@[::1]:5432/x",
  ])("%s is one", (url) => expect(urlProblem(url)).toBeNull());

  test.each([
    "mysql://h/x",
    "mariadb://h/x",
    "mongodb+srv://h",
    "file:x.db",
    "sqlite:x",
    "http://h",
    "host:5432/x",
    "x",
    "postgresql:x",
    "postgresql://u:p#w@h:port/x",
  ])("%s is none, and its password is not repeated", (url) => {
    expect(urlProblem(url)).toMatch(/postgresql:\/\/user:password@host/);
    expect(urlProblem(url)).not.toContain("p#w");
  });
});

test.each([
  ["ECONNREFUSED", "No Postgres answers at db.local:5433"],
  ["ETIMEDOUT", "No Postgres answers at db.local:5433"],
  ["ENOTFOUND", "not known: db.local:5433"],
  ["28P01", "does not let in the user me"],
  ["28000", "does not let in the user me"],
  ["3D000", "no database named x"],
  ["42501", "OWNER TO me"],
  ["53300", "no connection left"],
  ["57P03", "not ready yet"],
  ["25006", "standby"],
  ["53100", "disk of Postgres"],
  ["XX000", "can't be used"],
])("a server that fails with %s is told of in a sentence", (code, says) => {
  const cause = Object.assign(new Error("said"), { code });
  const told = serverProblem(
    new DatabaseUnavailableError("away", false, cause),
    "postgresql://me:hunter2@db.local:5433/x",
  ) as Error;
  expect(told).toBeInstanceOf(ConfigError);
  expect(told.message).toContain(says);
  expect(told.message).not.toContain("hunter2");
});
