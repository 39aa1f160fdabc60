import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAuditEntry } from "@/lib/api/audit";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import type { WireKey } from "@/lib/api/keys";
import { says } from "@/lib/engine/testing/scripted-model";
import { csvCell } from "../audit/csv";
import { dropOldEntries } from "../audit/retention";
import { readConfig } from "../config/env";
import { DEFAULT_ACTOR } from "../core/core";
import { asJson, bodyFor, type Samples, urlFor } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples, type Send } from "../testing/samples";
import { createApp } from "./app";
import { isAudited } from "./audit-table";

const ROWS: readonly Endpoint[] = ENDPOINTS;
const ORG = DEFAULT_ACTOR.organizationId;
const PASSWORD = "the password";

let t: RunningCore;
let app: ReturnType<typeof createApp>;
let samples: Samples;

beforeAll(async () => {
  t = await openRunningCore({ config: readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on" }) });
  t.otherwise.script = says("Yes.");
  app = createApp({ ...t.core, config: { ...t.core.config, password: PASSWORD } });
  samples = await makeSamples(t, as(PASSWORD), "mine");
});
afterAll(() => t?.close());

function as(bearer: string | null, headers: Record<string, string> = {}): Send {
  return async <Body>(method: string, path: string, body?: unknown) => {
    const response = await app.request(path, {
      method,
      headers: { ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : asJson(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
  };
}

const entries = async (filter: Record<string, string> = {}, send = as(PASSWORD)): Promise<WireAuditEntry[]> => {
  const answer = await send<WireAuditEntry[]>("GET", `/v1/audit?${new URLSearchParams({ limit: "1000", ...filter })}`);
  expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""]);
  return answer.body;
};
const newest = async (filter: Record<string, string> = {}) => (await entries({ limit: "1", ...filter }))[0]!;
const changeOf = (entry: WireAuditEntry, field: string) => entry.difference.find((one) => one.field === field);

describe("over the whole table", () => {
  test("whatever is no read and no talk has an entry with who, from where and how it ended; nothing else has one", async () => {
    const wrong: string[] = [];
    const count = async (operation: string) =>
      (await t.core.db.query("SELECT id FROM audit_entry WHERE operation = $1", [operation])).length;
    const send = as(PASSWORD, { "user-agent": "walker/1.0", "x-request-id": "walk" });
    for (const row of ROWS.filter(({ id }) => !id.startsWith("admin.orgs") && !id.startsWith("events."))) {
      const before = await count(row.id);
      const { status } = await send(row.method.toUpperCase(), urlFor(row, samples), bodyFor(row, samples));
      // What was asked in the wrong form was never begun.
      const begun = status !== 422 && status !== 400 && status !== 413 && status !== 415;
      const made = (await count(row.id)) - before;
      if (begun && made !== (isAudited(row) ? 1 : 0)) wrong.push(`${row.id}: ${made} entries, status ${status}`);
    }
    expect(wrong).toEqual([]);
    const left = await t.core.db.query(
      "SELECT operation, outcome FROM audit_entry WHERE outcome IS NULL OR address = '' OR organization_id IS NULL",
    );
    expect(left).toEqual([]);
    const kinds = await t.core.db.query<{ kind: string }>(
      "SELECT DISTINCT actor_kind AS kind FROM audit_entry WHERE request_id = 'walk' AND operation <> 'sessions.create'",
    );
    expect(kinds).toEqual([{ kind: "password" }]);
  });

  test("no secret that a request names or answers is in any entry", async () => {
    const secret = "open-sesame-4711";
    const { body: agent } = await as(PASSWORD)<{ id: string }>("POST", "/v1/agents", {
      model: "openai/gpt-4o-mini",
      secrets: { TOKEN: secret },
    });
    await as(PASSWORD)("PATCH", `/v1/agents/${agent.id}`, { secrets: { TOKEN: `${secret}-2`, OTHER: secret } });
    await as(PASSWORD)("POST", "/v1/providers", { name: "p", provider_type: "openai", api_key: secret });
    await as(PASSWORD)("POST", "/v1/mcp-servers", {
      server_name: "mcp",
      config: {
        mcp_server_type: "streamable_http",
        server_url: `http://user:${secret}@127.0.0.1:9/mcp?token=${secret}`,
        auth_header: "authorization",
        auth_token: secret,
        custom_headers: { "x-key": secret },
      },
    });
    const { body: key } = await as(PASSWORD)<WireKey & { key: string }>("POST", "/v1/keys", {
      name: "k",
      role: "viewer",
    });
    const { body: token } = await as(PASSWORD)<{ token: string }>("POST", "/v1/client-side-access-tokens", {
      hostname: "https://example.com",
      policy: [{ type: "agent", id: agent.id, access: ["read_agent"] }],
    });
    await as(PASSWORD)("DELETE", `/v1/client-side-access-tokens/${token.token}`, {});
    await as(PASSWORD)("POST", "/v1/sessions", { password: secret });
    const rows = JSON.stringify(await t.core.db.query("SELECT * FROM audit_entry"));
    for (const one of [secret, key.key, token.token, PASSWORD]) expect([one, rows.includes(one)]).toEqual([one, false]);
    expect(changeOf(await newest({ operation: "keys.create" }), "name")).toEqual({
      field: "name",
      before: null,
      after: "k",
    });
  });

  test("nothing that was said to or remembered by an agent is in any entry", async () => {
    const said = "Ada keeps bees";
    const { body: block } = await as(PASSWORD)<{ id: string }>("POST", "/v1/blocks", { label: "human", value: said });
    await as(PASSWORD)("PATCH", `/v1/blocks/${block.id}`, { value: `${said}!`, description: said });
    await as(PASSWORD)("POST", `/v1/agents/${samples.agent_id}/archival-memory`, { text: said });
    const { difference } = await newest({ operation: "blocks.update", target_id: block.id });
    expect(difference).toEqual([
      { field: "value", before: "(14 characters)", after: "(15 characters)" },
      { field: "description", before: expect.anything(), after: "(14 characters)" },
      // By which whoever may see the block finds what it said.
      {
        field: "head_version_id",
        before: expect.stringMatching(/^version-/),
        after: expect.stringMatching(/^version-/),
      },
    ]);
    expect(JSON.stringify(await t.core.db.query("SELECT * FROM audit_entry"))).not.toContain(said);
  });
});

describe("an entry", () => {
  test("tells what a change made of a field, of which thing, and by which key of whom", async () => {
    const { body: made } = await as(PASSWORD)<WireKey & { key: string }>("POST", "/v1/keys", {
      name: "ci-deploy",
      role: "editor",
    });
    const deploy = as(made.key, { "user-agent": "deploy/2" });
    const { body: agent } = await deploy<{ id: string }>("POST", "/v1/agents", {
      name: "before",
      model: "openai/gpt-4o-mini",
    });
    await deploy("PATCH", `/v1/agents/${agent.id}`, { name: "after", tags: ["prod"] });
    const entry = await newest({ operation: "agents.update" });
    expect(entry).toMatchObject({
      actor: { kind: "key", id: DEFAULT_ACTOR.userId, name: "ci-deploy", role: "editor", credential_id: made.id },
      user_agent: "deploy/2",
      target: { id: agent.id, name: "after" },
      outcome: "done",
      problem: null,
    });
    expect(changeOf(entry, "name")).toEqual({ field: "name", before: "before", after: "after" });
    expect(changeOf(entry, "tags")).toMatchObject({ after: ["prod"] });
    expect(entry.difference.map(({ field }) => field)).not.toContain("updated_at");
    await deploy("DELETE", `/v1/agents/${agent.id}`);
    expect(await newest({ target_id: agent.id })).toMatchObject({
      operation: "agents.delete",
      target: { name: "after" },
    });
  });

  test("tells what a role was refused, and what a request failed by", async () => {
    const { body: viewer } = await as(PASSWORD)<WireKey & { key: string }>("POST", "/v1/keys", {
      name: "looks",
      role: "viewer",
    });
    expect((await as(viewer.key)("DELETE", `/v1/agents/${samples.agent_id}`)).status).toBe(403);
    expect(await newest({ operation: "agents.delete" })).toMatchObject({
      outcome: "refused",
      problem: "forbidden",
      actor: { kind: "key", name: "looks", role: "viewer" },
      target: { id: samples.agent_id },
    });
    const unknown = "agent-00000000-0000-4000-8000-00000000dead";
    expect((await as(PASSWORD)("DELETE", `/v1/agents/${unknown}`)).status).toBe(404);
    expect(await newest({ outcome: "failed" })).toMatchObject({ problem: "not-found", target: { id: unknown } });
  });

  test("names who really asked, where that was for another user", async () => {
    const { body: user } = await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/users", {
      name: "Other",
      organization_id: ORG,
    });
    await as(PASSWORD, { user_id: user.id })("POST", "/v1/blocks", { label: "on_behalf", value: "" });
    expect((await newest({ operation: "blocks.create" })).actor).toMatchObject({
      id: DEFAULT_ACTOR.userId,
      on_behalf_of: user.id,
    });
  });

  test("is kept before the act: where it can't be, nothing is done", async () => {
    await t.core.db.query("ALTER TABLE audit_entry RENAME TO audit_gone");
    const name = "never made";
    const answer = await as(PASSWORD)("POST", "/v1/archives", { name });
    await t.core.db.query("ALTER TABLE audit_gone RENAME TO audit_entry");
    expect(answer.status).toBe(500);
    expect(await t.core.db.query("SELECT id FROM archive WHERE name = $1", [name])).toEqual([]);
  });
});

describe("the database", () => {
  const one = async () => (await t.core.db.query<{ id: string }>("SELECT id FROM audit_entry LIMIT 1"))[0]!.id;

  test.each([
    ["changed", "UPDATE audit_entry SET actor_name = 'somebody else' WHERE id = $1"],
    ["completed anew", "UPDATE audit_entry SET outcome = 'failed' WHERE id = $1"],
    ["deleted", "DELETE FROM audit_entry WHERE id = $1"],
    ["emptied", "TRUNCATE audit_entry"],
  ])("lets no entry be %s, also by the application", async (_, statement) => {
    const id = await one();
    const before = await t.core.db.query("SELECT * FROM audit_entry WHERE id = $1", [id]);
    await expect(t.core.db.query(statement, statement.includes("$1") ? [id] : [])).rejects.toThrow("append-only");
    expect(await t.core.db.query("SELECT * FROM audit_entry WHERE id = $1", [id])).toEqual(before);
  });

  test("lets an entry be completed, but not by changing what it says already", async () => {
    const insert = `INSERT INTO audit_entry (id, organization_id, created_at, operation, resource, address, actor_id)
      VALUES ($1, $2, now(), 'blocks.create', 'blocks', '::1', 'user-a')`;
    const id = "audit-00000000-0000-4000-8000-000000000001";
    await t.core.db.query(insert, [id, ORG]);
    const end = (more: string) =>
      t.core.db.query(`UPDATE audit_entry SET outcome = 'done' ${more} WHERE id = $1`, [id]);
    await expect(end(", actor_id = 'user-b'")).rejects.toThrow("append-only");
    await expect(end(", actor_id = NULL")).rejects.toThrow("append-only");
    await end(", target_id = 'block-a'");
    await expect(end("")).rejects.toThrow("append-only");
  });

  test("lets go what is older than it is kept, never of the last 30 days, whatever the settings say", async () => {
    const insert = (days: number) =>
      t.core.db.query(
        `INSERT INTO audit_entry (id, organization_id, created_at, operation, resource, address, outcome)
         VALUES ($1, $2, now() - make_interval(days => $3), 'old', 'old', '::1', 'done')`,
        [`audit-00000000-0000-4000-8000-0000000${String(days).padStart(5, "0")}`, ORG, days],
      );
    for (const days of [5, 40, 100, 400]) await insert(days);
    const left = async () => (await entries({ operation: "old" })).length;
    await dropOldEntries(t.core, 100);
    expect(await left()).toBe(4);
    expect((await as(PASSWORD)("PUT", "/v1/audit/settings", { retention_days: 90 })).body).toEqual({
      retention_days: 90,
    });
    expect(changeOf(await newest(), "retention_days")).toEqual({ field: "retention_days", before: null, after: 90 });
    await dropOldEntries(t.core, 1);
    expect(await left()).toBe(3);
    await dropOldEntries(t.core, 100);
    expect(await left()).toBe(2);
    expect((await as(PASSWORD)("PUT", "/v1/audit/settings", { retention_days: 1 })).status).toBe(422);
    await t.core.db.query("UPDATE organization SET audit_days = 1 WHERE id = $1", [ORG]);
    await dropOldEntries(t.core, 100);
    expect(await left()).toBe(1);
    await expect(t.core.db.query("DELETE FROM audit_entry WHERE operation = 'old'")).rejects.toThrow("append-only");
  });
});

describe("an audit", () => {
  test("is for owners and admins of its organization alone, and only an owner says how long it is kept", async () => {
    for (const [role, reads, sets] of [
      ["owner", 200, 200],
      ["admin", 200, 403],
      ["editor", 403, 403],
      ["tester", 403, 403],
      ["viewer", 403, 403],
    ] as const) {
      const { body } = await as(PASSWORD)<{ key: string }>("POST", "/v1/keys", { name: role, role });
      for (const path of ["/v1/audit", "/v1/audit/export"])
        expect((await as(body.key)("GET", path)).status).toBe(reads);
      const set = await as(body.key)("PUT", "/v1/audit/settings", { retention_days: null });
      expect([role, set.status]).toEqual([role, sets]);
    }
    const { body: org } = await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/orgs", { name: "Other" });
    const { body: user } = await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/users", {
      name: "There",
      organization_id: org.id,
    });
    const there = as(PASSWORD, { user_id: user.id });
    expect(await entries({}, there)).toEqual([]);
    await there("POST", "/v1/blocks", { label: "theirs", value: "" });
    expect((await entries({}, there)).map(({ operation }) => operation)).toEqual(["blocks.create"]);
    const exported = await there<WireAuditEntry[]>("GET", "/v1/audit/export?format=json");
    expect(exported.body.map(({ operation }) => operation)).toEqual(["blocks.create", "audit.export"]);
    // With its organization, and not before, it goes.
    expect((await as(PASSWORD)("DELETE", `/v1/admin/orgs?org_id=${org.id}`)).status).toBe(200);
    expect(await t.core.db.query("SELECT id FROM audit_entry WHERE organization_id = $1", [org.id])).toEqual([]);
  });

  test("is exported whole, as a list and as a table that no spreadsheet runs", async () => {
    await as(PASSWORD)("POST", "/v1/blocks", { label: "exported", value: "", name: "x" });
    await as(PASSWORD)("POST", "/v1/keys", { name: '=cmd|"x",1', role: "viewer" });
    const { body: list } = await as(PASSWORD)<WireAuditEntry[]>("GET", "/v1/audit/export?format=json");
    const { text } = await as(PASSWORD)("GET", "/v1/audit/export?format=csv");
    const [{ count }] = (await t.core.db.query("SELECT count(*) FROM audit_entry WHERE organization_id = $1", [
      ORG,
    ])) as [{ count: number }];
    // Each export is in the audit, too, begun before it is read.
    expect(list).toHaveLength(Number(count) - 1);
    expect(list.map(({ id }) => id).toSorted()).toEqual([...new Set(list.map(({ id }) => id))].toSorted());
    expect(text.split("\r\n")[0]).toContain("time,operation,outcome");
    expect(text).toContain(`"'=cmd|""x"",1"`);
    expect(csvCell("@x")).toBe("'@x");
    expect(csvCell(null)).toBe("");
  });
});

test("what has records of its own is in the audit without the whole that it is in being looked at", async () => {
  const agent = (await t.api<{ id: string }>("POST", "/v1/agents/", { name: "Cheap" })).body;
  const insert = () => t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "A passage" });
  await insert();
  const look = await t.countStatements(() => t.api("GET", `/v1/agents/${agent.id}`));
  expect(await t.countStatements(insert)).toBeLessThan(look);
  expect(await newest({ target_id: agent.id })).toMatchObject({ operation: "agents.passages.create", difference: [] });
});
