import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  http,
  idOf,
  LettaClient,
  MODEL,
  makeAgent,
  type Rig,
  refused,
  said,
  says,
  startRig,
  UNKNOWN,
} from "../support/api";
import { olderClient } from "../support/letta-0";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

let count = 0;
async function makeTemplate() {
  const name = `helper-${++count}`;
  const agent = await makeAgent(rig, {
    name: "Helper",
    system: "You help {{user}}.",
    tools: ["memory_insert"],
    memory_blocks: [
      { label: "human", value: "This is {{user}}." },
      { label: "log", value: "empty" },
    ],
    secrets: { KEY: "of-the-source" },
  });
  return { name, agent, template: await rig.letta.templates.create({ type: "agent", agent_id: agent.id, name }) };
}
const blocksOf = async (id: string) =>
  Object.fromEntries((await rig.letta.agents.retrieve(id)).blocks.map((block) => [block.label, block.value]));
const deploy = async (ref: string, body = {}) => (await rig.letta.templates.agents.create(ref, body)).agent_ids[0]!;

describe("a template, by the official client,", () => {
  it("is made of an agent, and agents of it, each with its own variables, who then run", async () => {
    const { name, template } = await makeTemplate();
    expect(template).toMatchObject({ name, id: expect.stringMatching(idOf("template")), latest_version: "1" });
    const made = await rig.letta.templates.agents.create(`${name}:latest`, {
      agent_name: "For Ada",
      memory_variables: { user: "Ada" },
      tool_variables: { KEY: "for-ada" },
      tags: ["deployed"],
      initial_message_sequence: [{ role: "user", content: "I was here before" }],
    });
    expect(made).toEqual({
      agent_ids: [expect.stringMatching(idOf("agent"))],
      group_id: null,
      deployment_id: expect.any(String),
    });
    const agent = await rig.letta.agents.retrieve(made.agent_ids[0]!);
    expect(agent).toMatchObject({
      name: "For Ada",
      system: "You help Ada.",
      model: MODEL,
      tags: ["deployed"],
      base_template_id: template.id,
      deployment_id: made.deployment_id,
      secrets: [{ key: "KEY", value: "for-ada" }],
    });
    const bo = await deploy(name, { memory_variables: { user: "Bo" } });
    expect([(await blocksOf(agent.id)).human, (await blocksOf(bo)).human]).toEqual(["This is Ada.", "This is Bo."]);
    rig.model.push({ text: "welcome back" });
    const answer = await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    expect(said(answer.messages)).toBe("welcome back");
    expect(JSON.stringify(rig.model.requests.at(-1))).toMatch(/You help Ada.*I was here before/s);
    const variables = await http(rig, "GET", `/v1/agents/${agent.id}/core-memory/variables`);
    expect(variables.body).toEqual({ variables: { user: "Ada" } });
    const found = (await rig.letta.agents.list({ base_template_id: template.id })).items;
    expect(found.map((one) => one.id).toSorted()).toEqual([agent.id, bo].toSorted());
  });

  it("is made of an agent file, changed by one, saved, rolled back and deleted", async () => {
    const agent_file = {
      agents: [{ id: "agent-0", model: MODEL, block_ids: ["block-0"] }],
      blocks: [{ id: "block-0", label: "log", value: "one" }],
    };
    const name = "of-a-file";
    await rig.letta.templates.create({ type: "agent_file", agent_file, name });
    const next = { ...agent_file, blocks: [{ id: "block-0", label: "log", value: "two" }] };
    expect(await rig.letta.templates.update(name, { agent_file_json: next, save_existing_changes: true })).toEqual({
      success: true,
    });
    expect([await blocksOf(await deploy(name)), await blocksOf(await deploy(`${name}:current`))]).toEqual([
      { log: "one" },
      { log: "two" },
    ]);
    expect(await rig.letta.templates.save(name, { message: "second" })).toMatchObject({ latest_version: "2" });
    expect(await rig.letta.templates.rollback(name, { version: "1" })).toEqual({ success: true });
    expect([await blocksOf(await deploy(`${name}:2`)), await blocksOf(await deploy(`${name}:current`))]).toEqual([
      { log: "two" },
      { log: "one" },
    ]);
    const agent = await deploy(name);
    expect(await rig.letta.templates.delete(name)).toEqual({ success: true });
    expect((await refused(rig.letta.templates.agents.create(name))).status).toBe(404);
    expect((await rig.letta.agents.retrieve(agent)).base_template_id).toBeNull();
  });

  it("moves its agents on to a version that is saved, and each says so in its history", async () => {
    const { name, agent } = await makeTemplate();
    const deployed = await deploy(name, { memory_variables: { user: "Ada" } });
    rig.model.push({ text: "noted" });
    await rig.letta.agents.messages.create(deployed, { messages: says("remember me") });
    await rig.letta.agents.update(agent.id, { system: "You assist {{user}}." });
    const file = (await rig.letta.agents.exportFile(agent.id)) as unknown as Record<string, unknown>;
    await rig.letta.templates.update(name, { agent_file_json: file });
    await rig.letta.templates.save(name, { migrate_agents: true, preserve_core_memories_on_migration: true });
    const moved = await rig.letta.agents.retrieve(deployed);
    expect(moved).toMatchObject({ name: expect.any(String), system: "You assist Ada." });
    expect(moved.message_ids).toHaveLength(3);
    const versions = (await http(rig, "GET", `/v1/agents/${deployed}/versions`)).body as { operation: string }[];
    expect(versions.map((one) => one.operation)).toEqual(["migrate-template", "template"]);
    rig.model.push({ text: "yes" });
    await rig.letta.agents.messages.create(deployed, { messages: says("do you know me?") });
    expect(JSON.stringify(rig.model.requests.at(-1))).toMatch(/You assist Ada.*remember me/s);
  });

  it("is addressed with a project or without; fixed words of a path come before names", async () => {
    const { name, agent } = await makeTemplate();
    const inProject = new LettaClient({ baseURL: rig.url, apiKey: null, maxRetries: 0, projectID: "proj" });
    const own = await inProject.templates.create({ type: "agent", agent_id: agent.id, name: "only-there" });
    expect(own).toMatchObject({ project_id: "proj", template_deployment_slug: "proj/only-there:1" });
    // Where one project alone has a name, it needs none.
    await rig.letta.templates.save("only-there");
    const post = async (path: string, body: unknown = {}) => (await http(rig, "POST", path, { body })).status;
    expect(await post(`/v1/templates/default/${name}/agents`)).toBe(201);
    expect(await post(`/v1/templates/${name}/agents`)).toBe(201);
    expect(await post(`/v1/templates/proj/only-there`)).toBe(200);
    expect(await post(`/v1/templates/default/only-there`)).toBe(404);
    expect(await post(`/v1/templates/proj/only-there/rollback`, { version: "1" })).toBe(200);
    expect(await post(`/v1/templates/default`, { type: "agent", agent_id: agent.id, name: "by-path" })).toBe(201);
    expect(await post(`/v1/templates/default/save`)).toBe(404);
    expect(
      (await refused(rig.letta.templates.create({ type: "agent", agent_id: agent.id, name: "save" }))).status,
    ).toBe(422);
    const listed = await http(rig, "GET", "/v1/templates?project_id=proj");
    expect(listed.body).toMatchObject({
      templates: [{ name: "only-there", latest_version: "3" }],
      has_next_page: false,
    });
  });

  it("refuses what there is not, and names that are taken", async () => {
    const { name, agent } = await makeTemplate();
    const { templates } = rig.letta;
    expect((await refused(templates.create({ type: "agent", agent_id: `agent-${UNKNOWN}` }))).status).toBe(404);
    expect((await refused(templates.create({ type: "agent", agent_id: agent.id, name }))).status).toBe(400);
    expect((await refused(templates.save("nobody"))).status).toBe(404);
    expect((await refused(templates.delete("nobody"))).status).toBe(404);
    expect((await refused(templates.rollback(name, { version: "7" }))).status).toBe(404);
    expect((await refused(templates.update(name, { agent_file_json: { agents: [] } }))).status).toBe(400);
    expect((await refused(templates.agents.create(`${name}:7`))).status).toBe(404);
    expect((await refused(templates.agents.create(name, { agent_name: "no/slash" }))).status).toBe(422);
  });
});

