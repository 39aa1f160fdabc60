import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { readConfig } from "../lib/server/config/env";
import type { Database } from "../lib/server/db/database";
import { createApp } from "../lib/server/http/app";
import { createCore } from "../lib/server/start/create-core";
import { type Changes, copyRows } from "../lib/server/testing/copy-rows";
import { makeScratch } from "./scratch";

/**
 * Times of the list operations on a Postgres server that holds much: `npx tsx bench/lists.ts <postgres URL> [agents [messages]]`,
 * 10,000 and 100,000 if not given. Prints for each the median and slowest of its first page, its CPU time in this process, the same of a page in the middle (by
 * cursor), the statements it takes, and how many sequential scans of large tables their plans have; with PLANS=1 the
 * plans themselves. The rows are one real agent's, copied.
 */
const [server, agents = "10000", messages = "100000"] = process.argv.slice(2);
if (!server) throw new Error("usage: npx tsx bench/lists.ts <postgres URL> [agents [messages]]");
const SIZE = { agents: Number(agents), messages: Number(messages) };
const RUNS = 15;

type Json = { id?: string };
type Call = (path: string) => Promise<Json[]>;

const scratch = await makeScratch(server);
const core = await createCore({
  config: readConfig({
    DATABASE_URL: scratch.url,
    MEMOIR_SEED: "off",
    MEMOIR_DATA_DIR: mkdtempSync(path.join(tmpdir(), "memoir-lists-")),
    OLLAMA_BASE_URL: "http://127.0.0.1:9",
  }),
  demoTokenMs: 0,
});
try {
  const app = createApp(core);
  const send = async (method: string, route: string, body?: unknown) => {
    const response = await app.request(route, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const agent = (await send("POST", "/v1/agents/", {
    name: "Original",
    model: "memoir/demo",
    tags: ["one", "two"],
    tools: ["archival_memory_insert", "archival_memory_search"],
    memory_blocks: [
      { label: "human", value: "Name: Mara. ".repeat(40) },
      { label: "persona", value: "I am calm. ".repeat(40) },
    ],
  })) as { id: string };
  await send("POST", `/v1/agents/${agent.id}/messages`, { input: "Hello" });
  await send("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "Mara likes tea." });
  await fill(core.db, agent.id);
  await core.db.query("ANALYZE");
  const get: Call = async (route) => {
    const reply = await send("GET", route);
    return Array.isArray(reply) ? reply : ((reply as { files?: Json[] }).files ?? []);
  };
  console.log(`${SIZE.agents} agents, ${SIZE.messages} messages; milliseconds: median / slowest of ${RUNS}`);
  const chosen = routes(agent.id).filter((route) => !process.env.ROUTE || route.includes(process.env.ROUTE));
  for (const route of chosen) await report(core.db, get, route);
} finally {
  await core.close();
  await scratch.drop();
}

function routes(agentId: string): string[] {
  return [
    "/v1/agents/",
    "/v1/agents/?limit=10",
    "/v1/agents/?order_by=last_run_completion",
    "/v1/agents/?order_by=updated_at&order=asc",
    "/v1/agents/?tags=rare",
    "/v1/agents/?tags=one&tags=two&match_all_tags=true",
    "/v1/agents/?query_text=copy%20777",
    "/v1/agents/?name=Copy%20777",
    "/v1/blocks/",
    "/v1/blocks/?label=human",
    "/v1/blocks/?value_search=mara%20777",
    "/v1/tools/",
    "/v1/tools/catalogue",
    "/v1/tools/catalogue?search=memory",
    "/v1/tools/origins",
    "/v1/archives/",
    "/v1/conversations/",
    "/v1/conversations/?order_by=last_message_at",
    `/v1/conversations/?agent_id=${agentId}`,
    "/v1/runs/",
    "/v1/runs/?active=true",
    `/v1/runs/?agent_id=${agentId}`,
    "/v1/steps/",
    `/v1/steps/?agent_id=${agentId}`,
    "/v1/messages/",
    `/v1/agents/${agentId}/messages`,
    `/v1/agents/${agentId}/archival-memory`,
    `/v1/agents/${agentId}/tools`,
    `/v1/agents/${agentId}/core-memory/blocks`,
    "/v1/tags/",
    "/v1/agents/count",
    "/v1/blocks/count",
  ];
}

/** Copies of the one agent, with all that lists read of it, and a long conversation of the original. */
async function fill(db: Database, agentId: string): Promise<void> {
  const copy = (table: string, changes: Changes, where: string, count: number) =>
    copyRows(db, { table, changes, where, param: agentId, count });
  const suffix = (column: string) => `t."${column}" || '-' || n`;
  const at = (column: string) => `t."${column}" - n * interval '1 second'`;
  const next = "ledger_next()";
  const { agents: many } = SIZE;
  await copy(
    "agent_version",
    { id: suffix("id"), agent_id: suffix("agent_id"), seq: next },
    "t.id = (SELECT version_id FROM agent WHERE id = $1)",
    many,
  );
  await copy(
    "agent",
    {
      id: suffix("id"),
      version_id: suffix("version_id"),
      default_conversation_id: suffix("default_conversation_id"),
      name: "'Copy ' || n",
      created_at: at("created_at"),
      updated_at: at("updated_at"),
      last_run_completion: at("last_run_completion"),
    },
    "t.id = $1",
    many,
  );
  await copy("agent_tag", { agent_id: suffix("agent_id") }, "t.agent_id = $1", many);
  await db.query(
    "INSERT INTO agent_tag (agent_id, organization_id, tag) SELECT id, organization_id, 'rare' FROM agent WHERE name LIKE 'Copy %77'",
  );
  await copy("agent_tool", { agent_id: suffix("agent_id") }, "t.agent_id = $1", many);
  const mine = "t.id IN (SELECT block_id FROM agent_block WHERE agent_id = $1)";
  await copy(
    "block_version",
    { id: suffix("id"), block_id: suffix("block_id"), seq: next, value: "t.value || ' Mara ' || n" },
    "t.id IN (SELECT head_version_id FROM block WHERE id IN (SELECT block_id FROM agent_block WHERE agent_id = $1))",
    many,
  );
  await copy(
    "block",
    { id: suffix("id"), head_version_id: suffix("head_version_id"), created_at: at("created_at") },
    mine,
    many,
  );
  await copy("agent_block", { agent_id: suffix("agent_id"), block_id: suffix("block_id") }, "t.agent_id = $1", many);
  await copy(
    "conversation",
    {
      id: suffix("id"),
      agent_id: suffix("agent_id"),
      created_at: at("created_at"),
      last_message_at: at("last_message_at"),
    },
    "t.agent_id = $1",
    many,
  );
  await copy("archive", { id: suffix("id"), created_at: at("created_at") }, "$1 <> ''", many);
  await copy("passage", { id: suffix("id"), seq: next, created_at: at("created_at") }, "$1 <> ''", many);
  await copy(
    "run",
    { id: suffix("id"), agent_id: suffix("agent_id"), seq: next, active_key: "null", created_at: at("created_at") },
    "t.agent_id = $1",
    many,
  );
  await copy(
    "step",
    { id: suffix("id"), agent_id: suffix("agent_id"), seq: next, run_id: suffix("run_id") },
    "t.agent_id = $1",
    many,
  );
  // Half of the messages in one conversation, half spread over the copies.
  const [{ last }] = (await db.query<{ last: number }>("SELECT max(seq) AS last FROM message WHERE agent_id = $1", [
    agentId,
  ])) as [{ last: number }];
  const only = "t.agent_id = $1 AND t.seq = (SELECT max(seq) FROM message WHERE agent_id = $1)";
  await copy(
    "message",
    { id: suffix("id"), ledger_seq: next, otid: "null", seq: `${last} + n` },
    only,
    SIZE.messages / 2,
  );
  const spread = {
    id: "t.id || '/' || n",
    ledger_seq: next,
    otid: "null",
    agent_id: `t.agent_id || '-' || (n % ${many} + 1)`,
    conversation_id: `t.conversation_id || '-' || (n % ${many} + 1)`,
    seq: `1000 + n / ${many}`,
  };
  await copy("message", spread, only, SIZE.messages / 2);
  // As after compactions: the long past is not in context.
  await db.query("UPDATE conversation SET context = $2::jsonb, next_seq = $3 WHERE agent_id = $1", [
    agentId,
    JSON.stringify([[1, last]]),
    last + SIZE.messages,
  ]);
}

type Sent = { text: string; values: unknown[] };

async function report(db: Database, get: Call, route: string): Promise<void> {
  const first = await timed(() => get(route));
  const page = Array.isArray(first.result) ? first.result : [];
  const cursor = page.at(-1)?.id;
  const more = cursor ? await timed(() => get(`${route}${route.includes("?") ? "&" : "?"}after=${cursor}`)) : null;
  const statements = await recorded(() => get(route));
  const scans: string[] = [];
  for (const { text, values } of statements) {
    const plan = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values).catch(() => []);
    const lines = plan.map((row) => row["QUERY PLAN"]);
    for (const line of lines) {
      const [, table, rows] = /Seq Scan on (\w+).*actual time=\S+ rows=([\d.]+)/.exec(line) ?? [];
      if (table && Number(rows) > 1000) scans.push(table);
    }
    if (process.env.PLANS) console.log(`\n${text}\n${lines.join("\n")}`);
  }
  const time = ({ median, slowest }: { median: number; slowest: number }) =>
    `${median.toFixed(1).padStart(6)} / ${slowest.toFixed(1).padEnd(6)}`;
  console.log(
    `${route.replace(/agent-[0-9a-f-]{36}/, "{id}").padEnd(56)} ${time(first)} cpu ${first.cpu.toFixed(1).padStart(5)} ${more ? `next ${time(more)}` : " ".repeat(20)} ${String(statements.length).padStart(3)} statements ${scans.length ? `scans ${scans.join(", ")}` : ""}`,
  );
}

type Times<T> = { result: T; median: number; slowest: number; cpu: number };

/** Wall times, and this process's own CPU time of one call, which a busy machine does not change much. */
async function timed<T>(work: () => Promise<T>): Promise<Times<T>> {
  let result = await work();
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    result = await work();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  return { result, median: times[RUNS >> 1] ?? 0, slowest: times.at(-1) ?? 0, cpu: (user + system) / 1000 / RUNS };
}

/** The statements that `work` sends, as the driver gets them. */
async function recorded(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [query, values] = args as [string | { text: string; values?: unknown[] }, unknown];
    const text = typeof query === "string" ? query : query.text;
    const given = typeof query === "string" ? values : (query.values ?? values);
    if (/^\s*(SELECT|WITH)/i.test(text)) sent.push({ text, values: Array.isArray(given) ? given : [] });
    return Reflect.apply(original, this, args);
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return sent;
}
