import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import { openTestCore, type TestCore } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", { include_base_tools: false, ...body })).body;
type Found = { agents: WireAgent[]; nextCursor: string | null };
const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

describe("agents/search", () => {
  test("finds agents for which every condition holds, and counts them", async () => {
    const project_id = "searched";
    const identity = { identifier_key: "k", name: "n", identity_type: "user" };
    const identityId = (await t.api<{ id: string }>("POST", "/v1/identities", identity)).body.id;
    const ann = await makeAgent({ project_id, name: "Ann Smith", tags: ["a", "b"], identity_ids: [identityId] });
    const bob = await makeAgent({ project_id, name: "Bob Smith", tags: ["a"] });
    await makeAgent({ project_id, name: "Hidden Smith", hidden: true });
    await makeAgent({ name: "Ann Smith" });
    const find = async (...search: unknown[]) => {
      const found = (await t.api<Found>("POST", "/v1/agents/search", { project_id, search, ascending: true })).body;
      const query = new URLSearchParams({ project_id, search: JSON.stringify(search) });
      const { count } = (await t.api<{ count: number }>("GET", `/v1/agents/search/count?${query}`)).body;
      expect(count).toBe(found.agents.length);
      return ids(found.agents);
    };
    const name = (operator: string, value: string) => ({ field: "name", operator, value });
    const tags = (...value: string[]) => ({ field: "tags", operator: "contains", value });
    expect(await find()).toEqual([ann.id, bob.id]);
    expect(await find(name("eq", "Ann Smith"))).toEqual([ann.id]);
    expect(await find(name("contains", "smith"))).toEqual([ann.id, bob.id]);
    expect(await find(name("contains", "smith"), tags("a", "b"))).toEqual([ann.id]);
    expect(await find(tags("a"))).toEqual([ann.id, bob.id]);
    expect(await find({ field: "identity", operator: "eq", value: identityId })).toEqual([ann.id]);
    expect(await find({ field: "agentId", operator: "eq", value: bob.id })).toEqual([bob.id]);
    expect(await find({ field: "templateName", operator: "eq", value: "none" })).toEqual([]);
    expect(await find({ field: "version", value: "none:1" })).toEqual([]);
  });

  test("finds agents by the template and version that they were made from", async () => {
    const source = await makeAgent({ name: "Source" });
    const made = { type: "agent", agent_id: source.id, name: "found-by" };
    await t.api("POST", "/v1/templates", made);
    const { agent_ids } = (await t.api<{ agent_ids: string[] }>("POST", "/v1/templates/found-by:1/agents", {})).body;
    expect(agent_ids).toHaveLength(1);
    const find = async (condition: unknown) =>
      ids((await t.api<Found>("POST", "/v1/agents/search", { search: [condition] })).body.agents);
    expect(await find({ field: "templateName", operator: "eq", value: "found-by" })).toEqual(agent_ids);
    const [version] = await t.core.db.query<{ template_id: string }>("SELECT template_id FROM agent WHERE id = $1", [
      agent_ids[0],
    ]);
    for (const value of ["found-by:1", "found-by:latest", "found-by", version!.template_id]) {
      expect([value, await find({ field: "version", value })]).toEqual([value, agent_ids]);
    }
    expect(await find({ field: "version", value: "found-by:2" })).toEqual([]);
    const nonsense = { search: [{ field: "version", value: "found-by:nonsense" }] };
    expect((await t.api("POST", "/v1/agents/search", nonsense)).status).toBe(400);
  });

  test("goes on from its cursor until there is none", async () => {
    const project_id = "paged";
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await makeAgent({ project_id })).id);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const body: Record<string, unknown> = { project_id, limit: 2, after };
      const page: Found = (await t.api<Found>("POST", "/v1/agents/search", body)).body;
      seen.push(...ids(page.agents));
      after = page.nextCursor;
      if (!after) break;
    }
    expect(seen).toEqual(made.toReversed());
  });
});

