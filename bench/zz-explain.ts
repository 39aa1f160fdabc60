import { type Ctx, DEFAULT_ACTOR } from "../lib/server/core";
import { openDatabase } from "../lib/server/db/database";
import { makeAgent, say } from "../lib/server/memory/search-fixtures";
import { refresh } from "../lib/server/memory/search-index";
import { BY_TEXT_FOR_EXPLAIN as B, parametersOf } from "../lib/server/memory/search-rank";
const size = Number(process.argv[2] ?? 5000);
const db = await openDatabase({ url: process.env.PGURL ?? null, dataDir: "memory://", fsync: false });
let state = 7; const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const word = () => `w${Math.floor(20 * Math.exp(random() * Math.log(30000 / 20))) - 19}`;
const text = () => Array.from({ length: 10 + Math.floor(random() * 20) }, word).join(" ");
const { agentId, conversationId } = await makeAgent(db);
for (let i = 0; i < size; i += 1000) await say(db, conversationId, Array.from({ length: 1000 }, (_, n) => ({ text: text(), role: n % 2 ? "assistant" : "user" })));
if (process.env.ANALYZE) await db.query("ANALYZE");
const t = Date.now(); await refresh(db, "messages", [agentId]); console.log("refresh", Date.now() - t);
if (process.env.ANALYZE) await db.query("ANALYZE");
const f = { kind: "messages" as const, scopeIds: [agentId], organizationId: DEFAULT_ACTOR.organizationId, conversationId: null, roles: null, from: null, to: null, searcherRunId: null };
for (const q of (process.argv[3] ?? "w3 w12 w55 w240 w1200 w6001 w9000").split(",")) {
  for (let i=0;i<2;i++) { const rows = await db.query<{ "QUERY PLAN": string }>("EXPLAIN (ANALYZE, BUFFERS OFF, SUMMARY ON) " + (B.messages as {text:string}).text, [...parametersOf(f), q, 50]);
  if (i==1) console.log(rows.map((r) => r["QUERY PLAN"]).join("\n")); }
}
await db.close();
