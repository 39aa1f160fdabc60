import { Worker } from "node:worker_threads";
import { ApiError, invalid } from "../core/errors";
import { SourceError } from "./source-error";
import { threadFile } from "./thread-file";

/** What one task may take. What takes more is refused, and its thread ended. */
export const THREAD_LIMITS = {
  /** Milliseconds, of a source, of a file, of a tool's work, and of a search in its files, from when the thread has begun with it. */
  taskMs: 10_000,
  fileMs: 120_000,
  toolMs: 60_000,
  searchMs: 5_000,
  /** Milliseconds until a thread has begun: a new one reads its program first, which a busy machine takes long for. */
  startMs: 120_000,
  heapMb: 384,
  stackMb: 4,
  /** Threads for each kind of work: a source never waits for a file. */
  threads: { source: 3, file: 3, tool: 2 },
  /** Of one organization's tasks, so many are worked on at a time: another's never waits for their end. */
  share: 2,
  /** Tasks that wait for a thread, of all and of one organization; who comes after is told to come again. */
  waiting: { all: 400, one: 200 },
} as const;

/**
 * What is done in threads, by name: reading of what others wrote, which may take long or go deep. Pure. A room declares
 * here what it has to do (`declare module "../threads/threads"`); `start/thread-tasks.ts` does it.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the rooms that have something to do
export interface Tasks {}

/** What a task may send before its value: pieces of a result that is too large to be handed over at once. */
export type Emit = (piece: string) => void;

/** How a task ended, as it goes from one thread to another. */
export type Ending =
  | { value: unknown }
  | { refused: { code: ApiError["code"]; detail: ApiError["detail"]; extra: ApiError["extra"] } }
  | { source: { type: string; message: string } }
  | { failed: { name: string; message: string } };

type Kind = "source" | "file" | "tool";
const KIND: Record<keyof Tasks, Kind> = {
  ...{ schemaOf: "source", changedSchema: "source", deriveSchema: "source", functionsOf: "source" },
  ...{
    prepareJavaScript: "source",
    openApi: "source",
    changesBetween: "source",
    readSuite: "source",
    writeSuite: "source",
    evaluate: "source",
    readAgentFile: "file",
    chunkFile: "file",
    searchTexts: "tool",
    git: "tool",
    table: "tool",
    outline: "tool",
  },
};

/** An organization, or null for the server itself. */
type Owner = string | null;
type Waiting = { owner: Owner; act: (worker: Worker) => void; fail: (error: unknown) => void };
type Lane = { kind: Kind; idle: Worker[]; live: number; waiting: Waiting[]; working: Map<Owner, number> };
const laneOf = (kind: Kind): Lane => ({ kind, idle: [], live: 0, waiting: [], working: new Map() });
const lanes: Record<Kind, Lane> = { source: laneOf("source"), file: laneOf("file"), tool: laneOf("tool") };
const LIMIT = { source: "taskMs", file: "fileMs", tool: "toolMs" } as const;
/** A regular expression of others has no end at times. */
const timeoutOf = (name: keyof Tasks) => THREAD_LIMITS[name === "searchTexts" ? "searchMs" : LIMIT[KIND[name]]];
const mostOf = (lane: Lane) => THREAD_LIMITS.threads[lane.kind];

/** The task ended without a value, in a way that its own error has no form for. */
export class ThreadFailure extends Error {}

/**
 * Does a task in a thread, so that the event loop is everybody's however long it takes or deep it goes. Pieces that it
 * sends before its end come in order, one at a time. The threads are shared fairly among organizations.
 *
 * @throws what the task throws: ApiError, SourceError; ApiError `invalid` for what is nested too deeply or takes more
 * time or memory than `THREAD_LIMITS`; `unavailable` where too many wait.
 */
export async function inThread<Name extends keyof Tasks>(
  owner: Owner,
  name: Name,
  input: Tasks[Name]["input"],
  onPiece: (piece: string) => void = () => {},
): Promise<Tasks[Name]["value"]> {
  const lane = lanes[KIND[name]];
  const worker = await take(lane, owner);
  const ending = await ask(worker, { name, input }, timeoutOf(name), onPiece).catch((error: unknown) => {
    leave(lane, owner);
    drop(lane, worker);
    throw error;
  });
  leave(lane, owner);
  give(lane, worker);
  return outcomeOf(ending) as Tasks[Name]["value"];
}

function outcomeOf(ending: Ending): unknown {
  if ("value" in ending) return ending.value;
  if ("refused" in ending) throw new ApiError(ending.refused.code, ending.refused.detail, ending.refused.extra);
  if ("source" in ending) throw new SourceError(ending.source.message, ending.source.type);
  if (ending.failed.name === "RangeError") throw tooDeep();
  throw new ThreadFailure(`${ending.failed.name}: ${ending.failed.message}`);
}

