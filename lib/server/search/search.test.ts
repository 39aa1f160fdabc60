import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Part } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { openTestCore, type TestCore } from "../testing/harness";
import { type MessageQuery, type PassageQuery, searchMessages, searchPassages } from "./search";
import { refresh } from "./search-index";
import { addConversation, makeAgent, makeArchive, say, store } from "./testing/fixtures";

let t: TestCore;
let ctx: Ctx;
beforeAll(async () => {
  t = await openTestCore();
  ctx = t.ctx;
});
afterAll(() => t.close());

const inMessages = (query: Partial<MessageQuery>) =>
  searchMessages(ctx, { query: null, mode: "fts", limit: 5, ...query });
const textsOf = async (query: Partial<MessageQuery>) => (await inMessages(query)).found.map((one) => one.text);
const inPassages = (archiveIds: string[], query: string | null, more: Partial<PassageQuery> = {}) =>
  searchPassages(ctx, { query, mode: "fts", archiveIds, tagMatchMode: "any", limit: 5, ...more });

/** Unrelated words before and after, so that nothing is anybody's neighbour. */
const apart = (texts: string[]) => texts.flatMap((text, n) => [text, ...[1, 2, 3, 4].map((k) => `filler${n} gap${k}`)]);

describe("the rank of passages", () => {
  test("puts the newer of two that score the same first, by their own dates, not by when they were put in", async () => {
    const archive = await makeArchive(ctx.db);
    const notes = ["Lund", "Kiel", "Oslo"].map((city) => ({ text: `Mara lives in ${city}` }));
    await store(ctx.db, archive, [
      { ...notes[0]!, at: "2026-03-01T00:00:00Z" },
      { ...notes[1]!, at: "2026-01-01T00:00:00Z" },
      { ...notes[2]!, at: "2026-02-01T00:00:00Z" },
    ]);
    const { found, search } = await inPassages([archive], "where does Mara live");
    expect(found.map((one) => one.text.split(" ").at(-1))).toEqual(["Lund", "Oslo", "Kiel"]);
    expect(new Set(found.map((one) => one.score)).size).toBe(1);
    expect(search.candidates.map((one) => one.rank)).toEqual([1, 2, 3]);
  });
});

describe("facts that changed", () => {
  const FACTS: [question: string, older: string, newer: string][] = [
    ["Where do I live?", "I live in Oslo", "I moved to Bergen last month"],
    [
      "Where do I live?",
      "I live in Oslo, near the harbour",
      "By the way, these days I live in a little house in Bergen",
    ],
    ["Where does Mara work?", "Mara works at the bank", "Mara started a new job at the library"],
    ["What is my favourite colour?", "My favourite colour is blue", "My favourite color now is green"],
    ["Who is my doctor?", "Dr Lee is my doctor", "I switched to another doctor, her name is Patel"],
    ["What car do I drive?", "I drive a red car", "I sold it and drive an electric car now, so much quieter"],
  ];
  const others = ["We had soup", "The cat sleeps", "A film about boats", "Rain again", "Tea is ready"];

  test.each(FACTS)("%s: the newest comes first, also when worded differently", async (question, older, newer) => {
    const archive = await makeArchive(ctx.db);
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const told = [older, ...others, newer, ...others].map((text, n) => ({
      text,
      at: new Date(Date.UTC(2026, 0, n + 1)).toISOString(),
    }));
    await store(ctx.db, archive, told);
    await say(ctx.db, conversationId, told);
    const passages = (await inPassages([archive], question)).found.map((one) => one.text);
    expect(passages.slice(0, 2)).toEqual([newer, older]);
    const messages = (await textsOf({ agentId, query: question })).filter((text) => !others.includes(text));
    expect(messages).toEqual([newer, older]);
  });

  test("stay in the order of their words where the past is asked for", async () => {
    const archive = await makeArchive(ctx.db);
    await store(ctx.db, archive, [
      { text: "Mara lived in Oslo", at: "2026-01-01T00:00:00Z" },
      { text: "Mara moved to Bergen", at: "2026-02-01T00:00:00Z" },
    ]);
    expect((await inPassages([archive], "Where did Mara live before?")).found[0]!.text).toBe("Mara lived in Oslo");
  });
});

