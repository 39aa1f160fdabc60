import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

export const MODEL = "openai/scripted";
const EMBEDDING = "openai/text-embedding-3-small";
const DEADLINE_MS = 30_000;
const POLL_MS = 10;

export type Frame = { message_type: string; seq_id?: number | null; run_id?: string | null; [key: string]: unknown };
export type Answer<Body> = { status: number; body: Body };

export type Rig = {
  kind: "pglite" | "postgres";
  server: TestServer;
  model: ScriptedModel;
  api<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
  /**
   * Frames of a stream as they come, without pings; ends early, and quietly, when the server dies. `onAccepted` is called
   * with the first byte of the answer: from then on what was sent must never be lost.
   */
  frames(path: string, body: unknown, onAccepted?: () => void): AsyncGenerator<Frame>;
  /** Ends the process as a crash does, and starts it again on the same data. */
  crash(): Promise<void>;
  /** From now on the tool `archival_memory_search` does not return: waits until it is being run. */
  pauseSearch(): Promise<{ running(): Promise<void>; release(): Promise<void> }>;
  /** A client of the server's database, where it is a Postgres. */
  sql: pg.Client | null;
  stop(): Promise<void>;
};

/** The built server on one of the two databases, with a model and an embedding service that can be held. */
export async function startRig(postgres: string | null): Promise<Rig> {
  const model = await startScriptedModel({ models: ["scripted", "text-embedding-3-small"] });
  const front = await startFront(model.url);
  const scratch = postgres ? await makeScratch(postgres) : null;
  const server = await startServer({
    modelUrl: front.url,
    databaseUrl: scratch?.url ?? null,
    environment: { MEMOIR_LEASE_MS: "1500" },
  });
  const sql = scratch ? await connect(scratch.url) : null;
  return {
    kind: postgres ? "postgres" : "pglite",
    server,
    model,
    sql,
    async api<Body>(method: string, path: string, body?: unknown) {
      const response = await fetch(server.url + path, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as Body };
    },
    frames: (path, body, onAccepted) => framesOf(server.url + path, body, onAccepted),
    async crash() {
      await server.kill();
      front.reset();
      model.reset();
      await server.restart();
    },
    async pauseSearch() {
      if (!scratch) {
        const asked = front.hold();
        return { running: () => asked, release: async () => front.reset() };
      }
      const holder = await connect(scratch.url);
      await holder.query("BEGIN");
      await holder.query("LOCK TABLE passage IN ACCESS EXCLUSIVE MODE");
      return {
        running: () => until("the search waits", async () => (await waiting(sql!)) > 0),
        release: async () => {
          await holder.query("ROLLBACK");
          await holder.end();
        },
      };
    },
    async stop() {
      await server.stop();
      await front.close();
      await model.close();
      await sql?.end();
      await scratch?.drop();
    },
  };
}

/** How many sessions of this database wait for a lock. */
export async function waiting(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows[0].count;
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function makeScratch(server: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `memoir_crash_${process.pid}_${Date.now()}`;
  const admin = await connect(server);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      const again = await connect(server);
      await again.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await again.end();
    },
  };
}

type Front = { url: string; hold(): Promise<void>; reset(): void; close(): Promise<void> };

/** Hands everything to the model but embeddings, which fail, or are held. */
async function startFront(modelUrl: string): Promise<Front> {
  let held: (() => void) | null = null;
  const server: Server = createServer((request, response) => {
    if (!request.url?.endsWith("/embeddings")) return void pass(request, response, modelUrl);
    if (held) return held();
    response.writeHead(400, { "content-type": "application/json" });
    response.end('{"error":{"message":"no embeddings here"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    hold: () =>
      new Promise((resolve) => {
        held = resolve;
      }),
    reset: () => {
      held = null;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, modelUrl: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const answer = await fetch(modelUrl.replace("/v1", "") + request.url, {
      method: request.method!,
      headers: { "content-type": "application/json" },
      signal: gone.signal,
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) response.write(chunk);
    response.end();
  } catch {
    response.destroy();
  }
}

async function* framesOf(url: string, body: unknown, onAccepted?: () => void): AsyncGenerator<Frame> {
  let buffer = "";
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new StatusError(`${response.status} ${await response.text()}`);
    onAccepted?.();
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      buffer += decoder.decode(chunk, { stream: true });
      for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
        const data = /^data: (.*)$/m.exec(buffer.slice(0, end))?.[1];
        buffer = buffer.slice(end + 2);
        if (!data || data === "[DONE]") continue;
        const frame = JSON.parse(data) as Frame;
        if (frame.message_type !== "ping") yield frame;
      }
    }
  } catch (error) {
    if (error instanceof StatusError) throw error;
  }
}

class StatusError extends Error {}

/** Asks until it is so. */
export async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The embedding handle of archives that are searched through the embedding service. */
export { EMBEDDING };
