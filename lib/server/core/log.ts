import { AsyncLocalStorage } from "node:async_hooks";
import { type DestinationStream, type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogSettings } from "../config/log-settings";

/** What of a line is not its sentence: ids, and under `err` what went wrong. */
type Fields = Record<string, unknown>;
type Say = (fields: Fields, sentence: string) => void;

const context = new AsyncLocalStorage<Fields>();

/** What has these fields in each of its log lines, whatever it goes on to do: the id of the request that it works for. */
export function withLogFields<T>(fields: Fields, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

let logger = createLogger({ level: "warn", format: "text" }, []);

/**
 * Sets how the log is written from now on. Until then, warnings and errors are, as text.
 *
 * @param secrets texts that no line may have in it.
 */
export function configureLog(
  settings: LogSettings,
  secrets: readonly (string | null)[],
  out?: DestinationStream,
): void {
  logger = createLogger(settings, secrets, out);
}

/** The one log of the process. A line has one sentence, and what it is about as fields; no secret gets into it. */
export const log: Record<"error" | "warn" | "info" | "debug", Say> = {
  error: (fields, sentence) => logger.error(fields, sentence),
  warn: (fields, sentence) => logger.warn(fields, sentence),
  info: (fields, sentence) => logger.info(fields, sentence),
  debug: (fields, sentence) => logger.debug(fields, sentence),
};

function createLogger(settings: LogSettings, secrets: readonly (string | null)[], out?: DestinationStream): Logger {
  const options = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => ({ ...context.getStore() }),
    serializers: { err: describeError },
    hooks: { streamWrite: scrubber(secrets) },
  };
  const stream = out ?? pino.destination({ fd: 1, sync: true });
  if (settings.format === "json") return pino(options, stream);
  const toText = prettyFactory({ colorize: false, singleLine: true, translateTime: "SYS:HH:MM:ss" });
  return pino(options, { write: (line) => stream.write(toText(line) ?? "") });
}

const MAX_CAUSES = 5;

/** Of an error, what it is and where it came from. What else hangs on it may be somebody's request. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < MAX_CAUSES ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** Forms that secrets have, whoever's they are. */
const SECRETS: readonly [pattern: RegExp, instead: string][] = [
  [/(\w:\/\/)[^\s/@"\\]+@/g, "$1…@"],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, "$1 …"],
  [/\bmemoir-cst-[\w-]+/g, "memoir-cst-…"],
  [/\b(sk|pk|rk|ghp|gho|xox[abp]|e2b|AIza)[-_]?[A-Za-z0-9_-]{20,}/g, "$1…"],
];
const SHORTEST_SECRET = 8;

function scrubber(secrets: readonly (string | null)[]): (line: string) => string {
  const known = secrets
    .filter((secret): secret is string => secret !== null && secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const unique = [...new Set(known)].sort((a, b) => b.length - a.length);
  return (line) => {
    let clean = line;
    for (const [pattern, instead] of SECRETS) clean = clean.replace(pattern, instead);
    for (const secret of unique) clean = clean.replaceAll(secret, "…");
    return clean;
  };
}