describe("lines of a dialogue in an archive", () => {
  test("lift each other within a session, as messages do; other passages do not", async () => {
    const archive = await makeArchive(ctx.db);
    const at = "2026-01-01T10:00:00Z";
    await store(ctx.db, archive, [
      { text: "Ada: Which breed of dog did you adopt?", at },
      { text: "Bo: A golden retriever!", at },
      { text: "Bo: Unrelated, much later", at: "2026-03-01T10:00:00Z" },
      { text: "a breed of dog", at },
      { text: "no line at all", at },
    ]);
    const { found, search } = await inPassages([archive], "breed of dog");
    const texts = found.map((one) => one.text);
    expect(texts).toContain("Bo: A golden retriever!");
    expect(texts).not.toContain("no line at all");
    expect(texts).not.toContain("Bo: Unrelated, much later");
    const lifted = search.candidates.find((one) => one.parts?.own === 0);
    expect(lifted?.parts?.window).toBeGreaterThan(0);
  });

  test("by whom the question names come first", async () => {
    const archive = await makeArchive(ctx.db);
    const apartInTime = (n: number) => new Date(Date.UTC(2026, n)).toISOString();
    await store(ctx.db, archive, [
      { text: "Bo: Ada painted something at school", at: apartInTime(2) },
      { text: "Ada: Bo, I painted something at school", at: apartInTime(1) },
    ]);
    expect((await inPassages([archive], "What did Ada paint?")).found[0]!.text).toMatch(/^Ada:/);
  });

  test("of a time that the question names come first", async () => {
    const archive = await makeArchive(ctx.db);
    await store(ctx.db, archive, [
      { text: "Ada: I went to a concert", at: "2023-05-08T10:00:00Z" },
      { text: "Ada: I went to a concert", at: "2023-09-08T10:00:00Z" },
    ]);
    const first = (await inPassages([archive], "Which concert did Ada go to in May 2023?")).found[0]!;
    expect(first.createdAt).toBe("2023-05-08T10:00:00.000Z");
  });
});

describe("the rank of messages", () => {
  test("any word of the query counts, and more words count more", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, apart(["Maria likes tea", "The dentist is Maria", "Nobody here"]));
    const found = await textsOf({ agentId, query: "name of Maria's dentist, please", limit: 50 });
    expect(found[0]).toBe("The dentist is Maria");
    expect(found).toContain("Maria likes tea");
    expect(found).not.toContain("Nobody here");
    expect(await textsOf({ agentId, query: "zebra unicorn" })).toEqual([]);
  });

  test("a rare word beats a common one that is repeated", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const common = Array.from({ length: 20 }, (_, n) => `garden note${n}`);
    await say(ctx.db, conversationId, apart([...common, "garden garden garden garden", "a word of juniper"]));
    expect((await textsOf({ agentId, query: "garden juniper" }))[0]).toBe("a word of juniper");
  });

  test("a short message beats a long one with the same words", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const long = `cedar ${Array.from({ length: 60 }, (_, n) => `other${n}`).join(" ")}`;
    await say(ctx.db, conversationId, apart(["cedar wood", long]));
    expect(await textsOf({ agentId, query: "cedar", limit: 20 })).toContain(long);
    expect((await textsOf({ agentId, query: "cedar" }))[0]).toBe("cedar wood");
  });

  test("neighbours lift: the answer to a question that has the words is found by them", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const elsewhere = await addConversation(ctx.db, agentId);
    await say(ctx.db, conversationId, [
      ...["hello", "good morning", "anything else"],
      { text: "Which dog breed did you adopt?", role: "assistant" },
      // What says nothing is no neighbour.
      { role: "tool", parts: [] },
      { role: "assistant", parts: [{ type: "tool_call", id: "c", name: "x", arguments: "{}" }] },
      "A golden retriever",
      ...["Nice.", "Thanks", "Bye"],
    ]);
    await say(ctx.db, elsewhere, ["not a neighbour"]);
    const found = await textsOf({ agentId, query: "breed of dog" });
    expect(found[0]).toBe("Which dog breed did you adopt?");
    expect(found[1]).toBe("A golden retriever");
    expect(found).toEqual(expect.arrayContaining(["anything else", "good morning", "Nice."]));
    expect(await textsOf({ agentId, query: "breed of dog", limit: 50 })).not.toContain("not a neighbour");
  });

  test("two neighbours that match lift each other over a lone match", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, [
      ...apart(["roses bloom"]),
      ...apart(["lone roses"]),
      "roses prune",
      "roses water",
    ]);
    expect((await textsOf({ agentId, query: "roses" })).slice(0, 2)).toEqual(["roses water", "roses prune"]);
  });

  test("is the same every time; what is equal comes newest first", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, apart(Array.from({ length: 30 }, () => "same cedar words")));
    const first = await inMessages({ agentId, query: "cedar words", limit: 10 });
    const again = await inMessages({ agentId, query: "words cedar", limit: 10 });
    expect(again).toEqual(first);
    const docs = first.found.map((one) => one.doc);
    expect(docs).toEqual(docs.toSorted((a, b) => b - a));
  });

  test("says of every candidate where it stood and whether it was returned", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, apart(["cedar", "cedar wood"]));
    const { candidates, found, mode, note } = await inMessages({ agentId, query: "cedar wood", limit: 1 });
    expect({ mode, note }).toEqual({ mode: "text", note: null });
    expect(candidates.map((one) => one.rank)).toEqual(candidates.map((_, n) => n + 1));
    expect(candidates.map((one) => one.returned)).toEqual(candidates.map((_, n) => n === 0));
    expect(candidates.length).toBeGreaterThan(1);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      id: candidates[0]!.id,
      rank: 1,
      score: 1,
      text: "cedar wood",
      conversationId: null,
    });
    expect(found[0]!.byText).toEqual({ rank: 1, score: expect.any(Number) });
    expect(candidates.every((one) => one.score > 0 && one.score <= 1 && one.byVector === null)).toBe(true);
  });
});

