// The embedded database, in a thread of its own: it never gives up the loop that it works on while a statement lasts.
// Asked by `threaded-lite.ts`. Plain JavaScript, because a thread starts from a file.
import { parentPort, workerData } from "node:worker_threads";
import { messages, PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

const INT8 = 20;
const BYTEA = 17;
const asItIs = (text) => text;

let lite;
/** Transactions that are open, by the id of the request that began them. */
const open = new Map();

const ACTS = {
  async start() {
    lite = await PGlite.create({
      ...workerData,
      extensions: { vector },
      parsers: { [INT8]: Number, [BYTEA]: (text) => new Uint8Array(Buffer.from(text.slice(2), "hex")) },
      // Its own ways with bytes take seconds for what may be uploaded.
      serializers: {
        [BYTEA]: (bytes) => `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`,
      },
    });
  },
  /** Columns of the types `raw` are answered as the text that Postgres sent. */
  async query({ tx, text, params, raw }) {
    const parsers = Object.fromEntries(raw.map((type) => [type, asItIs]));
    const { rows, fields, affectedRows } = await at(tx).query(text, params, { rowMode: "array", parsers });
    return { rows, fields, affectedRows };
  },
  async exec({ tx, text }) {
    const results = await at(tx).exec(text);
    return results.map(({ rows, fields, affectedRows }) => ({ rows, fields, affectedRows }));
  },
  begin: ({ id }) =>
    new Promise((begun, failed) => {
      const entry = {};
      entry.done = lite.transaction(
        (tx) =>
          new Promise((keep, undo) => {
            open.set(id, Object.assign(entry, { tx, keep, undo }));
            begun(id);
          }),
      );
      entry.done.catch(failed);
    }),
  async end({ tx, isKept }) {
    const entry = open.get(tx);
    if (!entry) throw new Error("Transaction is closed");
    open.delete(tx);
    if (isKept) {
      entry.keep();
      await entry.done;
      return;
    }
    const undone = new Error("undone");
    entry.undo(undone);
    await entry.done.catch((error) => {
      if (error !== undone) throw error;
    });
  },
  close: () => lite?.close(),
};

function at(tx) {
  if (tx === null) return lite;
  const entry = open.get(tx);
  if (!entry) throw new Error("Transaction is closed");
  return entry.tx;
}

/** An error as it goes to the other thread: an instance of a class would arrive as a plain `Error`. */
function told(error) {
  const { query, params, stack, cause, ...own } = { ...error };
  const plain = Object.entries(own).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return {
    isDatabase: error instanceof messages.DatabaseError,
    name: String(error?.name ?? "Error"),
    message: String(error?.message ?? error),
    own: Object.fromEntries(plain),
  };
}

parentPort.on("message", async (request) => {
  try {
    parentPort.postMessage({ id: request.id, value: await ACTS[request.act](request) });
  } catch (error) {
    parentPort.postMessage({ id: request.id, error: told(error) });
  }
});
