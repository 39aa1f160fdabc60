import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Part } from "@/lib/stream/message";
import type { Database, Sql } from "../db/database";
import { openTestCore, type TestCore } from "../testing/harness";
import { deleteScope, refresh } from "./search-index";
import { addConversation, makeAgent, makeArchive, say, store } from "./testing/fixtures";

let t: TestCore;
let db: Database;
beforeAll(async () => {
  t = await openTestCore();
  db = t.ctx.db;
});
afterAll(() => t.close());

type Totals = { documents: number; total_length: number };

async function kept(sql: Sql, scopeId: string): Promise<Totals> {
  const [row] = await sql.query<Totals>("SELECT documents, total_length FROM search_scope WHERE scope_id = $1", [
    scopeId,
  ]);
  return row ?? { documents: 0, total_length: 0 };
}

/** The totals as they follow from the rows, by documents and by postings. */
async function counted(sql: Sql, scopeId: string): Promise<Totals & { by_posting: number }> {
  const [row] = await sql.query<Totals & { by_posting: number }>(
    `SELECT count(*) AS documents, coalesce(sum(length), 0)::int8 AS total_length,
       (SELECT coalesce(sum(word[2]::int), 0)::int8 FROM search_document d, regexp_matches(d.words, '(\\S+) (\\d+) \\d+', 'g') word
         WHERE d.scope_id = $1) AS by_posting
     FROM search_document WHERE scope_id = $1`,
    [scopeId],
  );
  return row!;
}

async function termsOf(scopeId: string): Promise<string[]> {
  const rows = await db.query<{ term: string }>(
    `SELECT word[1] AS term FROM search_document d, regexp_matches(d.words, '(\\S+) \\d+ \\d+', 'g') word
     WHERE d.scope_id = $1 ORDER BY word[1] COLLATE "C"`,
    [scopeId],
  );
  return rows.map((row) => row.term);
}

async function termsFor(role: string, parts: Part[]): Promise<string[]> {
  const { agentId, conversationId } = await makeAgent(db);
  await say(db, conversationId, [{ role, parts }]);
  await refresh(db, "messages", [agentId]);
  return termsOf(agentId);
}

const call = (text: string, name = "send_message"): Part => ({ type: "tool_call", id: "c", name, arguments: text });
const text = (words: string): Part => ({ type: "text", text: words });

describe("what is said", () => {
  test("by user and assistant is indexed, by stem, without stop words", async () => {
    expect(await termsFor("user", [text("The gardens"), text("were growing")])).toEqual(["garden", "grow"]);
    expect(await termsFor("assistant", [text("Cedar lasts")])).toEqual(["cedar", "last"]);
  });

  test("by tools, system and in thought is not", async () => {
    const returned: Part = {
      type: "tool_return",
      toolCallId: "c",
      name: "x",
      status: "success",
      content: "cedar",
      stdout: null,
      stderr: null,
    };
    expect(await termsFor("tool", [returned])).toEqual([]);
    expect(await termsFor("system", [text("cedar")])).toEqual([]);
    expect(await termsFor("summary", [{ type: "summary", summary: "cedar", stats: null }])).toEqual([]);
    const thought: Part = { type: "reasoning", reasoning: "cedar", source: "reasoner_model", signature: null };
    expect(await termsFor("assistant", [thought, text("oak")])).toEqual(["oak"]);
  });

  test.each(["heartbeat", "login", "system_alert"])("by the server as a user (%s) is not", async (type) => {
    expect(await termsFor("user", [text(JSON.stringify({ type, reason: "cedar", message: "oak" }))])).toEqual([]);
    expect(await termsFor("user", [text(`{ "type" : "${type}", "reason": "cedar" }`)])).toEqual([]);
  });

  test("in packed JSON of a user is its message; other JSON is text", async () => {
    expect(await termsFor("user", [text('{"type": "user_message", "message": "cedar wood"}')])).toEqual([
      "cedar",
      "wood",
    ]);
    expect(await termsFor("user", [text('{"type": "oak"}')])).toEqual(["oak", "type"]);
  });

  test("by send_message is its message, whatever the arguments look like", async () => {
    const said = (args: string) => termsFor("assistant", [call(args)]);
    expect(
      await said(
        '{"thinking": "oak", "message": "caf\\u00e9 \\"cedar\\"\\nwood \\ud83c\\udf32", "request_heartbeat": true}',
      ),
    ).toEqual(["café", "cedar", "wood"]);
    expect(await said('{"message":"cedar wo')).toEqual(["cedar", "wo"]);
    expect(await said('{"message":"cedar \\u0000 \\ud83c \\x wood"}')).toEqual(["cedar", "wood"]);
    expect(await said('{"message":"raw\nline"}')).toEqual(["line", "raw"]);
    expect(await said('{"message":5}')).toEqual([]);
    expect(await said("cedar")).toEqual([]);
    expect(await said("")).toEqual([]);
    expect(await termsFor("assistant", [call('{"message":"cedar"}', "other_tool")])).toEqual([]);
  });

  test("is found by each word of what the parser would take for one", async () => {
    const words = await termsFor("user", [text("and/or dog.Then maria@example.com 2024-05-04 <b>bold</b> well-known")]);
    expect(words).toEqual(["04", "05", "2024", "b", "bold", "com", "dog", "exampl", "known", "maria", "well"]);
    expect(await termsFor("user", [text("東京に行く tokyo")])).toEqual(["tokyo", "く", "に", "京", "東", "行"]);
  });
});

