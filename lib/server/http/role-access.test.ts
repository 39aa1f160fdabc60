import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import type { WireKey } from "@/lib/api/keys";
import { isAtLeast, ROLES, type Role } from "@/lib/api/roles";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { asJson, bodyFor, type Samples, urlFor } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples, type Send } from "../testing/samples";
import { createApp } from "./app";
import { OPEN_PATHS } from "./auth";
import { type Need, ROLE_ACCESS } from "./role-table";

const ROWS: readonly Endpoint[] = ENDPOINTS;
const PASSWORD = "the password";
const needed = (row: Endpoint): Need => (ROLE_ACCESS as Record<string, Need>)[row.id]!;
/** Who comes for any of these may come without a role. */
const isOpen = (row: Endpoint) => row.id === "sessions.create" || OPEN_PATHS.has(row.path);

let t: RunningCore;
let samples: Samples;
let app: ReturnType<typeof createApp>;

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
    // The stream of events has no end.
    const isEndless = path.startsWith("/v1/events") && response.ok;
    if (isEndless) await response.body?.cancel();
    const text = isEndless ? "" : await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
  };
}

type NewKey = WireKey & { key: string };

async function makeKey(role: Role, changes: Record<string, unknown> = {}, send = as(PASSWORD)): Promise<NewKey> {
  const answer = await send<NewKey>("POST", "/v1/keys", { name: `a ${role}`, role, ...changes });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body;
}

const ask = (send: Send, row: Endpoint) => send(row.method.toUpperCase(), urlFor(row, samples), bodyFor(row, samples));

/** All rows of the database but notes of when a key was used. */
async function everything(): Promise<Record<string, number>> {
  return t.rowCounts();
}

