import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../config/env";
import type { Ctx } from "../core/core";
import type { EmbeddingModel } from "../models/registry";
import { openTestCore, type TestCore } from "../testing/harness";
import { fakeModels } from "../testing/models";
import { fillAll } from "./fill-index";
import { searchMessages, searchPassages } from "./search";
import { deleteScope, refresh } from "./search-index";
import { makeAgent, makeArchive, say, store } from "./testing/fixtures";

/** Meanings as directions: what is about the same has a direction in common, whatever its words. */
const MEANINGS = [
  /dog|puppy|retriever|hound/i,
  /tree|cedar|oak|wood/i,
  /sea|ocean|water|boat/i,
  /money|price|cost|euro/i,
];

function vectorOf(text: string, dimensions: number): number[] {
  const vector: number[] = Array.from({ length: dimensions }, (_, n) => (n === dimensions - 1 ? 0.05 : 0));
  for (const [n, meaning] of MEANINGS.entries()) if (meaning.test(text)) vector[n] = 1;
  return vector;
}

let fail: Error | null = null;
let embedded: string[] = [];
beforeEach(() => {
  fail = null;
  embedded = [];
});

function fakeEmbedding(handle: string): EmbeddingModel {
  const [providerName = "", name = ""] = handle.split("/");
  const dimensions = Number(/\d+$/.exec(name)?.[0] ?? 8);
  const embed = async (texts: string[]) => {
    if (fail) throw fail;
    embedded.push(...texts);
    return texts.map((text) => vectorOf(text, dimensions));
  };
  return { handle, name, providerName, providerType: "fake", endpoint: null, dimensions, embed };
}

let t: TestCore;
let ctx: Ctx;
beforeAll(async () => {
  t = await openTestCore({
    config: { ...readConfig({ MEMOIR_SEED: "off" }), defaultEmbedding: "fake/e8" },
    models: { ...fakeModels(), embeddingModel: async (_, handle) => fakeEmbedding(handle) },
  });
  ctx = t.ctx;
});
afterAll(() => t.close());

const inArchive = (archiveId: string, query: string, mode: "fts" | "vector" | "hybrid" = "hybrid", limit = 5) =>
  searchPassages(ctx, { query, mode, archiveIds: [archiveId], tagMatchMode: "any", limit });
const textsOf = (found: { text: string }[]) => found.map((one) => one.text);

const without = process.env.TEST_DATABASE_URL !== undefined;

describe.runIf(without)("a database without pgvector", () => {
  test("searches by text, and says so", async ({ skip }) => {
    skip(ctx.db.vector, "this server has pgvector");
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, ["a cedar", "a retriever"]);
    for (const mode of ["hybrid", "vector"] as const) {
      const { search, found } = await inArchive(archive, "cedar", mode);
      expect(search).toMatchObject({ mode: "text", note: "This database has no pgvector. Searched by text." });
      expect(textsOf(found)).toEqual(["a cedar"]);
    }
    expect((await inArchive(archive, "cedar", "fts")).search.note).toBeNull();
    await deleteScope(ctx.db, [archive]);
  });
});

