import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { openDatabase } from "../db/database";
import { makeScratch, migratedImage } from "../testing/harness";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples } from "../testing/samples";
import { openVault } from "../vault/vault-keys";
import { backUp } from "./backup";
import { restore } from "./restore";

const SERVER = process.env.TEST_DATABASE_URL ?? null;

let root: string;
let file: string;
const drops: (() => Promise<void>)[] = [];
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "memoir-backup-"));
  file = path.join(root, "all.memoir");
});
afterAll(async () => {
  for (const drop of drops) await drop();
  rmSync(root, { recursive: true, force: true });
});

/** A place for a Memoir: a data folder, and a database on the server if there is one. */
async function place(name: string) {
  const { url, drop } = await makeScratch(SERVER);
  drops.push(drop);
  return readConfig({
    MEMOIR_SEED: "off",
    MEMOIR_ALLOW_PRIVATE_URLS: "on",
    MEMOIR_DATA_DIR: path.join(root, name),
    ...(url ? { DATABASE_URL: url } : {}),
  });
}
type Place = Awaited<ReturnType<typeof place>>;

/** A server at work there, with the models of a script. */
async function work<T>(config: Place, act: (t: RunningCore) => Promise<T>): Promise<T> {
  const { dataDir, databaseUrl: url } = config;
  await mkdir(dataDir, { recursive: true });
  const image = url || existsSync(path.join(dataDir, "db")) ? {} : { image: await migratedImage() };
  const db = await openDatabase({ url, dataDir, fsync: false, ...image });
  const t = await openRunningCore({ config, db, vault: openVault(dataDir, config.keys) });
  try {
    return await act(t);
  } finally {
    await t.close();
    await db.close();
  }
}

const EVERYTHING = ["agents", "blocks", "tools", "archives", "providers", "identities", "folders", "runs", "steps"];

const everything = (t: RunningCore) =>
  Promise.all(
    EVERYTHING.map(
      async (what) => (await t.api<object[]>("GET", `/v1/${what}${what === "tools" ? "?limit=1000" : ""}`)).body,
    ),
  );

const EMOJI = 'Zoë 👩‍🌾 \u2028 \\ "quoted" \t tab\n\nlines';

test("all that there is comes back in another place as it was: records, secrets, and what is in mid-history", async () => {
  const from = await place("from");
  const before = await work(from, async (t) => {
    t.otherwise.script = says("Yes.");
    await makeSamples(t, (method, path, body) => t.api(method, path, body) as never, "one");
    const made = await t.api("POST", "/v1/agents", {
      model: "openai/gpt-4o-mini",
      name: "Zoë",
      memory_blocks: [{ label: "odd", value: EMOJI }],
    });
    expect(made.status).toBe(200);
    return everything(t);
  });
  const [said] = await backUp(from, file);
  expect(said).toMatch(/^\d+ rows of \d+ tables are in /);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(backUp(from, file)).rejects.toThrow(/is there already/);

  const to = await place("to");
  const told = await restore(to, file);
  expect(told[0]).toMatch(/rows of \d+ tables are restored, read again/);
  await work(to, async (t) => {
    expect(await everything(t)).toEqual(before);
    t.otherwise.script = says("As before.");
    const agents = (await t.api<WireAgent[]>("GET", "/v1/agents?limit=100")).body;
    for (const { id } of agents.filter(({ name }) => name !== null).slice(0, 2)) {
      expect((await t.api("POST", `/v1/agents/${id}/messages`, { input: "Go on" })).status).toBe(200);
    }
    // Sealed with the key that came along.
    const [row] = await t.core.db.query<{ key: string }>("SELECT api_key_enc AS key FROM provider");
    expect(t.core.vault.decrypt(row!.key)).toBe("k");
  });
  await expect(restore(to, file)).rejects.toThrow(/There is something in this database/);
}, 600_000);

describe("nothing is restored", () => {
  const damaged = (name: string, change: (text: string) => string | Buffer) => {
    const target = path.join(root, name);
    const changed = change(gunzipSync(readFileSync(file)).toString("utf8"));
    writeFileSync(target, typeof changed === "string" ? gzipSync(changed) : changed);
    return target;
  };

  test.each([
    ["of a file that is cut short", "cut", (text: string) => text.slice(0, text.lastIndexOf("#")), /cut short/],
    ["of a file whose end is lost", "torn", () => readFileSync(file).subarray(0, -500), /can't be read/],
    ["of a file that somebody changed", "changed", (text: string) => text.replace("Zoë", "Zoe"), /came back otherwise/],
    ["of a file that is none", "none", () => "hello\n", /no backup/],
    [
      "of a newer version",
      "newer",
      (text: string) => text.replace(/"migrations":\[/, '$&"29991231000000_later",'),
      /newer/,
    ],
  ])(
    "%s, and no key is left behind",
    async (_, name, change, sentence) => {
      const to = await place(`to-${name}`);
      await expect(restore(to, damaged(name, change))).rejects.toThrow(sentence);
      expect(existsSync(path.join(to.dataDir, "secret.key"))).toBe(false);
      const counts = await work(to, async (t) => t.rowCounts());
      expect(counts.agent).toBe(0);
    },
    300_000,
  );

  test("beside another key, which could not read it", async () => {
    const to = await place("to-other-key");
    await mkdir(to.dataDir, { recursive: true });
    openVault(to.dataDir);
    await expect(restore(to, file)).rejects.toThrow(/is another key/);
  });
});

test.skipIf(SERVER)(
  "a backup of an older version is migrated when it is restored",
  async () => {
    const all = path.join(process.cwd(), "prisma/migrations");
    const names = (await readdir(all, { withFileTypes: true }))
      .flatMap((one) => (one.isDirectory() ? [one.name] : []))
      .sort();
    const then = path.join(root, "then");
    for (const name of names.slice(0, -3)) await cp(path.join(all, name), path.join(then, name), { recursive: true });
    const from = await place("old");
    await mkdir(from.dataDir, { recursive: true });
    const db = await openDatabase({ url: null, dataDir: from.dataDir, fsync: false, migrations: then });
    await db.query("INSERT INTO organization (id, name) VALUES ('org-1', 'Of old')");
    await db.close();
    const old = path.join(root, "old.memoir");
    await backUp(from, old, { migrations: then });
    const to = await place("of-old");
    await restore(to, old);
    const opened = await openDatabase({ url: null, dataDir: to.dataDir, fsync: false });
    const [row] = await opened.query("SELECT name FROM organization WHERE id = 'org-1'");
    expect(row).toEqual({ name: "Of old" });
    expect(await opened.query("SELECT edits FROM block_version")).toEqual([]);
    await opened.close();
  },
  300_000,
);
