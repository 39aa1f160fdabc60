import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { vaultWithKey } from "./vault";
import { openVault } from "./vault-keys";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "memoir-vault-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("what was sealed opens again, also after a restart", () => {
  for (const text of ["", "sk-secret", "zażółć 🍵", "x".repeat(100_000)]) {
    expect(openVault(dir).decrypt(openVault(dir).encrypt(text))).toBe(text);
  }
});

test("a derived secret is the same after a restart, another for another purpose, and another with another key", () => {
  const secret = openVault(dir).derive("one purpose");
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(openVault(dir).derive("one purpose")).toBe(secret);
  expect(openVault(dir).derive("another")).not.toBe(secret);
  expect(vaultWithKey(Buffer.alloc(32)).derive("one purpose")).not.toBe(secret);
});

test("a sealed text shows nothing of its secret, and no two are alike", () => {
  const vault = openVault(dir);
  const [one, two] = [vault.encrypt("sk-secret"), vault.encrypt("sk-secret")];
  expect(one).toMatch(/^v1:/);
  expect(one).not.toBe(two);
  expect(Buffer.from(one.slice(3), "base64").toString("latin1")).not.toContain("sk-secret");
});

test("a text that was tampered with, or sealed with another key, does not open", () => {
  const vault = openVault(dir);
  const sealed = vault.encrypt("sk-secret");
  const bytes = Buffer.from(sealed.slice(3), "base64");
  bytes[bytes.length - 1]! ^= 1;
  expect(() => vault.decrypt(`v1:${bytes.toString("base64")}`)).toThrow();
  expect(() => vaultWithKey(Buffer.alloc(32, 1)).decrypt(sealed)).toThrow();
  expect(() => vault.decrypt("v1:")).toThrow();
});

test("the key is its owner's alone; a broken one is said to be that", () => {
  openVault(dir);
  const file = path.join(dir, "secret.key");
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(Buffer.from(readFileSync(file, "utf8"), "base64")).toHaveLength(32);
  writeFileSync(file, "short");
  expect(() => openVault(dir)).toThrow(/secret\.key is not a key/);
});
