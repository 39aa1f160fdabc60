import type { McpConnection } from "./connection";
import { breaksConnection, type FailureKind, McpFailure } from "./failure";

/** A server to connect to. Two targets with the same `key` and `variant` may share a connection. */
export type McpTarget = {
  key: string;
  /** Differs where the way in differs: the address, a token, a person's leave. */
  variant: string;
  open(signal: AbortSignal): Promise<McpConnection>;
};

type Work<T> = (connection: McpConnection) => Promise<T>;

export type McpPool = {
  /**
   * Runs `work` on a connection to a server: one that is open, or a new one. Where the server turns an old connection
   * away and does nothing, `work` is done again on a new one.
   *
   * @throws McpFailure.
   */
  use<T>(target: McpTarget, work: Work<T>, signal?: AbortSignal): Promise<T>;
  /** Lets go of the connections to a server, each when the calls that run on it have ended. */
  drop(key: string): void;
  /** How many connections are open or being opened. */
  size(): number;
  /** Closes everything and opens nothing more. */
  close(): Promise<void>;
};

type Entry = {
  key: string;
  id: string;
  connection: Promise<McpConnection>;
  /** The connection, once it is there. */
  opened: McpConnection | null;
  inUse: number;
  /** Not for new calls; closed when the last call on it ends. */
  isRetired: boolean;
  idle: NodeJS.Timeout | undefined;
};

/** What a server says of a connection that it does not know any more, or whose token is too old. */
const TURNED_AWAY: ReadonlySet<FailureKind> = new Set(["session", "unauthorized"]);

/** Keeps connections to MCP servers: each is shared, closed when idle, and replaced when it breaks. */
export function createMcpPool({ idleMs }: { idleMs: number }): McpPool {
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();
  const stop = new AbortController();

  const shut = (entry: Entry) => {
    clearTimeout(entry.idle);
    const done: Promise<void> = entry.connection.then(
      (connection) => connection.close(),
      () => {},
    );
    closing.add(done);
    void done.finally(() => closing.delete(done));
  };
  const retire = (entry: Entry) => {
    if (entry.isRetired) return;
    entry.isRetired = true;
    if (entries.get(entry.id) === entry) entries.delete(entry.id);
    if (entry.inUse === 0) shut(entry);
  };
  const acquire = (target: McpTarget): Entry => {
    if (stop.signal.aborted) throw new McpFailure("unreachable", "this server is shutting down");
    const id = `${target.key} ${target.variant}`;
    const known = entries.get(id);
    if (known && known.opened?.isOpen() !== false) return known;
    if (known) retire(known);
    const connection = target.open(stop.signal);
    const entry: Entry = { key: target.key, id, connection, opened: null, inUse: 0, isRetired: false, idle: undefined };
    entries.set(id, entry);
    connection.catch(() => retire(entry));
    return entry;
  };
  const release = (entry: Entry) => {
    entry.inUse--;
    if (entry.inUse > 0) return;
    if (entry.isRetired) return shut(entry);
    entry.idle = setTimeout(() => retire(entry), idleMs).unref();
  };

  const attempt = async <T>(entry: Entry, work: Work<T>, signal: AbortSignal | undefined): Promise<T> => {
    entry.inUse++;
    clearTimeout(entry.idle);
    try {
      entry.opened = await unlessAborted(entry.connection, signal);
      return await work(entry.opened);
    } catch (error) {
      if (!(error instanceof McpFailure) || breaksConnection(error.kind)) retire(entry);
      throw error;
    } finally {
      release(entry);
    }
  };

  return {
    async use(target, work, signal) {
      const entry = acquire(target);
      const isReused = entry.opened !== null;
      try {
        return await attempt(entry, work, signal);
      } catch (error) {
        const isForgotten = isReused && error instanceof McpFailure && TURNED_AWAY.has(error.kind);
        if (!isForgotten) throw error;
        return attempt(acquire(target), work, signal);
      }
    },
    drop(key) {
      for (const entry of [...entries.values()]) if (entry.key === key) retire(entry);
    },
    size: () => entries.size,
    async close() {
      stop.abort();
      for (const entry of [...entries.values()]) {
        retire(entry);
        if (entry.inUse > 0) shut(entry);
      }
      await Promise.all(closing);
    },
  };
}

/** @throws McpFailure `aborted` as soon as the signal says so, without waiting for the connection. */
function unlessAborted(connection: Promise<McpConnection>, signal: AbortSignal | undefined): Promise<McpConnection> {
  if (!signal) return connection;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new McpFailure("aborted", "the call was cancelled"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    connection.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
