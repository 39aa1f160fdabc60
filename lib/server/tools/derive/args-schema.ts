import type { ToolParameters } from "@/lib/engine/tool";
import { type Budget, createBudget, DeriveError, type JsonSchema, MAX_TYPE_DEPTH } from "./schema";

/**
 * A JSON Schema of arguments, as pydantic writes it, in the form of a tool's parameters: definitions in their places,
 * without titles.
 *
 * @throws DeriveError for definitions that are missing, contain themselves or are too large.
 */
export function inlineArguments(schema: JsonSchema): ToolParameters {
  const { $defs, definitions, title: _, ...body } = schema;
  const names = { ...(definitions as JsonSchema | undefined), ...($defs as JsonSchema | undefined) };
  const inlined = inline(body, { names, depth: 0, budget: createBudget() }) as JsonSchema;
  return { properties: {}, required: [], ...inlined, type: "object" } as ToolParameters;
}

type Place = { names: JsonSchema; depth: number; budget: Budget };

function inline(value: unknown, at: Place): unknown {
  if (at.depth > MAX_TYPE_DEPTH * 2 || !at.budget.spend()) {
    throw new DeriveError("args_json_schema is too large, or contains itself", null);
  }
  const deeper = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value)) return value.map((item) => inline(item, deeper));
  if (value === null || typeof value !== "object") return value;
  const { $ref, title, ...rest } = value as JsonSchema;
  const kept = typeof title === "string" || title === undefined ? rest : { ...rest, title };
  const own = Object.fromEntries(Object.entries(kept).map(([key, item]) => [key, inline(item, deeper)]));
  if (typeof $ref !== "string") return own;
  const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec($ref)?.[1];
  if (name === undefined || !Object.hasOwn(at.names, name)) {
    throw new DeriveError(`args_json_schema refers to ${$ref}, which it does not define`, null);
  }
  return { ...(inline(at.names[name], deeper) as JsonSchema), ...own };
}
