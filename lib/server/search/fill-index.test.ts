import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../config/env";
import type { EmbeddingModel } from "../models/registry";
import { openTestCore, type TestCore } from "../testing/harness";
import { fakeModels } from "../testing/models";
import { fillAll, startIndexFiller } from "./fill-index";
import { searchMessages, searchPassages } from "./search";
import { fill, readProgress } from "./search-index";
import { makeAgent, makeArchive, say, store } from "./testing/fixtures";

let t: TestCore;
let fail: Error | null = null;
let asked = 0;
beforeAll(async () => {
  const embed = async (texts: string[]) => {
    if (fail) throw fail;
    asked += texts.length;
    return texts.map((text) => [text.length, 1, 0, 0]);
  };
  const model: EmbeddingModel = {
    handle: "fake/e4",
    name: "e4",
    providerName: "fake",
    providerType: "fake",
    endpoint: null,
    dimensions: 4,
    embed,
  };
  t = await openTestCore({
    config: { ...readConfig({ MEMOIR_SEED: "off" }), defaultEmbedding: null },
    models: { ...fakeModels(), embeddingModel: async () => model },
  });
});
afterAll(() => t.close());
beforeEach(() => {
  fail = null;
  asked = 0;
});

const never = () => new AbortController().signal;
const many = (count: number) => Array.from({ length: count }, (_, n) => `cedar note${n}`);
const progressOf = (archiveId: string) => readProgress(t.ctx.db, "passages", [archiveId]);
const inArchive = (archiveId: string, query = "cedar") =>
  searchPassages(t.ctx, { query, mode: "fts", archiveIds: [archiveId], tagMatchMode: "any", limit: 5 });

describe("the background", () => {
  test("indexes what was written, of every kind and scope, without a search", async () => {
    const archive = await makeArchive(t.ctx.db);
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    await store(t.ctx.db, archive, many(450));
    await say(t.ctx.db, conversationId, ["cedar one", "cedar two"]);
    expect(await progressOf(archive)).toMatchObject({ indexed: 0, total: 450 });
    await fillAll(t.core, never());
    expect(await progressOf(archive)).toMatchObject({ indexed: 450, total: 450 });
    expect(await readProgress(t.ctx.db, "messages", [agentId])).toMatchObject({ indexed: 2, total: 2 });
  });

  test("is at the end when all that says something is indexed: a turn of calls alone is nothing to wait for", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    const call = { type: "tool_call" as const, id: "c", name: "archival_memory_search", arguments: "{}" };
    await say(t.ctx.db, conversationId, ["cedar", { role: "assistant", parts: [call] }]);
    expect(await readProgress(t.ctx.db, "messages", [agentId])).toMatchObject({ indexed: 0, total: 1 });
    await fillAll(t.core, never());
    expect(await readProgress(t.ctx.db, "messages", [agentId])).toMatchObject({ indexed: 1, total: 1 });
  });

  test("goes on where a process that is gone left off, and counts nothing twice", async () => {
    const archive = await makeArchive(t.ctx.db);
    await store(t.ctx.db, archive, many(500));
    expect(await fill(t.ctx.db, "passages")).toBe(true);
    const { indexed } = await progressOf(archive);
    expect(indexed).toBeGreaterThan(0);
    expect(indexed).toBeLessThan(500);
    await Promise.all([fillAll(t.core, never()), fillAll(t.core, never()), inArchive(archive)]);
    await fillAll(t.core, never());
    expect(await progressOf(archive)).toMatchObject({ indexed: 500, total: 500 });
    const [row] = await t.ctx.db.query("SELECT count(*) AS n FROM search_document WHERE scope_id = $1", [archive]);
    expect(row).toEqual({ n: 500 });
  });

  test("begins at start, and again when it is woken", async () => {
    const archive = await makeArchive(t.ctx.db);
    await store(t.ctx.db, archive, ["cedar"]);
    const filler = startIndexFiller(t.core);
    try {
      await expect.poll(() => progressOf(archive), { timeout: 20_000 }).toMatchObject({ indexed: 1 });
      await store(t.ctx.db, archive, ["cedar again"]);
      filler.wake();
      await expect.poll(() => progressOf(archive), { timeout: 20_000 }).toMatchObject({ indexed: 2, total: 2 });
    } finally {
      await filler.close();
    }
  });

  test("leaves what others are filling to them", async ({ skip }) => {
    skip(t.ctx.db.kind === "pglite", "the embedded database has one session");
    const archive = await makeArchive(t.ctx.db);
    await store(t.ctx.db, archive, many(3));
    await t.ctx.db.transaction(async (sql) => {
      await sql.query("SELECT FROM search_filler WHERE kind = 'passages' FOR UPDATE");
      expect(await fill(t.ctx.db, "passages")).toBe(false);
      expect(await progressOf(archive)).toMatchObject({ indexed: 0, total: 3 });
    });
  });
});

