// One persisted turn with one memory tool call and a 50-token streamed answer: Memoir beside a raw node:http loop and
// the bare AI SDK, on the same database, in one run, taking turns. `npx tsx bench/turn.ts [pglite|postgres URL]`
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";

const ROOT = path.resolve(import.meta.dirname, "..");
const databaseUrl = process.argv[2]?.startsWith("postgres") ? process.argv[2] : null;
const rounds = Number(process.env.ROUNDS ?? 8);
const perRound = Number(process.env.TURNS ?? 25);
const agentPool = new http.Agent({ keepAlive: true, maxSockets: 128 });
const children: ChildProcess[] = [];
const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-bench-"));

type Peer = {
  name: string;
  port: number;
  path: (agent: string) => string;
  body: (text: string) => unknown;
  agents: string[];
};
type Timing = { total: number; first: number };

async function start(name: string, args: string[], environment: Record<string, string>, ready: RegExp): Promise<void> {
  const child = spawn(args[0]!, args.slice(1), {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on("data", (chunk) => ready.test(String(chunk)) && resolve());
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

function post(port: number, url: string, body: unknown): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let first = 0;
    const request = http.request(
      {
        agent: agentPool,
        host: "127.0.0.1",
        port,
        path: url,
        method: "POST",
        headers: { "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (!first && text.includes('"assistant_message"')) first = performance.now() - began;
        });
        response.on("end", () => {
          if (response.statusCode !== 200 || !text.includes("word49"))
            return reject(new Error(`${response.statusCode}: ${text.slice(0, 400)}`));
          resolve({ total: performance.now() - began, first });
        });
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

async function api<T>(port: number, method: string, url: string, body?: unknown): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}${url}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
const round = (value: number) => Math.round(value * 100) / 100;

async function main(): Promise<void> {
  const [modelPort, memoirPort, rawPort, sdkPort] = [18301, 18302, 18303, 18304];
  const tsx = path.join(ROOT, "node_modules/.bin/tsx");
  const modelUrl = `http://127.0.0.1:${modelPort}/v1`;
  const database: Record<string, string> = databaseUrl ? { DATABASE_URL: databaseUrl } : {};
  await start("model", [tsx, "bench/turn/model.ts"], { PORT: String(modelPort) }, /ready/);
  await start(
    "memoir",
    [process.execPath, "dist/server.mjs", "--api"],
    {
      ...database,
      PORT: String(memoirPort),
      MEMOIR_DATA_DIR: dataDir,
      MEMOIR_SEED: "off",
      OPENAI_BASE_URL: modelUrl,
      OPENAI_API_KEY: "x",
      OLLAMA_BASE_URL: "http://127.0.0.1:9",
    },
    /Memoir is on/,
  );
  for (const [kind, port] of [
    ["raw", rawPort],
    ["sdk", sdkPort],
  ] as const) {
    await start(
      kind,
      [tsx, "bench/turn/peer.ts"],
      { ...database, KIND: kind, PORT: String(port), MODEL_URL: modelUrl },
      /ready/,
    );
  }
  const memoirAgents = await Promise.all(Array.from({ length: 64 }, () => createAgent(memoirPort!)));
  const names = Array.from({ length: 64 }, (_, index) => `a${index}-${Date.now()}`);
  const memoir: Peer = {
    name: "memoir",
    port: memoirPort!,
    path: (agent) => `/v1/agents/${agent}/messages`,
    body: (text) => ({ input: text, streaming: true, stream_tokens: true, include_pings: false }),
    agents: memoirAgents,
  };
  const peer = (name: string, port: number): Peer => ({
    name,
    port,
    path: (agent) => `/${agent}`,
    body: (text) => ({ input: text }),
    agents: names,
  });
  const peers = [memoir, peer("raw node:http", rawPort!), peer("bare AI SDK", sdkPort!)];

  for (const one of peers) for (let i = 0; i < 40; i++) await turn(one, one.agents[i % 64]!);
  console.log(
    `database: ${databaseUrl ? "postgres" : "pglite (peers: in memory)"}, ${rounds} rounds of ${perRound} turns, one at a time`,
  );
  await latency(peers);
  for (const concurrency of [16, 64]) await throughput(peers, concurrency);
  await tokens(memoir, modelPort!);
  await conversationLength(memoir);
}

async function createAgent(port: number): Promise<string> {
  const system = "You are an agent with memory. ".repeat(267);
  const { id } = await api<{ id: string }>(port, "POST", "/v1/agents/", {
    name: "bench",
    model: "openai/bench",
    system,
    memory_blocks: [{ label: "human", value: "" }],
    tools: ["memory_insert"],
    include_base_tools: false,
  });
  return id;
}

/** A turn, with the context emptied now and then, so that all peers have about as much of it. */
async function turn(peer: Peer, agent: string): Promise<Timing> {
  return post(peer.port, peer.path(agent), peer.body("Remember that I like tea, please."));
}

async function latency(peers: Peer[]): Promise<void> {
  const results = new Map(peers.map((peer) => [peer.name, [] as Timing[]]));
  for (let i = 0; i < rounds; i++) {
    for (const peer of peers) {
      if (peer.name === "memoir") await refresh(peer);
      for (let n = 0; n < perRound; n++) results.get(peer.name)!.push(await turn(peer, peer.agents[n % 8]!));
    }
  }
  const base = percentile(
    results.get("raw node:http")!.map((timing) => timing.total),
    0.5,
  );
  for (const [name, timings] of results) {
    const totals = timings.map((timing) => timing.total);
    const firsts = timings.map((timing) => timing.first);
    console.log(
      `${name}: p50 ${round(percentile(totals, 0.5))} ms, p95 ${round(percentile(totals, 0.95))} ms, first token p50 ${round(percentile(firsts, 0.5))} ms, ratio to raw ${round(percentile(totals, 0.5) / base)}`,
    );
  }
}

/** Context back to nothing: history stays, as the peers' last twelve messages do. */
async function refresh(memoir: Peer): Promise<void> {
  for (const agent of memoir.agents) await api(memoir.port, "PATCH", `/v1/agents/${agent}/reset-messages`, {});
}

async function throughput(peers: Peer[], concurrency: number): Promise<void> {
  for (const peer of peers) {
    if (peer.name === "memoir") await refresh(peer);
    const seconds = 5;
    const until = performance.now() + seconds * 1000;
    let done = 0;
    await Promise.all(
      peer.agents.slice(0, concurrency).map(async (agent) => {
        while (performance.now() < until) {
          await turn(peer, agent);
          done++;
        }
      }),
    );
    console.log(`${peer.name}: ${round(done / seconds)} turns/s with ${concurrency} agents at once`);
  }
}

/** What a streamed token costs: the same turn with many more of them. */
async function tokens(memoir: Peer, modelPort: number): Promise<void> {
  const tsx = path.join(ROOT, "node_modules/.bin/tsx");
  const longPort = modelPort + 10;
  await start("long model", [tsx, "bench/turn/model.ts"], { PORT: String(longPort), TOKENS: "5050" }, /ready/);
  const port = memoir.port + 20;
  const folder = mkdtempSync(path.join(tmpdir(), "memoir-bench-"));
  await start(
    "memoir for tokens",
    [process.execPath, "dist/server.mjs", "--api"],
    {
      PORT: String(port),
      MEMOIR_DATA_DIR: folder,
      MEMOIR_SEED: "off",
      OPENAI_BASE_URL: `http://127.0.0.1:${longPort}/v1`,
      OPENAI_API_KEY: "x",
      OLLAMA_BASE_URL: "http://127.0.0.1:9",
    },
    /Memoir is on/,
  );
  const long = { ...memoir, port, agents: [await createAgent(port)] };
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    await refresh(long);
    times.push((await turn(long, long.agents[0]!)).total);
  }
  const short: number[] = [];
  await refresh(memoir);
  for (let i = 0; i < 20; i++) short.push((await turn(memoir, memoir.agents[i]!)).total);
  const cost = ((percentile(times.slice(2), 0.5) - percentile(short, 0.5)) / 5000) * 1000;
  console.log(`memoir: ${round(cost)} µs a streamed token, wall time, the model's and the client's share included`);
  children.pop()!.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

/** A turn in a conversation of 10 and of 100,000 messages, with the same messages in context. */
async function conversationLength(memoir: Peer): Promise<void> {
  const url = databaseUrl;
  if (!url) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [short, long] = [memoir.agents[0]!, memoir.agents[1]!];
  await client.query(
    `WITH c AS (UPDATE conversation SET next_seq = next_seq + 100000 WHERE agent_id = $1 RETURNING *)
     INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, created_at)
     SELECT 'message-' || gen_random_uuid(), c.organization_id, c.agent_id, c.id, c.next_seq - 100000 + n, 'user',
       jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'message number ' || n)), now() FROM c, generate_series(0, 99999) n`,
    [long],
  );
  await client.query("ANALYZE message");
  const times: Record<string, number[]> = { short: [], long: [] };
  for (let i = 0; i < 30; i++) {
    if (i % 5 === 0)
      for (const agent of [short, long]) await api(memoir.port, "PATCH", `/v1/agents/${agent}/reset-messages`, {});
    times.short!.push((await turn(memoir, short)).total);
    times.long!.push((await turn(memoir, long)).total);
  }
  const [a, b] = [percentile(times.short!, 0.5), percentile(times.long!, 0.5)];
  console.log(
    `memoir: ${round(a)} ms in a short conversation, ${round(b)} ms in one of 100,000 messages: ${round(b / a)}×`,
  );
  await client.end();
}

main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    for (const child of children) child.kill();
    rmSync(dataDir, { recursive: true, force: true });
    agentPool.destroy();
  });
