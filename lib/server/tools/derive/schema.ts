import type { ToolParameters } from "@/lib/engine/tool";

/** What a model is told of a tool. */
export type ToolSchema = { name: string; description: string; parameters: ToolParameters };

export type JsonSchema = Record<string, unknown>;

/** A type as a schema; `optional` where the value may be left out or null. */
export type TypeSchema = { schema: JsonSchema; optional: boolean };

/** A function at the top of a source file: its name and those of its parameters, in order. */
export type SourceFunction = { name: string; parameters: string[] };

/** Why no schema can be made of a source. `line` is counted from 1; null where it is about the file as a whole. */
export class DeriveError extends Error {
  constructor(
    message: string,
    readonly line: number | null,
  ) {
    super(line === null ? message : `${message} (line ${line})`);
  }
}

/** How deep types may be nested: deeper ones are refused, also those that contain themselves. */
export const MAX_TYPE_DEPTH = 24;

/** Bounds the work of one schema: types that use each other can be small to write and huge to spell out. */
export type Budget = { spend(): boolean };

const MAX_TYPES = 2000;

export function createBudget(): Budget {
  let left = MAX_TYPES;
  return { spend: () => left-- > 0 };
}

/** An object schema of these properties, in order. */
export function objectSchema(properties: [name: string, schema: JsonSchema][], required: string[]): ToolParameters {
  return { type: "object", properties: Object.fromEntries(properties), required };
}

/** The schema with a description, if there is one; it stands for a description that the schema has. */
export function described(schema: JsonSchema, description: string | undefined): JsonSchema {
  return description ? { ...schema, description } : schema;
}

/** The schema of a choice between these values: with their type where all have the same one that JSON Schema names. */
export function enumSchema(values: readonly (string | number | boolean)[]): JsonSchema {
  const types = new Set(values.map(jsonTypeOf));
  const distinct = [...new Set(values)];
  return types.size === 1 ? { type: [...types][0], enum: distinct } : { enum: distinct };
}

function jsonTypeOf(value: string | number | boolean): string {
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** One of several types; nothing is said twice. */
export function unionSchema(members: readonly JsonSchema[]): JsonSchema {
  const texts = new Set(members.map((member) => JSON.stringify(member)));
  const distinct = [...texts].map((text) => JSON.parse(text) as JsonSchema);
  return distinct.length === 1 ? distinct[0]! : { anyOf: distinct };
}
