import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCore, type TestCore } from "../testing/harness";
import { countOthers, reseal, SEALED_COLUMNS, SEALED_OBJECT, unreadableSecrets } from "./sealed";
import { type Vault, vaultOf, vaultWithKey } from "./vault";
import { openVault, readKeys, writeKeys } from "./vault-keys";

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];
let keys = [OLD];
const vault: Vault = vaultOf(() => keys);

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore({ vault });
});
afterAll(() => t.close());

const post = async <Body>(route: string, body: unknown): Promise<Body> => {
  const answer = await t.api<Body>("POST", route, body);
  if (answer.status >= 300) throw new Error(`${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** One secret of each kind, by the API where it makes them, under the old key. */
async function makeSecrets(): Promise<{ agent: string; provider: string }> {
  const provider = await post<{ id: string }>("/v1/providers/", {
    name: "mine",
    provider_type: "groq",
    api_key: "sk-p",
  });
  const agent = await post<{ id: string }>("/v1/agents/", { include_base_tools: false, secrets: { API_KEY: "sk-a" } });
  await post("/v1/client-side-access-tokens", {
    hostname: "https://example.com",
    policy: [{ type: "agent", id: agent.id, access: ["read_messages"] }],
  });
  const sealed = vault.encrypt("sk-t");
  const { query } = t.core.db;
  const [{ organization_id: org } = { organization_id: "" }] = await query<{ organization_id: string }>(
    "SELECT organization_id FROM agent LIMIT 1",
  );
  await query("UPDATE provider SET access_key_enc = $1", [sealed]);
  const [tool] = await query<{ id: string }>("SELECT id FROM tool LIMIT 1");
  await query("INSERT INTO tool_secret (tool_id, key, value_enc) VALUES ($1, 'K', $2)", [tool!.id, sealed]);
  await query(
    `INSERT INTO mcp_server (id, organization_id, server_name, server_type, config, secrets_enc)
     VALUES ('mcp-1', $1, 'files', 'sse', '{}', $2)`,
    [org, sealed],
  );
  await query(
    `INSERT INTO mcp_oauth (id, organization_id, user_id, mcp_server_id, server_url, status, secrets_enc)
     VALUES ('oauth-1', $1, 'u', 'mcp-1', 'https://example.com', 'authorized', $2)`,
    [org, sealed],
  );
  await query("INSERT INTO template (id, organization_id, name, content) VALUES ('template-1', $1, 'x', '{}')", [org]);
  await query(
    `INSERT INTO deployment (id, organization_id, template_id, template_version, memory_variables, tool_variables)
     VALUES ('deployment-1', $1, 'template-1', 1, '{}', jsonb_build_object('ONE', $2::text, 'TWO', $3::text))`,
    [org, sealed, vault.encrypt("sk-d")],
  );
  return { agent: agent.id, provider: provider.id };
}

/** Everything in the database that looks sealed, wherever it stands. */
async function sealedTexts(): Promise<{ at: string; text: string }[]> {
  const columns = await t.core.db.query<{ table_name: string; column_name: string }>(
    `SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables b USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND b.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'jsonb')`,
  );
  const found: { at: string; text: string }[] = [];
  for (const { table_name, column_name } of columns) {
    const rows = await t.core.db.query<{ text: string }>(
      `SELECT "${column_name}"::text AS text FROM "${table_name}" WHERE "${column_name}"::text ~ 'v[12]:[0-9a-zA-Z+/:=]{20}'`,
    );
    for (const { text } of rows) {
      for (const [one] of text.matchAll(/v[12]:[0-9a-zA-Z+/:=]+/g))
        found.push({ at: `${table_name}.${column_name}`, text: one });
    }
  }
  return found;
}

let made: { agent: string; provider: string };

test("each column whose name says that it is sealed is in the table of those", async () => {
  const schema = readFileSync("prisma/schema.prisma", "utf8");
  const named = [...schema.matchAll(/@map\("(\w+_enc)"\)/g)].map((match) => match[1]!);
  expect(SEALED_COLUMNS.map(({ column }) => column).toSorted()).toEqual(named.toSorted());
  made = await makeSecrets();
  const places = new Set((await sealedTexts()).map(({ at }) => at));
  const known = [...SEALED_COLUMNS, SEALED_OBJECT].map(({ table, column }) => `${table}.${column}`);
  for (const place of places) expect(known).toContain(place);
  expect(places.size).toBe(SEALED_COLUMNS.length + 1);
});

test("with another key, only what needs a secret fails, in words, and everything else works", async () => {
  keys = [NEW];
  const lost = await unreadableSecrets(t.core.db, vault);
  expect(lost).toHaveLength(SEALED_COLUMNS.length + 1);
  expect(lost).toContain("API key of provider mine");
  expect((await t.api("GET", "/v1/models/")).status).toBe(200);
  const agent = await t.api<{ secrets: { key: string; value: string }[] }>(
    "GET",
    `/v1/agents/${made.agent}?include=agent.secrets`,
  );
  expect(agent).toMatchObject({ status: 200, body: { secrets: [{ key: "API_KEY", value: "" }] } });
  expect((await t.api("POST", "/v1/agents/", { include_base_tools: false })).status).toBe(200);
  expect((await t.api("GET", "/v1/client-side-access-tokens")).status).toBe(200);
  expect(await t.api("POST", `/v1/providers/${made.provider}/check`)).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/^The API key of the provider 'mine' can't be read.*Give the secret again/) },
  });
  expect((await t.api("PATCH", `/v1/providers/${made.provider}`, { api_key: "sk-p" })).status).toBe(200);
  keys = [OLD, NEW];
  expect(await unreadableSecrets(t.core.db, vault)).toEqual([]);
  await t.api("PATCH", `/v1/providers/${made.provider}`, { api_key: "sk-p" });
});

test("a rotation that is broken off anywhere leaves every secret readable, and goes on to the end", async () => {
  keys = [NEW, OLD];
  const total = (await sealedTexts()).length;
  for (let after = 0; ; after++) {
    let sent = 0;
    const breaking = {
      ...t.core.db,
      query: async (...args: Parameters<typeof t.core.db.query>) => {
        if (/^UPDATE/.test(String(args[0])) && sent++ === 1) throw new Error("killed");
        return t.core.db.query(...args);
      },
    } as typeof t.core.db;
    const isDone = await reseal(breaking, vault).then(
      () => true,
      () => false,
    );
    expect(await unreadableSecrets(t.core.db, vault)).toEqual([]);
    if (isDone) break;
    expect(after).toBeLessThan(20);
  }
  expect(await countOthers(t.core.db, vault)).toBe(0);
  const texts = await sealedTexts();
  expect(texts).toHaveLength(total);
  const alone = vaultWithKey(NEW);
  for (const { at, text } of texts) expect(() => alone.decrypt(text), at).not.toThrow();
});

test("a key file is replaced whole, and never open to others", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "memoir-keys-"));
  openVault(dir);
  const file = path.join(dir, "secret.key");
  writeKeys(file, [NEW, ...readKeys(file)]);
  expect(readKeys(file)).toHaveLength(2);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readdirSync(dir)).toEqual(["secret.key"]);
  rmSync(dir, { recursive: true });
});
