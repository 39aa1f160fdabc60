import { randomUUID } from "node:crypto";
import pg from "pg";
import { log } from "../core/log";
import type { Asked, Relay, Told } from "../core/relay";
import { createPacker, createReader, type Said } from "./frames";

const CHANNEL = "memoir";
/** What is said within this time goes together. */
const GATHER_MS = 10;
/** Sayings that wait for a connection; older ones are given up. */
const MOST_WAITING = 5000;
const ANSWER_MS = 1500;
const RETRY_MS = 250;
const RETRY_MAX_MS = 5000;
const PROBE_MS = 5000;
const KEEP_ALIVE_MS = 10_000;

type Handler = (data: unknown) => unknown;

/**
 * The relay on Postgres' own LISTEN and NOTIFY, by one connection beside the pool. It has to be a session: a pooler that
 * lends connections by transaction swallows what is told. While the connection is away nothing is told; when it is back,
 * this server and all others hear of a gap.
 */
export function createPostgresRelay({ url, instanceId }: { url: string; instanceId: string }): Relay {
  const pack = createPacker(instanceId);
  const read = createReader(instanceId);
  const listeners = new Map<string, Handler[]>();
  const givers = new Map<string, Handler>();
  const asked = new Map<string, (answer: unknown) => void>();
  const gaps: (() => void)[] = [];
  let waiting: Said[] = [];
  let timer: NodeJS.Timeout | null = null;
  let client: pg.Client | null = null;
  let closed = false;
  let missed = false;

  function say(said: Said): void {
    if (closed) return;
    if (waiting.length >= MOST_WAITING) {
      waiting = [];
      missed = true;
    }
    waiting.push(said);
    timer ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    timer = null;
    if (!client || waiting.length === 0) return;
    const frames = pack(missed ? [{ kind: "gap" }, ...waiting] : waiting);
    waiting = [];
    missed = false;
    client.query("SELECT pg_notify($1, frame) FROM unnest($2::text[]) AS frame", [CHANNEL, frames]).catch(() => {
      missed = true;
    });
  }

  function hear(frame: string): void {
    const { from, said } = read(frame);
    for (const one of said) {
      if (one.kind === "gap") tellGap();
      else if (one.kind === "tell") for (const listener of listeners.get(one.topic) ?? []) attempt(listener, one.data);
      else if (one.kind === "answer") {
        if (one.to === instanceId) asked.get(one.id)?.(one.data);
      } else {
        const giver = givers.get(one.topic);
        const data = giver && attempt(giver, one.data);
        if (data !== undefined) say({ kind: "answer", to: from, id: one.id, data });
      }
    }
  }

  const tellGap = () => gaps.forEach((listener) => void attempt(listener, undefined));

  async function connect(attempts: number): Promise<void> {
    const made = new pg.Client({
      ...{ connectionString: url, application_name: "memoir-relay" },
      ...{ keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
    });
    let isOver = false;
    const lost = (error?: Error) => {
      if (isOver) return;
      isOver = true;
      if (client === made) client = null;
      missed = true;
      made.end().catch(() => {});
      if (closed) return;
      if (attempts === 0) log.warn({ err: error }, "the connection to the other servers is lost; it is tried again");
      const again = () => {
        connecting = connect(attempts + 1);
      };
      setTimeout(again, Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** attempts)).unref();
    };
    made.on("error", lost);
    made.on("end", () => lost());
    made.on("notification", ({ payload }) => payload && hear(payload));
    try {
      await made.connect();
      await made.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      lost(error as Error);
      return;
    }
    if (closed || isOver) return void made.end().catch(() => {});
    client = made;
    // What others said meanwhile, nobody says again.
    if (attempts > 0 || missed) {
      missed = false;
      tellGap();
      say({ kind: "gap" });
    } else {
      if (waiting.length > 0) timer ??= setTimeout(flush, GATHER_MS);
      await probe(made);
    }
  }

  /** Says so where what is told does not come back: behind a pooler that lends connections by transaction. */
  async function probe(made: pg.Client): Promise<void> {
    let isHeard = false;
    made.once("notification", () => {
      isHeard = true;
    });
    await made.query("SELECT pg_notify($1, '{}')", [CHANNEL]).catch(() => {});
    setTimeout(() => {
      if (isHeard || closed || client !== made) return;
      log.warn(
        {},
        "Postgres does not pass on what servers tell each other: is there a pooler between? Name the database itself in DIRECT_DATABASE_URL. Until then, pages that another server feeds load late.",
      );
    }, PROBE_MS).unref();
  }

  let connecting = connect(0);
  return {
    tell: (topic: keyof Told, data: unknown) => say({ kind: "tell", topic, data }),
    hear: (topic: keyof Told, listener: Handler) =>
      void listeners.set(topic, [...(listeners.get(topic) ?? []), listener]),
    async ask(topic: keyof Asked, data: unknown) {
      if (!client) return null;
      const id = randomUUID();
      return new Promise((resolve) => {
        const end = (answer: unknown) => {
          clearTimeout(late);
          asked.delete(id);
          resolve(answer as never);
        };
        const late = setTimeout(end, ANSWER_MS, null);
        asked.set(id, end);
        say({ kind: "ask", topic, data, id });
      });
    },
    answer: (topic: keyof Asked, give: Handler) => void givers.set(topic, give),
    onGap: (listener) => void gaps.push(listener),
    async close() {
      flush();
      closed = true;
      if (timer) clearTimeout(timer);
      await connecting.catch(() => {});
      await client?.end().catch(() => {});
    },
  } as Relay;
}

/** What others say never ends this process. */
function attempt(handler: Handler, data: unknown): unknown {
  try {
    return handler(data);
  } catch (error) {
    log.error({ err: error }, "what another server said could not be used");
    return undefined;
  }
}
