import type { ToolOutcome } from "@/lib/engine/tool";
import type { Ctx } from "../../core/core";
import { openNamed } from "../../vault/vault";

/** Secrets in clear, by key. They go into a sandbox's environment, and nowhere else. */
export type Secrets = ReadonlyMap<string, string>;

/** Sealed values by key, as the database has them. */
export type SealedSecrets = Record<string, string> | null;

/** Opens secrets; of those with the same key the later one counts. @throws UnreadableSecretError. */
export function openSecrets(ctx: Ctx, ...sealed: SealedSecrets[]): Secrets {
  const secrets = Object.assign({}, ...sealed) as Record<string, string>;
  return new Map(
    Object.entries(secrets).map(([key, value]) => [key, openNamed(ctx.vault, value, `The secret ${key}`)]),
  );
}

/** Shorter ones would be found everywhere, and are not secret. */
const MIN_SECRET_CHARS = 4;

/** Takes secrets out of texts: `[secret:<KEY>]` stands in their place. */
export type Redactor = {
  text(text: string): string;
  /** Lines, also where a secret has several. */
  lines(lines: string[]): string[];
  /** All strings of a JSON value, keys too. */
  value<T>(value: T): T;
  /** How many characters of a text that goes on may be the beginning of a secret; 0 if there is none. */
  tailChars: number;
};

export function createRedactor(secrets: Secrets): Redactor {
  const marks = [...secrets]
    .filter(([, value]) => value.length >= MIN_SECRET_CHARS)
    .flatMap(([key, value]) => {
      // As it stands in JSON and in most languages' quotes.
      const quoted = JSON.stringify(value).slice(1, -1);
      return [...new Set([value, quoted])].map((text) => ({ text, mark: `[secret:${key}]` }));
    })
    .toSorted((a, b) => b.text.length - a.text.length);
  const text = (given: string) =>
    marks.reduce((redacted, { text: secret, mark }) => redacted.replaceAll(secret, () => mark), given);
  const value = (given: unknown): unknown => {
    if (typeof given === "string") return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (given === null || typeof given !== "object") return given;
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [text(key), value(item)]));
  };
  return {
    text,
    lines: (lines) => (lines.length === 0 || marks.length === 0 ? lines : text(lines.join("\n")).split("\n")),
    value: <T>(given: T) => (marks.length === 0 ? given : (value(given) as T)),
    tailChars: marks[0] ? marks[0].text.length - 1 : 0,
  };
}

/** What a tool did, without secrets: return, output, and what it asks to be written. */
export function redactOutcome(outcome: ToolOutcome, redactor: Redactor): ToolOutcome {
  return {
    ...outcome,
    content: redactor.value(outcome.content),
    ...(outcome.value === undefined ? {} : { value: redactor.value(outcome.value) }),
    ...(outcome.stdout && { stdout: redactor.lines(outcome.stdout) }),
    ...(outcome.stderr && { stderr: redactor.lines(outcome.stderr) }),
    ...(outcome.writes && { writes: outcome.writes.map((write) => redactor.value(write)) }),
  };
}
