import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resetPassword } from "../accounts/password-resets";
import { ConfigError } from "../config/config-error";
import { readConfig } from "../config/env";
import { openDatabase } from "../db/database";
import { migratedImage } from "../testing/harness";
import { resetPasswordOf } from "./reset-password";

const USER = "user-00000000-0000-4000-8000-000000000000";
let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), "memoir-reset-"));
  const db = await openDatabase({ url: null, dataDir, fsync: false, image: await migratedImage() });
  await db.prisma.account.create({ data: { userId: USER, email: "lena@example.com", passwordHash: "lost" } });
  await db.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test("who can start the server gets a link for whoever has an account, by which a password is set once", async () => {
  const config = readConfig({ MEMOIR_DATA_DIR: dataDir, MEMOIR_PUBLIC_URL: "https://memoir.example.com" });
  await expect(resetPasswordOf(config, "nobody@example.com")).rejects.toThrow(/Nobody has an account/);
  await expect(resetPasswordOf(config, "not an email")).rejects.toThrow(ConfigError);
  const [said, link] = await resetPasswordOf(config, " Lena@Example.com ");
  expect(said).toContain("lena@example.com");
  const url = new URL(link!);
  expect([url.origin, url.pathname]).toEqual(["https://memoir.example.com", "/reset-password"]);

  const db = await openDatabase({ url: null, dataDir, fsync: false });
  try {
    const core = { db, now: () => new Date() } as Parameters<typeof resetPassword>[0];
    expect(await resetPassword(core, url.hash.slice(1), "found again")).toEqual({ userId: USER, ended: [] });
    await expect(resetPassword(core, url.hash.slice(1), "found again")).rejects.toThrow(/has been used/);
    expect((await db.prisma.account.findFirstOrThrow()).passwordHash).not.toBe("lost");
  } finally {
    await db.close();
  }
});
