import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlockVersion } from "@/lib/api/blocks";
import { type TemplateSnapshot, templateSnapshotSchema } from "@/lib/api/template-snapshot";
import type { WireTemplate } from "@/lib/api/templates";
import { openTestCore, type TestCore } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

type Deployed = { agent_ids: string[]; group_id: string | null; deployment_id: string };
const post = async <T>(path: string, body?: unknown, status = 200): Promise<T> => {
  const answer = await t.api<T>("POST", path, body ?? {});
  expect([path, answer.status, answer.status === status ? null : answer.body]).toEqual([path, status, null]);
  return answer.body;
};
const agentOf = async (id: string) => (await t.api<WireAgent>("GET", `/v1/agents/${id}`)).body;
const blockOf = (agent: WireAgent, label: string) => agent.blocks.find((block) => block.label === label)!;

let count = 0;
async function makeTemplate(body: Record<string, unknown> = {}) {
  const name = `template_${++count}`;
  const agent = await post<WireAgent>("/v1/agents/", {
    name: "Source",
    system: "You serve {{user}}.",
    include_base_tools: false,
    tools: ["memory_insert"],
    tags: ["of-template"],
    secrets: { API_KEY: "hidden-in-source" },
    memory_blocks: [
      { label: "human", value: "{{user}} likes {{food}}", description: "who" },
      { label: "log", value: "nothing yet" },
    ],
    initial_message_sequence: [{ role: "user", content: "not for templates" }],
    ...body,
  });
  const template = await post<WireTemplate>("/v1/templates", { type: "agent", agent_id: agent.id, name }, 201);
  return { agent, template, name };
}
const deploy = (ref: string, body: Record<string, unknown> = {}) =>
  post<Deployed>(`/v1/templates/${ref}/agents`, body, 201);
const fileOf = async (agentId: string) =>
  (
    await t.api<{ agents: Record<string, unknown>[]; blocks: { label: string; value: string }[]; tools: unknown[] }>(
      "GET",
      `/v1/agents/${agentId}/export?scrub_messages=true`,
    )
  ).body;

