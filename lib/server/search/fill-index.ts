import { setTimeout as sleep } from "node:timers/promises";
import type { Core, Ctx } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { fill, type ScopeKind } from "./search-index";
import { embedSome, NoVectors } from "./search-vectors";

const KINDS: readonly ScopeKind[] = ["messages", "passages", "chunks"];

/** What was written is indexed so long after it, so that a row of turns is taken together. */
const GATHER_MS = 1000;
/** What another server wrote, or a process that is gone, is looked for so often. */
const SWEEP_MS = 30_000;
/** How long a scope is this server's to give its vectors, from one call of the model to the next. */
const HELD = "1 minute";
/** A scope whose model fails rests so long. */
const RESTS = "5 minutes";

export type IndexFiller = {
  /** Something may have been written. */
  wake(): void;
  /** Ends when what is at work is done. */
  close(): Promise<void>;
};

/**
 * Indexes in the background what was written, by words and then by meaning, from start on: a statement or a call at a time,
 * and between them as long a rest as it took, so that the embedded database serves others too. What is done is
 * committed with each of them; who comes after a crash goes on there. Of several servers one at a time fills a kind,
 * and each gives other scopes their vectors.
 */
export function startIndexFiller(core: Core): IndexFiller {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> | null = null;
  let again = false;
  const run = () => {
    timer = undefined;
    if (stop.signal.aborted) return;
    if (work) {
      again = true;
      return;
    }
    again = false;
    work = fillAll(core, stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted && !databaseFault(error))
          log.error({ err: error }, "the search index could not be filled");
      })
      .finally(() => {
        work = null;
        if (again) wake();
      });
  };
  const wake = () => {
    timer ??= setTimeout(run, GATHER_MS).unref();
  };
  const sweep = setInterval(wake, SWEEP_MS).unref();
  wake();
  return {
    wake,
    async close() {
      stop.abort();
      clearTimeout(timer);
      clearInterval(sweep);
      await work;
    },
  };
}

/** Indexes all that is there, and gives it vectors; `signal` ends it between two steps. */
export async function fillAll(core: Core, signal: AbortSignal): Promise<void> {
  for (const kind of KINDS) {
    for (let more = true; more && !signal.aborted; ) more = await paced(core, signal, () => fill(core.db, kind));
  }
  while (!signal.aborted) {
    const scope = await claim(core);
    if (!scope) return;
    await giveVectors(core, scope, signal);
  }
}

/** On the embedded database others have as much time as the work took. */
async function paced<T>(core: Core, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const done = await work();
  const took = performance.now() - began;
  if (core.db.kind === "pglite") await sleep(Math.min(took, 200), undefined, { signal }).catch(() => {});
  return done;
}

type Scope = { scope_id: string; kind: ScopeKind; documents: number };

async function claim(core: Core): Promise<Scope | null> {
  const [scope] = await core.db.query<Scope>(
    `UPDATE search_scope SET vectors_held_until = now() + interval '${HELD}' WHERE scope_id = (
       SELECT scope_id FROM search_scope
       WHERE vectors_of IS NULL AND (vectors_held_until IS NULL OR vectors_held_until < now())
       ORDER BY scope_id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING scope_id, kind, documents`,
  );
  return scope ?? null;
}

const OWNERS: Record<ScopeKind, string> = {
  messages: `SELECT a.organization_id, coalesce(v.config->>'embedding', $2) AS handle FROM agent a
    JOIN agent_version v ON v.id = a.version_id WHERE a.id = $1`,
  passages: "SELECT organization_id, embedding AS handle FROM archive WHERE id = $1 AND $2::text IS DISTINCT FROM ''",
  chunks: "SELECT organization_id, embedding AS handle FROM folder WHERE id = $1 AND $2::text IS DISTINCT FROM ''",
};

async function giveVectors(core: Core, { scope_id, kind, documents }: Scope, signal: AbortSignal): Promise<void> {
  const [owner] = await core.db.query<{ organization_id: string; handle: string | null }>(OWNERS[kind], [
    scope_id,
    core.config.defaultEmbedding,
  ]);
  const handle = core.db.vector ? (owner?.handle ?? "") : "";
  if (owner && handle !== "") {
    const ctx: Ctx = { ...core, actor: { organizationId: owner.organization_id, userId: "" } };
    try {
      for (let below: number | null = null; ; ) {
        const from: number | null = below;
        below = await paced(core, signal, () => embedSome(ctx, { kind, scopeId: scope_id, handle }, from, signal));
        if (below === null) break;
        if (signal.aborted) return;
        await hold(core, scope_id, HELD);
      }
    } catch (error) {
      if (!(error instanceof NoVectors)) throw error;
      if (!signal.aborted) log.warn({ scope: scope_id, reason: error.message }, "vectors are put off");
      await hold(core, scope_id, signal.aborted ? "0 seconds" : RESTS);
      return;
    }
  }
  // What came in meanwhile stays to be done: its writer counted it.
  await core.db.query(
    `UPDATE search_scope SET vectors_held_until = NULL, vectors_of = CASE WHEN documents = $2 THEN $3 END WHERE scope_id = $1`,
    [scope_id, documents, handle],
  );
}

async function hold(core: Core, scopeId: string, time: string): Promise<void> {
  await core.db.query(`UPDATE search_scope SET vectors_held_until = now() + $2::interval WHERE scope_id = $1`, [
    scopeId,
    time,
  ]);
}
