import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { conversationSchema, type WireConversation } from "@/lib/api/conversations";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const UUID = "00000000-0000-4000-8000-00000000dead";
const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
const start = (agentId: string, body?: Record<string, unknown>) =>
  t.api<WireConversation>("POST", `/v1/conversations/?agent_id=${agentId}`, body);
const WORDS = ["a", "b", "c"].map((content, n) => ({ role: "user", content, otid: `o${n}` }));

describe("conversations", () => {
  test("begin with a system message of their own, and have every key of the contract", async () => {
    const agent = await makeAgent();
    const made = await start(agent.id, {
      summary: "s",
      description: "d",
      model: "anthropic/claude-sonnet-4-5",
      model_settings: { temperature: 0.3 },
      context_window_limit: 1000,
    });
    conversationSchema.strict().parse(made.body);
    expect(made.body).toMatchObject({
      agent_id: agent.id,
      summary: "s",
      description: "d",
      model: "anthropic/claude-sonnet-4-5",
      model_settings: { provider_type: "anthropic", temperature: 0.3 },
      context_window_limit: 1000,
      archived: false,
      archived_at: null,
      last_message_at: null,
      isolated_block_ids: [],
    });
    expect(made.body.in_context_message_ids).toHaveLength(1);
    expect(made.body.in_context_message_ids).not.toEqual(agent.message_ids);
    expect((await t.api("GET", `/v1/conversations/${made.body.id}`)).body).toEqual(made.body);
  });

  test("an agent's default one is found by default and its agent, or by the agent's id, and is in no list", async () => {
    const agent = await makeAgent({ initial_message_sequence: WORDS });
    const byDefault = await t.api<WireConversation>("GET", `/v1/conversations/default?agent_id=${agent.id}`);
    expect(byDefault.body.in_context_message_ids).toEqual(agent.message_ids);
    expect((await t.api("GET", `/v1/conversations/${agent.id}`)).body).toEqual(byDefault.body);
    expect((await t.api("GET", "/v1/conversations/default")).status).toBe(400);
    expect((await t.api<unknown[]>("GET", `/v1/conversations/?agent_id=${agent.id}`)).body).toEqual([]);
    expect((await t.api("DELETE", `/v1/conversations/${byDefault.body.id}`)).status).toBe(409);
  });

  test("shows the memory with which it was started until it is compiled again, whatever is edited by which route", async () => {
    const agent = await makeAgent({ memory_blocks: [{ label: "human", value: "Bob" }] });
    const promptOf = async (id: string) =>
      (await t.api<{ content: string }[]>("GET", `/v1/conversations/${id}/messages?order=asc&limit=1`)).body[0]!
        .content;
    const first = (await start(agent.id)).body.id;
    await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/human`, { value: "Ada" });
    const second = (await start(agent.id)).body.id;
    await t.api("PATCH", `/v1/blocks/${agent.blocks[0]!.id}`, { value: "Eve\r\nwho is here" });
    expect((await t.api("GET", `/v1/blocks/${agent.blocks[0]!.id}`)).body).toMatchObject({ value: "Eve\nwho is here" });
    const shown = [await promptOf(first), await promptOf(second)];
    expect(shown.map((text) => /Bob|Ada|Eve/.exec(text)?.[0])).toEqual(["Bob", "Ada"]);
  });

  test("an agent's list of messages over many of them has one prompt, that of its default one", async () => {
    const agent = await makeAgent({ initial_message_sequence: WORDS });
    for (let n = 0; n < 5; n++) await start(agent.id);
    type Listed = { id: string; message_type: string }[];
    for (const path of [`/v1/agents/${agent.id}/messages`, "/v1/messages/"]) {
      const { body } = await t.api<Listed>("GET", `${path}?limit=${WORDS.length + 1}`);
      if (path.includes(agent.id)) expect(body.map((one) => one.id)).toEqual(agent.message_ids);
      else expect(body.filter((one) => one.message_type === "system_message").length).toBeLessThanOrEqual(1);
    }
  });

  test("isolated blocks are copies: the agent's own stay as they are", async () => {
    const agent = await makeAgent({ memory_blocks: [{ label: "human", value: "Bob", description: "who" }] });
    const made = (await start(agent.id, { isolated_block_labels: ["human"] })).body;
    expect(made.isolated_block_ids).toHaveLength(1);
    expect(made.isolated_block_ids).not.toContain(agent.blocks[0]!.id);
    const copy = await t.api("GET", `/v1/blocks/${made.isolated_block_ids[0]}`);
    expect(copy.body).toMatchObject({ label: "human", value: "Bob", description: "who" });
    expect((await start(agent.id, { isolated_block_labels: ["nope"] })).status).toBe(400);
  });

  test("a change leaves what is null or left out as it is; archiving goes both ways", async () => {
    const agent = await makeAgent();
    const { id } = (await start(agent.id, { summary: "s" })).body;
    const change = async (body: Record<string, unknown>) =>
      (await t.api<WireConversation>("PATCH", `/v1/conversations/${id}`, body)).body;
    expect(await change({ summary: null, description: "d" })).toMatchObject({ summary: "s", description: "d" });
    const archived = await change({ archived: true });
    expect(archived).toMatchObject({ archived: true, archived_at: expect.any(String) });
    expect((await change({ archived: true })).archived_at).toBe(archived.archived_at);
    const list = async (status: string) =>
      (await t.api<WireConversation[]>("GET", `/v1/conversations/?agent_id=${agent.id}${status}`)).body.length;
    expect([await list(""), await list("&archive_status=archived"), await list("&archive_status=all")]).toEqual([
      0, 1, 1,
    ]);
    expect(await change({ archived: false, last_message_at: "2026-01-02T03:04:05Z" })).toMatchObject({
      archived: false,
      archived_at: null,
      last_message_at: "2026-01-02T03:04:05.000Z",
    });
  });

  test("a deleted one is gone for every request, and its messages stay in the ledger", async () => {
    const agent = await makeAgent();
    const { id } = (await start(agent.id)).body;
    const path = `/v1/conversations/${id}`;
    expect(await t.api("DELETE", path)).toMatchObject({ status: 200, body: null });
    for (const [method, body] of [["GET"], ["PATCH", {}], ["DELETE"]] as const) {
      expect((await t.api(method, path, body)).status).toBe(404);
    }
    expect((await t.api("POST", `${path}/fork`)).status).toBe(404);
    expect((await t.api<unknown[]>("GET", `/v1/conversations/?agent_id=${agent.id}`)).body).toEqual([]);
    expect(await t.core.db.prisma.message.count({ where: { conversationId: id } })).toBe(1);
  });

  test.each(["created_at", "last_message_at", "last_run_completion"])(
    "walking by %s to the empty page meets each once, in both orders",
    async (orderBy) => {
      const agent = await makeAgent();
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.push((await start(agent.id)).body.id);
      await t.api("PATCH", `/v1/conversations/${ids[1]}`, { last_message_at: "2026-01-01T00:00:00Z" });
      await t.api("PATCH", `/v1/conversations/${ids[3]}`, { last_message_at: "2026-02-01T00:00:00Z" });
      const query = { agent_id: agent.id, limit: 2, order_by: orderBy };
      const descending = await walk(t.api, "/v1/conversations/", query);
      expect(descending.toSorted()).toEqual(ids.toSorted());
      expect(await walk(t.api, "/v1/conversations/", { ...query, order: "asc" })).toEqual(descending.toReversed());
      if (orderBy === "last_message_at") expect(descending.slice(0, 2)).toEqual([ids[3], ids[1]]);
    },
  );

  test("a list is filtered by summary, has no hidden ones, and costs the same whatever its length", async () => {
    const agent = await makeAgent();
    await start(agent.id, { summary: "About 100% Tea" });
    await start(agent.id, { summary: "About coffee" });
    await start(agent.id, { summary: "About tea, hidden", hidden: true });
    const path = `/v1/conversations/?agent_id=${agent.id}`;
    const found = async (text: string) =>
      (await t.api<WireConversation[]>("GET", `${path}&summary_search=${encodeURIComponent(text)}`)).body.length;
    expect([await found("tea"), await found("0% t"), await found("a%e"), await found("")]).toEqual([1, 1, 0, 2]);
    const few = await t.countStatements(() => t.api("GET", `${path}&limit=1`));
    expect(await t.countStatements(() => t.api("GET", path))).toBe(few);
  });

  test.each<[string, string, string, unknown, number]>([
    ["no agent", "POST", "/v1/conversations/", {}, 422],
    ["an unknown agent", "POST", `/v1/conversations/?agent_id=agent-${UUID}`, {}, 404],
    ["an id that is none", "GET", "/v1/conversations/conv-1", undefined, 422],
    ["an unknown id", "GET", `/v1/conversations/conv-${UUID}`, undefined, 404],
    ["default where an id is asked for", "DELETE", "/v1/conversations/default", undefined, 422],
    ["an unknown cursor", "GET", `/v1/conversations/?after=conv-${UUID}`, undefined, 404],
    ["an unknown status", "GET", "/v1/conversations/?archive_status=burnt", undefined, 422],
  ])("%s is refused", async (_what, method, path, body, status) => {
    expect((await t.api(method, path, body)).status).toBe(status);
  });

  test.each<[string, Record<string, unknown>, number]>([
    ["an unknown model", { model: "a/b" }, 404],
    ["a window wider than its model's", { context_window_limit: 128_001 }, 400],
    ["a summary with a NUL", { summary: "\0" }, 422],
  ])("%s is refused at the start and later, and changes nothing", async (_what, body, status) => {
    const agent = await makeAgent();
    const made = (await start(agent.id)).body;
    const before = await t.rowCounts();
    expect((await start(agent.id, body)).status).toBe(status);
    expect((await t.api("PATCH", `/v1/conversations/${made.id}`, body)).status).toBe(status);
    expect(await t.rowCounts()).toEqual(before);
    expect((await t.api("GET", `/v1/conversations/${made.id}`)).body).toEqual(made);
  });
});

describe("forking", () => {
  test("copies what is in context under a new system message, and each copy says what it was copied from", async () => {
    const agent = await makeAgent({ initial_message_sequence: WORDS });
    const [, a, b, c] = agent.message_ids;
    await t.api("PATCH", `/v1/agents/${agent.id}`, { message_ids: [c, a, b] });
    const fork = await t.api<WireConversation>("POST", `/v1/conversations/default/fork?agent_id=${agent.id}`);
    expect(fork.body.in_context_message_ids).toHaveLength(4);
    const rows = await t.core.db.prisma.message.findMany({
      where: { conversationId: fork.body.id },
      orderBy: { seq: "asc" },
    });
    expect(rows.map((row) => row.id)).toEqual(fork.body.in_context_message_ids);
    expect(rows.map((row) => [row.role, row.copiedFromId])).toEqual([
      ["system", null],
      ["user", c],
      ["user", a],
      ["user", b],
    ]);
    expect(rows.map((row) => row.otid)).toEqual([null, "o2", "o0", "o1"]);
    const source = (await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`)).body;
    expect(source.message_ids).toEqual([agent.message_ids[0], c, a, b]);
  });

  test("up to a message leaves out what came after; what is not in context can't be the end", async () => {
    const agent = await makeAgent({ initial_message_sequence: WORDS });
    const [, a, b, c] = agent.message_ids;
    const fork = (messageId: string) =>
      t.api<WireConversation>("POST", `/v1/conversations/${agent.id}/fork?message_id=${messageId}&hidden=true`);
    expect((await fork(b!)).body.in_context_message_ids).toHaveLength(3);
    await t.api("PATCH", `/v1/agents/${agent.id}`, { message_ids: [a, b] });
    const before = await t.rowCounts();
    expect((await fork(c!)).status).toBe(404);
    expect(await t.rowCounts()).toEqual(before);
    expect((await t.api<unknown[]>("GET", `/v1/conversations/?agent_id=${agent.id}`)).body).toEqual([]);
  });

  test("takes the model along, and copies isolated blocks again", async () => {
    const agent = await makeAgent({ memory_blocks: [{ label: "human", value: "Bob" }] });
    const source = (await start(agent.id, { model: "openai/gpt-5-mini", isolated_block_labels: ["human"] })).body;
    const fork = (await t.api<WireConversation>("POST", `/v1/conversations/${source.id}/fork`)).body;
    expect(fork.model).toBe("openai/gpt-5-mini");
    expect(fork.isolated_block_ids).toHaveLength(1);
    expect(fork.isolated_block_ids).not.toEqual(source.isolated_block_ids);
    const versions = await t.api("GET", `/v1/blocks/${fork.isolated_block_ids[0]}/versions`);
    expect(versions.body).toMatchObject([{ value: "Bob", cause: { kind: "fork", target: source.id } }]);
  });
});