describe("a template", () => {
  test("is made of an agent, without what it has lived and without secrets, and has a version at once", async () => {
    const { template, name } = await makeTemplate();
    expect(template).toEqual({
      name,
      id: expect.stringMatching(/^template-/),
      project_id: "default",
      project_slug: "default",
      latest_version: "1",
      template_deployment_slug: `default/${name}:1`,
      updated_at: expect.any(String),
    });
    const row = await t.core.db.prisma.template.findUniqueOrThrow({ where: { id: template.id } });
    expect(JSON.stringify(row.content)).not.toMatch(/hidden-in-source|not for templates/);
  });

  test("is made of a file, with its tools and folders", async () => {
    const agent_file = {
      agents: [{ id: "agent-0", tool_ids: ["tool-0"], source_ids: ["source-0"] }],
      tools: [
        {
          id: "tool-0",
          name: "from_template",
          source_code: "def from_template(): pass",
          json_schema: { name: "from_template", parameters: { type: "object", properties: {} } },
        },
      ],
      sources: [{ id: "source-0", name: "papers" }],
      files: [{ id: "file-0", source_id: "source-0", original_file_name: "a.txt", content: "one\n\ntwo" }],
    };
    await post("/v1/templates", { type: "agent_file", agent_file, name: "of_file" }, 201);
    const { agent_ids } = await deploy("of_file");
    const second = await deploy("of_file:1");
    const [one, two] = [await agentOf(agent_ids[0]!), await agentOf(second.agent_ids[0]!)];
    expect(one.tools.map((tool) => tool.name)).toContain("from_template");
    expect(one.sources.map((source) => source.name)).toEqual(["papers"]);
    expect(two.sources).toEqual(one.sources);
    expect(await t.core.db.prisma.folder.count()).toBe(1);
  });

  test("makes agents with its variables filled in, that know where they come from", async () => {
    const { template, name } = await makeTemplate();
    const identity = await post<{ id: string }>("/v1/identities", {
      identifier_key: name,
      name: "Ada",
      identity_type: "user",
    });
    const made = await deploy(`${name}:latest`, {
      agent_name: "Ada 1",
      tags: ["extra"],
      memory_variables: { user: "Ada", food: "figs" },
      tool_variables: { API_KEY: "for-ada" },
      identity_ids: [identity.id],
      initial_message_sequence: [{ role: "user", content: "hello" }],
    });
    expect(made).toEqual({
      agent_ids: [expect.stringMatching(/^agent-/)],
      group_id: null,
      deployment_id: expect.stringMatching(/^deployment-/),
    });
    const agent = await agentOf(made.agent_ids[0]!);
    expect(agent).toMatchObject({
      name: "Ada 1",
      system: "You serve Ada.",
      base_template_id: template.id,
      template_id: expect.stringMatching(/^version-/),
      deployment_id: made.deployment_id,
      entity_id: expect.any(String),
      identity_ids: [identity.id],
    });
    expect(agent.tags.toSorted()).toEqual(["extra", "of-template"]);
    expect(agent.message_ids).toHaveLength(2);
    expect(agent.secrets.map(({ key, value }) => [key, value])).toEqual([["API_KEY", "for-ada"]]);
    expect(blockOf(agent, "human")).toMatchObject({
      value: "Ada likes figs",
      deployment_id: made.deployment_id,
      base_template_id: template.id,
    });
    const variables = await t.api("GET", `/v1/agents/${agent.id}/core-memory/variables`);
    expect(variables.body).toEqual({ variables: { user: "Ada", food: "figs" } });
    const listed = await t.api<WireAgent[]>("GET", `/v1/agents/?base_template_id=${template.id}`);
    expect(listed.body.map((one) => one.id)).toEqual([agent.id]);
    const kept = await t.core.db.prisma.deployment.findUniqueOrThrow({ where: { id: made.deployment_id } });
    expect(JSON.stringify(kept.toolVariables)).not.toContain("for-ada");
  });

  test("leaves variables without a value as they are, and an agent of none has none", async () => {
    const { name, agent } = await makeTemplate();
    const { agent_ids } = await deploy(name);
    expect(blockOf(await agentOf(agent_ids[0]!), "human").value).toBe("{{user}} likes {{food}}");
    expect((await t.api("GET", `/v1/agents/${agent.id}/core-memory/variables`)).body).toEqual({ variables: {} });
  });

  test("has versions: the working copy changes, versions don't, and a rollback saves what was not", async () => {
    const { name, agent } = await makeTemplate();
    const file = await fileOf(agent.id);
    file.blocks.find((block) => block.label === "log")!.value = "second";
    expect((await t.api("PATCH", `/v1/templates/${name}`, { agent_file_json: file })).body).toEqual({ success: true });
    const logOf = async (ref: string) => blockOf(await agentOf((await deploy(ref)).agent_ids[0]!), "log").value;
    expect([await logOf(`${name}:1`), await logOf(`${name}:current`), await logOf(name)]).toEqual([
      "nothing yet",
      "second",
      "nothing yet",
    ]);
    const saved = await post<WireTemplate>(`/v1/templates/${name}/save`, { message: "another log" });
    expect(saved.latest_version).toBe("2");
    file.blocks.find((block) => block.label === "log")!.value = "third";
    await t.api("PUT", `/v1/templates/default/${name}/agent-file`, { agent_file_json: file });
    await post(`/v1/templates/${name}/rollback`, { version: "1" });
    const { body } = await t.api<{
      versions: { version: string; message?: string; is_latest: boolean }[];
      total_count: number;
    }>("GET", `/v1/templates/default/${name}/versions`);
    expect(body.versions.map(({ version, message, is_latest }) => [version, message, is_latest])).toEqual([
      ["3", undefined, true],
      ["2", "another log", false],
      ["1", undefined, false],
    ]);
    expect([await logOf(`${name}:current`), await logOf(`${name}:3`)]).toEqual(["nothing yet", "third"]);
    expect((await t.api("POST", `/v1/templates/${name}/rollback`, { version: "current" })).status).toBe(400);
    expect((await t.api("POST", `/v1/templates/${name}/rollback`, { version: "9" })).status).toBe(404);
  });

  test("is renamed, described, forked, listed and deleted; its agents stay", async () => {
    const { name, template } = await makeTemplate();
    const { agent_ids, deployment_id } = await deploy(name);
    const other = await makeTemplate();
    expect((await t.api("PATCH", `/v1/templates/default/${name}/name`, { new_name: other.name })).status).toBe(409);
    await t.api("PATCH", `/v1/templates/default/${name}:latest/name`, { new_name: `${name}_new` });
    await t.api("PATCH", `/v1/templates/default/${name}_new/description`, { description: "for all" });
    const fork = await post<WireTemplate>(`/v1/templates/default/${name}_new:1/fork`, { name: `${name}_fork` });
    expect(fork).toMatchObject({ name: `${name}_fork`, latest_version: "1", description: "for all" });
    const listed = await t.api<{ templates: WireTemplate[]; has_next_page: boolean }>(
      "GET",
      `/v1/templates?search=${name}_&limit=1`,
    );
    expect(listed.body).toMatchObject({ templates: [{ name: `${name}_fork` }], has_next_page: true });
    const byId = await t.api<{ templates: WireTemplate[] }>("GET", `/v1/templates?template_id=${template.id}`);
    expect(byId.body.templates).toMatchObject([{ name: `${name}_new`, description: "for all" }]);
    expect((await t.api("DELETE", `/v1/templates/${name}_new`)).body).toEqual({ success: true });
    expect((await t.api("DELETE", `/v1/templates/${name}_new`)).status).toBe(404);
    expect(await agentOf(agent_ids[0]!)).toMatchObject({
      base_template_id: null,
      template_id: null,
      deployment_id: null,
    });
    expect(await t.core.db.prisma.deployment.count({ where: { id: deployment_id } })).toBe(0);
  });

  test("of a project is another than one of the same name without", async () => {
    const { name, agent } = await makeTemplate();
    const own = await post<WireTemplate>("/v1/templates/proj-1", { type: "agent", agent_id: agent.id, name }, 201);
    expect(own).toMatchObject({ project_id: "proj-1", template_deployment_slug: `proj-1/${name}:1` });
    await post(`/v1/templates/proj-1/${name}`, { message: "saved" });
    const versions = async (project: string) =>
      (await t.api<{ total_count: number }>("GET", `/v1/templates/${project}/${name}/versions`)).body.total_count;
    expect([await versions("proj-1"), await versions("default")]).toEqual([2, 1]);
    const made = await post<Deployed>(`/v1/templates/proj-1/${name}:2/agents`, {}, 201);
    expect((await agentOf(made.agent_ids[0]!)).project_id).toBe("proj-1");
    expect((await t.api("POST", `/v1/legacy-templates/${own.id}/migrates`, {})).status).toBe(409);
    await t.api("DELETE", `/v1/templates/default/${name}`);
    await post(`/v1/legacy-templates/${own.id}/migrates`, {});
    expect(await versions("default")).toBe(2);
    expect((await t.api("POST", `/v1/legacy-templates/${own.id}/migrates`, {})).status).toBe(400);
  });

  test.each(["save", "rollback", "agents", "a b", "a/b", "a:b", ""])("can't be called %j", async (name) => {
    const agent = await post<WireAgent>("/v1/agents/", {});
    expect((await t.api("POST", "/v1/templates", { type: "agent", agent_id: agent.id, name })).status).toBe(422);
  });

  test("can't take a name that is taken, nor be of an agent or a file that there is not", async () => {
    const { name, agent } = await makeTemplate();
    const before = await t.rowCounts();
    expect((await t.api("POST", "/v1/templates", { type: "agent", agent_id: agent.id, name })).status).toBe(400);
    const nobody = "agent-00000000-0000-4000-8000-00000000dead";
    expect((await t.api("POST", "/v1/templates", { type: "agent", agent_id: nobody })).status).toBe(404);
    expect((await t.api("POST", "/v1/templates", { type: "agent_file", agent_file: { agents: [] } })).status).toBe(400);
    expect((await t.api("POST", `/v1/templates/${name}:7/agents`, {})).status).toBe(404);
    const identity_ids = ["identity-00000000-0000-4000-8000-00000000dead"];
    expect((await t.api("POST", `/v1/templates/${name}/agents`, { identity_ids })).status).toBe(404);
    expect(await t.rowCounts()).toEqual(before);
  });
});

