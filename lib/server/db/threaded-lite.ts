import path from "node:path";
import { Worker } from "node:worker_threads";
import { messages, type PGlite, type Results } from "@electric-sql/pglite";
import { mapInTurns } from "./others-turn";

type Parsers = Record<number | string, (text: string, type?: number) => unknown>;
type QueryOptions = { rowMode?: "array" | "object"; parsers?: Parsers };

/** What is used of a PGlite, here or in a thread. */
export type LiteSession = {
  query<Row>(text: string, params?: unknown[], options?: QueryOptions): Promise<Results<Row>>;
  exec(text: string): Promise<Results[]>;
};
export type Lite = LiteSession & {
  transaction<T>(work: (tx: LiteSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

type Told = { isDatabase: boolean; name: string; message: string; own: Record<string, unknown> };
type Answer = { id: number; value: unknown } | { id: number; error: Told };
type Pending = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Rows = { rows: unknown[][]; fields: Results["fields"]; affectedRows?: number };

/** Types of JSON: their text is parsed here, which costs less than handing over what was parsed there. */
const fromJson = (text: string): unknown => JSON.parse(text);
const JSON_PARSERS: Parsers = { 114: fromJson, 3802: fromJson };

/**
 * Opens a PGlite in a thread, so that no statement holds the event loop, however long it takes. It does what a PGlite
 * does: statements are worked on in the order in which they come, others wait while a transaction is open, and its errors
 * are `DatabaseError`s. A process that has nothing else to do does not live on for it.
 *
 * @throws what PGlite throws where the folder can't be opened.
 */
export async function openThreadedLite(options: {
  dataDir: string;
  loadDataDir?: Blob;
  startParams?: string[];
}): Promise<Lite> {
  const file = path.join(/*turbopackIgnore: true*/ process.cwd(), "lib/server/db/lite-thread.mjs");
  const ask = askOf(new Worker(file, { workerData: options }));
  const session = (tx: number | null): LiteSession => ({
    query: (text, params = [], given = {}) => query(ask, { tx, text, params }, given),
    exec: (text) => ask("exec", { tx, text }) as Promise<Results[]>,
  });
  await ask("start", {});
  return {
    ...session(null),
    transaction: (work) => transaction(ask, session, work),
    close: async () => {
      await ask("close", {});
      await ask.end();
    },
  };
}

/** As what the drivers' adapters take: they ask for no more of it than `Lite` has. */
export const asPGlite = (lite: Lite) => lite as unknown as PGlite;

type Ask = {
  (act: string, request: object, transfer?: ArrayBuffer[]): Promise<unknown>;
  end(): Promise<void>;
};

function askOf(worker: Worker): Ask {
  const pending = new Map<number, Pending>();
  let count = 0;
  let gone: Error | null = null;
  const fail = (reason: string) => {
    gone ??= new Error(
      `The embedded database has ended (${reason}). What was saved is in its files: start Memoir again.`,
    );
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
  };
  worker.on("message", (answer: Answer) => {
    const asked = pending.get(answer.id);
    pending.delete(answer.id);
    if (pending.size === 0) worker.unref();
    if ("error" in answer) asked?.reject(answer.error);
    else asked?.resolve(answer.value);
  });
  worker.on("error", (error) => fail(error.message));
  worker.on("exit", (code) => fail(`its thread ended with ${code}`));
  worker.unref();
  const ask = async (act: string, request: object, transfer: ArrayBuffer[] = []) => {
    if (gone) throw gone;
    const id = ++count;
    const answered = new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
    worker.ref();
    try {
      worker.postMessage({ id, act, ...request }, transfer);
      return await answered;
    } catch (error) {
      pending.delete(id);
      // Made here, so that its stack says who asked.
      throw isTold(error) ? errorOf(error) : error;
    }
  };
  return Object.assign(ask, {
    end: async () => {
      gone = new Error("The embedded database is closed.");
      await worker.terminate();
    },
  });
}

const isTold = (error: unknown): error is Told => typeof error === "object" && error !== null && "isDatabase" in error;

function errorOf({ isDatabase, name, message, own }: Told): Error {
  const error = isDatabase ? new messages.DatabaseError(message, 0, "error") : new Error(message);
  return Object.assign(error, isDatabase ? {} : { name }, own);
}

async function query<Row>(
  ask: Ask,
  { params, ...request }: { tx: number | null; text: string; params: unknown[] },
  { rowMode, parsers = JSON_PARSERS }: QueryOptions,
): Promise<Results<Row>> {
  const bytes: ArrayBuffer[] = [];
  const given = params.map((value) => toSend(value, bytes));
  const answer = await ask("query", { ...request, params: given, raw: Object.keys(parsers) }, bytes);
  const { rows, fields, affectedRows } = answer as Rows;
  const columns = fields.flatMap(({ dataTypeID }, index) => {
    const parse = parsers[dataTypeID];
    return parse ? [{ index, parse: (text: string) => parse(text, dataTypeID) }] : [];
  });
  // Rows may be many and long: others have their turn between them.
  const named = await mapInTurns(rows, (row) => {
    for (const { index, parse } of columns) if (row[index] !== null) row[index] = parse(row[index] as string);
    return rowMode === "array" ? row : withNames(row, fields);
  });
  return { rows: named as Row[], fields, ...(affectedRows === undefined ? {} : { affectedRows }) };
}

function withNames(row: unknown[], fields: Results["fields"]): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index++) named[fields[index]!.name] = row[index];
  return named;
}

/** Bytes are given away in a copy of their own: a view would take all along that it is a view of. */
function toSend(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (!(value instanceof Uint8Array)) return value;
  const own = new Uint8Array(value);
  transfer.push(own.buffer);
  return own;
}

async function transaction<T>(
  ask: Ask,
  session: (tx: number) => LiteSession,
  work: (tx: LiteSession) => Promise<T>,
): Promise<T> {
  const tx = (await ask("begin", {})) as number;
  let ending: Promise<unknown> | null = null;
  const end = (isKept: boolean) => {
    ending ??= ask("end", { tx, isKept });
    return ending;
  };
  try {
    const value = await work(Object.assign(session(tx), { rollback: () => end(false) }));
    await end(true);
    return value;
  } catch (error) {
    await end(false).catch(() => {});
    throw error;
  }
}
