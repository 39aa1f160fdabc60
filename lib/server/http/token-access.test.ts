import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS, type Access, type WireAccessToken } from "@/lib/api/access-tokens";
import type { WireAgent } from "@/lib/api/agent-state";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { asJson, bodyFor, queryFor, type Samples, urlFor } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples, type Send } from "../testing/samples";
import { createApp } from "./app";
import { OPEN_PATHS } from "./auth";
import { TOKEN_ACCESS } from "./token-access";

const ROWS: readonly Endpoint[] = ENDPOINTS;
const PASSWORD = "the password";
const neededFor = (row: Endpoint) => (TOKEN_ACCESS as Record<string, readonly Access[] | undefined>)[row.id];
const granted = ROWS.filter(neededFor);

/** The contract's form, or that of the protocol that the endpoint speaks. */
const isRefusal = (body: unknown) => {
  const { detail, error } = body as { detail?: unknown; error?: { message?: unknown } };
  return typeof detail === "string" || typeof error?.message === "string";
};

let t: RunningCore;
let mine: Samples;
let other: Samples;
/** With and without a server password. */
let apps: { password: string | null; app: ReturnType<typeof createApp> }[];

beforeAll(async () => {
  t = await openRunningCore({ config: readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on" }) });
  t.otherwise.script = says("Yes.");
  apps = [null, PASSWORD].map((password) => ({
    password,
    app: createApp({ ...t.core, config: { ...t.core.config, password } }),
  }));
  const send = sender(PASSWORD);
  mine = await makeSamples(t, send, "mine");
  other = await makeSamples(t, send, "other");
});
afterAll(() => t?.close());

function sender(bearer: string, options: { password?: string | null; headers?: Record<string, string> } = {}): Send {
  const { app } = apps.find((one) => one.password === (options.password === undefined ? PASSWORD : options.password))!;
  return async <Body>(method: string, path: string, body?: unknown) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...options.headers },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : asJson(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
  };
}

async function makeToken(access: readonly Access[], changes: Record<string, unknown> = {}): Promise<string> {
  const answer = await sender(PASSWORD)<WireAccessToken>("POST", "/v1/client-side-access-tokens", {
    hostname: "https://app.example.com",
    policy: [{ type: "agent", id: mine.agent_id, access }],
    ...changes,
  });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body.token;
}

/** A row that lists or makes things of an agent has to name it. */
const query = (row: Endpoint, samples: Samples) => ({
  ...queryFor(row, samples),
  ...(row.query && "agent_id" in row.query.shape && !row.path.includes("{") ? { agent_id: samples.agent_id! } : {}),
});
const ask = (send: Send, row: Endpoint, samples: Samples) =>
  send(row.method.toUpperCase(), urlFor(row, samples, query(row, samples)), bodyFor(row, samples));

describe.each([null, PASSWORD])("over the whole table, with the server's password %s", (password) => {
  test("a token does nothing that is not granted to tokens", async () => {
    const send = sender(await makeToken(ACCESS), { password });
    const wrong: string[] = [];
    for (const row of ROWS.filter((one) => !neededFor(one) && !OPEN_PATHS.has(one.path))) {
      const { status, body } = await ask(send, row, mine);
      if (status !== 403 || !isRefusal(body)) wrong.push(`${row.id}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test("a token does nothing on another agent, or on what is another agent's", async () => {
    const send = sender(await makeToken(ACCESS), { password });
    const wrong: string[] = [];
    for (const row of granted) {
      const { status } = await ask(send, row, other);
      if (status !== 403) wrong.push(`${row.id}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test("each access that an endpoint needs is needed, and all of them together are enough", async () => {
    const wrong: string[] = [];
    for (const row of granted) {
      const needed = neededFor(row)!;
      for (const missing of needed) {
        const without = sender(await makeToken(ACCESS.filter((one) => one !== missing)), { password });
        const { status } = await ask(without, row, mine);
        if (status !== 403) wrong.push(`${row.id} without ${missing}: ${status}`);
      }
      const { status, text } = await ask(sender(await makeToken(needed), { password }), row, mine);
      if (status === 403 || status === 401 || status >= 500) wrong.push(`${row.id}: ${status} ${text}`);
    }
    expect(wrong).toEqual([]);
  });

  test("a token that has expired, was deleted or never was opens nothing", async () => {
    const deleted = await makeToken(ACCESS);
    expect((await sender(PASSWORD)("DELETE", `/v1/client-side-access-tokens/${deleted}`)).status).toBe(204);
    const expired = await makeToken(ACCESS, { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    await t.core.db.query("UPDATE access_token SET expires_at = now() - interval '1 second'");
    for (const token of [deleted, expired, "memoir-cst-nonsense"]) {
      const answer = await sender(token, { password })("GET", `/v1/agents/${mine.agent_id}`);
      expect([answer.status, answer.body]).toEqual([401, { detail: "Unauthorized" }]);
    }
  });
});

describe("a client-side access token", () => {
  test("works from its own page and from no page, not from another", async () => {
    const token = await makeToken(["read_agent"]);
    const from = async (headers: Record<string, string>) =>
      (await sender(token, { headers })("GET", `/v1/agents/${mine.agent_id}`)).status;
    expect(await from({})).toBe(200);
    expect(await from({ origin: "https://app.example.com" })).toBe(200);
    expect(await from({ origin: "https://app.example.com:444" })).toBe(403);
    expect(await from({ origin: "http://app.example.com" })).toBe(403);
    expect(await from({ origin: "https://evil.example.com" })).toBe(403);
    expect(await from({ origin: "null" })).toBe(403);
  });

  test("acts for nobody else, whatever the header user_id says", async () => {
    const send = sender(PASSWORD);
    const org = (await send<{ id: string }>("POST", "/v1/admin/orgs", {})).body;
    const user = (await send<{ id: string }>("POST", "/v1/admin/users", { name: "u", organization_id: org.id })).body;
    const token = await makeToken(["read_agent"]);
    const answer = await sender(token, { headers: { user_id: user.id } })("GET", `/v1/agents/${mine.agent_id}`);
    expect(answer.status).toBe(200);
  });

  test("shows no secrets of its agent", async () => {
    const made = await sender(PASSWORD)<WireAgent>("POST", "/v1/agents", {
      model: "openai/gpt-4o-mini",
      secrets: { KEY: "the secret" },
    });
    const token = await makeToken(["read_agent"], {
      policy: [{ type: "agent", id: made.body.id, access: ["read_agent"] }],
    });
    const answer = await sender(token)("GET", `/v1/agents/${made.body.id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("the secret");
    expect((await sender(PASSWORD)("GET", `/v1/agents/${made.body.id}`)).text).toContain("the secret");
  });

  test("can't reach beyond its agent by what it attaches, or by how it asks", async () => {
    const send = sender(await makeToken(ACCESS));
    const patch = async (body: unknown) => (await send("PATCH", `/v1/agents/${mine.agent_id}`, body)).status;
    expect(await patch({ description: "changed" })).toBe(200);
    expect(await patch({ block_ids: [other.block_id] })).toBe(403);
    expect(await patch({ tool_ids: [other.tool_id] })).toBe(403);
    expect(await patch({ secrets: {} })).toBe(403);
    const write = sender(await makeToken(["write_messages"]));
    const message = async (body: object) =>
      (await write("POST", `/v1/agents/${mine.agent_id}/messages`, { input: "hi", ...body })).status;
    expect(await message({})).toBe(200);
    expect(await message({ override_system: "obey" })).toBe(403);
    expect(await message({ override_model: "openai/gpt-5-mini" })).toBe(403);
    expect(await message({ callback_url: "https://example.com" })).toBe(403);
    expect(await message({ agent_id: other.agent_id })).toBe(403);
  });

  test("writes nothing that another agent has too, unless it may write that agent as well", async () => {
    const send = sender(PASSWORD);
    const model = "openai/gpt-4o-mini";
    const lent = (await send<{ id: string }>("POST", "/v1/blocks", { label: "lent", value: "ours" })).body.id;
    const blocks = { model, block_ids: [lent], memory_blocks: [{ label: "own", value: "mine" }] };
    const [a, b, c] = await Promise.all(
      [blocks, { model, block_ids: [lent] }, { model }].map(
        async (body) => (await send<WireAgent>("POST", "/v1/agents", body)).body.id,
      ),
    );
    const archive = (await send<{ id: string }>("POST", "/v1/archives", { name: "lent" })).body.id;
    await send("PATCH", `/v1/agents/${a}/archives/attach/${archive}`);
    const grants = (...ids: unknown[]) => ({ policy: ids.map((id) => ({ type: "agent", id, access: ACCESS })) });
    const alone = sender(await makeToken(ACCESS, grants(a)));
    const both = sender(await makeToken(ACCESS, grants(a, b)));
    const write = async (by: Send, label: string) =>
      (await by("PATCH", `/v1/agents/${a}/core-memory/blocks/${label}`, { value: "changed" })).status;
    expect([await write(alone, "own"), await write(alone, "lent"), await write(both, "lent")]).toEqual([200, 403, 200]);
    await send("PATCH", `/v1/agents/${b}/core-memory/blocks/detach/${lent}`);
    expect(await write(alone, "lent")).toBe(200);
    // A block of a group is the group's agents', also where they don't hold it themselves.
    const group = await send("POST", "/v1/groups", { agent_ids: [c], description: "", shared_block_ids: [lent] });
    expect(group.status).toBe(200);
    expect(await write(alone, "lent")).toBe(403);

    const insert = async (by: Send) => (await by("POST", `/v1/agents/${a}/archival-memory`, { text: "noted" })).status;
    expect(await insert(alone)).toBe(200);
    await send("PATCH", `/v1/agents/${b}/archives/attach/${archive}`);
    expect([await insert(alone), await insert(both)]).toEqual([403, 200]);
  });

  test("makes no agent work by itself, and moves none elsewhere", async () => {
    const send = sender(await makeToken(ACCESS));
    for (const body of [
      { enable_sleeptime: true },
      { project_id: "p" },
      { template_id: "t" },
      { base_template_id: "t" },
    ]) {
      const { status, text } = await send("PATCH", `/v1/agents/${mine.agent_id}`, body);
      expect([body, status, text]).toEqual([body, 403, expect.stringContaining(Object.keys(body)[0]!)]);
    }
  });

  test("is gone with the agent that it is for", async () => {
    const send = sender(PASSWORD);
    const made = await send<WireAgent>("POST", "/v1/agents", { model: "openai/gpt-4o-mini" });
    const grant = { type: "agent", id: made.body.id, access: ["read_agent"] };
    await makeToken([], { policy: [grant] });
    const both = await makeToken([], { policy: [grant, { ...grant, id: mine.agent_id }] });
    await send("DELETE", `/v1/agents/${made.body.id}`);
    const left = await send<{ tokens: WireAccessToken[] }>(
      "GET",
      `/v1/client-side-access-tokens?agentId=${made.body.id}`,
    );
    expect(left.body.tokens.map((one) => one.token)).toEqual([both]);
  });

  test("is listed newest first, page by page, and kept as a hash and encrypted", async () => {
    const send = sender(PASSWORD);
    await t.core.db.query("DELETE FROM access_token");
    const tokens = [await makeToken(["read_agent"]), await makeToken(["read_agent"]), await makeToken(["read_agent"])];
    const page = async (offset: number) =>
      (
        await send<{ tokens: WireAccessToken[]; hasNextPage: boolean }>(
          "GET",
          `/v1/client-side-access-tokens?limit=2&offset=${offset}&agentId=${mine.agent_id}`,
        )
      ).body;
    const [first, second] = [await page(0), await page(2)];
    expect([...first.tokens, ...second.tokens].map((one) => one.token)).toEqual(tokens.toReversed());
    expect([first.hasNextPage, second.hasNextPage]).toEqual([true, false]);
    const rows = JSON.stringify(await t.core.db.query("SELECT * FROM access_token"));
    for (const token of tokens) expect(rows).not.toContain(token);
    expect(first.tokens[0]).toMatchObject({
      hostname: "https://app.example.com",
      policy: { version: "1", data: [{ type: "agent", id: mine.agent_id, access: ["read_agent"] }] },
    });
    const life = Date.parse(first.tokens[0]!.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(4 * 60_000);
    expect(life).toBeLessThanOrEqual(5 * 60_000 + 1000);
  });

  test("is not made for an agent that there is not, a time that is past, or what is no page", async () => {
    const create = async (changes: Record<string, unknown>) =>
      (
        await sender(PASSWORD)("POST", "/v1/client-side-access-tokens", {
          hostname: "https://app.example.com",
          policy: [{ type: "agent", id: mine.agent_id, access: ["read_agent"] }],
          ...changes,
        })
      ).status;
    const unknown = "agent-00000000-0000-4000-8000-00000000dead";
    expect(await create({ policy: [{ type: "agent", id: unknown, access: [] }] })).toBe(404);
    expect(await create({ expires_at: "2020-01-01T00:00:00Z" })).toBe(400);
    expect(await create({ hostname: "app.example.com" })).toBe(422);
    expect(await create({ hostname: "javascript:alert(1)" })).toBe(422);
    expect(await create({ policy: [{ type: "agent", id: mine.agent_id, access: ["admin"] }] })).toBe(422);
  });
});
