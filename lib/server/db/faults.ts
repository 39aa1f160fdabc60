/**
 * The database can't do what was asked now, through no fault of what was asked: it restarts, has no connection left, ended
 * ours, or may only be read. Asking again later helps.
 */
export class DatabaseUnavailableError extends Error {
  /** @param sent false where it is certain that the statement never reached the database. */
  constructor(
    message: string,
    readonly sent: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = "DatabaseUnavailableError";
  }
}

/**
 * Classes and codes of Postgres (appendix A of its manual) that say something of the server and not of the statement:
 * connections, resources, an operator's intervention, timeouts, a standby that is read-only.
 */
const PASSING_CODE = /^(08...|53...|57...|25006|25P03|25P04|55P03|58030)$/;

/** Of Node's sockets and names. */
const PASSING_SYSTEM =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EMFILE|ENFILE|ENOENT)$/;

/** What `pg` says in words alone. */
const PASSING_TEXT =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end|Client network socket disconnected|read ECONNRESET|write EPIPE)/;

/** What Prisma makes of such errors (its reference of error codes). */
const PASSING_PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2037)$/;
const PASSING_KIND =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TransactionAlreadyClosed)$/;

type Shape = {
  code?: unknown;
  originalCode?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown[];
};

/** Whether an error that a driver of the database threw is one that passes by itself. Only for errors of drivers. */
export function isPassingFault(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  if (error instanceof DatabaseUnavailableError) return true;
  const { code, originalCode, kind, message, cause, errors } = error as Shape;
  const codes = [code, originalCode].filter((one) => typeof one === "string");
  if (codes.some((one) => PASSING_CODE.test(one) || PASSING_SYSTEM.test(one) || PASSING_PRISMA.test(one))) return true;
  if (typeof kind === "string" && PASSING_KIND.test(kind)) return true;
  if (typeof message === "string" && PASSING_TEXT.test(message)) return true;
  return isPassingFault(cause, depth + 1) || (errors ?? []).some((one) => isPassingFault(one, depth + 1));
}

/** The fault in an error that came through Prisma or a driver, or null. Errors of other servers have none. */
export function databaseFault(error: unknown): DatabaseUnavailableError | null {
  for (let at = error, depth = 0; depth < 6 && typeof at === "object" && at !== null; depth++) {
    if (at instanceof DatabaseUnavailableError) return at;
    const { name, code, cause } = at as { name?: unknown; code?: unknown; cause?: unknown };
    // pg-boss hands on copies.
    if (name === "DatabaseUnavailableError") return new DatabaseUnavailableError((at as Error).message, true, at);
    const isPrisma = typeof name === "string" && /^(PrismaClient|DriverAdapter)/.test(name);
    if (isPrisma && isPassingFault(at)) return new DatabaseUnavailableError((at as Error).message, true, at);
    if (isPrisma && code === "P2034") return new DatabaseUnavailableError((at as Error).message, true, at);
    at = cause;
  }
  return null;
}

/** In a few words, for a log line and a person. */
export function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  if (!message && errors?.length) return reasonOf(errors[0]);
  return message || code || String(error);
}

/** What a fault of a driver becomes; other errors stay what they are. */
export function asFault(error: unknown, sent: boolean): unknown {
  if (error instanceof DatabaseUnavailableError || !isPassingFault(error)) return error;
  return new DatabaseUnavailableError(`The database can't be used now: ${reasonOf(error)}`, sent, error);
}
