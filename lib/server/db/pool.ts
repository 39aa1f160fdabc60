import pg from "pg";
import { log } from "../core/log";
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
/** No more often than this does who waits ask a server that is not there. */
const RETRY_MAX_MS = 500;
/** For so long after a refusal nobody asks for more connections than there are. */
const CAREFUL_MS = 1000;
/** A server that comes and goes is not told of more often. */
const QUIET_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * Connections that bear the loss of their server. Whoever wants one waits for it, up to a bound, also while the server
 * refuses new ones or restarts; after that, and where a connection is lost under a statement, it is a
 * `DatabaseUnavailableError`. A connection that dies unused, or checked out and silent, is nobody's error.
 */
export class PatientPool extends pg.Pool {
  readonly #size: number;
  readonly #waitMs: number;
  #wasThere = false;
  #isDown = false;
  #carefulUntil = 0;
  #quietUntil = 0;

  constructor(options: PoolOptions, settings: pg.PoolConfig) {
    super({
      ...settings,
      Client: toldOfRefusals(() => this.#narrow()),
      connectionString: options.url,
      max: options.size,
      connectionTimeoutMillis: options.waitMs + RETRY_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.#size = options.size;
    this.#waitMs = options.waitMs;
    this.on("error", () => {});
    this.on("connect", (client) => {
      // The pool listens to a client only while it is idle: one that is lost in use would end the process.
      client.on("error", () => {});
      this.#carefulUntil = 0;
    });
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

  /**
   * A statement whose connection is lost is a fault, told apart from what the statement itself did wrong. One that only
   * reads is sent again, once: the connection may have been dead before it was used.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg, which Prisma's adapter calls as well.
  override query(...args: any[]): any {
    const last = args.at(-1);
    const query = super.query as (...given: unknown[]) => Promise<unknown>;
    if (typeof last === "function") {
      const told = (error: unknown, result: unknown) => last(error && asFault(error, true), result);
      return query.call(this, ...args.slice(0, -1), told);
    }
    return query
      .call(this, ...args)
      .catch((error: unknown) => {
        if (!isLostRead(args[0], asFault(error, true))) throw error;
        return query.call(this, ...args);
      })
      .catch((error: unknown) => {
        throw asFault(error, true);
      });
  }

  async #patiently(): Promise<pg.PoolClient> {
    const until = performance.now() + this.#waitMs;
    for (let pauseMs = RETRY_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      this.#widen();
      try {
        const client = await within(super.connect(), until - performance.now());
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
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, until - performance.now())));
    }
  }

  /**
   * A server that is full is asked for no more than it gave: whoever waits gets in line for those, and connections that
   * are being refused, which count against all others, are few. The refused one is still counted here.
   */
  #narrow(): void {
    this.options.max = Math.max(1, Math.min(this.options.max, this.totalCount - 1));
    this.#carefulUntil = performance.now() + CAREFUL_MS;
  }

  /** One more at a time, as long as none is refused. */
  #widen(): void {
    if (this.options.max < this.#size && performance.now() > this.#carefulUntil) this.options.max++;
  }

  /** One line when it goes, one when it comes, whatever is asked of it in between. */
  #isGone(error: unknown): void {
    // Before it was ever there, whoever starts tells what is wrong.
    if (!this.#wasThere || this.#isDown || this.ending || performance.now() < this.#quietUntil) return;
    this.#isDown = true;
    this.#quietUntil = performance.now() + QUIET_MS;
    log.error({}, `The database can't be used: ${reasonOf(error)}. Requests are answered with 503 until it can.`);
  }

  #isBack(): void {
    this.#wasThere = true;
    if (!this.#isDown) return;
    this.#isDown = false;
    log.info({}, "The database can be used again.");
  }
}

type ClientClass = NonNullable<pg.PoolConfig["Client"]>;

/** The pool asks anew for the next in line as soon as it hears of a refusal: this is heard before. */
function toldOfRefusals(refused: () => void): ClientClass {
  class Told extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      if (!callback) return super.connect();
      super.connect((error: Error) => {
        if (error) refused();
        callback(error);
      });
    }
  }
  return Told as unknown as ClientClass;
}

const READS = /^\s*SELECT\b(?!.*\b(nextval|setval|ledger_next|pg_advisory\w*)\b)/is;
const CANCELED = "57014";

/** Whether a statement reads and was lost with its connection; one that took too long is not sent again. */
function isLostRead(statement: unknown, fault: unknown): boolean {
  const text = typeof statement === "string" ? statement : (statement as { text?: string }).text;
  if (!(fault instanceof DatabaseUnavailableError) || !fault.sent || !READS.test(text ?? "")) return false;
  return (fault.cause as { code?: string }).code !== CANCELED;
}

/** A connection that comes too late goes back into the pool. */
async function within(coming: Promise<pg.PoolClient>, ms: number): Promise<pg.PoolClient> {
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