const tooDeep = () => invalid("It can't be read: it is nested too deeply. Nest it less.");
const tooMuch = (what: string) => invalid(`It can't be read: it takes ${what}. Make it smaller or simpler.`);

function ask(
  worker: Worker,
  task: { name: keyof Tasks; input: unknown },
  timeoutMs: number,
  onPiece: (piece: string) => void,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    // Taken off one by one: a worker without any listener left hears nothing any more.
    const settle = (act: () => void) => {
      clearTimeout(timer);
      worker.off("message", hear).off("error", fail).off("exit", end);
      act();
    };
    const hear = (message: { began: true } | { ending: Ending } | { piece: string }) => {
      if ("began" in message) {
        clearTimeout(timer);
        timer = setTimeout(() => settle(() => reject(tooMuch(`more than ${timeoutMs / 1000} seconds`))), timeoutMs);
      } else if ("piece" in message) onPiece(message.piece);
      else settle(() => resolve(message.ending));
    };
    const fail = (error: Error & { code?: string }) => {
      const isFull = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      settle(() => reject(isFull ? tooMuch(`more than ${THREAD_LIMITS.heapMb} MB`) : error));
    };
    const end = () => settle(() => reject(new ThreadFailure("the thread ended")));
    const late = () => reject(new ApiError("unavailable", "The server is busy. Send the request again in a moment."));
    let timer = setTimeout(() => settle(late), THREAD_LIMITS.startMs);
    worker.on("message", hear).on("error", fail).on("exit", end);
    worker.postMessage(task);
  });
}

/** Counted among its owner's from the moment on in which a thread is meant for it. */
async function take(lane: Lane, owner: Owner): Promise<Worker> {
  const mayWork = hasShare(lane, owner);
  const idle = mayWork ? lane.idle.pop() : undefined;
  if (idle || (mayWork && lane.live < mostOf(lane))) {
    enter(lane, owner);
    if (idle) {
      idle.ref();
      return idle;
    }
    return open(lane).catch((error: unknown) => {
      leave(lane, owner);
      refill(lane);
      throw error;
    });
  }
  const own = lane.waiting.filter((one) => one.owner === owner).length;
  if (lane.waiting.length >= THREAD_LIMITS.waiting.all || own >= THREAD_LIMITS.waiting.one) {
    throw new ApiError("unavailable", "Too many sources and files are being read. Send the request again in a moment.");
  }
  return new Promise((act, fail) => lane.waiting.push({ owner, act, fail }));
}

const working = (lane: Lane, owner: Owner) => lane.working.get(owner) ?? 0;
const hasShare = (lane: Lane, owner: Owner) => owner === null || working(lane, owner) < THREAD_LIMITS.share;
const enter = (lane: Lane, owner: Owner) => lane.working.set(owner, working(lane, owner) + 1);
function leave(lane: Lane, owner: Owner): void {
  const left = working(lane, owner) - 1;
  if (left > 0) lane.working.set(owner, left);
  else lane.working.delete(owner);
}

/** The first that waits and whose owner has a share left, as one that works now. */
function next(lane: Lane): Waiting | undefined {
  const index = lane.waiting.findIndex(({ owner }) => hasShare(lane, owner));
  if (index === -1) return undefined;
  const [one] = lane.waiting.splice(index, 1);
  enter(lane, one!.owner);
  return one;
}

async function open(lane: Lane): Promise<Worker> {
  lane.live += 1;
  try {
    const worker = new Worker(await threadFile(lane.kind === "tool" ? "tool-thread" : "reading-thread"), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_LIMITS.heapMb, stackSizeMb: THREAD_LIMITS.stackMb },
      env: {},
      execArgv: [],
    });
    // What it dies of is told to who asked; one that dies with nothing to do is asked nothing more.
    worker.on("error", () => {});
    worker.on("exit", () => {
      if (!lane.idle.includes(worker)) return;
      lane.idle = lane.idle.filter((one) => one !== worker);
      lane.live -= 1;
    });
    return worker;
  } catch (error) {
    lane.live -= 1;
    throw error;
  }
}

/** Who waits gets a thread as long as there may be more of them; one that can't be opened is told to who waited for it. */
function refill(lane: Lane): void {
  const waits = lane.live < mostOf(lane) ? next(lane) : undefined;
  if (!waits) return;
  void open(lane).then(waits.act, (error: unknown) => {
    leave(lane, waits.owner);
    waits.fail(error);
    refill(lane);
  });
}

function give(lane: Lane, worker: Worker): void {
  const waits = next(lane);
  if (waits) {
    waits.act(worker);
    return;
  }
  worker.unref();
  lane.idle.push(worker);
}

function drop(lane: Lane, worker: Worker): void {
  lane.live -= 1;
  void worker.terminate();
  refill(lane);
}