describe("the index", () => {
  test("follows what is added, and its totals are those of its rows", async () => {
    const { agentId, conversationId } = await makeAgent(db);
    await say(db, conversationId, ["cedar wood", "cedar cedar oak", { text: "🌲" }]);
    await refresh(db, "messages", [agentId]);
    expect(await kept(db, agentId)).toEqual({ documents: 3, total_length: 5 });
    await say(db, await addConversation(db, agentId), ["ash"]);
    await refresh(db, "messages", [agentId]);
    await refresh(db, "messages", [agentId]);
    expect(await kept(db, agentId)).toEqual({ documents: 4, total_length: 6 });
    expect(await counted(db, agentId)).toEqual({ documents: 4, total_length: 6, by_posting: 6 });
  });

  test("takes more than one statement's worth, of several scopes, among calls that say nothing", async () => {
    const [a, b] = [await makeAgent(db), await makeAgent(db)];
    await say(
      db,
      a.conversationId,
      Array.from({ length: 700 }, () => ({ role: "assistant", parts: [call("{}", "other")] })),
    );
    await say(
      db,
      a.conversationId,
      Array.from({ length: 1100 }, (_, n) => `word${n}`),
    );
    await say(db, b.conversationId, ["cedar"]);
    await refresh(db, "messages", [a.agentId, b.agentId]);
    expect((await kept(db, a.agentId)).documents).toBe(1100);
    expect((await kept(db, b.agentId)).documents).toBe(1);
  });

  test("counts a very long text whole", async () => {
    const archiveId = await makeArchive(db);
    const long = Array.from({ length: 40_000 }, (_, n) => `longword${n}`).join(" ");
    await store(db, archiveId, [`${long} cedar`, "a".repeat(300_000)]);
    await refresh(db, "passages", [archiveId]);
    const { total_length } = await kept(db, archiveId);
    expect(total_length).toBeGreaterThan(40_000);
    expect(total_length).toBeLessThan(40_030);
    expect(await termsOf(archiveId)).toContain("cedar");
  });

  test("counts every document once when several refresh at once", async () => {
    const { agentId, conversationId } = await makeAgent(db);
    for (let round = 0; round < 3; round++) {
      await say(
        db,
        conversationId,
        Array.from({ length: 300 }, (_, n) => `cedar word${n} round${round}`),
      );
      await Promise.all(Array.from({ length: 6 }, () => refresh(db, "messages", [agentId])));
    }
    expect(await kept(db, agentId)).toEqual({ documents: 900, total_length: 2700 });
    expect(await counted(db, agentId)).toEqual({ documents: 900, total_length: 2700, by_posting: 2700 });
  });

  test("finds a message again that another connection commits late", async () => {
    const { agentId, conversationId } = await makeAgent(db);
    const other = await addConversation(db, agentId);
    const indexOther = async () => {
      await say(db, other, ["early"]);
      await refresh(db, "messages", [agentId]);
    };
    if (db.kind === "postgres") {
      await db.transaction(async (sql) => {
        await say(sql, conversationId, ["late"]);
        await indexOther();
        expect(await termsOf(agentId)).toEqual(["earli"]);
      });
    } else {
      // One session has no late commits: a row with a lower sequence number stands for one.
      await indexOther();
      const [id] = await say(db, conversationId, ["late"]);
      const lower = "(SELECT min(ledger_seq) - 1 FROM message WHERE conversation_id = $2)";
      await db.query(`UPDATE message SET ledger_seq = ${lower} WHERE id = $1`, [id, other]);
    }
    await refresh(db, "messages", [agentId]);
    expect(await termsOf(agentId)).toEqual(["earli", "late"]);
    expect((await kept(db, agentId)).documents).toBe(2);
  });

  test.runIf(process.env.TEST_DATABASE_URL)(
    "waits for long transactions, however many rows are committed before them",
    async () => {
      const { agentId, conversationId } = await makeAgent(db);
      const other = await addConversation(db, agentId);
      await db.transaction(async (sql) => {
        await say(sql, conversationId, ["late"]);
        await db.query("SELECT setval('ledger_seq', nextval('ledger_seq') + 20000)");
        await say(db, other, ["early"]);
        await refresh(db, "messages", [agentId]);
      });
      await refresh(db, "messages", [agentId]);
      expect(await termsOf(agentId)).toEqual(["earli", "late"]);
    },
  );

  test("is rolled back with the transaction that filled it", async () => {
    const { agentId, conversationId } = await makeAgent(db);
    const undone = db.transaction(async (sql) => {
      await say(sql, conversationId, ["cedar"]);
      await refresh(sql, "messages", [agentId]);
      throw new Error("undo");
    });
    await expect(undone).rejects.toThrow("undo");
    expect(await counted(db, agentId)).toEqual({ documents: 0, total_length: 0, by_posting: 0 });
  });

  test("forgets deleted scopes and no others", async () => {
    const [a, b] = [await makeAgent(db), await makeAgent(db)];
    for (const one of [a, b]) await say(db, one.conversationId, ["cedar"]);
    await refresh(db, "messages", [a.agentId, b.agentId]);
    await deleteScope(db, [a.agentId]);
    await deleteScope(db, []);
    expect(await counted(db, a.agentId)).toEqual({ documents: 0, total_length: 0, by_posting: 0 });
    expect(await kept(db, b.agentId)).toEqual({ documents: 1, total_length: 1 });
  });
});
