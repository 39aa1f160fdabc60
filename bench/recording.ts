// What recording a step costs in a conversation of 10, 1,000 and 10,000 messages, all of them in context: time and bytes of
// the commits alone, beside the whole turn. `npx tsx bench/recording.ts [postgres URL]`
import { createAgentBody } from "../lib/api/agents";
import type { Model } from "../lib/engine/model";
import { createAgent } from "../lib/server/agents/create-agent";
import { readConfig } from "../lib/server/config/env";
import { type Ctx, DEFAULT_ACTOR } from "../lib/server/core/core";
import type { Database, Statement } from "../lib/server/db/database";
import { startRun } from "../lib/server/run/start";
import { createCore } from "../lib/server/start/create-core";

const url = process.argv[2] ?? "";
const COMMITS = new Set(["start-run", "save-turn", "save-returns"]);
const TURNS = 30;

const base = await createCore({
  config: { ...readConfig({ ...(url ? { DATABASE_URL: url } : {}), MEMOIR_SEED: "off" }), dataDir: "memory://" },
});
const spent = { ms: 0, bytes: 0, statements: 0 };
/** Every statement of a turn, by its name. */
let sent: string[] = [];
const db: Database = {
  ...base.db,
  query: async (statement: Statement, params: unknown[] = []) => {
    const name = typeof statement === "string" ? "" : statement.name;
    sent.push(name || "unnamed");
    const began = performance.now();
    const rows = await base.db.query(statement, params);
    if (COMMITS.has(name)) {
      spent.ms += performance.now() - began;
      spent.bytes += params.reduce<number>((sum, param) => sum + (typeof param === "string" ? param.length : 0), 0);
      spent.statements++;
    }
    return rows as never;
  },
};

let flip = 0;
const model: Model = {
  handle: "memoir/demo",
  provider: "memoir",
  name: "demo",
  contextWindow: 100_000_000,
  async *stream(request) {
    if (request.messages.at(-1)?.role === "tool") yield { type: "text", text: "Noted." };
    else {
      const id = `call_${Math.random()}`;
      yield { type: "tool-call", id, name: "memory_replace" };
      const [old_string, new_string] = flip++ % 6 < 3 ? ["tea", "coffee"] : ["coffee", "tea"];
      yield { type: "tool-call-arguments", id, text: JSON.stringify({ label: "human", old_string, new_string }) };
    }
    yield {
      type: "finish",
      reason: "stop",
      usage: { input: 10, output: 10, cachedInput: null, cacheWrite: null, reasoning: null },
    };
  },
};
const ctx: Ctx = { ...base, db, models: { ...base.models, model: async () => model }, actor: DEFAULT_ACTOR };

async function conversationOf(messages: number): Promise<string> {
  const id = await createAgent(
    ctx,
    createAgentBody.parse({
      name: `bench ${messages}`,
      model: "memoir/demo",
      memory_blocks: [{ label: "human", value: "Likes tea." }],
    }),
  );
  await base.db.query(
    `WITH c AS (UPDATE conversation SET next_seq = next_seq + $2 WHERE agent_id = $1 RETURNING *)
     INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, created_at)
     SELECT 'message-' || gen_random_uuid(), c.organization_id, c.agent_id, c.id, c.next_seq - $2 + n, CASE n % 2 WHEN 0 THEN 'user' ELSE 'assistant' END,
       jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'This is message number ' || n || ' of a long conversation.')), now()
     FROM c, generate_series(0, $2 - 1) n`,
    [id, messages],
  );
  return id;
}

async function turn(agentId: string): Promise<void> {
  const started = await startRun(ctx, {
    target: { agentId },
    inputs: [{ type: "message", role: "user", content: "Remember that I like tea." }],
    maxSteps: 5,
    tokens: true,
    background: false,
    compactionItems: false,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "bench",
    requestConfig: {},
    callbackUrl: null,
  });
  if ("run" in started) await started.run.done;
}

const sizes = [10, 1000, 10_000];
const agents = new Map<number, string>();
for (const size of sizes) agents.set(size, await conversationOf(size));
for (const size of sizes) for (let i = 0; i < 5; i++) await turn(agents.get(size)!);
const results = new Map(
  sizes.map((size) => [
    size,
    { commits: [] as number[], bytes: [] as number[], whole: [] as number[], statements: [] as number[] },
  ]),
);
for (let i = 0; i < TURNS; i++) {
  for (const size of sizes) {
    Object.assign(spent, { ms: 0, bytes: 0, statements: 0 });
    const began = performance.now();
    await turn(agents.get(size)!);
    const result = results.get(size)!;
    result.whole.push(performance.now() - began);
    result.commits.push(spent.ms);
    result.bytes.push(spent.bytes);
    result.statements.push(spent.statements);
  }
}
sent = [];
await turn(agents.get(sizes[0]!)!);
console.log(`statements of a turn with one tool call: ${sent.join(", ")}`);
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const first = results.get(sizes[0]!)!;
console.log(`database: ${base.db.kind}; medians of ${TURNS} turns each, taken in turn`);
for (const [size, { commits, bytes, whole, statements }] of results) {
  console.log(
    `${size} messages in context: commits ${median(commits).toFixed(2)} ms (${(median(commits) / median(first.commits)).toFixed(2)}×), ${median(statements)} statements, ${median(bytes)} characters (${(median(bytes) / median(first.bytes)).toFixed(2)}×); whole turn ${median(whole).toFixed(1)} ms`,
  );
}
await base.close();
process.exit(0);