describe.skipIf(without)("search by meaning", () => {
  test("finds other words for the same, and ranks what has both first", async () => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, ["a golden retriever", "the dog sleeps", "a cedar by the sea", "no idea"]);
    const byText = await inArchive(archive, "dog", "fts");
    expect(textsOf(byText.found)).toEqual(["the dog sleeps"]);
    const { found, search } = await inArchive(archive, "dog");
    expect(textsOf(found).slice(0, 2)).toEqual(["the dog sleeps", "a golden retriever"]);
    expect(search).toMatchObject({ mode: "hybrid", note: null });
    expect(search.candidates[0]).toMatchObject({ rank: 1, byText: { rank: 1 }, byVector: { rank: 1 } });
    expect(search.candidates[1]).toMatchObject({ rank: 2, byText: null, byVector: { rank: 2 } });
    const vector = await inArchive(archive, "puppy", "vector");
    expect(vector.search.mode).toBe("vector");
    expect(textsOf(vector.found).slice(0, 2)).toEqual(["the dog sleeps", "a golden retriever"]);
    expect(vector.search.candidates.every((one) => one.byText === null)).toBe(true);
  });

  test("of messages uses the configured model, and filters", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, ["my hound barks", { text: "a nice puppy", role: "assistant" }, "money"]);
    const query = { query: "retriever", mode: "hybrid", agentId, limit: 5 } as const;
    expect(textsOf((await searchMessages(ctx, query)).found).slice(0, 2)).toEqual(["a nice puppy", "my hound barks"]);
    const users = await searchMessages(ctx, { ...query, roles: ["user"] });
    expect(textsOf(users.found)).toEqual(["my hound barks", "money"]);
    expect((await searchMessages(ctx, { ...query, to: "2020-01-01T00:00:00.000Z" })).found).toEqual([]);
  });

  test("of messages uses each agent's own model, and the configured one where it has none", async () => {
    const [own, other] = [await makeAgent(ctx.db), await makeAgent(ctx.db)];
    await ctx.db.query(
      `UPDATE agent_version SET config = config || '{"embedding": "own/e16"}' FROM agent
       WHERE agent.version_id = agent_version.id AND agent.id = $1`,
      [own.agentId],
    );
    await say(ctx.db, own.conversationId, ["a boat on the lake"]);
    await say(ctx.db, other.conversationId, ["a boat in the bay"]);
    const widths = async (agentId: string) => {
      const rows = await ctx.db.query<{ model: string }>(
        `SELECT model FROM search_vector_8 WHERE scope_id = $1 UNION ALL
         SELECT model FROM search_vector_16 WHERE scope_id = $1`,
        [agentId],
      );
      return rows.map((row) => row.model);
    };
    const both = await searchMessages(ctx, { query: "ocean", mode: "vector", limit: 50 });
    expect(both.mode).toBe("vector");
    expect(textsOf(both.found)).toEqual(expect.arrayContaining(["a boat on the lake", "a boat in the bay"]));
    expect(both.found[0]!.byVector).not.toBeNull();
    expect(await widths(own.agentId)).toEqual(["own/e16"]);
    expect(await widths(other.agentId)).toEqual(["fake/e8"]);
  });

  test("embeds each document once, new ones when they are searched, and again for another model", async () => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, ["first oak", "second oak"]);
    await inArchive(archive, "tree");
    expect(embedded).toEqual(["tree", "second oak", "first oak"]);
    await store(ctx.db, archive, ["third oak"]);
    await inArchive(archive, "tree");
    expect(embedded.slice(3)).toEqual(["tree", "third oak"]);
    await ctx.db.query("UPDATE archive SET embedding = 'other/e8' WHERE id = $1", [archive]);
    await inArchive(archive, "tree");
    expect(embedded.slice(5)).toEqual(["tree", "third oak", "second oak", "first oak"]);
    await inArchive(archive, "tree", "fts");
    expect(embedded).toHaveLength(9);
  });

  test("goes over archives of several models and widths, and those of none by text", async () => {
    const [a, b, c] = [
      await makeArchive(ctx.db, { embedding: "fake/e8" }),
      await makeArchive(ctx.db, { embedding: "fake/wide1536" }),
      await makeArchive(ctx.db),
    ];
    for (const [archive, text] of [
      [a, "oak"],
      [b, "wood"],
      [c, "tree"],
      [c, "cedar"],
    ] as const) {
      await store(ctx.db, archive, [text]);
    }
    const all = { query: "tree", mode: "hybrid", archiveIds: [a, b, c], tagMatchMode: "any", limit: 5 } as const;
    const { found } = await searchPassages(ctx, all);
    expect(textsOf(found)[0]).toBe("tree");
    expect(textsOf(found).toSorted()).toEqual(["oak", "tree", "wood"]);
  });

  test("finds what few filters leave among many that are nearer, once all have vectors", async () => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, [{ text: "boat", tags: ["rare"] }]);
    await store(
      ctx.db,
      archive,
      Array.from({ length: 600 }, (_, n) => `cedar ${n}`),
    );
    const rare = {
      query: "wood",
      mode: "vector",
      archiveIds: [archive],
      tags: ["rare"],
      tagMatchMode: "any",
      limit: 5,
    } as const;
    await refresh(ctx.db, "passages", [archive]);
    const first = await searchPassages(ctx, rare);
    expect(first.search.note).toBe("Older documents may have no vectors of fake/e8 yet.");
    expect(first.found).toEqual([]);
    await fillAll(t.core, new AbortController().signal);
    const third = await searchPassages(ctx, rare);
    expect(third.search.note).toBeNull();
    expect(textsOf(third.found)).toEqual(["boat"]);
  });

  test("goes by an index where the database is a server", async () => {
    const server = { ...ctx, db: { ...ctx.db, kind: "postgres" as const } };
    const archive = await makeArchive(ctx.db, { embedding: "fake/e16" });
    await store(ctx.db, archive, ["a boat", { text: "the ocean", tags: ["x"] }, "oak"]);
    const water = { query: "water", mode: "vector", archiveIds: [archive], tagMatchMode: "any", limit: 5 } as const;
    expect(textsOf((await searchPassages(server, water)).found)).toEqual(["the ocean", "a boat", "oak"]);
    expect(textsOf((await searchPassages(server, { ...water, tags: ["x"] })).found)).toEqual(["the ocean"]);
    const indexes = await ctx.db.query("SELECT 1 FROM pg_indexes WHERE indexname = 'search_vector_16_vec'");
    expect(indexes).toHaveLength(1);
  });

  test("forgets deleted passages and scopes", async () => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    const [id] = await store(ctx.db, archive, ["a boat", "the ocean"]);
    await inArchive(archive, "water");
    await ctx.db.query("UPDATE passage SET deleted_at = now() WHERE id = $1", [id]);
    expect(textsOf((await inArchive(archive, "water", "vector")).found)).toEqual(["the ocean"]);
    await deleteScope(ctx.db, [archive]);
    expect(await ctx.db.query("SELECT doc FROM search_vector_8 WHERE scope_id = $1", [archive])).toEqual([]);
  });
});