describe("over the whole table", () => {
  test.each(ROLES)("a key with the role %s does what its role may, and nothing else", async (role) => {
    const send = as((await makeKey(role)).key);
    const wrong: string[] = [];
    const before = await everything();
    const refusedRows = ROWS.filter(
      (row) => !isOpen(row) && (needed(row) !== "operator" ? !isAtLeast(role, needed(row) as Role) : role !== "owner"),
    );
    for (const row of refusedRows) {
      const { status, text } = await ask(send, row);
      if (status !== 403 || !text.includes(role)) wrong.push(`${row.id} by ${role}: ${status} ${text}`);
    }
    expect(await everything()).toEqual(before);
    // Once each, by who may just do it: what it deletes is gone for the others.
    for (const row of ROWS.filter((one) => needed(one) === (role === "owner" ? "operator" : role))) {
      const { status, text } = await ask(send, row);
      if ((status === 403 && text.includes("The role")) || status === 401) wrong.push(`${row.id}: ${status} ${text}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(ROLES)("a key with the role %s is told what it may do, as it is judged", async (role) => {
    const send = as((await makeKey(role)).key);
    const { body } = await send<{ role: Role; operations: string[]; refused: string[] }>("GET", "/v1/permissions");
    const may = (row: Endpoint) =>
      needed(row) === "operator" ? role === "owner" : isAtLeast(role, needed(row) as Role);
    expect(body.role).toBe(role);
    expect(body.operations.toSorted()).toEqual(
      ROWS.filter(may)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(body.refused.toSorted()).toEqual(
      ROWS.filter((row) => !may(row))
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test("who gives nothing is told nothing", async () => {
    const wrong: string[] = [];
    for (const row of ROWS.filter((one) => !isOpen(one))) {
      const { status, text } = await ask(as(null), row);
      if (status !== 401 || text.includes("mark-of")) wrong.push(`${row.id}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("a key", () => {
  test("is shown once, and kept as a hash", async () => {
    const made = await makeKey("editor", { name: "ci-deploy" });
    expect(made.key).toMatch(/^memoir-key-[\w-]{43}$/);
    const listed = await as(PASSWORD)("GET", "/v1/keys");
    expect(listed.text).toContain("ci-deploy");
    const rows = await t.core.db.query("SELECT * FROM api_key");
    for (const text of [listed.text, JSON.stringify(rows)]) expect(text).not.toContain(made.key);
  });

  test("that was revoked, has expired or never was opens nothing, at once", async () => {
    const revoked = await makeKey("owner");
    const expired = await makeKey("owner", { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await as(revoked.key)("GET", "/v1/agents")).status).toBe(200);
    expect((await as(PASSWORD)("DELETE", `/v1/keys/${revoked.id}`)).status).toBe(204);
    await t.core.db.query("UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1", [expired.id]);
    for (const key of [revoked.key, expired.key, `${revoked.key}x`, "memoir-key-nonsense"]) {
      expect([(await as(key)("GET", "/v1/agents")).status, key]).toEqual([401, key]);
    }
  });

  test("makes no key that may do more than itself, and none for a service but by an admin", async () => {
    const editor = as((await makeKey("editor")).key);
    for (const [role, kind, status] of [
      ["admin", "person", 403],
      ["owner", "person", 403],
      ["viewer", "service", 403],
      ["editor", "person", 201],
      ["viewer", "person", 201],
    ]) {
      const answer = await editor("POST", "/v1/keys", { name: "k", role, kind });
      expect([role, kind, answer.status]).toEqual([role, kind, status]);
    }
    const admin = as((await makeKey("admin")).key);
    expect((await admin("POST", "/v1/keys", { name: "k", role: "viewer", kind: "service" })).status).toBe(201);
    const owners = await makeKey("owner");
    expect((await admin("DELETE", `/v1/keys/${owners.id}`)).status).toBe(403);
  });

  test("acts for nobody else below the role of an admin, and for nobody of another organization", async () => {
    const org = await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/orgs", { name: "Other" });
    const there = { name: "There", organization_id: org.body.id };
    const stranger = (await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/users", there)).body.id;
    const here = { name: "Here", organization_id: t.ctx.actor.organizationId };
    const colleague = (await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/users", here)).body.id;
    const get = async (role: Role, userId: string) =>
      (await as((await makeKey(role)).key, { user_id: userId })("GET", "/v1/agents")).status;
    for (const role of ["viewer", "tester", "editor"] as const) expect(await get(role, colleague)).toBe(403);
    for (const role of ["admin", "owner"] as const) {
      expect([await get(role, colleague), await get(role, stranger)]).toEqual([200, 404]);
    }
  });

  test("of a person ends with the person; a service's goes on", async () => {
    const user = (
      await as(PASSWORD)<{ id: string }>("POST", "/v1/admin/users", {
        name: "Leaves",
        organization_id: t.ctx.actor.organizationId,
      })
    ).body.id;
    const send = as(PASSWORD, { user_id: user });
    const own = await makeKey("owner", {}, send);
    const service = await makeKey("editor", { kind: "service" }, send);
    await as(PASSWORD)("DELETE", `/v1/admin/users?user_id=${user}`);
    expect((await as(own.key)("GET", "/v1/agents")).status).toBe(401);
    expect((await as(service.key)("GET", "/v1/agents")).status).toBe(200);
  });

  test("is named by the causes of what was done with it", async () => {
    const deploy = as((await makeKey("editor", { name: "ci-deploy" })).key);
    const block = await deploy<{ id: string }>("POST", "/v1/blocks", { label: "caused", value: "v" });
    const versions = await deploy<{ cause: unknown }[]>("GET", `/v1/blocks/${block.body.id}/versions`);
    expect(versions.body[0]!.cause).toEqual({ kind: "api", actor: t.ctx.actor.userId, name: "ci-deploy" });
  });

  test("below an editor's role sees no secret of an agent", async () => {
    const made = await as(PASSWORD)<{ id: string }>("POST", "/v1/agents", {
      model: "openai/gpt-4o-mini",
      secrets: { TOKEN: "open sesame" },
    });
    for (const role of ROLES) {
      const { text } = await as((await makeKey(role)).key)("GET", `/v1/agents/${made.body.id}?include=agent.secrets`);
      expect([role, text.includes("open sesame")]).toEqual([role, isAtLeast(role, "editor")]);
    }
  });
});

test("a tester talks to an agent as it is, and not to another that a message makes of it", async () => {
  const { body: agent } = await as(PASSWORD)<{ id: string }>("POST", "/v1/agents", { model: "openai/gpt-4o-mini" });
  const tester = as((await makeKey("tester")).key);
  const send = (more: object) => tester("POST", `/v1/agents/${agent.id}/messages`, { input: "Hi", ...more });
  expect((await send({})).status).toBe(200);
  for (const more of [{ override_system: "Obey." }, { override_model: "openai/gpt-4o" }, { system: "Obey." }]) {
    expect([(await send(more)).status, more]).toEqual([403, more]);
  }
});

test("what a person does in Memoir's pages is a person's, and says so", async () => {
  const page = as(PASSWORD, { origin: "http://localhost", host: "localhost", "sec-fetch-site": "same-origin" });
  const block = await page<{ id: string }>("POST", "/v1/blocks", { label: "typed", value: "v" });
  const versions = await page<{ cause: unknown }[]>("GET", `/v1/blocks/${block.body.id}/versions`);
  expect(versions.body[0]!.cause).toEqual({ kind: "user", actor: t.ctx.actor.userId });
});
