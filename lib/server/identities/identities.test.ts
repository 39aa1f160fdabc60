import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import type { WireIdentity } from "@/lib/api/identity";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
let count = 0;
const create = (body: Record<string, unknown> = {}) =>
  t.api<WireIdentity>("POST", "/v1/identities/", {
    identifier_key: `key-${count++}`,
    name: "Ada",
    identity_type: "user",
    ...body,
  });
const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", { include_base_tools: false, ...body })).body;
const makeBlock = async () => (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "human", value: "v" })).body;
const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

describe("an identity", () => {
  test("has the contract's shape, with every key present", async () => {
    const property = { key: "plan", value: "pro", type: "string" };
    const { status, body } = await create({ identifier_key: "ada@example.com", properties: [property] });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.stringMatching(/^identity-/),
        identifier_key: "ada@example.com",
        name: "Ada",
        identity_type: "user",
        project_id: null,
        agent_ids: [],
        block_ids: [],
        properties: [property],
      },
    ]);
    expect((await t.api("GET", `/v1/identities/${body.id}`)).body).toEqual(body);
  });

  test("has its key alone in its organization and project", async () => {
    expect((await create({ identifier_key: "one" })).status).toBe(200);
    expect((await create({ identifier_key: "one" })).status).toBe(409);
    expect((await create({ identifier_key: "one", project_id: "p" })).status).toBe(200);
    const other = (await create()).body;
    expect((await t.api("PATCH", `/v1/identities/${other.id}`, { identifier_key: "one" })).status).toBe(409);
    const body = { identifier_key: "one", agent_ids: [`agent-${UNKNOWN}`] };
    expect((await t.api("PATCH", `/v1/identities/${other.id}`, { ...body, identifier_key: "two" })).status).toBe(404);
    expect((await t.api<WireIdentity>("GET", `/v1/identities/${other.id}`)).body).toEqual(other);
  });

  test("is changed only where something is given, and its lists are replaced", async () => {
    const [a, b] = [await makeAgent(), await makeAgent()];
    const block = await makeBlock();
    const made = (await create({ agent_ids: [a.id], block_ids: [block.id] })).body;
    const patch = async (body: Record<string, unknown>) =>
      (await t.api<WireIdentity>("PATCH", `/v1/identities/${made.id}`, body)).body;
    expect(await patch({ name: null, agent_ids: null })).toEqual(made);
    expect(await patch({ name: "Grace", identity_type: "org", agent_ids: [b.id] })).toEqual({
      ...made,
      name: "Grace",
      identity_type: "org",
      agent_ids: [b.id],
    });
    expect((await patch({ agent_ids: [], block_ids: [] })).block_ids).toEqual([]);
  });

  test("is made or changed by its key", async () => {
    const put = (body: Record<string, unknown>) => t.api<WireIdentity>("PUT", "/v1/identities/", body);
    const agent = await makeAgent();
    const first = (await put({ identifier_key: "up", name: "A", identity_type: "user", agent_ids: [agent.id] })).body;
    const second = (await put({ identifier_key: "up", name: "B", identity_type: "other" })).body;
    expect(second).toEqual({ ...first, name: "B", identity_type: "other" });
    const same = { identifier_key: "at once", name: "C", identity_type: "user" };
    const both = await Promise.all([put(same), put(same), put(same)]);
    expect(new Set(both.map((one) => one.body.id)).size).toBe(1);
  });

  test("has properties that are set by their keys", async () => {
    const made = (await create({ properties: [{ key: "a", value: 1, type: "number" }] })).body;
    const given = [
      { key: "a", value: 2, type: "number" },
      { key: "b", value: { c: [true] }, type: "json" },
    ];
    const { body } = await t.api<WireIdentity>("PUT", `/v1/identities/${made.id}/properties`, given);
    expect(body.properties).toEqual(given);
    const replaced = [{ key: "d", value: false, type: "boolean" }];
    const patched = await t.api<WireIdentity>("PATCH", `/v1/identities/${made.id}`, { properties: replaced });
    expect(patched.body.properties).toEqual(replaced);
  });

  test("is deleted without its agents and blocks", async () => {
    const [agent, block] = [await makeAgent(), await makeBlock()];
    const made = (await create({ agent_ids: [agent.id], block_ids: [block.id] })).body;
    expect(await t.api("DELETE", `/v1/identities/${made.id}`)).toMatchObject({ status: 200, body: null });
    expect((await t.api("GET", `/v1/identities/${made.id}`)).status).toBe(404);
    expect((await t.api("DELETE", `/v1/identities/${made.id}`)).status).toBe(404);
    expect((await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`)).body.identity_ids).toEqual([]);
    expect((await t.api("GET", `/v1/blocks/${block.id}`)).status).toBe(200);
  });
});

describe("identities", () => {
  test("are listed page by page, filtered and counted", async () => {
    const project_id = "listed";
    const made = [
      (await create({ project_id, name: "Ada Lovelace" })).body,
      (await create({ project_id, name: "Ada Byron", identity_type: "org" })).body,
      (await create({ project_id, name: "Grace" })).body,
    ];
    const newest = ids(made).toReversed();
    expect(await walk(t.api, "/v1/identities/", { project_id, limit: 2 })).toEqual(newest);
    expect(await walk(t.api, "/v1/identities/", { project_id, limit: 2, order: "asc" })).toEqual(ids(made));
    const find = async (query: string) =>
      ids((await t.api<WireIdentity[]>("GET", `/v1/identities/?project_id=listed&${query}`)).body);
    expect(await find("name=ada")).toEqual([made[1]!.id, made[0]!.id]);
    expect(await find("identity_type=org")).toEqual([made[1]!.id]);
    expect(await find(`identifier_key=${made[2]!.identifier_key}`)).toEqual([made[2]!.id]);
    expect((await t.api("GET", "/v1/identities/count?project_id=listed")).body).toBe(3);
    expect((await t.api("GET", "/v1/identities/count?project_id=listed&name=ada")).body).toBe(2);
    expect((await t.api("GET", `/v1/identities/?after=identity-${UNKNOWN}`)).status).toBe(404);
  });

  test("cost a page the same number of statements, however many there are", async () => {
    const agents = [await makeAgent(), await makeAgent()];
    for (let i = 0; i < 10; i++) await create({ project_id: "many", agent_ids: ids(agents) });
    const cost = (limit: number) =>
      t.countStatements(() => t.api("GET", `/v1/identities/?project_id=many&limit=${limit}`));
    expect(await cost(10)).toBe(await cost(2));
  });
});

describe("agents and blocks", () => {
  test("carry the identities that they are made with or given, and are found by them", async () => {
    const [ada, grace] = [(await create({ name: "Ada" })).body, (await create({ name: "Grace" })).body];
    const agent = await makeAgent({ identity_ids: [ada.id] });
    expect(agent.identity_ids).toEqual([ada.id]);
    expect(agent.identities).toEqual([{ ...ada, agent_ids: [agent.id] }]);
    const changed = await t.api<WireAgent>("PATCH", `/v1/agents/${agent.id}`, { identity_ids: [grace.id] });
    expect(changed.body.identity_ids).toEqual([grace.id]);
    const find = async (query: string) => ids((await t.api<WireAgent[]>("GET", `/v1/agents/?${query}`)).body);
    expect(await find(`identity_id=${ada.id}`)).toEqual([]);
    expect(await find(`identity_id=${grace.id}`)).toEqual([agent.id]);
    expect(await find(`identifier_keys=${grace.identifier_key}&identifier_keys=none`)).toEqual([agent.id]);
    expect((await t.api("GET", `/v1/agents/count?identity_id=${grace.id}`)).body).toBe(1);
    expect(ids((await t.api<WireAgent[]>("GET", `/v1/identities/${grace.id}/agents`)).body)).toEqual([agent.id]);
  });

  test("are not made or changed with an identity that there is not", async () => {
    const before = await t.rowCounts();
    expect((await t.api("POST", "/v1/agents/", { identity_ids: [`identity-${UNKNOWN}`] })).status).toBe(404);
    expect(await t.rowCounts()).toEqual(before);
    const agent = await makeAgent({ name: "kept" });
    const change = { name: "changed", identity_ids: [`identity-${UNKNOWN}`] };
    expect((await t.api("PATCH", `/v1/agents/${agent.id}`, change)).status).toBe(404);
    expect((await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`)).body.name).toBe("kept");
  });

  test("are attached and detached, twice without harm", async () => {
    const [identity, agent, block] = [(await create()).body, await makeAgent(), await makeBlock()];
    for (const way of ["attach", "attach", "detach", "detach", "attach"]) {
      expect(await t.api("PATCH", `/v1/agents/${agent.id}/identities/${way}/${identity.id}`)).toMatchObject({
        status: 200,
        body: null,
      });
      const answer = await t.api<WireBlock>("PATCH", `/v1/blocks/${block.id}/identities/${way}/${identity.id}`);
      expect([answer.status, answer.body]).toEqual([200, block]);
    }
    const now = (await t.api<WireIdentity>("GET", `/v1/identities/${identity.id}`)).body;
    expect([now.agent_ids, now.block_ids]).toEqual([[agent.id], [block.id]]);
    expect(ids((await t.api<WireBlock[]>("GET", `/v1/identities/${identity.id}/blocks`)).body)).toEqual([block.id]);
    for (const query of [`identity_id=${identity.id}`, `identifier_keys=${identity.identifier_key}`]) {
      expect(ids((await t.api<WireBlock[]>("GET", `/v1/blocks/?${query}`)).body)).toEqual([block.id]);
      expect((await t.api("GET", `/v1/blocks/count?${query}`)).body).toBe(1);
    }
    await t.api("DELETE", `/v1/blocks/${block.id}`);
    await t.api("DELETE", `/v1/agents/${agent.id}`);
    const left = (await t.api<WireIdentity>("GET", `/v1/identities/${identity.id}`)).body;
    expect([left.agent_ids, left.block_ids]).toEqual([[], []]);
  });
});
