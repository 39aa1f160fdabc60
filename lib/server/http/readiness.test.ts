import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Core } from "../core/core";
import type { Database } from "../db/database";
import { openTestCore, type TestCore } from "../testing/harness";
import { findProblem } from "./readiness";

let t: TestCore;
let dataDir: string;
beforeAll(async () => {
  t = await openTestCore();
  dataDir = mkdtempSync(path.join(tmpdir(), "memoir-ready-"));
});
afterAll(async () => {
  await t.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Another object each time, so that no answer of before is shared. */
const coreWith = (db: Partial<Database>, folder = dataDir): Core => {
  const own = Object.assign(Object.create(t.ctx.db) as Database, db);
  return { ...t.ctx, db: own, config: { ...t.ctx.config, dataDir: folder } };
};
const failing = (error: Error) => ({ transaction: () => Promise.reject(error) }) as Partial<Database>;

test("a server that can write is ready, and leaves nothing behind", async () => {
  const before = await t.rowCounts();
  expect(await findProblem(coreWith({}))).toBeNull();
  expect(await t.rowCounts()).toEqual(before);
});

test("a database that is full, read-only or gone is told apart", async () => {
  const full = Object.assign(new Error("could not write to file"), { code: "53100" });
  expect(await findProblem(coreWith(failing(full)))).toMatch(/disk is full/);
  const inside = new Error("could not extend file: No space left on device");
  expect(await findProblem(coreWith(failing(inside)))).toMatch(/disk is full/);
  expect(await findProblem(coreWith(failing(new Error("terminated"))))).toMatch(/can't be reached/);
  const readOnly: Database["transaction"] = (work) =>
    t.ctx.db.transaction(async (sql) => {
      await sql.query("SET TRANSACTION READ ONLY");
      return work(sql);
    });
  expect(await findProblem(coreWith({ transaction: readOnly }))).toMatch(/read-only/);
});

test("a data folder that is not there matters where the database is in it, and only there", async () => {
  const gone = path.join(dataDir, "gone");
  expect(await findProblem(coreWith({ kind: "pglite" }, gone))).toMatch(/can't be written to \(ENOENT\)/);
  expect(await findProblem(coreWith({ kind: "postgres" }, gone))).toBeNull();
  chmodSync(dataDir, 0o700);
});