describe("a migration", () => {
  /** A template whose second version has another prompt, another value and another tool; and an agent of the first. */
  async function makeMoved(save: Record<string, unknown> = {}) {
    const { name, agent } = await makeTemplate();
    const made = await deploy(name, {
      memory_variables: { user: "Ada", food: "figs" },
      tool_variables: { API_KEY: "k" },
    });
    const id = made.agent_ids[0]!;
    await t.api("PATCH", `/v1/agents/${id}/core-memory/blocks/log`, { value: "lived" });
    await post(`/v1/agents/${id}/archival-memory`, { text: "a note" });
    const file = await fileOf(agent.id);
    file.agents[0]!.system = "You assist {{user}}.";
    file.agents[0]!.tool_ids = [];
    file.agents[0]!.tools = ["conversation_search"];
    file.agents[0]!.tool_rules = [{ tool_name: "conversation_search", type: "run_first" }];
    file.blocks.find((block) => block.label === "human")!.value = "{{user}} eats {{food}}";
    file.blocks.find((block) => block.label === "log")!.value = "fresh";
    await t.api("PATCH", `/v1/templates/${name}`, { agent_file_json: file });
    const saved = await post<WireTemplate>(`/v1/templates/${name}/save`, save);
    return { name, id, deploymentId: made.deployment_id, saved };
  }
  const migrate = (name: string, deploymentId: string, body: Record<string, unknown>) =>
    t.api("POST", `/v1/templates/default/${name}/deployments/${deploymentId}/migrate`, body);

  test("moves agents to a version: prompt, tools, rules and blocks, each with a version that says so", async () => {
    const { name, id, deploymentId } = await makeMoved();
    const before = await agentOf(id);
    expect((await migrate(name, deploymentId, { version: "2", memory_variables: { food: "dates" } })).body).toEqual({
      success: true,
    });
    const agent = await agentOf(id);
    expect(agent).toMatchObject({ name: before.name, system: "You assist Ada.", message_ids: before.message_ids });
    expect(agent.template_id).not.toBe(before.template_id);
    expect(agent.tools.map((tool) => tool.name)).toEqual(["conversation_search"]);
    expect(agent.tool_rules).toMatchObject([{ type: "run_first", tool_name: "conversation_search" }]);
    expect(blockOf(agent, "human")).toMatchObject({ id: blockOf(before, "human").id, value: "Ada eats dates" });
    expect(blockOf(agent, "log").value).toBe("fresh");
    expect(agent.secrets.map(({ key, value }) => [key, value])).toEqual([["API_KEY", "k"]]);
    const versions = await t.api<WireBlockVersion[]>(
      "GET",
      `/v1/blocks/${blockOf(agent, "log").id}/versions?order=asc`,
    );
    expect(versions.body.map((one) => [one.operation, one.value])).toEqual([
      ["template", "nothing yet"],
      ["update", "lived"],
      ["migrate-template", "fresh"],
    ]);
    expect(versions.body.at(-1)!.cause).toMatchObject({ kind: "api", target: agent.template_id });
    const history = await t.api<{ operation: string; cause: unknown }[]>("GET", `/v1/agents/${id}/versions?order=asc`);
    expect(history.body.map((one) => one.operation)).toEqual(["template", "migrate-template"]);
    expect((await t.api("GET", `/v1/agents/${id}/core-memory/variables`)).body).toEqual({
      variables: { user: "Ada", food: "dates" },
    });
  });

  test("keeps what it is asked to keep: memory, secrets", async () => {
    const { name, id, deploymentId } = await makeMoved();
    await t.api("PATCH", `/v1/agents/${id}`, { secrets: { API_KEY: "changed" } });
    await migrate(name, deploymentId, { version: "latest", preserve_core_memories: true });
    expect(blockOf(await agentOf(id), "log").value).toBe("lived");
    expect((await agentOf(id)).secrets[0]!.value).toBe("changed");
    await migrate(name, deploymentId, { version: "1", preserve_core_memories: true, preserve_tool_variables: false });
    expect(await agentOf(id)).toMatchObject({ system: "You serve Ada." });
    expect((await agentOf(id)).secrets[0]!.value).toBe("k");
  });

  test("keeps blocks that are marked to be preserved, and others that the agent has, unless these are to go", async () => {
    const { name, id, deploymentId } = await makeMoved();
    await t.core.db.prisma.block.update({
      where: { id: blockOf(await agentOf(id), "log").id },
      data: { preserveOnMigration: true },
    });
    const own = await post<{ id: string }>("/v1/blocks/", { label: "own", value: "mine" });
    await t.api("PATCH", `/v1/agents/${id}/core-memory/blocks/attach/${own.id}`);
    await migrate(name, deploymentId, { version: "2" });
    const labels = async () => (await agentOf(id)).blocks.map((block) => [block.label, block.value]);
    expect(await labels()).toEqual([
      ["human", "Ada eats figs"],
      ["log", "lived"],
      ["own", "mine"],
    ]);
    await post(`/v1/templates/${name}/save`, { block_reconciliation_strategy: "reconcile-all", migrate_agents: true });
    expect(await labels()).toEqual([
      ["human", "Ada eats figs"],
      ["log", "lived"],
    ]);
    expect((await t.api("GET", `/v1/blocks/${own.id}`)).status).toBe(200);
  });

  test("of all agents comes with saving, if asked for", async () => {
    const { id } = await makeMoved({ migrate_agents: true, preserve_core_memories_on_migration: true });
    expect(await agentOf(id)).toMatchObject({ system: "You assist Ada." });
    expect(blockOf(await agentOf(id), "log").value).toBe("lived");
  });

  test("to a version that there is not, or of another template's deployment, changes nothing", async () => {
    const { name, id, deploymentId } = await makeMoved();
    const other = await makeTemplate();
    const before = await agentOf(id);
    expect((await migrate(name, deploymentId, { version: "9" })).status).toBe(404);
    expect((await migrate(name, deploymentId, { version: "x" })).status).toBe(400);
    expect((await migrate(other.name, deploymentId, { version: "1" })).status).toBe(404);
    expect(await agentOf(id)).toEqual(before);
  });

  test("of one agent, as the older client asks, makes it one of that template", async () => {
    const { name } = await makeTemplate();
    const agent = await post<WireAgent>("/v1/agents/", {
      name: "Free",
      memory_blocks: [
        { label: "human", value: "x" },
        { label: "mine", value: "y" },
      ],
    });
    const body = {
      to_template: `${name}:latest`,
      preserve_core_memories: false,
      variables: { user: "Bo", food: "rice" },
    };
    expect((await t.api("POST", `/v1/agents/${agent.id}/migrate`, body)).body).toEqual({ success: true });
    const moved = await agentOf(agent.id);
    expect(moved).toMatchObject({ name: "Free", system: "You serve Bo.", deployment_id: expect.any(String) });
    expect(moved.blocks.map((block) => [block.label, block.value])).toEqual([
      ["human", "Bo likes rice"],
      ["log", "nothing yet"],
      ["mine", "y"],
    ]);
    expect(blockOf(moved, "human").id).toBe(blockOf(agent, "human").id);
  });
});

