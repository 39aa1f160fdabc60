import { storable } from "../storable";
import type { ToolOutcome } from "../tool";

export type ToolArgs = Record<string, unknown>;

/**
 * Why a tool call came to nothing, in words for the model. `kind` is the exception that Letta V1 names in the call's
 * stderr. Thrown only below `attempt`, which makes it an outcome.
 */
export class ToolFailure extends Error {
  readonly kind: "ValueError" | "KeyError" | "TypeError";

  constructor(message: string, kind: ToolFailure["kind"] = "ValueError") {
    super(message);
    this.kind = kind;
  }
}

const STDERR_LIMIT_CHARS = 1000;

/**
 * Runs a tool's body and turns a `ToolFailure` into an error outcome: its message as the content, and the longer form
 * `Error executing function <name>: <kind>: <message>` in stderr. Any other throw is a bug and passes through.
 */
export async function attempt(toolName: string, act: () => ToolOutcome | Promise<ToolOutcome>): Promise<ToolOutcome> {
  try {
    return await act();
  } catch (failure) {
    if (!(failure instanceof ToolFailure)) throw failure;
    const detail = `Error executing function ${toolName}: ${failure.kind}: ${failure.message}`;
    return { status: "error", content: failure.message, stderr: [detail.slice(0, STDERR_LIMIT_CHARS)] };
  }
}

/** The text of a required argument, in a form that can be stored. Throws `ToolFailure`. */
export function stringArg(args: ToolArgs, name: string): string {
  const value = findStringArg(args, name);
  if (value === undefined) throw new ToolFailure(`Missing required argument '${name}'.`, "TypeError");
  return value;
}

/** What texts to replace are called by older transcripts, and by Anthropic's own memory tool. */
const ALIASES = { old_string: "old_str", new_string: "new_str" } as const;

/** As `stringArg`, of an argument that models know by another name as well. */
export function eitherArg(args: ToolArgs, name: keyof typeof ALIASES): string {
  return findStringArg(args, ALIASES[name]) ?? stringArg(args, name);
}

/** As `stringArg`, but undefined where the model left the argument out or sent null. */
export function findStringArg(args: ToolArgs, name: string): string | undefined {
  const value = given(args, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string", value);
  return storable(value);
}

/** An optional whole number. Digits in a string are taken too: small models send them. Throws `ToolFailure`. */
export function findIntegerArg(args: ToolArgs, name: string): number | undefined {
  const value = given(args, name);
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw wrongType(name, "an integer", value);
  return number as number;
}

/** An optional yes or no. The words in a string are taken too. Throws `ToolFailure`. */
export function findBooleanArg(args: ToolArgs, name: string): boolean | undefined {
  const value = given(args, name);
  if (value === undefined || typeof value === "boolean") return value;
  if (typeof value === "string" && /^\s*(true|false)\s*$/i.test(value)) return value.trim().toLowerCase() === "true";
  throw wrongType(name, "a boolean", value);
}

/** An optional list of strings. Throws `ToolFailure`. */
export function findStringListArg(args: ToolArgs, name: string): string[] | undefined {
  const value = given(args, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw wrongType(name, "a list of strings", value);
  }
  return value.map(storable);
}

/** An optional argument with a fixed set of values. Throws `ToolFailure`. */
export function findEnumArg<Value extends string>(
  args: ToolArgs,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = findStringArg(args, name);
  if (text === undefined) return undefined;
  const value = values.find((candidate) => candidate === text);
  if (value === undefined)
    throw new ToolFailure(`Argument '${name}' must be one of ${values.join(", ")}, got '${text}'.`);
  return value;
}

function given(args: ToolArgs, name: string): unknown {
  const value = Object.hasOwn(args, name) ? args[name] : undefined;
  return value === null ? undefined : value;
}

function wrongType(name: string, expected: string, value: unknown): ToolFailure {
  const actual = Array.isArray(value) ? "a list" : typeof value;
  return new ToolFailure(`Argument '${name}' must be ${expected}, got ${actual}.`, "TypeError");
}