describe("the filters of messages", () => {
  test("by role, date and conversation", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const other = await addConversation(ctx.db, agentId);
    await say(ctx.db, conversationId, [
      { text: "cedar one", role: "user", at: "2026-03-01T10:00:00.000Z" },
      { text: "cedar two", role: "assistant", at: "2026-03-02T10:00:00.000Z" },
    ]);
    await say(ctx.db, other, [{ text: "cedar three", role: "user", at: "2026-03-03T10:00:00.000Z" }]);
    const sorted = async (query: Partial<MessageQuery>) =>
      (await textsOf({ agentId, query: "cedar", ...query })).toSorted();
    expect(await sorted({})).toEqual(["cedar one", "cedar three", "cedar two"]);
    expect(await sorted({ roles: ["assistant"] })).toEqual(["cedar two"]);
    expect(await sorted({ roles: ["user", "tool"] })).toEqual(["cedar one", "cedar three"]);
    expect(await sorted({ roles: ["tool"] })).toEqual([]);
    expect(await sorted({ conversationId: other })).toEqual(["cedar three"]);
    expect(await sorted({ from: "2026-03-02T10:00:00.000Z" })).toEqual(["cedar three", "cedar two"]);
    expect(await sorted({ to: "2026-03-02T10:00:00.000Z" })).toEqual(["cedar one", "cedar two"]);
    expect(await sorted({ from: "2026-03-02T00:00:00.000Z", to: "2026-03-02T23:59:59.999Z" })).toEqual(["cedar two"]);
  });

  test("find the few that pass among thousands that match better", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const other = await addConversation(ctx.db, agentId);
    await say(ctx.db, other, [{ text: "cedar among many many other words", at: "2020-01-01T00:00:00.000Z" }]);
    const many = Array.from({ length: 2500 }, () => "cedar");
    await say(ctx.db, conversationId, many);
    await refresh(ctx.db, "messages", [agentId]);
    const expected = ["cedar among many many other words"];
    expect(await textsOf({ agentId, query: "cedar", to: "2021-01-01T00:00:00.000Z" })).toEqual(expected);
    expect(await textsOf({ agentId, query: "cedar", conversationId: other })).toEqual(expected);
  });

  test("leave out the searcher's own calls, also as neighbours", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const call: Part = { type: "tool_call", id: "c", name: "conversation_search", arguments: "{}" };
    await say(ctx.db, conversationId, [
      ...apart(["where is the juniper"]),
      { text: "what did I plant?", runId: "run-1" },
      { role: "assistant", runId: "run-1", parts: [{ type: "text", text: "let me look for juniper" }, call] },
      { role: "assistant", runId: "run-1", parts: [{ type: "text", text: "planting is next" }] },
    ]);
    const found = await textsOf({ agentId, query: "juniper plant", searcherRunId: "run-1", limit: 20 });
    expect(found[0]).not.toBe("let me look for juniper");
    expect(found).not.toContain("let me look for juniper");
    expect(found).toEqual(expect.arrayContaining(["where is the juniper", "planting is next"]));
    expect(await textsOf({ agentId, query: "juniper plant", searcherRunId: "run-2", limit: 20 })).toContain(
      "let me look for juniper",
    );
  });

  test("leave out deleted conversations, and copies beside their originals", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    const [fork, deleted] = [await addConversation(ctx.db, agentId), await addConversation(ctx.db, agentId)];
    const [original] = await say(ctx.db, conversationId, ["cedar original"]);
    const [copy] = await say(ctx.db, fork, [{ text: "cedar original", copiedFromId: original! }]);
    await say(ctx.db, deleted, ["cedar deleted"]);
    await ctx.db.query("UPDATE conversation SET deleted_at = now() WHERE id = $1", [deleted]);
    const ids = async (query: Partial<MessageQuery>) =>
      (await inMessages({ agentId, query: "cedar", ...query })).found.map((one) => one.id);
    expect(await ids({})).toEqual([original]);
    expect(await ids({ conversationId: fork })).toEqual([copy]);
    await ctx.db.query("UPDATE conversation SET deleted_at = now() WHERE id = $1", [conversationId]);
    expect(await ids({})).toEqual([copy]);
  });

  test("without an agent, all agents of the organization and no others are searched", async () => {
    const [a, b] = [await makeAgent(ctx.db), await makeAgent(ctx.db)];
    await say(ctx.db, a.conversationId, ["sequoia here"]);
    await say(ctx.db, b.conversationId, ["sequoia there"]);
    expect((await textsOf({ query: "sequoia" })).toSorted()).toEqual(["sequoia here", "sequoia there"]);
    const stranger = { ...ctx, actor: { ...ctx.actor, organizationId: "org-other" } };
    const theirs = { query: "sequoia", mode: "fts", limit: 5 } as const;
    expect((await searchMessages(stranger, theirs)).found).toEqual([]);
    expect((await searchMessages(stranger, { ...theirs, agentId: a.agentId })).found).toEqual([]);
  });
});

