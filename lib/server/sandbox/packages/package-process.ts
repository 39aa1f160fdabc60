import { z } from "zod";
import { log } from "../../core/log";
import type { Assignment, Ending, Worker, WorkerKind } from "../worker";
import { RequirementError } from "./requirement-error";

/** Lends a process for one request of an organization: the pool's. */
export type Lend = (
  who: { kind: WorkerKind; organizationId: string },
  use: (worker: Worker) => Promise<Ending>,
) => Promise<Ending>;

/** What a package process may ask for, by method. Nothing that it says is trusted: each checks its own parameters. */
export type Sources = Record<string, (params: unknown) => Promise<Buffer>>;

const TIMEOUT_MS = 180_000;
const MEMORY_BYTES = 1024 * 1024 * 1024;
/** The most that a request may bring in, over all that it asks for. */
const MAX_FETCHED_BYTES = 300 * 1024 * 1024;
const MAX_QUESTIONS = 4000;
/** Hints are fetched ahead, so many at a time, while what came waits to be asked for. */
const AHEAD = 8;
const MAX_MESSAGE_CHARS = 500;

const Hints = z.object({ all: z.array(z.object({ method: z.string(), params: z.unknown() })).max(5000) });
const Answer = z.union([z.object({ made: z.unknown() }).strict(), z.object({ refused: z.string() }).strict()]);

/**
 * Has a walled process work out a request for packages, and answers what it made.
 *
 * @throws RequirementError for what can't be had, with the reason.
 */
export async function runPackageProcess(
  lend: Lend,
  organizationId: string,
  job: { kind: "npm" | "pip"; [key: string]: unknown },
  sources: Sources,
): Promise<unknown> {
  const stop = new AbortController();
  const assignment: Assignment = {
    head: { type: "run", outputChars: 0, memoryBytes: MEMORY_BYTES, keep: false },
    job: Buffer.from(JSON.stringify(job)),
    ...{ files: [], timeoutMs: TIMEOUT_MS, memoryBytes: MEMORY_BYTES, signal: stop.signal },
    output() {},
    answer: answersFrom(sources),
  };
  const ending = await lend({ kind: "packages", organizationId }, (worker) => worker.run(assignment));
  if (ending.kind !== "done") throw new RequirementError(`the packages could not be put together: ${WHY[ending.kind]}`);
  const { data } = Answer.safeParse(parsed(ending.result));
  if (!data) throw new RequirementError("the packages could not be put together");
  if ("refused" in data) throw new RequirementError(data.refused.slice(0, MAX_MESSAGE_CHARS));
  return data.made;
}

const WHY: Record<Exclude<Ending["kind"], "done">, string> = {
  timeout: `it took more than ${TIMEOUT_MS / 1000} s`,
  memory: "it took too much memory",
  output: "it said too much",
  cancelled: "it was cancelled",
  died: "its process ended",
};

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

/** Answers bytes by method, each question once, and begins what it is told will be asked for. */
function answersFrom(sources: Sources): Assignment["answer"] {
  const coming = new Map<string, Promise<Buffer>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let fetched = 0;
  let questions = 0;

  async function fetchOne(method: string, params: unknown): Promise<Buffer> {
    const source = Object.hasOwn(sources, method) ? sources[method] : undefined;
    if (!source) throw new RequirementError("a package process asks for packages only");
    if (running >= AHEAD) await new Promise<void>((go) => waiting.push(go));
    running += 1;
    try {
      if (fetched > MAX_FETCHED_BYTES) {
        throw new RequirementError(`the packages are together larger than ${MAX_FETCHED_BYTES} bytes`);
      }
      const bytes = await source(params).catch((error: unknown) => {
        if (error instanceof RequirementError) throw error;
        log.error({ err: error }, "a package can't be fetched");
        throw new RequirementError("a package can't be fetched");
      });
      fetched += bytes.length;
      return bytes;
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  function begin(method: string, params: unknown): Promise<Buffer> {
    const key = JSON.stringify([method, params]);
    const known = coming.get(key);
    if (known) return known;
    const started = fetchOne(method, params);
    // Who was told of it may never ask.
    started.catch(() => {});
    coming.set(key, started);
    return started;
  }

  return async (method, params) => {
    questions += 1;
    if (questions > MAX_QUESTIONS) throw new RequirementError("too much is asked for at once");
    if (method !== "hint") {
      const bytes = await begin(method, params);
      coming.delete(JSON.stringify([method, params]));
      return bytes;
    }
    for (const one of Hints.parse(params).all) begin(one.method, one.params);
    return null;
  };
}