describe("blocks", () => {
  const create = async (body: Record<string, unknown>) =>
    (await t.api<WireBlock>("POST", "/v1/blocks/", { value: "v", ...body })).body;

  test("keep what they were made from, and change only where something is given", async () => {
    const origin = {
      template_id: "template-1",
      base_template_id: "base-1",
      deployment_id: "deployment-1",
      entity_id: "entity-1",
      preserve_on_migration: true,
    };
    const made = await create({ label: "human", ...origin });
    expect(made).toMatchObject(origin);
    const patch = (body: Record<string, unknown>) => t.api<WireBlock>("PATCH", `/v1/blocks/${made.id}`, body);
    expect((await patch({ entity_id: "entity-2", template_id: null })).body).toEqual({
      ...made,
      entity_id: "entity-2",
    });
    expect((await patch({ preserve_on_migration: false })).body.preserve_on_migration).toBe(false);
  });

  test("are counted by the filters of their list, also under the console's paths", async () => {
    const project_id = "counted";
    const [a, b] = [
      await create({ project_id, label: "one", value: "red apple", tags: ["x", "y"], description: "fruit" }),
      await create({ project_id, label: "two", value: "green pear", tags: ["x"] }),
    ];
    await create({ project_id, label: "three", is_template: true });
    await create({ project_id, label: "four", hidden: true });
    await makeAgent({ block_ids: [a.id] });
    const filters: [string, string[]][] = [
      ["", [a.id, b.id]],
      ["label=one", [a.id]],
      ["label_search=tw", [b.id]],
      ["value_search=APPLE", [a.id]],
      ["description_search=fru", [a.id]],
      ["tags=x&tags=y", [a.id, b.id]],
      ["tags=x&tags=y&match_all_tags=true", [a.id]],
      ["connected_to_agents_count_gt=0", [a.id]],
      ["connected_to_agents_count_lt=1", [b.id]],
      ["connected_to_agents_count_eq=1&connected_to_agents_count_eq=7", [a.id]],
    ];
    for (const [filter, expected] of filters) {
      const query = `project_id=${project_id}&${filter}`;
      for (const path of ["/v1/blocks", "/v1/_internal_blocks"]) {
        expect([filter, ids((await t.api<WireBlock[]>("GET", `${path}?${query}`)).body)]).toEqual([filter, expected]);
      }
      expect([filter, (await t.api("GET", `/v1/blocks/count?${query}`)).body]).toEqual([filter, expected.length]);
    }
    expect((await t.api("GET", `/v1/blocks/count?project_id=${project_id}&templates_only=true`)).body).toBe(1);
    expect((await t.api("GET", `/v1/blocks/count?project_id=${project_id}&show_hidden_blocks=true`)).body).toBe(3);
  });

  test("are made, changed, listed and deleted under the console's paths", async () => {
    const made = (await t.api<WireBlock>("POST", "/v1/_internal_blocks", { label: "human", value: "v" })).body;
    const agent = await makeAgent({ block_ids: [made.id] });
    const path = `/v1/_internal_agents/${agent.id}/core-memory/blocks/human`;
    expect((await t.api<WireBlock>("PATCH", path, { value: "w" })).body.value).toBe("w");
    expect(ids((await t.api<WireAgent[]>("GET", `/v1/_internal_blocks/${made.id}/agents`)).body)).toEqual([agent.id]);
    expect((await t.api("DELETE", `/v1/_internal_blocks/${made.id}`)).status).toBe(200);
    expect((await t.api("GET", `/v1/blocks/${made.id}`)).status).toBe(404);
    const count = async (query: string) => (await t.api<number>("GET", `/v1/_internal_agents/count?${query}`)).body;
    const before = await count("exclude_hidden=false");
    await makeAgent({ hidden: true });
    expect(await count("exclude_hidden=false")).toBe(before + 1);
    expect(await count("")).toBeLessThan(before + 1);
  });
});