describe("an agent, for the older client,", () => {
  test("becomes a template, and later a version of it that keeps the variables", async () => {
    const { name } = await makeTemplate();
    const { agent_ids } = await deploy(name, { memory_variables: { user: "Ada", food: "figs" } });
    const id = agent_ids[0]!;
    await t.api("PATCH", `/v1/agents/${id}/core-memory/blocks/log`, { value: "learned" });
    const state = await post<WireAgent>(
      `/v1/agents/${id}/version-template?returnAgentState=true`,
      { message: "better" },
      201,
    );
    expect(state.id).toBe(id);
    const again = await deploy(`${name}:2`, { memory_variables: { user: "Bo", food: "rice" } });
    const agent = await agentOf(again.agent_ids[0]!);
    expect(agent.system).toBe("You serve Bo.");
    expect(agent.blocks.map((block) => block.value)).toEqual(["Bo likes rice", "learned"]);
    const made = await post<{ templateName: string; templateId: string }>(`/v1/agents/${id}/template`, {}, 201);
    expect(made).toEqual({ templateName: expect.any(String), templateId: expect.stringMatching(/^template-/) });
    const free = await post<WireAgent>("/v1/agents/", {});
    expect((await t.api("POST", `/v1/agents/${free.id}/version-template`, {})).status).toBe(409);
  });
});