describe("a template, by the older client,", () => {
  it("is listed, saved, renamed, forked, and migrated to", async () => {
    const { client } = olderClient(rig.url);
    const { name, agent } = await makeTemplate();
    const listed = await client.templates.list({ search: name });
    expect(listed.templates).toMatchObject([{ name, latestVersion: "1" }]);
    await client.templates.savetemplateversion("default", name, { message: "two" });
    const versions = await client.templates.listtemplateversions("default", name);
    expect(versions.versions.map((one) => one.version)).toEqual(["2", "1"]);
    const fork = await client.templates.forktemplate("default", `${name}:1`, { name: `${name}-fork` });
    expect(fork.name).toBe(`${name}-fork`);
    await client.templates.renametemplate("default", fork.name, { newName: `${name}-other` });
    const snapshot = await client.templates.gettemplatesnapshot("default", `${name}-other:latest`);
    expect(snapshot.agents.map((one) => one.systemPrompt)).toEqual(["You help {{user}}."]);
    const free = await makeAgent(rig, { name: "Free", memory_blocks: [{ label: "log", value: "mine" }] });
    await client.agents.templates.migrate(free.id, { toTemplate: `${name}:1`, preserveCoreMemories: true });
    expect(await rig.letta.agents.retrieve(free.id)).toMatchObject({ name: "Free", system: "You help {{user}}." });
    expect(await blocksOf(free.id)).toEqual({ human: "This is {{user}}.", log: "mine" });
    await client.agents.templates.createVersion(free.id);
    await client.agents.templates.create(agent.id);
    expect((await client.templates.list({ search: name })).templates).toContainEqual(
      expect.objectContaining({ name, latestVersion: "3" }),
    );
  });
});
