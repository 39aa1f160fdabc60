import { randomUUID } from "node:crypto";
import pg from "pg";
import { type Ctx, DEFAULT_ACTOR } from "../lib/server/core/core";
import { type Database, openDatabase } from "../lib/server/db/database";
import { searchMessages, searchPassages } from "../lib/server/search/search";
import { refresh } from "../lib/server/search/search-index";
import { makeAgent, makeArchive, say, store } from "../lib/server/search/testing/fixtures";

/**
 * Times of the full-text index: `npx tsx bench/search.ts [messages …]`, 5,000 and 50,000 if not given. On the embedded
 * database and, with TEST_DATABASE_URL, on a scratch database of that server. Texts are made by rule: 10 to 40 words each out of
 * 30,000, few of them common and most of them rare, as in a language.
 */
const sizes = process.argv.slice(2).map(Number).filter(Boolean);

const QUERIES: Record<string, string> = {
  "two rare words": "w2041 w17003",
  "a question of eight words": "the w3 w12 w55 w240 w1200 w6001 w9000",
  "the most common word, in every sixth": "w1",
  "ten common words": "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10",
};
const RUNS = 15;
const VOCABULARY = 30_000;
const COMMON = 20;

const urls = [null, process.env.TEST_DATABASE_URL ?? null];

for (const url of process.env.TEST_DATABASE_URL ? urls : [null]) {
  for (const size of sizes.length > 0 ? sizes : [5_000, 50_000]) await measure(url, size);
}

async function measure(url: string | null, size: number): Promise<void> {
  const scratch = url ? await makeScratch(url) : null;
  const db = await openDatabase({ url: scratch?.url ?? null, dataDir: "memory://", fsync: false });
  const ctx = { db, config: { defaultEmbedding: null }, actor: DEFAULT_ACTOR } as unknown as Ctx;
  console.log(`\n${db.kind}, ${size} messages and ${size / 5} passages`);
  try {
    const { agentId, conversationId } = await makeAgent(db);
    const next = textsOf(size);
    await inBatches(size, (count) =>
      say(
        db,
        conversationId,
        Array.from({ length: count }, (_, n) => ({ text: next(), role: n % 2 ? "assistant" : "user" })),
      ),
    );
    const archiveId = await makeArchive(db);
    await inBatches(size / 5, (count) => store(db, archiveId, Array.from({ length: count }, next)));
    if (db.kind === "postgres") await db.query("ANALYZE");
    await report("index all messages", 1, () => refresh(db, "messages", [agentId]));
    await report("index all passages", 1, () => refresh(db, "passages", [archiveId]));
    if (db.kind === "postgres") await db.query("ANALYZE");
    await report("index nothing new", RUNS, () => refresh(db, "messages", [agentId]));
    await report("index two new messages", RUNS, async () => {
      await say(db, conversationId, [next(), next()]);
      return async () => refresh(db, "messages", [agentId]);
    });
    for (const [name, query] of Object.entries(QUERIES)) {
      await report(`search messages: ${name}`, RUNS, () =>
        searchMessages(ctx, { query, mode: "fts", agentId, limit: 5 }),
      );
    }
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await report("search messages: eight words, role and dates", RUNS, () =>
      searchMessages(ctx, {
        query: QUERIES["a question of eight words"]!,
        mode: "fts",
        agentId,
        roles: ["user"],
        from,
        limit: 5,
      }),
    );
    await report("search passages: eight words", RUNS, () =>
      searchPassages(ctx, {
        query: QUERIES["a question of eight words"]!,
        mode: "fts",
        archiveIds: [archiveId],
        tagMatchMode: "any",
        limit: 5,
      }),
    );
    await report("search messages: stop words alone", RUNS, () =>
      searchMessages(ctx, { query: "who are you", mode: "fts", agentId, limit: 5 }),
    );
    await sizesOf(db);
  } finally {
    await db.close();
    await scratch?.drop();
  }
}

type Work = () => Promise<unknown>;

/** Runs `work` and prints the median and the slowest. Work that returns work is only measured in the latter. */
async function report(name: string, runs: number, work: Work): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    let began = performance.now();
    const measured = await work();
    if (typeof measured === "function") {
      began = performance.now();
      await measured();
    }
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const [median, worst] = [times[Math.floor(times.length / 2)]!, times.at(-1)!];
  console.log(
    `  ${name.padEnd(48)} ${median.toFixed(1).padStart(9)} ms${runs > 1 ? `   slowest ${worst.toFixed(1)} ms` : ""}`,
  );
}

async function inBatches(count: number, insert: (count: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1000) await insert(Math.min(1000, count - done));
}

/** The word of rank r comes about 1/(r + 20) as often as the first, as without stop words. */
function textsOf(seed: number): () => string {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const word = () => `w${Math.floor(COMMON * Math.exp(random() * Math.log(VOCABULARY / COMMON))) - COMMON + 1}`;
  return () => Array.from({ length: 10 + Math.floor(random() * 30) }, word).join(" ");
}

async function sizesOf(db: Database): Promise<void> {
  for (const table of ["search_document"]) {
    const [row] = await db.query<{ rows: number; bytes: number }>(
      `SELECT (SELECT count(*) FROM ${table}) AS rows, pg_total_relation_size('${table}') AS bytes`,
    );
    console.log(`  ${table.padEnd(48)} ${row!.rows} rows, ${(row!.bytes / 1e6).toFixed(0)} MB with indexes`);
  }
}

async function makeScratch(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `memoir_bench_${randomUUID().replaceAll("-", "")}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}
