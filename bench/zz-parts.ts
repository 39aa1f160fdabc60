import { DEFAULT_ACTOR } from "../lib/server/core";
import { openDatabase } from "../lib/server/db/database";
import { makeAgent, say } from "../lib/server/memory/search-fixtures";
import { messageTextSql, wordsSql } from "../lib/server/memory/search-text";
const db = await openDatabase({ url: process.env.PGURL ?? null, dataDir: "memory://", fsync: false });
let state = 7; const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const word = () => `w${Math.floor(20 * Math.exp(random() * Math.log(30000 / 20))) - 19}`;
const text = () => Array.from({ length: 10 + Math.floor(random() * 30) }, word).join(" ");
const { agentId, conversationId } = await makeAgent(db);
for (let i = 0; i < 5000; i += 1000) await say(db, conversationId, Array.from({ length: 1000 }, (_, n) => ({ text: text(), role: n % 2 ? "assistant" : "user" })));
await db.query("create table tmp_lex (scope_id text not null, term text not null, doc bigint not null, frequency smallint not null)");
const time = async (n: string, q: string) => { const t = performance.now(); await db.query(q); console.log(n, (performance.now() - t).toFixed(0)); };
for (let k = 0; k < 2; k++) {
await time("text", `select sum(length(t)) from (select ${messageTextSql("m")} t from message m) x`);
await time("simple text", `select sum(length(t)) from (select m.parts->0->>'text' t from message m) x`);
await time("words", `select sum(length(w)) from (select ${wordsSql("t")} w from (select m.parts->0->>'text' t from message m offset 0) x) y`);
await time("tsvector", `select sum(length(to_tsvector('english', w))) from (select ${wordsSql("t")} w from (select m.parts->0->>'text' t from message m offset 0) x) y`);
await time("unnest", `select count(*) from (select m.parts->0->>'text' t from message m offset 0) x cross join lateral unnest(to_tsvector('english', t)) u`);
await time("group", `select count(*) from (select ledger_seq, u.lexeme, sum(cardinality(u.positions)) from (select ledger_seq, m.parts->0->>'text' t from message m offset 0) x cross join lateral unnest(to_tsvector('english', t)) u group by 1,2) z`);
await time("into tmp noindex", `insert into tmp_lex select '${agentId}', u.lexeme, ledger_seq, cardinality(u.positions) from (select ledger_seq, m.parts->0->>'text' t from message m offset 0) x cross join lateral unnest(to_tsvector('english', t)) u`);
await time("into posting unsorted", `insert into search_posting select * from tmp_lex`);
await time("del", `delete from search_posting`); await db.query("vacuum search_posting");
await time("into posting sorted", `insert into search_posting select * from tmp_lex order by term, doc`);
await time("del", `delete from search_posting`); await db.query("vacuum search_posting");
await time("into posting sorted C", `insert into search_posting select * from tmp_lex order by term collate "C", doc`);
await time("del", `delete from search_posting`);await db.query("vacuum search_posting"); await db.query("truncate tmp_lex");
}
await db.query("drop table tmp_lex");
await db.close();
