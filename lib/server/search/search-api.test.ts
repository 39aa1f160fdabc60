import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestCore, type TestCore } from "../testing/harness";
import { addConversation, makeAgent, makeArchive, say, store } from "./testing/fixtures";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const UNKNOWN = "00000000-0000-4000-8000-000000000001";
const eventsOf = (agentId: string | null) =>
  t.ctx.db.prisma.passageEvent.findMany({ where: { agentId, type: "search" }, orderBy: { seq: "asc" } });

describe("GET /v1/agents/{agent_id}/archival-memory/search", () => {
  test("answers in the contract's shape and keeps the search", async () => {
    const { agentId } = await makeAgent(t.ctx.db, "America/New_York");
    const archive = await makeArchive(t.ctx.db, { agentId });
    const [a] = await store(t.ctx.db, archive, [
      { text: "cedar beds", tags: ["garden", "wood"], at: "2026-01-02T03:04:05.678Z" },
      { text: "cedar chest", tags: ["house"] },
      { text: "cedar fence", tags: ["street"] },
    ]);
    const path = `/v1/agents/${agentId}/archival-memory/search?query=cedar%20beds`;
    const answer = await t.api<{ results: Record<string, unknown>[]; count: number }>("GET", `${path}&top_k=2`);
    expect(answer.status).toBe(200);
    expect(answer.body.count).toBe(2);
    expect(answer.body.results[0]).toEqual({
      id: a,
      timestamp: "2026-01-01T22:04:05-05:00",
      content: "cedar beds",
      tags: ["garden", "wood"],
      rank: 1,
      score: 1,
    });
    const tagged = await t.api<{ count: number }>("GET", `${path}&tags=garden&tags=street`);
    expect(tagged.body.count).toBe(2);
    const both = await t.api<{ count: number }>(
      "GET",
      `${path}&tags=garden&tags=wood&tag_match_mode=all&end_datetime=2026-01-01`,
    );
    expect(both.body.count).toBe(1);

    const events = await eventsOf(agentId);
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({ archiveId: archive, cause: { kind: "api", actor: t.ctx.actor.userId } });
    expect(events[0]!.search).toMatchObject({
      query: "cedar beds",
      mode: "text",
      filters: { limit: 2 },
      candidates: [{ passageId: a, rank: 1, returned: true }, { returned: true }, { rank: 3, returned: false }],
    });
  });

  test("refuses wrong requests", async () => {
    const { agentId } = await makeAgent(t.ctx.db);
    const path = (id: string, query: string) => `/v1/agents/${id}/archival-memory/search?${query}`;
    expect((await t.api("GET", path(`agent-${UNKNOWN}`, "query=x"))).status).toBe(404);
    expect((await t.api("GET", path(agentId, ""))).status).toBe(422);
    expect((await t.api("GET", path(agentId, "query=x&top_k=many"))).status).toBe(422);
    expect((await t.api("GET", path(agentId, "query=x&start_datetime=soon"))).status).toBe(422);
    expect((await t.api("GET", path(agentId, "query=x&tag_match_mode=none"))).status).toBe(422);
    expect((await t.api("GET", path(agentId, "query=x"))).body).toEqual({ results: [], count: 0 });
  });
});

