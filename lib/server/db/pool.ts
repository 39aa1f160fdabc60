import pg from "pg";
import { asFault, DatabaseUnavailableError, isPassingFault, reasonOf } from "./faults";

export type PoolOptions = {
  url: string;
  /** The most connections that this process has open. */
  size: number;
  /** How long a statement waits for a connection, in milliseconds. */
  waitMs: number;
};

type Done = (release?: Error | boolean) => void;
type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: Done) => void;

const RETRY_MS = 50;
/** No more often than this does each who waits ask a server that is not there. */
const RETRY_MAX_MS = 500;
const KEEP_ALIVE_MS = 10_000;

/**
 * Connections that bear the loss of their server. Whoever wants one waits for it, up to a bound, also while the server
 * refuses new ones or restarts; after that, and where a connection is lost under a statement, it is a
 * `DatabaseUnavailableError`. A connection that dies unused, or checked out and silent, is nobody's error.
 */
export class PatientPool extends pg.Pool {
  readonly #waitMs: number;
  #isDown = false;
  /** Who waits for a server that takes no new connection: one that comes free here is as good. */
  readonly #sleepers = new Set<() => void>();

  constructor(options: PoolOptions, settings: pg.PoolConfig) {
    super({
      ...settings,
      connectionString: options.url,
      max: options.size,
      connectionTimeoutMillis: options.waitMs + RETRY_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.#waitMs = options.waitMs;
    this.on("error", () => {});
    // The pool listens to a client only while it is idle: one that is lost in use would end the process.
    this.on("connect", (client) => client.on("error", () => {}));
    // The pool says so before it has the connection.
    this.on("release", () => setImmediate(() => this.#wakeOne()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const client = this.#patiently();
    if (!callback) return client;
    client.then(
      (one) => callback(undefined, one, one.release),
      (error: Error) => callback(error, undefined, () => {}),
    );
  }

  /** A statement whose connection is lost is a fault, told apart from what the statement itself did wrong. */
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg, which Prisma's adapter calls as well.
  override query(...args: any[]): any {
    const last = args.at(-1);
    const query = super.query as (...given: unknown[]) => Promise<unknown>;
    if (typeof last === "function") {
      const told = (error: unknown, result: unknown) => last(error && this.#judged(error), result);
      return query.call(this, ...args.slice(0, -1), told);
    }
    return query.call(this, ...args).catch((error: unknown) => {
      throw this.#judged(error);
    });
  }

  #judged(error: unknown): unknown {
    return asFault(error, true);
  }

  async #patiently(): Promise<pg.PoolClient> {
    const until = performance.now() + this.#waitMs;
    for (let pauseMs = RETRY_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      try {
        const client = await this.#within(super.connect(), until - performance.now());
        this.#isBack();
        return client;
      } catch (error) {
        if (!isPassingFault(error)) {
          throw new DatabaseUnavailableError(`The database can't be used: ${reasonOf(error)}`, false, error);
        }
        if (this.ending || performance.now() + RETRY_MS >= until) {
          this.#isGone(error);
          throw asFault(error, false);
        }
      }
      await this.#sleep(Math.min(pauseMs, until - performance.now()));
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  #wakeOne(): void {
    const [wake] = this.#sleepers;
    wake?.();
  }

  /** A connection that comes too late goes back into the pool. */
  async #within(coming: Promise<pg.PoolClient>, ms: number): Promise<pg.PoolClient> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, ms, null);
    });
    const client = await Promise.race([coming, late]).finally(() => clearTimeout(timer));
    if (client) return client;
    coming.then(
      (one) => one.release(),
      () => {},
    );
    throw new Error("timeout exceeded when trying to connect");
  }

  /** One line when it goes, one when it comes, whatever is asked of it in between. */
  #isGone(error: unknown): void {
    if (this.#isDown || this.ending) return;
    this.#isDown = true;
    console.error(`The database can't be used: ${reasonOf(error)}. Requests are answered with 503 until it can.`);
  }

  #isBack(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    console.log("The database can be used again.");
  }
}
