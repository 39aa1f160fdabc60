import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import type { Ctx } from "../core/core";
import { asJson, bodyFor, idFields, pathParams, queryFor, type Samples, urlFor } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples, mark, type Send } from "../testing/samples";
import { HOUR_MS, rollUpSlice } from "../usage/roll-up";
import { markRunGone } from "../usage/stale";
import { createApp } from "./app";
import { OPEN_PATHS } from "./auth";

/** Rows for those who look after the server: they are about tenants, and belong to none. */
const ADMIN = /^admin\./;
const ROWS: readonly Endpoint[] = (ENDPOINTS as readonly Endpoint[]).filter(
  (row) => !ADMIN.test(row.id) && !OPEN_PATHS.has(row.path),
);
/** Streams that a GET opens go on for ever. */
const ENDLESS = (row: Endpoint) => row.method === "get" && row.streams === true;

/** A search by the owner leaves its record, a disclosure its entry in the audit, and each request is counted, so that asking twice does not answer the same. */
const RECORDED = new Set([
  "agents.passages.search",
  "agents.exportFile",
  "audit.list",
  "audit.export",
  "limits.retrieve",
]);
/** Answers that repeat the ids that the request named, and say that there was nothing to do. */
const ECHOES = new Set(["agents.messages.cancel"]);

/** Rows that answer by what they find: nothing, for an id of somebody else's. */
const EMPTY = new Set(["_internal_templates.deployment.list", "_internal_templates.deployment.delete"]);
/** Samples that are the same for all tenants. */
const SHARED = new Set(["project_id", "mcp_tool_name"]);
/** Rows that ask a server of the tenant's, which in a test is not there; or whose samples don't belong together. */
const UNANSWERED = new Set(["tools.mcp.tools", "mcpServers.tools.retrieve", "signIn.callback"]);
/** Of the server, where people have accounts: no tenant has a provider (`sign-in.test.ts`). */
const OF_THE_SERVER = new Set(["signIn.begin", "signIn.callback", "signIn.disconnect"]);

/** Tables whose rows go with others, and that the samples leave empty. */
const UNFILLED = new Set(["compaction", "image", "mcp_oauth"]);

/** What a field of a query or a body names, where its own name doesn't say it. */
const NAMES: Record<string, string> = {
  agentId: "agent_id",
  record_id: "step_id",
  with: "step_id",
  shared_block_ids: "block_id",
};
/** Fields that name nothing of this server's: a client's own words, or ids that several kinds of things share. */
const FOREIGN = new Set([
  "project_id",
  "template_id",
  "deployment_id",
  "base_template_id",
  "base_version_id",
  "approval_request_id",
  "trace_ids",
  "sender_id",
  "created_by_id",
  "entity_id",
]);

let t: RunningCore;
let app: ReturnType<typeof createApp>;
let asA: Send;
let asB: Send;
let a: Samples;

beforeAll(async () => {
  const config = readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on" });
  t = await openRunningCore({ config });
  app = createApp(t.core);
  asA = await tenant("a");
  asB = await tenant("b");
  a = await makeSamples(t, asA, "a");
});
afterAll(() => t?.close());