describe("odd queries of messages", () => {
  test("without a query, the newest that pass", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, [
      "one",
      { text: "two", role: "assistant" },
      "three",
      { role: "tool", parts: [] },
    ]);
    expect(await textsOf({ agentId, query: null, limit: 2 })).toEqual(["three", "two"]);
    expect(await textsOf({ agentId, query: "  \n ", roles: ["user"] })).toEqual(["three", "one"]);
  });

  test("of stop words or symbols alone compare with the newest messages", async () => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, ["who am I", "who are they", "a party 🎉 today", "price: 50%?"]);
    expect(await textsOf({ agentId, query: "who are they" })).toEqual(["who are they", "who am I"]);
    expect(await textsOf({ agentId, query: "🎉" })).toEqual(["a party 🎉 today"]);
    expect(await textsOf({ agentId, query: "%?" })).toEqual(["price: 50%?"]);
    expect(await textsOf({ agentId, query: "%" })).toEqual(["price: 50%?"]);
    expect(await textsOf({ agentId, query: "_" })).toEqual([]);
  });

  test.each([
    ["quotes", "cedar'; DROP TABLE message; --"],
    ["search operators", "cedar & ! | ( <-> :* ''"],
    ["backslashes", "\\ cedar \\'"],
    ["NUL and half a pair", "ced\0ar cedar \ud83d"],
    ["emoji", "🌲 cedar 👩‍👩‍👧"],
    ["10,000 characters", `cedar ${"x".repeat(3000)} ${Array.from({ length: 1200 }, (_, n) => `word${n}`).join(" ")}`],
    ["10,000 characters of one word", `cedar ${"y".repeat(10_000)}`],
  ])("with %s find what they can", async (_, query) => {
    const { agentId, conversationId } = await makeAgent(ctx.db);
    await say(ctx.db, conversationId, ["cedar wood"]);
    expect(await textsOf({ agentId, query })).toEqual(["cedar wood"]);
  });
});