describe("POST /v1/passages/search", () => {
  type Result = { passage: Record<string, unknown>; score: number; metadata: Record<string, unknown> };
  const search = async (body: unknown) => t.api<Result[]>("POST", "/v1/passages/search", body);

  test("goes over an agent's archives, one archive, or all", async () => {
    const { agentId } = await makeAgent(t.ctx.db);
    const [mine, other] = [await makeArchive(t.ctx.db, { agentId }), await makeArchive(t.ctx.db)];
    const [id] = await store(t.ctx.db, mine, [{ text: "juniper hedge", tags: ["x"] }]);
    await store(t.ctx.db, other, ["juniper berries"]);
    const { status, body } = await search({ query: "juniper", agent_id: agentId, archive_id: other });
    expect(status).toBe(200);
    expect(body).toHaveLength(1);
    expect(body[0]).toMatchObject({ score: 1, metadata: { rank: 1, text: { rank: 1 }, vector: null } });
    expect(body[0]!.passage).toMatchObject({
      id,
      archive_id: mine,
      text: "juniper hedge",
      tags: ["x"],
      is_deleted: false,
      embedding: null,
    });
    expect((await search({ query: "juniper", archive_id: other })).body).toHaveLength(1);
    const all = (await search({ query: "juniper" })).body;
    expect(all).toHaveLength(2);
    expect(all.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
    expect((await search({ query: "juniper", tags: ["x"], limit: 1 })).body.map((one) => one.passage.id)).toEqual([id]);
    expect((await search({ agent_id: agentId })).body.map((one) => one.passage.id)).toEqual([id]);
    expect(await eventsOf(agentId)).toHaveLength(2);
  });

  test("refuses wrong requests", async () => {
    expect((await search({ query: "x", agent_id: `agent-${UNKNOWN}` })).status).toBe(404);
    expect((await search({ query: "x", archive_id: `archive-${UNKNOWN}` })).status).toBe(404);
    expect((await search({ query: "x", limit: 0 })).status).toBe(422);
    expect((await search({ query: "x", start_date: "2026-13-01" })).status).toBe(422);
  });
});

describe("searches of messages", () => {
  test("POST /v1/messages/search answers with wire messages", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    const side = await addConversation(t.ctx.db, agentId);
    const [a] = await say(t.ctx.db, conversationId, [{ text: "the magnolia blooms", at: "2026-01-02T03:04:05.678Z" }]);
    const args = JSON.stringify({ message: "a magnolia, yes" });
    const [b] = await say(t.ctx.db, side, [
      {
        role: "assistant",
        parts: [{ type: "tool_call", id: "c", name: "send_message", arguments: args }],
        at: "2026-02-02T00:00:00.000Z",
      },
    ]);
    const search = async (body: Record<string, unknown>) =>
      t.api<Record<string, unknown>[]>("POST", "/v1/messages/search", { query: "magnolia", ...body });
    const { status, body } = await search({ agent_id: agentId, search_mode: "fts" });
    expect(status).toBe(200);
    expect(body.toSorted((x, y) => (String(x.message_type) < String(y.message_type) ? 1 : -1))).toEqual([
      {
        message_type: "user_message",
        content: "the magnolia blooms",
        message_id: a,
        agent_id: agentId,
        conversation_id: null,
        created_at: "2026-01-02T03:04:05.678Z",
      },
      {
        message_type: "assistant_message",
        content: "a magnolia, yes",
        message_id: b,
        agent_id: agentId,
        conversation_id: side,
        created_at: "2026-02-02T00:00:00.000Z",
      },
    ]);
    const ids = async (more: Record<string, unknown>) => (await search(more)).body.map((one) => one.message_id);
    expect(await ids({ conversation_id: side })).toEqual([b]);
    expect(await ids({ conversation_id: "default", agent_id: agentId })).toEqual([a]);
    expect(await ids({ start_date: "2026-02-01" })).toEqual([b]);
    expect(await ids({ end_date: "2026-01-02" })).toEqual([a]);
    expect(await ids({ roles: ["user"] })).toEqual([a]);
    await t.ctx.db.query("UPDATE agent SET project_id = 'p1', base_template_id = 't1' WHERE id = $1", [agentId]);
    const inProject = async (more: Record<string, unknown>) => {
      const body = { query: "magnolia", search_mode: "fts", ...more };
      return (await t.api<unknown[]>("POST", "/v1/agents/messages/search", body)).body.length;
    };
    expect(await inProject({ project_id: "p1" })).toBe(2);
    expect(await inProject({ project_id: "p2" })).toBe(0);
    expect(await inProject({ template_id: "t1", agent_id: agentId })).toBe(2);
    expect(await inProject({ template_id: "t2", agent_id: agentId })).toBe(0);
    expect((await search({ agent_id: `agent-${UNKNOWN}` })).status).toBe(404);
    expect((await search({ conversation_id: `conv-${UNKNOWN}` })).status).toBe(404);
    expect((await search({ conversation_id: "default" })).status).toBe(400);
    expect((await search({ start_date: "never" })).status).toBe(422);
  });

  test("POST /v1/agents/messages/search answers with raw messages and their ranks", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    const [id] = await say(t.ctx.db, conversationId, [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", reasoning: "hm", source: "reasoner_model", signature: null },
          { type: "text", text: "rhododendron" },
          { type: "tool_call", id: "c1", name: "look", arguments: "{}" },
        ],
      },
    ]);
    const { status, body } = await t.api<Record<string, unknown>[]>("POST", "/v1/agents/messages/search", {
      query: "rhododendron",
      agent_id: agentId,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject([{ embedded_text: "rhododendron", fts_rank: 1, vector_rank: null, rrf_score: 1 }]);
    expect(body[0]!.message).toMatchObject({
      id,
      agent_id: agentId,
      conversation_id: null,
      role: "assistant",
      content: [
        { type: "reasoning", is_native: true, reasoning: "hm", signature: null },
        { type: "text", text: "rhododendron" },
      ],
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }],
      tool_returns: [],
      approvals: null,
    });
    const newest = await t.api<unknown[]>("POST", "/v1/agents/messages/search", { agent_id: agentId });
    expect(newest.body).toHaveLength(1);
  });
});
