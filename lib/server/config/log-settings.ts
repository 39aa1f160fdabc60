export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export const LOG_FORMATS = ["json", "text"] as const;

/** How the log is written: from which level on, and as lines of JSON for machines or of text for people. */
export type LogSettings = { level: (typeof LOG_LEVELS)[number]; format: (typeof LOG_FORMATS)[number] };

/** Reads `MEMOIR_LOG_LEVEL` and `MEMOIR_LOG_FORMAT`; `fail` hears of a word that is none of theirs. */
export function logSettings(
  get: (name: string) => string | null,
  isTerminal: boolean,
  fail: (sentence: string) => never,
): LogSettings {
  return {
    level: oneOf("MEMOIR_LOG_LEVEL", LOG_LEVELS, get("MEMOIR_LOG_LEVEL") ?? "info", fail),
    format: oneOf("MEMOIR_LOG_FORMAT", LOG_FORMATS, get("MEMOIR_LOG_FORMAT") ?? (isTerminal ? "text" : "json"), fail),
  };
}

function oneOf<T extends string>(name: string, words: readonly T[], given: string, fail: (said: string) => never): T {
  return words.find((word) => word === given) ?? fail(`${name} is none of ${words.join(", ")}: ${given}`);
}
