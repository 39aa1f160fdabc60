import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migratedImage } from "../testing/harness";
import { beginFromImage } from "./image";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "memoir-image-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);
const image = async (keep = 1) => {
  const whole = gzipSync(Buffer.from(await (await migratedImage()).arrayBuffer()));
  writeFileSync(at("image.tar.gz"), whole.subarray(0, whole.length * keep));
  return at("image.tar.gz");
};

test("a new database begins as the build left it, also where a process ended while it was put there", async () => {
  mkdirSync(at("db.making/base"), { recursive: true });
  writeFileSync(at("db.making/base/left"), "half");
  await beginFromImage(at("db"), await image());
  expect(existsSync(at("db.making"))).toBe(false);
  expect(existsSync(at("db/base/left"))).toBe(false);
  const lite = await PGlite.create({ dataDir: at("db"), extensions: { vector } });
  const { rows } = await lite.query("SELECT count(*)::int AS n FROM _prisma_migrations WHERE finished_at IS NOT NULL");
  expect((rows[0] as { n: number }).n).toBeGreaterThan(5);
  await lite.close();
});

test("a database that is there is left alone, and one that the build lacks is not waited for", async () => {
  mkdirSync(at("db"));
  await beginFromImage(at("db"), await image());
  expect(existsSync(at("db/PG_VERSION"))).toBe(false);
  await beginFromImage(at("other"), at("no image"));
  expect(existsSync(at("other"))).toBe(false);
});

test("an image that is cut off leaves no database", async () => {
  await expect(beginFromImage(at("db"), await image(0.5))).rejects.toThrow(/unexpected end|could not be put/);
  expect(existsSync(at("db"))).toBe(false);
});
