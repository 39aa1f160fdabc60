import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { described, startFakeServer } from "@/lib/server/mcp/testing/fake-server";
import { type Rig, startRig } from "../support/api";
import { type OlderClient, olderClient } from "../support/letta-0";

const MODEL = "openai/scripted";

describe("the older generation of the official client (0.1.211)", () => {
  let rig: Rig;
  let older: OlderClient;
  let client: OlderClient["client"];
  beforeAll(async () => {
    rig = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on" } });
    older = olderClient(rig.url);
    client = older.client;
  });
  afterAll(() => rig?.stop());
  beforeEach(() => rig.model.reset());

  const makeAgent = (extra: Parameters<typeof client.agents.create>[0] = {}) =>
    client.agents.create({ model: MODEL, includeBaseTools: false, ...extra });

  it("makes, reads, changes, counts, finds and deletes agents, with all their relations filled in", async () => {
    expect(await client.health.check()).toMatchObject({ status: "ok" });
    const agent = await makeAgent({
      name: "Older",
      tags: ["older"],
      tools: ["memory_insert"],
      memoryBlocks: [{ label: "human", value: "Name: Mara" }],
    });
    expect(agent).toMatchObject({ name: "Older", agentType: "letta_v1_agent", tags: ["older"] });
    const read = await client.agents.retrieve(agent.id);
    expect(read.tools.map((tool) => tool.name)).toEqual(["memory_insert"]);
    expect(read.memory.blocks).toMatchObject([{ label: "human", value: "Name: Mara" }]);
    expect(await client.agents.modify(agent.id, { description: "of old" })).toMatchObject({ description: "of old" });
    expect((await client.agents.list({ tags: ["older"] })).map(({ id }) => id)).toEqual([agent.id]);
    expect(await client.agents.count()).toBe(1);
    expect(await client.tags.list()).toEqual(["older"]);
    expect(await client.agents.context.retrieve(agent.id)).toMatchObject({ numMessages: 1 });
    expect(await client.agents.coreMemory.retrieve(agent.id)).toMatchObject({ blocks: [{ label: "human" }] });
    const found = await client.agents.search({ search: [{ field: "name", operator: "eq", value: "Older" }] });
    expect(found.agents.map(({ id }) => id)).toEqual([agent.id]);
    await client.agents.delete(agent.id);
    await expect(client.agents.retrieve(agent.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("makes, changes, attaches and detaches blocks", async () => {
    const agent = await makeAgent();
    const block = await client.blocks.create({ label: "team", value: "Blue" });
    expect(await client.blocks.retrieve(block.id!)).toMatchObject({ value: "Blue" });
    expect(await client.blocks.modify(block.id!, { value: "Green" })).toMatchObject({ value: "Green" });
    expect((await client.blocks.list({ label: "team" })).map(({ id }) => id)).toEqual([block.id]);
    expect(await client.blocks.count()).toBeGreaterThan(0);
    expect((await client.agents.blocks.attach(agent.id, block.id!)).memory.blocks).toMatchObject([{ value: "Green" }]);
    expect((await client.blocks.agents.list(block.id!)).map(({ id }) => id)).toEqual([agent.id]);
    expect(await client.agents.blocks.retrieve(agent.id, "team")).toMatchObject({ value: "Green" });
    expect(await client.agents.blocks.modify(agent.id, "team", { value: "Red" })).toMatchObject({ value: "Red" });
    expect(await client.agents.blocks.list(agent.id)).toMatchObject([{ value: "Red" }]);
    expect((await client.agents.blocks.detach(agent.id, block.id!)).memory.blocks).toEqual([]);
    await client.blocks.delete(block.id!);
    await expect(client.blocks.retrieve(block.id!)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("sends messages and gets replies: whole, streamed by steps and by tokens, and async", async () => {
    const agent = await makeAgent();
    rig.model.push({ text: "Whole." }, { text: "By steps." }, { text: "Token by token." }, { text: "Later." });
    const whole = await client.agents.messages.create(agent.id, { messages: [{ role: "user", content: "one" }] });
    expect(whole.messages).toMatchObject([{ messageType: "assistant_message", content: "Whole." }]);
    expect(whole.stopReason).toMatchObject({ stopReason: "end_turn" });

    const textOf = async (streamTokens: boolean) => {
      let text = "";
      const types: string[] = [];
      const stream = await client.agents.messages.createStream(agent.id, {
        messages: [{ role: "user", content: "more" }],
        streamTokens,
      });
      for await (const chunk of stream) {
        types.push(String(chunk.messageType));
        if (chunk.messageType === "assistant_message" && typeof chunk.content === "string") text += chunk.content;
      }
      return { text, types };
    };
    expect(await textOf(false)).toMatchObject({ text: "By steps." });
    const tokens = await textOf(true);
    expect(tokens.text).toBe("Token by token.");
    expect(tokens.types.slice(-2)).toEqual(["stop_reason", "usage_statistics"]);

    const run = await client.agents.messages.createAsync(agent.id, { messages: [{ role: "user", content: "later" }] });
    await expect.poll(async () => (await client.runs.retrieve(run.id!)).status, { timeout: 15_000 }).toBe("completed");
    expect((await client.runs.messages.list(run.id!)).map((message) => message.messageType)).toEqual([
      "user_message",
      "assistant_message",
    ]);
    expect(await client.runs.usage.retrieve(run.id!)).toMatchObject({ totalTokens: expect.any(Number) });
    expect(await client.runs.steps.list(run.id!)).toHaveLength(1);
    expect((await client.runs.list({ agentIds: agent.id })).length).toBe(4);
    expect(await client.runs.listActive({ agentIds: agent.id })).toEqual([]);
    const listed = await client.agents.messages.list(agent.id, { limit: 100 });
    expect(listed.filter((message) => message.messageType === "user_message")).toHaveLength(4);
    expect((await client.agents.messages.search({ query: "Token" })).length).toBeGreaterThan(0);
    await expect(client.agents.messages.cancel(agent.id)).rejects.toMatchObject({ statusCode: 409 });
    await client.agents.messages.reset(agent.id);
    expect((await client.agents.retrieve(agent.id)).messageIds).toHaveLength(1);
    await client.runs.delete(run.id!);
    await expect(client.runs.retrieve(run.id!)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("follows a background run from the beginning", async () => {
    const agent = await makeAgent();
    rig.model.push({ text: "Followed." });
    const first = await client.agents.messages.createStream(agent.id, {
      messages: [{ role: "user", content: "go" }],
      background: true,
    });
    for await (const _ of first);
    const [run] = await client.runs.list({ agentIds: agent.id });
    const again: string[] = [];
    for await (const chunk of await client.runs.stream(run!.id!, { startingAfter: 0 }))
      again.push(String(chunk.messageType));
    expect(again).toEqual(expect.arrayContaining(["assistant_message", "stop_reason"]));
  });

  it("reads steps, their metrics and traces, and gives feedback", async () => {
    const agent = await makeAgent();
    await client.agents.messages.create(agent.id, { messages: [{ role: "user", content: "hello" }] });
    const [step] = await client.steps.list({ agentId: agent.id });
    expect(await client.steps.retrieve(step!.id)).toMatchObject({ id: step!.id });
    expect(await client.steps.retrieveStepMetrics(step!.id)).toMatchObject({ id: step!.id });
    expect(await client.steps.feedback.create(step!.id, { feedback: "positive" })).toMatchObject({
      feedback: "positive",
    });
    const trace = await client.telemetry.retrieveProviderTrace(step!.id);
    expect(JSON.stringify(trace?.requestJson)).toContain("hello");
    const preview = await client.agents.messages.previewRawPayload(agent.id, {
      messages: [{ role: "user", content: "what would be sent" }],
    });
    expect(JSON.stringify(preview)).toContain("what would be sent");
  });

  it("keeps, finds and deletes passages", async () => {
    const agent = await makeAgent();
    const [passage] = await client.agents.passages.create(agent.id, { text: "Mara drinks green tea.", tags: ["tea"] });
    expect(await client.agents.passages.list(agent.id)).toMatchObject([{ text: "Mara drinks green tea." }]);
    const found = await client.agents.passages.search(agent.id, { query: "green tea" });
    expect(found).toMatchObject({ count: 1, results: [{ content: "Mara drinks green tea." }] });
    await client.agents.passages.delete(agent.id, passage!.id!);
    expect(await client.agents.passages.list(agent.id)).toEqual([]);
  });

  it("lists models and embeddings", async () => {
    expect((await client.models.list()).map((model) => model.handle)).toContain(MODEL);
    expect(Array.isArray(await client.embeddingModels.list())).toBe(true);
    await client.models.listembeddingmodels();
  });

  it("keeps files in sources and in folders, their newer name", async () => {
    const agent = await makeAgent();
    const source = await client.sources.create({ name: "manuals", description: "How things work" });
    const id = source.id!;
    expect(await client.sources.retrieve(id)).toMatchObject({ name: "manuals" });
    expect(await client.sources.retrieveByName("manuals")).toBe(id);
    expect(await client.sources.modify(id, { description: "All of it" })).toMatchObject({ description: "All of it" });
    expect((await client.sources.list()).map((one) => one.id)).toEqual([id]);
    expect((await client.folders.list()).map((one) => one.id)).toEqual([id]);
    expect([await client.sources.count(), await client.folders.count()]).toEqual([1, 1]);

    const text = new Blob(["Water boils at 100 degrees.\nIce melts at 0.\n"], { type: "text/plain" });
    const file = await client.sources.files.upload(new File([text], "water.txt"), id, {});
    await expect
      .poll(async () => (await client.sources.getFileMetadata(id, file.id!)).processingStatus, { timeout: 20_000 })
      .toBe("completed");
    expect((await client.sources.files.list(id)).map((one) => one.originalFileName)).toEqual(["water.txt"]);
    expect((await client.folders.files.list(id)).map((one) => one.id)).toEqual([file.id]);
    expect((await client.sources.passages.list(id)).length).toBeGreaterThan(0);
    expect((await client.folders.passages.list(id)).length).toBeGreaterThan(0);
    expect(await client.sources.getSourcesMetadata()).toMatchObject({ totalFiles: 1 });
    expect(await client.folders.getFoldersMetadata()).toMatchObject({ totalFiles: 1 });

    await client.agents.sources.attach(agent.id, id);
    expect((await client.agents.sources.list(agent.id)).map((one) => one.id)).toEqual([id]);
    expect((await client.agents.folders.list(agent.id)).map((one) => one.id)).toEqual([id]);
    expect(await client.sources.getAgentsForSource(id)).toEqual([agent.id]);
    expect(await client.folders.getAgentsForFolder(id)).toEqual([agent.id]);
    expect(await client.agents.files.open(agent.id, file.id!)).toEqual([]);
    expect((await client.agents.listAgentFiles(agent.id)).files).toMatchObject([{ isOpen: true }]);
    await client.agents.files.close(agent.id, file.id!);
    expect(await client.agents.files.closeAll(agent.id)).toEqual([]);
    await client.agents.sources.detach(agent.id, id);
    await client.agents.folders.attach(agent.id, id);
    await client.agents.folders.detach(agent.id, id);
    expect(await client.agents.folders.list(agent.id)).toEqual([]);

    await client.sources.files.delete(id, file.id!);
    const folder = await client.folders.create({ name: "second" });
    expect(await client.folders.retrieveByName("second")).toBe(folder.id);
    expect(await client.folders.retrieve(folder.id!)).toMatchObject({ name: "second" });
    expect(await client.folders.modify(folder.id!, { name: "third" })).toMatchObject({ name: "third" });
    const note = await client.folders.files.upload(new File([text], "note.md"), folder.id!, {});
    await client.folders.files.delete(folder.id!, note.id!);
    await client.folders.delete(folder.id!);
    await client.sources.delete(id);
    expect(await client.sources.count()).toBe(0);
  });

  it("knows identities and whom they belong to", async () => {
    const agent = await makeAgent();
    const body = { identifierKey: "mara", name: "Mara", identityType: "user" as const, agentIds: [agent.id] };
    const identity = await client.identities.create(body);
    const id = identity.id!;
    expect(await client.identities.retrieve(id)).toMatchObject({ identifierKey: "mara", agentIds: [agent.id] });
    expect((await client.identities.list({ identifierKey: "mara" })).map((one) => one.id)).toEqual([id]);
    expect(await client.identities.count()).toBe(1);
    expect(await client.identities.modify(id, { name: "Mara B." })).toMatchObject({ name: "Mara B." });
    await client.identities.properties.upsert(id, [{ key: "city", value: "Graz", type: "string" }]);
    expect((await client.identities.retrieve(id)).properties).toMatchObject([{ key: "city", value: "Graz" }]);
    expect(await client.identities.upsert({ ...body, name: "Mara again" })).toMatchObject({ id, name: "Mara again" });
    await client.identities.delete(id);
    expect(await client.identities.count()).toBe(0);
  });

  it("keeps groups of agents", async () => {
    const [one, two] = [await makeAgent(), await makeAgent()];
    const group = await client.groups.create({ agentIds: [one.id, two.id], description: "Both" });
    expect(await client.groups.retrieve(group.id)).toMatchObject({ description: "Both", agentIds: [one.id, two.id] });
    expect((await client.groups.list()).map(({ id }) => id)).toEqual([group.id]);
    expect(await client.groups.count()).toBe(1);
    expect(await client.groups.modify(group.id, { description: "The two" })).toMatchObject({ description: "The two" });
    expect((await client.agents.groups.list(one.id)).map(({ id }) => id)).toEqual([group.id]);
    expect(await client.groups.messages.list(group.id)).toEqual([]);
    await client.groups.messages.reset(group.id);
    await client.groups.delete(group.id);
    expect(await client.groups.count()).toBe(0);
  });

  it("sends batches and follows their jobs", async () => {
    const agents = [await makeAgent(), await makeAgent()];
    const batch = await client.batches.create({
      requests: agents.map((agent) => ({ agentId: agent.id, messages: [{ role: "user", content: "hello" }] })),
    });
    const id = batch.id!;
    await expect.poll(async () => (await client.batches.retrieve(id)).status, { timeout: 30_000 }).toBe("completed");
    expect((await client.batches.list()).map((one) => one.id)).toEqual([id]);
    const { messages } = await client.messages.listBatchMessages(id);
    expect(new Set(messages.map((message) => message.agentId))).toEqual(new Set(agents.map((agent) => agent.id)));
    expect(await client.jobs.retrieve(id)).toMatchObject({ id, status: "completed" });
    expect((await client.jobs.list()).map((one) => one.id)).toContain(id);
    expect(await client.jobs.listActive()).toEqual([]);
    await client.batches.cancel(id);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "completed" });
    expect(await client.jobs.cancelJob(id)).toMatchObject({ status: "completed" });
    await client.jobs.delete(id);
    await expect(client.jobs.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("exports and imports agents, and makes templates of them", async () => {
    const agent = await makeAgent({ name: "Pattern", memoryBlocks: [{ label: "human", value: "For {{person}}" }] });
    const exported: unknown = await client.agents.exportFile(agent.id);
    const text = typeof exported === "string" ? exported : JSON.stringify(exported);
    expect(JSON.parse(text)).toMatchObject({ agents: [{ name: "Pattern" }] });
    const imported = await client.agents.importFile(new File([text], "pattern.af"), { appendCopySuffix: true });
    expect(await client.agents.retrieve(imported.agentIds[0]!)).toMatchObject({ name: "Pattern_copy" });

    const project = "any";
    const template = await client.templates.createtemplate(project, {
      type: "agent",
      agentId: agent.id,
      name: "pattern",
    });
    expect(template.name).toBe("pattern");
    expect((await client.templates.list()).templates.map((one) => one.name)).toContain("pattern");
    await client.templates.savetemplateversion(project, "pattern", {});
    const versions = await client.templates.listtemplateversions(project, "pattern");
    expect(versions.versions.length).toBeGreaterThan(0);
    expect(await client.templates.gettemplatesnapshot(project, "pattern:latest")).toMatchObject({ agents: [{}] });
    const made = await client.templates.agents.create(project, "pattern:latest", {
      memoryVariables: { person: "Mara" },
    });
    const child = await client.agents.retrieve(made.agents[0]!.id);
    expect(child.memory.blocks).toMatchObject([{ value: "For Mara" }]);
    expect(await client.agents.memoryVariables.list(child.id)).toMatchObject({ variables: { person: "Mara" } });
    await client.agents.templates.create(child.id);
    await client.agents.templates.createVersion(child.id);
    await client.agents.templates.migrate(child.id, { toTemplate: "pattern:latest", preserveCoreMemories: true });
    await client.templates.updatetemplatedescription(project, "pattern", { description: "To copy" });
    await client.templates.forktemplate(project, "pattern:latest", { name: "fork" });
    await client.templates.renametemplate(project, "fork", { newName: "forked" });
    await client.templates.deletetemplate(project, "forked");
    await client.templates.deletetemplate(project, "pattern");
  });

  it("gives browsers tokens of their own", async () => {
    const agent = await makeAgent();
    const made = await client.clientSideAccessTokens.create({
      hostname: "https://example.com",
      policy: [{ type: "agent", id: agent.id, access: ["read_messages"] }],
    });
    const listed = await client.clientSideAccessTokens.clientSideAccessTokensListClientSideAccessTokens();
    expect(JSON.stringify(listed)).toContain(made.token);
    await client.clientSideAccessTokens.delete(made.token);
  });

  it("adds, checks, changes and removes providers", async () => {
    const body = { name: "mine", providerType: "openai" as const, apiKey: "k", baseUrl: rig.model.url };
    const provider = await client.providers.create(body);
    expect(await client.providers.list()).toMatchObject([{ name: "mine" }]);
    await client.providers.checkProvider({ providerType: "openai", apiKey: "k", baseUrl: rig.model.url });
    expect(await client.providers.modify(provider.id!, { apiKey: "k2" })).toMatchObject({ name: "mine" });
    await client.providers.delete(provider.id!);
    expect(await client.providers.list()).toEqual([]);
  });

  it("makes, finds, runs and deletes tools", async () => {
    const agent = await makeAgent();
    const sourceCode =
      'def add(a: int, b: int) -> int:\n    """Adds.\n\n    Args:\n        a (int): One.\n        b (int): Two.\n    """\n    return a + b\n';
    const tool = await client.tools.create({ sourceCode });
    expect(await client.tools.retrieve(tool.id!)).toMatchObject({ name: "add" });
    expect((await client.tools.upsert({ sourceCode, description: "Adds two" })).id).toBe(tool.id);
    expect(await client.tools.modify(tool.id!, { tags: ["sums"] })).toMatchObject({ tags: ["sums"] });
    expect((await client.tools.list({ name: "add" })).map((one) => one.id)).toEqual([tool.id]);
    expect(await client.tools.count({ name: "add" })).toBeGreaterThan(0);
    expect((await client.tools.upsertBaseTools()).length).toBeGreaterThan(20);
    const run = await client.tools.runToolFromSource({ sourceCode, args: { a: 1, b: 2 } });
    expect(run).toMatchObject({ status: "success", toolReturn: "3" });
    await client.agents.tools.attach(agent.id, tool.id!);
    expect((await client.agents.tools.list(agent.id)).map((one) => one.name)).toEqual(["add"]);
    await client.agents.tools.modifyApproval(agent.id, "add", { requiresApproval: true });
    await client.agents.tools.detach(agent.id, tool.id!);
    await client.tools.delete(tool.id!);
    expect(await client.tools.listMcpServers()).toEqual({});
  });

  it("adds MCP servers by their names, and their tools", async () => {
    const fake = await startFakeServer({ tools: [described("greet")] });
    const server = { serverName: "fake", type: "streamable_http" as const, serverUrl: fake.url };
    await client.tools.testMcpServer(server);
    await client.tools.addMcpServer(server);
    expect(Object.keys(await client.tools.listMcpServers())).toEqual(["fake"]);
    expect((await client.tools.listMcpToolsByServer("fake")).map((tool) => tool.name)).toEqual(["greet"]);
    expect(await client.tools.addMcpTool("fake", "greet")).toMatchObject({ name: "greet" });
    const events: unknown[] = [];
    for await (const event of await client.tools.connectMcpServer(server)) events.push(event);
    expect(events.length).toBeGreaterThan(0);
    await client.tools.updateMcpServer("fake", { serverUrl: fake.url });
    await client.tools.deleteMcpServer("fake");
    expect(await client.tools.listMcpServers()).toEqual({});
    await fake.stop();
  });

  it("talks to a group, speaks, and compacts", async () => {
    const [one, two] = [await makeAgent(), await makeAgent()];
    const group = await client.groups.create({ agentIds: [one.id, two.id], description: "Both" });
    const hello = { messages: [{ role: "user" as const, content: "hello" }] };
    const said = await client.groups.messages.create(group.id, hello);
    expect(said.messages.filter((message) => message.messageType === "assistant_message").length).toBeGreaterThan(0);
    const streamed: string[] = [];
    const quietly = { ...hello, includePings: false };
    // Of a group's stream this client knows neither pings nor the frame that says why it stopped.
    const following = (async () => {
      for await (const chunk of await client.groups.messages.createStream(group.id, quietly)) {
        streamed.push(String(chunk.messageType));
      }
    })();
    await expect(following).rejects.toThrow("stop_reason");
    expect(streamed).toContain("assistant_message");
    const body = { model: one.id, messages: [{ role: "user", content: "speak" }], stream: false };
    const spoken = await client.voice.createVoiceChatCompletions(one.id, { body });
    expect(spoken).toMatchObject({ object: "chat.completion" });
    for (let turn = 0; turn < 8; turn++) await client.agents.messages.create(one.id, hello);
    await client.agents.summarizeAgentConversation(one.id, { maxMessageLength: 10 });
    const [message] = await client.agents.messages.list(one.id, { limit: 1 });
    const changed = client.agents.messages.modify(one.id, message!.id, { messageType: "user_message", content: "x" });
    await expect(changed).rejects.toMatchObject({ statusCode: 405 });
    const inGroup = client.groups.messages.modify(group.id, message!.id, { messageType: "user_message", content: "x" });
    await expect(inGroup).rejects.toMatchObject({ statusCode: 405 });
  });

  it("is told that what is gone or belongs to the hosted service is not here", async () => {
    const agent = await makeAgent();
    const gone: [string, () => Promise<unknown>][] = [
      ["projects", async () => client.projects.list()],
      ["composio apps", async () => client.tools.listComposioApps()],
      ["composio actions", async () => client.tools.listComposioActionsByApp("x")],
      ["composio tool", async () => client.tools.addComposioTool("x")],
      ["files by PATCH", async () => client.agents.files.list(agent.id)],
      [
        "a passage's PATCH",
        async () => client.agents.passages.modify(agent.id, "passage-00000000-0000-4000-8000-000000000000"),
      ],
    ];
    for (const [name, ask] of gone) {
      const status = await ask().then(
        () => 200,
        (error: { statusCode?: number }) => error.statusCode,
      );
      expect([name, status]).toEqual([name, 501]);
    }
  });

  it("called every method that this client has, but one that no server answered", () => {
    // GET /v1/providers/check is in this client alone; POST is how a provider is checked.
    expect(older.methods.filter((method) => !older.called.has(method))).toEqual(["providers.check"]);
  });
});