describe("a snapshot", () => {
  test("says what a version is made of, and makes the working copy the same again", async () => {
    const { name } = await makeTemplate({
      tool_rules: [{ tool_name: "memory_insert", type: "run_first" }],
      context_window_limit: 9000,
    });
    const path = `/v1/templates/default/${name}`;
    const { body } = await t.api<TemplateSnapshot>("GET", `${path}:latest/snapshot`);
    templateSnapshotSchema.parse(body);
    expect(body).toMatchObject({
      type: "classic",
      version: "1",
      agents: [
        {
          name: "Source",
          systemPrompt: "You serve {{user}}.",
          agentType: "letta_v1_agent",
          tags: ["of-template"],
          properties: { context_window_limit: 9000 },
        },
      ],
    });
    expect(body.agents[0]!.memoryVariables!.data.map((one) => one.key)).toEqual(["user", "food"]);
    expect(body.agents[0]!.toolVariables!.data.map((one) => one.key)).toEqual(["API_KEY"]);
    expect(body.relationships).toHaveLength(2);
    expect((await t.api("PUT", `${path}:current/snapshot`, body)).body).toEqual({ success: true });
    expect((await t.api("GET", `${path}:current/snapshot`)).body).toEqual({ ...body, version: "current" });
    const changed = {
      ...body,
      agents: [{ ...body.agents[0]!, systemPrompt: "Anew." }],
      blocks: body.blocks.slice(0, 1),
      relationships: body.relationships.slice(0, 1),
    };
    await t.api("PUT", `${path}:current/snapshot`, changed);
    const { agent_ids } = await deploy(`${name}:current`);
    const agent = await agentOf(agent_ids[0]!);
    expect(agent).toMatchObject({ system: "Anew.", llm_config: { context_window: 9000 } });
    expect(agent.blocks.map((block) => block.label)).toEqual(["human"]);
    expect(agent.tools.map((tool) => tool.name)).toEqual(["memory_insert"]);
  });

  test("with what there is not is refused", async () => {
    const { name } = await makeTemplate();
    const path = `/v1/templates/default/${name}:current/snapshot`;
    const { body } = await t.api<TemplateSnapshot>("GET", path);
    const withTool = {
      ...body,
      agents: [{ ...body.agents[0]!, toolIds: ["tool-00000000-0000-4000-8000-00000000dead"] }],
    };
    expect((await t.api("PUT", path, withTool)).status).toBe(404);
    const withLink = { ...body, relationships: [{ agentEntityId: "x", blockEntityId: "y" }] };
    expect((await t.api("PUT", path, withLink)).status).toBe(400);
    expect((await t.api("GET", path)).body).toEqual(body);
  });
});

