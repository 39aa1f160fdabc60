import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, http, LettaClient, MODEL, type Rig, refused, said, startRig } from "../support/api";

const PASSWORD = "a long password";
let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_PASSWORD: PASSWORD } });
});
afterAll(() => rig.stop());

const headers = { authorization: `Bearer ${PASSWORD}` };
const admin = async <T>(path: string, body: unknown) =>
  (await http(rig, "POST", `/v1/admin/${path}`, { body, headers })).body as T;

/** The official client, acting for a user. */
const clientOf = (userId: string, apiKey: string | null = PASSWORD) =>
  new LettaClient({ baseURL: rig.url, apiKey, maxRetries: 0, defaultHeaders: { user_id: userId } });

async function tenant(name: string) {
  const org = await admin<{ id: string }>("orgs", { name });
  const user = await admin<{ id: string }>("users", { name, organization_id: org.id });
  return { org, user, letta: clientOf(user.id) };
}

describe("two organizations on one server", () => {
  it("work at once, each with its own agents, and know nothing of each other", async () => {
    const [a, b] = [await tenant("a"), await tenant("b")];
    const agent = await a.letta.agents.create({
      model: MODEL,
      memory_blocks: [{ label: "human", value: "the secret of a" }],
    });
    const reply = await a.letta.agents.messages.create(agent.id, { input: "hello" });
    expect(said(reply.messages)).toBe("Hello from the scripted model.");

    expect(await all(b.letta.agents.list({}))).toEqual([]);
    expect(await all(b.letta.blocks.list({}))).toEqual([]);
    expect(await all(b.letta.runs.list({}))).toEqual([]);
    expect((await all(b.letta.tools.list({}))).length).toBe(31);
    expect((await refused(b.letta.agents.retrieve(agent.id))).status).toBe(404);
    expect((await refused(b.letta.agents.messages.create(agent.id, { input: "hi" }))).status).toBe(404);
    expect((await refused(b.letta.agents.create({ model: MODEL, block_ids: [agent.blocks[0]!.id!] }))).status).toBe(
      404,
    );
    const found = await b.letta.messages.search({ query: "hello" });
    expect(found).toEqual([]);
    // The default user is in neither.
    expect(await all(new LettaClient({ baseURL: rig.url, apiKey: PASSWORD }).agents.list({}))).toEqual([]);
  });

  it("are entered with the password alone, by users that there are", async () => {
    const { user } = await tenant("c");
    expect((await refused(clientOf(user.id, null).agents.list({}))).status).toBe(401);
    expect((await refused(clientOf("user-00000000-0000-4000-8000-00000000dead").agents.list({}))).status).toBe(404);
    expect((await http(rig, "GET", "/v1/admin/orgs")).status).toBe(401);
  });

  it("are gone with all they have when they are deleted", async () => {
    const { org, user, letta } = await tenant("d");
    const agent = await letta.agents.create({ model: MODEL });
    await letta.agents.messages.create(agent.id, { input: "hello" });
    expect((await http(rig, "DELETE", `/v1/admin/orgs?org_id=${org.id}`, { headers })).status).toBe(200);
    expect((await refused(clientOf(user.id).agents.list({}))).status).toBe(404);
  });
});