describe("vectors", () => {
  test("are given in the background to all that is indexed, once", async ({ skip }) => {
    skip(!t.ctx.db.vector, "this server has no pgvector");
    const archive = await makeArchive(t.ctx.db, { embedding: "fake/e4" });
    await store(t.ctx.db, archive, many(150));
    await fillAll(t.core, never());
    expect(await progressOf(archive)).toEqual({ indexed: 150, total: 150, vectors: true });
    const before = asked;
    await fillAll(t.core, never());
    expect(asked).toBe(before);
    await store(t.ctx.db, archive, ["cedar new"]);
    await fillAll(t.core, never());
    expect(asked).toBe(before + 1);
  });

  test("of a model that fails wait, and the words are there", async ({ skip }) => {
    skip(!t.ctx.db.vector, "this server has no pgvector");
    const archive = await makeArchive(t.ctx.db, { embedding: "fake/e4" });
    await store(t.ctx.db, archive, many(3));
    fail = new Error("429 slow down");
    await fillAll(t.core, never());
    expect(await progressOf(archive)).toEqual({ indexed: 3, total: 3, vectors: false });
    fail = null;
    await fillAll(t.core, never());
    expect(asked).toBe(0);
    await t.ctx.db.query("UPDATE search_scope SET vectors_held_until = now() WHERE scope_id = $1", [archive]);
    await fillAll(t.core, never());
    expect(await progressOf(archive)).toMatchObject({ vectors: true });
  });
});

describe("a search before all is indexed", () => {
  test("fills a small part itself and says what it saw, also in the record and the answer's header", async () => {
    const { agentId } = await makeAgent(t.ctx.db);
    const archive = await makeArchive(t.ctx.db, { agentId });
    await store(t.ctx.db, archive, many(900));
    const { partial, search } = await inArchive(archive);
    expect(partial).toMatchObject({ total: 900 });
    expect(partial!.indexed).toBeLessThan(900);
    expect(search.note).toBe(`Searched ${partial!.indexed} of 900: the rest is being indexed.`);
    const answer = await t.api("GET", `/v1/agents/${agentId}/archival-memory/search?query=cedar`);
    expect(answer.headers.get("memoir-index")).toMatch(/^\d+\/900$/);
    await fillAll(t.core, never());
    expect((await inArchive(archive)).partial).toBeNull();
    const after = await t.api("GET", `/v1/agents/${agentId}/archival-memory/search?query=cedar`);
    expect(after.headers.get("memoir-index")).toBeNull();
    const progress = await t.api("GET", `/v1/agents/${agentId}/index`);
    expect(progress.body).toMatchObject({ passages: { indexed: 900, total: 900 }, messages: { indexed: 0, total: 0 } });
  });

  test("finds what was written right before it", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    await say(t.ctx.db, conversationId, ["a juniper hedge"]);
    const { found, partial } = await searchMessages(t.ctx, { query: "juniper", mode: "fts", agentId, limit: 5 });
    expect(found).toHaveLength(1);
    expect(partial).toBeNull();
  });
});