describe("a template of several agents", () => {
  test("makes them together, with their group, and moves them together", async () => {
    const worker = await post<WireAgent>("/v1/agents/", { name: "Worker" });
    const { agent } = await makeTemplate({ name: "Boss" });
    await post("/v1/groups/", {
      description: "team",
      agent_ids: [worker.id],
      manager_config: { manager_type: "supervisor", manager_agent_id: agent.id },
    });
    const template = await post<WireTemplate>(
      "/v1/templates",
      { type: "agent", agent_id: agent.id, name: "team_template" },
      201,
    );
    const made = await deploy("team_template", { agent_name: "Lead" });
    expect(made.agent_ids).toHaveLength(2);
    const [lead, helper] = await Promise.all(made.agent_ids.map(agentOf));
    expect([lead!.name, helper!.name]).toEqual(["Lead", "Worker"]);
    const group = (await t.api<Record<string, unknown>>("GET", `/v1/groups/${made.group_id}`)).body;
    expect(group).toMatchObject({
      manager_agent_id: lead!.id,
      agent_ids: [helper!.id],
      deployment_id: made.deployment_id,
      base_template_id: template.id,
    });
    const path = "/v1/templates/default/team_template:current/snapshot";
    const { body } = await t.api<TemplateSnapshot>("GET", path);
    expect(body).toMatchObject({ type: "supervisor", configuration: { managerType: "supervisor" } });
    await t.api("PUT", path, {
      ...body,
      agents: body.agents.map((one) => ({ ...one, systemPrompt: `${one.name} works.` })),
    });
    await post("/v1/templates/team_template/save", { migrate_agents: true });
    const systems = await Promise.all(made.agent_ids.map(async (id) => (await agentOf(id)).system));
    expect(systems).toEqual(["Boss works.", "Worker works."]);
  });
});