describe("passages", () => {
  test("are ranked by words, without neighbours, over several archives", async () => {
    const [one, two] = [await makeArchive(ctx.db), await makeArchive(ctx.db)];
    await store(ctx.db, one, ["cedar lasts long", "oak", "pine"]);
    await store(ctx.db, two, ["cedar is soft and cedar smells", "ash"]);
    const { found, search } = await inPassages([one, two], "does cedar smell");
    expect(found.map((passage) => passage.text)).toEqual(["cedar is soft and cedar smells", "cedar lasts long"]);
    expect(found.map((passage) => passage.archiveId)).toEqual([two, one]);
    expect(search).toMatchObject({ query: "does cedar smell", mode: "text", note: null });
    expect((await inPassages([one], "does cedar smell")).found).toHaveLength(1);
    expect((await inPassages([], "cedar")).found).toEqual([]);
  });

  test("pass by tags, any or all, and by date", async () => {
    const archive = await makeArchive(ctx.db);
    await store(ctx.db, archive, [
      { text: "cedar a", tags: ["x"], at: "2026-01-01T00:00:00.000Z" },
      { text: "cedar b", tags: ["y", "z"], at: "2026-01-02T00:00:00.000Z" },
      { text: "cedar c", tags: ["x", "y"], at: "2026-01-03T00:00:00.000Z" },
      { text: "cedar d" },
    ]);
    const texts = async (more: Partial<PassageQuery>) =>
      (await inPassages([archive], "cedar", more)).found.map((passage) => passage.text).toSorted();
    expect(await texts({ tags: ["x", "y"] })).toEqual(["cedar a", "cedar b", "cedar c"]);
    expect(await texts({ tags: ["x", "y"], tagMatchMode: "all" })).toEqual(["cedar c"]);
    expect(await texts({ tags: [] })).toHaveLength(4);
    expect(await texts({ tags: ["'; --"] })).toEqual([]);
    expect(await texts({ from: "2026-01-02T00:00:00.000Z", to: "2026-01-03T00:00:00.000Z" })).toEqual([
      "cedar b",
      "cedar c",
    ]);
  });

  test("leave the results when they are deleted", async () => {
    const archive = await makeArchive(ctx.db);
    const [id] = await store(ctx.db, archive, ["cedar gone", "cedar kept"]);
    expect((await inPassages([archive], "cedar")).found).toHaveLength(2);
    await ctx.db.query("UPDATE passage SET deleted_at = now() WHERE id = $1", [id]);
    expect((await inPassages([archive], "cedar")).found.map((passage) => passage.text)).toEqual(["cedar kept"]);
    expect((await inPassages([archive], null)).found.map((passage) => passage.text)).toEqual(["cedar kept"]);
    expect((await inPassages([archive], "the")).found).toEqual([]);
  });

  test("leave a record with what was returned and what was cut", async () => {
    const archive = await makeArchive(ctx.db);
    const ids = await store(
      ctx.db,
      archive,
      Array.from({ length: 8 }, (_, n) => `cedar ${"filler ".repeat(n)}`),
    );
    const { search } = await inPassages([archive], "cedar", { limit: 3, tags: null, from: "2020-01-01T00:00:00.000Z" });
    expect(search.candidates.map((one) => one.passageId)).toEqual(ids);
    expect(search.candidates.map((one) => one.returned)).toEqual(ids.map((_, n) => n < 3));
    expect(search.candidates[3]).toMatchObject({ rank: 4, byVector: null, byText: { rank: 4 } });
    expect(search.filters).toEqual({
      archiveIds: [archive],
      tags: null,
      tagMatchMode: "any",
      from: "2020-01-01T00:00:00.000Z",
      to: null,
      limit: 3,
    });
  });
});