describe.skipIf(without)("a failing embedding model", () => {
  test("leaves the search to the text, with a note", async () => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, ["a cedar", "an oak"]);
    fail = new Error("429 slow down");
    for (const mode of ["hybrid", "vector"] as const) {
      const { found, search } = await inArchive(archive, "cedar", mode);
      expect(textsOf(found)).toEqual(["a cedar"]);
      expect(search.mode).toBe("text");
      expect(search.note).toBe("The embedding model fake/e8 failed: 429 slow down Searched by text.");
    }
    fail = null;
    expect((await inArchive(archive, "cedar")).search.mode).toBe("hybrid");
  });

  test.each([
    ["of no direction", async () => [[0, 0, 0]]],
    ["of no number", async () => [[1, Number.NaN]]],
    ["too wide for an index", async () => [Array.from({ length: 5000 }, () => 1)]],
    ["too few", async () => []],
  ])("and so do vectors %s", async (_, embed) => {
    const archive = await makeArchive(ctx.db, { embedding: "fake/e8" });
    await store(ctx.db, archive, ["a cedar"]);
    const broken = {
      ...ctx,
      models: { ...ctx.models, embeddingModel: async () => ({ ...fakeEmbedding("fake/e8"), embed }) },
    };
    const query = { query: "cedar", mode: "hybrid", archiveIds: [archive], tagMatchMode: "any", limit: 5 } as const;
    const { search, found } = await searchPassages(broken, query);
    expect(textsOf(found)).toEqual(["a cedar"]);
    expect(search).toMatchObject({ mode: "text", note: expect.stringContaining("Searched by text.") });
  });

  test("asked for without a model, too", async () => {
    const archive = await makeArchive(ctx.db);
    await store(ctx.db, archive, ["a cedar"]);
    const { search } = await inArchive(archive, "cedar", "vector");
    expect(search).toMatchObject({ mode: "text", note: "No embedding model is set: searched by text." });
    expect((await inArchive(archive, "cedar")).search.note).toBeNull();
  });
});
