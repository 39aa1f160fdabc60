import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseKey } from "../config/given-keys";
import { openNamed, UnreadableSecretError, vaultWithKey } from "./vault";
import { keyFile, openVault, readKeys, writeKeys } from "./vault-keys";

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
  expect(one).toMatch(/^v2:[0-9a-f]{8}:/);
  expect(one).not.toBe(two);
  expect(Buffer.from(one.slice(12), "base64").toString("latin1")).not.toContain("sk-secret");
});

test("a text that was tampered with, or sealed with another key, does not open, and says what to do", () => {
  const vault = openVault(dir);
  const sealed = vault.encrypt("sk-secret");
  const bytes = Buffer.from(sealed.slice(12), "base64");
  bytes[bytes.length - 1]! ^= 1;
  const short = Buffer.from(sealed.slice(12), "base64").subarray(0, 12 + 15);
  const bad = [
    sealed.slice(0, 12) + bytes.toString("base64"),
    sealed.slice(0, 12) + short.toString("base64"),
    "v1:",
    "v2:",
    "",
  ];
  for (const text of bad) expect(() => vault.decrypt(text)).toThrow(UnreadableSecretError);
  expect(() => vaultWithKey(Buffer.alloc(32, 1)).decrypt(sealed)).toThrow(/another key .* Give the secret again/);
  expect(() => openNamed(vault, "v1:", "The API key of X")).toThrow(/^The API key of X can't be read/);
});

test("what the version before has sealed still opens", () => {
  const vault = openVault(dir);
  expect(vault.decrypt(vault.encrypt("sk-secret").replace(/^v2:[0-9a-f]{8}:/, "v1:"))).toBe("sk-secret");
});

test("the first of several keys seals, and all of them open", () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const sealed = openVault("memory://", { current: old, previous: [] }).encrypt("sk-secret");
  const vault = openVault("memory://", { current: fresh, previous: [old] });
  expect(vault.decrypt(sealed)).toBe("sk-secret");
  const again = vault.encrypt("sk-secret");
  expect(vaultWithKey(fresh).decrypt(again)).toBe("sk-secret");
  expect(() => vaultWithKey(old).decrypt(again)).toThrow(UnreadableSecretError);
});

test("a key of the environment needs no folder; the folder's is still read beside it", () => {
  const sealed = openVault(dir).encrypt("sk-secret");
  const current = randomBytes(32);
  expect(openVault(dir, { current, previous: [] }).decrypt(sealed)).toBe("sk-secret");
  const nowhere = path.join(dir, "secret.key/nowhere");
  expect(openVault(nowhere, { current, previous: [] }).encrypt("x")).toMatch(/^v2:/);
  expect(() => openVault(nowhere)).toThrow(/MEMOIR_SECRET_KEY/);
});

test("a key file that another process changes is read anew", () => {
  const vault = openVault(dir);
  const file = keyFile(dir);
  const sealed = vault.encrypt("sk-secret");
  const fresh = randomBytes(32);
  writeKeys(file, [fresh, ...readKeys(file)]);
  expect(vault.decrypt(sealed)).toBe("sk-secret");
  expect(vaultWithKey(fresh).decrypt(vault.encrypt("new"))).toBe("new");
});

test.each([
  ["base64", (key: Buffer) => key.toString("base64")],
  ["base64 without its end", (key: Buffer) => key.toString("base64").replace("=", "")],
  ["base64 of URLs", (key: Buffer) => key.toString("base64url")],
  ["hex", (key: Buffer) => key.toString("hex")],
])("a key is read in %s", (_, write) => {
  const key = randomBytes(32);
  expect(parseKey(write(key))).toEqual(key);
});

test.each([
  "",
  "short",
  "x".repeat(44),
  "a".repeat(63),
  Buffer.alloc(31).toString("base64"),
  Buffer.alloc(33).toString("base64"),
])("%j is no key", (text) => expect(parseKey(text)).toBeNull());

test("the key is its owner's alone; a broken one is said to be that", () => {
  openVault(dir);
  const file = path.join(dir, "secret.key");
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(Buffer.from(readFileSync(file, "utf8"), "base64")).toHaveLength(32);
  writeFileSync(file, "short");
  expect(() => openVault(dir)).toThrow(/secret\.key is not a key/);
});