function sender(headers: Record<string, string>): Send {
  return async <Body>(method: string, path: string, body?: unknown) => {
    const sent = body === undefined || body instanceof FormData ? body : asJson(body);
    const response = await app.request(path, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
  };
}

async function tenant(name: string): Promise<Send> {
  const admin = sender({});
  const { body: org } = await admin<{ id: string }>("POST", "/v1/admin/orgs", { name });
  const { body: user } = await admin<{ id: string }>("POST", "/v1/admin/users", { name, organization_id: org.id });
  return sender({ user_id: user.id });
}

const namedBy = (schema: Parameters<typeof idFields>[0]) => idFields(schema).filter((field) => !FOREIGN.has(field));
/** The sample that a field of a query or body stands for; lists are named by their singular. */
const sampleOf = (field: string) => a[NAMES[field] ?? field.replace(/_ids$/, "_id")];

/** What of A stands in a text, beside what the request itself said. */
function leaks(text: string, said: string): string[] {
  const theirs = Object.entries(a).flatMap(([name, value]) => (SHARED.has(name) ? [] : [value]));
  return [...theirs, mark("a")].filter((secret) => text.includes(secret) && !said.includes(secret));
}

/** All that A has, as A sees it. */
async function everything(): Promise<string> {
  const rows = ROWS.filter((row) => row.method === "get" && !ENDLESS(row) && !RECORDED.has(row.id));
  const texts: string[] = [];
  for (const row of rows) texts.push(`${row.id} ${(await asA("GET", urlFor(row, a))).text}`);
  // A prompt that was never compiled is shown as it would be now.
  return texts.join("\n").replaceAll(/System prompt last recompiled: [^\\"]*/g, "");
}

/** Lines of one text that the other doesn't have. */
function changed(before: string, after: string): string[] {
  const known = new Set(before.split("\n"));
  return after.split("\n").filter((line) => !known.has(line));
}

describe("every endpoint of the table", () => {
  test("has a sample for each parameter of its path, and a body that its schema takes", () => {
    const missing = ROWS.flatMap((row) =>
      pathParams(row)
        .filter((name) => !a[name])
        .map((name) => `${row.id}: no sample for {${name}} in testing/samples.ts`),
    );
    const wrong = ROWS.filter((row) => row.body && !row.body.safeParse(bodyFor(row, a)).success).map(
      (row) => `${row.id}: no valid body; give one in testing/requests.ts`,
    );
    const unknown = ROWS.flatMap((row) =>
      [...namedBy(row.query), ...namedBy(row.body), ...namedBy(row.form)]
        .filter((field) => !sampleOf(field))
        .map((field) => `${row.id}: no sample for ${field}`),
    );
    expect([...missing, ...wrong, ...unknown]).toEqual([]);
  });

  test("answers its own tenant", async () => {
    const wrong: string[] = [];
    for (const row of ROWS.filter((one) => one.method === "get" && !ENDLESS(one) && !UNANSWERED.has(one.id))) {
      const { status, text } = await asA("GET", urlFor(row, a));
      if (status !== 200) wrong.push(`${row.id}: ${status} ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  });

  test("has nothing by the ids of another tenant: 404, and nothing changes", async () => {
    const before = await everything();
    const wrong: string[] = [];
    for (const row of ROWS.filter((one) => pathParams(one).length > 0 && !OF_THE_SERVER.has(one.id))) {
      const url = urlFor(row, a);
      const body = bodyFor(row, a);
      const { status, text } = await asB(row.method.toUpperCase(), url, body);
      // The contract keeps one operation that nobody can do.
      const refused = status === 404 || status === 405 || (EMPTY.has(row.id) && status === 200);
      if (!refused || leaks(text, decodeURIComponent(url) + JSON.stringify(body)).length > 0)
        wrong.push(`${row.id}: ${status} ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
    expect(changed(before, await everything())).toEqual([]);
  });

  test("shows nothing of another tenant in its lists and searches", async () => {
    const wrong: string[] = [];
    // B's own audit tells which ids of A's B has tried: C has tried none.
    const asC = await tenant("c");
    for (const row of ROWS.filter((one) => pathParams(one).length === 0 && !ENDLESS(one))) {
      t.otherwise.script = says("Yes.");
      const send = row.id.startsWith("audit.") ? asC : asB;
      const { status, text } = await send(row.method.toUpperCase(), urlFor(row, {}), bodyFor(row, {}));
      const found = leaks(text, "");
      if (status >= 500 || found.length > 0) wrong.push(`${row.id}: ${status} ${found.join(" ")}`);
    }
    expect(wrong).toEqual([]);
  });

  test("takes no id of another tenant in its query or body: a refusal, or nothing of theirs", async () => {
    const own = await makeSamples(t, asB, "b");
    const before = await everything();
    const wrong: string[] = [];
    const judge = async (row: Endpoint, field: string, url: string, body: unknown) => {
      const { status, text } = await asB(row.method.toUpperCase(), url, body);
      const found = leaks(text, decodeURIComponent(url) + JSON.stringify(body ?? null));
      const took = status < 300 && row.method !== "get" && !ECHOES.has(row.id) && text.includes(sampleOf(field)!);
      // A tenant's own server of tools can't be reached in a test.
      const broken = status >= 500 && status !== 502;
      if (broken || found.length > 0 || took) wrong.push(`${row.id} ${field}: ${status} ${text.slice(0, 300)}`);
    };
    for (const row of ROWS.filter((one) => !ENDLESS(one))) {
      for (const field of namedBy(row.query)) {
        await judge(
          row,
          field,
          urlFor(row, own, { ...queryFor(row, own), [field]: sampleOf(field)! }),
          bodyFor(row, own),
        );
      }
      for (const field of namedBy(row.body)) {
        const value = field.endsWith("_ids") ? [sampleOf(field)] : sampleOf(field);
        await judge(row, field, urlFor(row, own), { ...(bodyFor(row, own) as object), [field]: value });
      }
    }
    expect(wrong).toEqual([]);
    expect(changed(before, await everything())).toEqual([]);
  }, 120_000);

  test("knows no cursor of another tenant", async () => {
    const wrong: string[] = [];
    for (const row of ROWS.filter((one) => one.query && "after" in one.query.shape && pathParams(one).length === 0)) {
      for (const id of Object.values(a)) {
        for (const side of ["after", "before"]) {
          const { status, text } = await asB("GET", urlFor(row, a, { [side]: id }));
          if (status >= 500 || leaks(text, id).length > 0) wrong.push(`${row.id} ${side}=${id}: ${status}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("a tenant", () => {
  test("hears of no other's events", async () => {
    const listen = async (send: { user_id: string }) => {
      const end = new AbortController();
      const response = await app.request("/v1/events", { headers: send, signal: end.signal });
      let heard = "";
      void (async () => {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
          heard += new TextDecoder().decode(chunk);
        }
      })().catch(() => {});
      return { heard: () => heard, end: () => end.abort() };
    };
    const users = (await sender({})<{ id: string; name: string }[]>("GET", "/v1/admin/users")).body;
    const of = (name: string) => ({ user_id: users.find((user) => user.name === name)!.id });
    const [byA, byB, byDefault] = await Promise.all([listen(of("a")), listen(of("b")), listen({ user_id: "" })]);
    t.push(says("Heard."));
    await asA("POST", `/v1/agents/${a.agent_id}/messages`, { input: "do you hear" });
    await expect.poll(byA.heard).toContain('"status":"ended"');
    expect([byB.heard(), byDefault.heard()]).toEqual([": listening\n\n", ": listening\n\n"]);
    for (const one of [byA, byB, byDefault]) one.end();
  });

  test("works at once: it has the built-in tools, the models of the environment, and nothing else", async () => {
    const asC = await tenant("c");
    const tools = (await asC<{ tool_type: string }[]>("GET", "/v1/tools?limit=100")).body;
    expect(tools).toHaveLength(31);
    expect((await asC<unknown[]>("GET", "/v1/models")).body.length).toBeGreaterThan(0);
    for (const list of ["agents", "blocks", "archives", "conversations", "runs", "steps", "messages", "tags"]) {
      expect([list, (await asC("GET", `/v1/${list}`)).body]).toEqual([list, []]);
    }
    const agent = await asC<{ id: string }>("POST", "/v1/agents", { model: "openai/gpt-4o-mini" });
    t.push(says("Hello, c."));
    const reply = await asC<{ messages: { content: string }[] }>("POST", `/v1/agents/${agent.body.id}/messages`, {
      input: "hello",
    });
    expect(reply.body.messages[0]!.content).toBe("Hello, c.");
  });

  test("may have a thing of the same name as another has", async () => {
    const body = { source_type: "json", source_code: "", json_schema: { name: "tool_a", parameters: {} } };
    const made = await asB<{ id: string }>("POST", "/v1/tools", body);
    expect(made.status).toBe(200);
    expect(made.body.id).not.toBe(a.tool_id);
    expect((await asA<{ id: string }[]>("GET", "/v1/tools?name=tool_a")).body.map((tool) => tool.id)).toEqual([
      a.tool_id,
    ]);
  });

  test("is deleted with all that it has, and the others keep theirs", async () => {
    const asD = await tenant("d");
    const users = (await sender({})<{ organization_id: string; name: string }[]>("GET", "/v1/admin/users?limit=1000"))
      .body;
    const orgId = users.find((user) => user.name === "d")!.organization_id;
    const samples = await makeSamples(t, asD, "d");
    const later = new Date(Date.now() + 3 * HOUR_MS);
    await rollUpSlice({ ...t.core, now: () => later }, orgId);
    await t.core.db.transaction((sql) => markRunGone(sql, samples.run_id!));
    const tables = await t.core.db.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'organization_id' AND table_schema = 'public'",
    );
    const rowsLeft = async () => {
      const left: string[] = [];
      for (const { name } of tables) {
        const rows = await t.core.db.query(`SELECT 1 FROM "${name}" WHERE organization_id = $1 LIMIT 1`, [orgId]);
        if (rows.length > 0) left.push(name);
      }
      return left;
    };
    expect(
      tables
        .map((table) => table.name)
        .filter((name) => !UNFILLED.has(name))
        .toSorted(),
    ).toEqual((await rowsLeft()).toSorted());
    const before = await everything();
    expect((await sender({})("DELETE", `/v1/admin/orgs?org_id=${orgId}`)).status).toBe(200);
    expect(await rowsLeft()).toEqual([]);
    expect(changed(before, await everything())).toEqual([]);
    expect((await sender({})("GET", `/v1/admin/orgs/${orgId}`)).status).toBe(404);
  });
});

describe("the header user_id", () => {
  const callers = (config: Ctx["config"]) => {
    const own = createApp({ ...t.core, config });
    return async (headers: Record<string, string>) =>
      (await own.request("/v1/agents?limit=1000", { headers })).json() as Promise<
        { id: string }[] | { detail: string }
      >;
  };
  const UNKNOWN = "user-00000000-0000-4000-8000-00000000dead";

  test("of somebody unknown means the default user where there is no password", async () => {
    const ask = callers({ ...t.core.config, password: null });
    expect(await ask({ user_id: UNKNOWN })).toEqual(await ask({}));
    expect(await ask({ user_id: "nonsense" })).toEqual(await ask({}));
  });

  test("of somebody unknown is refused where there is one, and needs the password at all", async () => {
    const ask = callers({ ...t.core.config, password: "secret" });
    const authorization = "Bearer secret";
    expect(await ask({ user_id: UNKNOWN, authorization })).toEqual({ detail: expect.stringContaining(UNKNOWN) });
    const users = (await sender({})<{ id: string; name: string }[]>("GET", "/v1/admin/users")).body;
    const user_id = users.find((user) => user.name === "a")!.id;
    expect(await ask({ user_id })).toEqual({ detail: "Unauthorized" });
    const own = (await ask({ user_id, authorization })) as { id: string }[];
    expect(own.map((agent) => agent.id)).toContain(a.agent_id);
  });

  test("counts no more as soon as the user is deleted", async () => {
    const ask = callers({ ...t.core.config, password: null });
    const admin = sender({});
    const org = (await admin<{ id: string }>("POST", "/v1/admin/orgs", { name: "gone" })).body;
    const user = (await admin<{ id: string }>("POST", "/v1/admin/users", { name: "gone", organization_id: org.id }))
      .body;
    expect(await ask({ user_id: user.id })).toEqual([]);
    await admin("DELETE", `/v1/admin/users?user_id=${user.id}`);
    expect(await ask({ user_id: user.id })).toEqual(await ask({}));
    for (const path of [
      `users?user_id=${"user-00000000-0000-4000-8000-000000000000"}`,
      "orgs?org_id=org-00000000-0000-4000-8000-000000000000",
    ]) {
      expect((await admin("DELETE", `/v1/admin/${path}`)).status).toBe(409);
    }
  });
});
