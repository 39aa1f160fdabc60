import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Rig, startRig } from "../support/api";
import { type OlderClient, olderClient } from "../support/letta-0";

const MODEL = "openai/scripted";

describe("the older generation of the official client (0.1.211)", () => {
  let rig: Rig;
  let older: OlderClient;
  let client: OlderClient["client"];
  beforeAll(async () => {
    rig = await startRig();
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
    for await (const chunk of await client.runs.stream(run!.id!, { startingAfter: 0 })) again.push(String(chunk.messageType));
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
});
