import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, http, MODEL, type Rig, refused, startRig, UNKNOWN } from "../support/api";
import { olderClient } from "../support/letta-0";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const makeAgent = (body: Record<string, unknown> = {}) =>
  rig.letta.agents.create({ model: MODEL, include_base_tools: false, ...body });

describe("identities, through the older client", () => {
  it("are made, changed by their key, listed, counted and deleted", async () => {
    const { identities } = olderClient(rig.url).client;
    const made = await identities.create({ identifierKey: "ada", name: "Ada", identityType: "user" });
    const id = made.id!;
    expect(made).toMatchObject({
      identifierKey: "ada",
      name: "Ada",
      identityType: "user",
      agentIds: [],
      properties: [],
    });
    const changed = await identities.upsert({ identifierKey: "ada", name: "Ada L.", identityType: "user" });
    expect([changed.id, changed.name]).toEqual([made.id, "Ada L."]);
    await identities.properties.upsert(id, [{ key: "plan", value: "pro", type: "string" }]);
    const modified = await identities.modify(id, { identityType: "other" });
    expect(modified).toMatchObject({ identityType: "other", properties: [{ key: "plan", value: "pro" }] });
    expect((await identities.list({ identifierKey: "ada" })).map((one) => one.id)).toEqual([made.id]);
    expect(await identities.count()).toBe(1);
    expect((await identities.retrieve(id)).name).toBe("Ada L.");
    await identities.delete(id);
    expect(await identities.count()).toBe(0);
    await expect(identities.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("identities of agents and blocks, through the client", () => {
  const create = async (identifier_key: string) =>
    (await http(rig, "POST", "/v1/identities", { body: { identifier_key, name: "N", identity_type: "user" } }))
      .body as {
      id: string;
    };

  it("are attached and detached, and agents and blocks are found by them", async () => {
    const { letta } = rig;
    const [ada, grace] = [await create("ada2"), await create("grace2")];
    const agent = await makeAgent({ identity_ids: [ada.id] });
    expect(agent.identities?.map((one) => one.id)).toEqual([ada.id]);
    expect(await letta.agents.identities.attach(grace.id, { agent_id: agent.id })).toBeNull();
    const ids = async (query: Record<string, unknown>) => (await all(letta.agents.list(query))).map((one) => one.id);
    expect(await ids({ identity_id: grace.id })).toEqual([agent.id]);
    expect(await ids({ identifier_keys: ["grace2"] })).toEqual([agent.id]);
    expect(await letta.agents.identities.detach(grace.id, { agent_id: agent.id })).toBeNull();
    expect(await ids({ identity_id: grace.id })).toEqual([]);

    const block = await letta.blocks.create({ label: "human", value: "v" });
    await http(rig, "PATCH", `/v1/blocks/${block.id}/identities/attach/${ada.id}`);
    const blocks = await all(letta.blocks.list({ identity_id: ada.id }));
    expect(blocks.map((one) => one.id)).toEqual([block.id]);
    const listed = (await http(rig, "GET", `/v1/identities/${ada.id}/agents`)).body as { id: string }[];
    expect(listed.map((one) => one.id)).toEqual([agent.id]);
  });

  it("must exist", async () => {
    const agent = await makeAgent();
    const unknown = `identity-${UNKNOWN}`;
    expect((await refused(makeAgent({ identity_ids: [unknown] }))).status).toBe(404);
    expect((await refused(rig.letta.agents.identities.attach(unknown, { agent_id: agent.id }))).status).toBe(404);
  });
});