describe("a program that keeps templates itself", () => {
  test("makes blocks, agents and groups of a deployment, lists them and deletes them", async () => {
    const before = await t.rowCounts();
    const origin = { template_id: "t-1", base_template_id: "b-1", deployment_id: "d-1" };
    const block = await post<{ id: string; entity_id: string }>("/v1/_internal_templates/blocks", {
      ...origin,
      entity_id: "e-1",
      label: "human",
      value: "v",
    });
    expect(block).toMatchObject({ ...origin, entity_id: "e-1", preserve_on_migration: false });
    const many = await post<{ id: string }[]>("/v1/_internal_templates/blocks/batch", [
      { ...origin, entity_id: "e-2", label: "a", value: "v" },
      { ...origin, entity_id: "e-3", label: "b", value: "v", preserve_on_migration: true },
    ]);
    const agent = await post<WireAgent>("/v1/_internal_templates/agents", {
      ...origin,
      entity_id: "e-4",
      name: "Kept",
      block_ids: [block.id],
    });
    expect(agent).toMatchObject({ ...origin, entity_id: "e-4" });
    const group = await post<{ id: string }>("/v1/_internal_templates/groups", {
      ...origin,
      description: "g",
      agent_ids: [agent.id],
    });
    expect(group).toMatchObject(origin);
    const listed = await t.api<{ entities: { id: string; type: string }[]; total_count: number }>(
      "GET",
      "/v1/_internal_templates/deployment/d-1",
    );
    expect(listed.body.entities.map((one) => one.id)).toEqual([
      block.id,
      ...many.map((one) => one.id),
      agent.id,
      group.id,
    ]);
    const agents = await t.api<{ total_count: number }>(
      "GET",
      "/v1/_internal_templates/deployment/d-1?entity_types=agent",
    );
    expect(agents.body.total_count).toBe(1);
    const gone = await t.api("DELETE", "/v1/_internal_templates/deployment/d-1");
    expect(gone.body).toMatchObject({ deleted_agents: [agent.id], deleted_groups: [group.id] });
    expect(
      (await t.api<{ total_count: number }>("GET", "/v1/_internal_templates/deployment/d-1")).body.total_count,
    ).toBe(0);
    const after = await t.rowCounts();
    expect([after.agent, after.agent_group]).toEqual([before.agent, before.agent_group]);
  });
});
