import type { CreateTool, UpdateTool } from "@/lib/api/tools";
import type { ToolParameters } from "@/lib/engine/tool";
import { ApiError, badRequest, invalid } from "../core/errors";
import type { ToolModel } from "../db/generated/models";
import { canonicalJson } from "../records/cassette";
import { deriveSchema, functionsOf, type SourceLanguage, type ToolSchema } from "./derive/derive-schema";

const TOOL_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,47}$/;
const NO_PARAMETERS: ToolParameters = { type: "object", properties: {}, required: [] };

/** What makes a schema: given, or derived from the source. */
export type SchemaSource = Pick<CreateTool, "source_code" | "source_type" | "json_schema" | "args_json_schema"> & {
  /** What the tool is told to be, where its source does not say. */
  description?: string | null | undefined;
};

/**
 * The schema of a new tool: `json_schema` as it is given, else derived from the source, its parameters from
 * `args_json_schema` where that is given.
 *
 * @throws ApiError `bad-request` for a source that it can't be derived from, `invalid` for what a provider would refuse.
 */
export function schemaOf(body: SchemaSource): ToolSchema {
  const given = body.json_schema ?? (body.source_type === "json" ? parseSchema(body.source_code) : null);
  if (given) return checkedSchema(given, body.args_json_schema ?? null);
  const { args_json_schema: argsSchema = null, description = null } = body;
  return derived(body.source_code, languageOf(body.source_type), { argsSchema, description });
}

/** `typescript` is JavaScript too; everything else is Python, as in the contract. */
export function languageOf(sourceType: string | null | undefined): SourceLanguage {
  return sourceType === "typescript" ? "typescript" : "python";
}

type Given = { argsSchema: Record<string, unknown> | null; description: string | null };

function derived(source: string, language: SourceLanguage, { argsSchema, description }: Given): ToolSchema {
  const schema = deriveSchema(source, language, argsSchema);
  return checkedSchema({ ...schema, description: schema.description || description }, null);
}

function parseSchema(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw invalid("json_schema: must be given, or source_code be a JSON schema, for a tool with source_type json");
}

/** @throws ApiError `invalid` for what a provider would refuse. */
function checkedSchema(given: Record<string, unknown>, argsSchema: Record<string, unknown> | null): ToolSchema {
  const { name, description, parameters } = given;
  if (typeof name !== "string" || !TOOL_NAME.test(name)) {
    throw invalid("json_schema.name: must be 1 to 48 letters, digits, _ and -, and not start with a digit");
  }
  if (description != null && typeof description !== "string")
    throw invalid("json_schema.description: must be a string");
  return {
    ...given,
    name,
    description: description ?? "",
    parameters: checkedParameters(parameters ?? argsSchema ?? NO_PARAMETERS),
  };
}

function checkedParameters(value: unknown): ToolParameters {
  const { type = "object", properties = {}, required = [] } = Object(value) as Record<string, unknown>;
  const names = Array.isArray(required) && required.every((one) => typeof one === "string") ? required : null;
  const isObject = typeof properties === "object" && properties !== null && !Array.isArray(properties);
  if (Array.isArray(value) || type !== "object" || !isObject || !names) {
    throw invalid("json_schema.parameters: must be an object schema with properties, and required a list of names");
  }
  return { ...Object(value), type, properties: properties as Record<string, unknown>, required: names };
}

export type EditedTool = Pick<
  ToolModel,
  "name" | "description" | "sourceCode" | "sourceType" | "jsonSchema" | "argsJsonSchema"
>;

/**
 * The schema of a tool after a change; null where it stays as it is. A schema that was derived is derived again when
 * what it came from changes; one that was given stays until another is given.
 *
 * @throws ApiError as `schemaOf`, and `bad-request` for a source without the function that the schema names.
 */
export function changedSchema(row: EditedTool, body: UpdateTool): ToolSchema | null {
  const sourceType = body.source_type ?? row.sourceType;
  const name = (row.jsonSchema as ToolSchema | null)?.name ?? row.name;
  if (body.json_schema) {
    const schema = checkedSchema(body.json_schema, body.args_json_schema ?? null);
    requireFunction(body.source_code, sourceType, schema.name);
    return schema;
  }
  requireFunction(body.source_code, sourceType, name);
  const source = body.source_code ?? row.sourceCode;
  const changes = body.source_code != null || body.args_json_schema != null || body.source_type != null;
  if (!changes || source === null || sourceType === "json") return null;
  if (body.args_json_schema == null && !isDerived(row)) return null;
  const argsSchema = body.args_json_schema ?? (row.argsJsonSchema as Record<string, unknown> | null);
  const description = body.description ?? row.description;
  const schema = derived(source, languageOf(sourceType), { argsSchema, description });
  if (schema.name !== name) throw undefinedFunction(name);
  return schema;
}

function requireFunction(source: string | null | undefined, sourceType: string | null, name: string): void {
  if (source == null || sourceType === "json") return;
  if (!functionsOf(source, languageOf(sourceType)).some((one) => one.name === name)) throw undefinedFunction(name);
}

const undefinedFunction = (name: string) =>
  badRequest(`INVALID_ARGUMENT: source_code must define the function '${name}' that the schema names`);

/** Whether a tool's schema is what its source says, and not something that was given. */
function isDerived(row: EditedTool): boolean {
  if (row.sourceCode === null || row.sourceType === "json") return false;
  try {
    const argsSchema = row.argsJsonSchema as Record<string, unknown> | null;
    const { description } = row;
    const schema = derived(row.sourceCode, languageOf(row.sourceType), { argsSchema, description });
    return canonicalJson(schema) === canonicalJson(row.jsonSchema);
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

declare module "../threads/threads" {
  interface Tasks {
    schemaOf: { input: SchemaSource; value: ToolSchema };
    changedSchema: { input: { row: EditedTool; body: UpdateTool }; value: ToolSchema | null };
  }
}
