import { createHash } from "node:crypto";
import { z } from "zod";
import type { ToolParameters } from "@/lib/engine/tool";

export type SchemaHealth = { status: "STRICT_COMPLIANT" | "NON_STRICT_ONLY" | "INVALID"; reasons: string[] };

/** A tool of a server, as far as it can be used. */
export type RemoteTool = {
  /** The server's own name for it. */
  name: string;
  description: string;
  /** What the model is told; null where `health` is INVALID. */
  parameters: ToolParameters | null;
  health: SchemaHealth;
  /** What the server sent. */
  described: Record<string, unknown>;
};

const remoteTool = z.looseObject({
  name: z.string().min(1).max(255),
  description: z.string().nullish(),
  inputSchema: z.unknown().optional(),
});

const MAX_DESCRIPTION_CHARS = 8000;
const MAX_SCHEMA_CHARS = 64_000;
const MAX_DEPTH = 40;
/** Names of parameters that every provider takes. */
const PARAMETER_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;
/** What providers refuse at the top of a schema; the server itself judges what it is sent. */
const NOT_AT_THE_TOP = ["anyOf", "oneOf", "allOf", "not", "enum", "if", "then", "else"];

/**
 * Reads what a server says of its tools. What has no name, or one that was there before, is left out; a tool whose
 * schema would make a provider refuse the whole request is INVALID.
 */
export function readTools(answers: readonly unknown[]): RemoteTool[] {
  const tools = new Map<string, RemoteTool>();
  for (const answer of answers) {
    const tool = remoteTool.safeParse(answer);
    if (!tool.success || tools.has(tool.data.name) || hasNul(tool.data.name)) continue;
    tools.set(tool.data.name, readTool(tool.data));
  }
  return [...tools.values()];
}

function readTool(described: z.output<typeof remoteTool>): RemoteTool {
  const reasons: string[] = [];
  const schema = described.inputSchema ?? { type: "object", properties: {} };
  const parameters = parametersOf(schema, reasons);
  const loose: string[] = [];
  if (parameters) findLoose(parameters, "parameters", loose);
  return {
    name: described.name,
    description: (described.description ?? "").slice(0, MAX_DESCRIPTION_CHARS),
    parameters,
    health: parameters
      ? { status: loose.length > 0 ? "NON_STRICT_ONLY" : "STRICT_COMPLIANT", reasons: loose }
      : { status: "INVALID", reasons },
    described: isTooDeep(described, MAX_DEPTH + 1) ? { name: described.name } : described,
  };
}

/** Null, with the reasons, for what can't be the schema of a tool's arguments. */
function parametersOf(schema: unknown, reasons: string[]): ToolParameters | null {
  if (!isObject(schema)) reasons.push("inputSchema is not an object");
  else if (schema.type !== undefined && schema.type !== "object") reasons.push("inputSchema is not of type object");
  else if (isTooDeep(schema, MAX_DEPTH)) reasons.push(`inputSchema is nested more than ${MAX_DEPTH} deep`);
  else if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    reasons.push(`inputSchema is longer than ${MAX_SCHEMA_CHARS} characters`);
  else {
    const properties = schema.properties ?? {};
    if (!isObject(properties)) reasons.push("properties is not an object");
    else {
      findBroken(properties, reasons);
      if (hasForeignRef(schema)) reasons.push("a $ref points outside of the schema");
      if (reasons.length === 0) return cleaned(schema, properties);
    }
  }
  return null;
}

function findBroken(properties: Record<string, unknown>, reasons: string[]): void {
  for (const [name, property] of Object.entries(properties)) {
    if (!PARAMETER_NAME.test(name))
      reasons.push(`parameter ${JSON.stringify(name.slice(0, 80))} has a name that providers refuse`);
    if (!isObject(property) && typeof property !== "boolean")
      reasons.push(`parameter ${name.slice(0, 80)} has no schema`);
  }
}

function cleaned(schema: Record<string, unknown>, properties: Record<string, unknown>): ToolParameters {
  const kept = Object.fromEntries(Object.entries(schema).filter(([key]) => !NOT_AT_THE_TOP.includes(key)));
  const required = Array.isArray(schema.required)
    ? schema.required.filter((name): name is string => typeof name === "string" && Object.hasOwn(properties, name))
    : [];
  return { ...kept, type: "object", properties, required };
}

/** Says of each object schema why OpenAI's strict mode would not take it. */
function findLoose(schema: unknown, at: string, reasons: string[]): void {
  if (!isObject(schema)) return;
  if (schema.type === "object" || isObject(schema.properties)) {
    const properties = isObject(schema.properties) ? schema.properties : {};
    if (schema.additionalProperties !== false) reasons.push(`${at}: additionalProperties is not false`);
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const optional = Object.keys(properties).filter((name) => !required.has(name));
    if (optional.length > 0) reasons.push(`${at}: not required: ${optional.join(", ")}`);
    for (const [name, property] of Object.entries(properties)) findLoose(property, `${at}.${name}`, reasons);
  }
  findLoose(schema.items, `${at}[]`, reasons);
}

function isTooDeep(value: unknown, left: number): boolean {
  if (!value || typeof value !== "object") return false;
  return left === 0 || Object.values(value).some((item) => isTooDeep(item, left - 1));
}

function hasForeignRef(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasForeignRef);
  if (!isObject(value)) return false;
  return (typeof value.$ref === "string" && !value.$ref.startsWith("#")) || Object.values(value).some(hasForeignRef);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const hasNul = (text: string) => text.includes("\0") || !text.isWellFormed();

const MAX_NAME_CHARS = 48;
const HASH_CHARS = 6;

/**
 * What a tool may be called in the library, best first: its own name, as far as providers take it; then that with the
 * server's before it; then a name that no other tool of a server has.
 */
export function nameCandidates(serverId: string, serverName: string, toolName: string): [string, string, string] {
  const hash = createHash("sha256").update(`${serverId}\n${toolName}`).digest("hex").slice(0, HASH_CHARS);
  const long = `${sanitized(serverName)}_${sanitized(toolName)}`;
  return [
    fitted(sanitized(toolName), hash),
    fitted(long, hash),
    `${long.slice(0, MAX_NAME_CHARS - HASH_CHARS - 1)}_${hash}`,
  ];
}

/** With nothing but letters, digits, _ and -, and not beginning with a digit or a dash. */
function sanitized(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]+/g, "_");
  return /^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`;
}

const fitted = (name: string, hash: string) =>
  name.length <= MAX_NAME_CHARS ? name : `${name.slice(0, MAX_NAME_CHARS - HASH_CHARS - 1)}_${hash}`;
