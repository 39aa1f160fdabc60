import type { ToolParameters } from "@/lib/engine/tool";

type Schema = Record<string, unknown>;

/**
 * A tool's parameters as providers want them that hold a model to the letter of a schema: every object lists all of its
 * properties as required and has no others; what may be left out may be null instead, which tools read as left out.
 *
 * @returns null where that can't be said: an object with properties that nobody knows.
 */
export function strictParameters(parameters: ToolParameters): ToolParameters | null {
  const strict = strictSchema(parameters);
  return strict && { ...strict, type: "object", properties: strict.properties as ToolParameters["properties"] };
}

function strictSchema(schema: Schema): Schema | null {
  if (isObject(schema.properties)) return strictObject(schema, schema.properties);
  if (schema.type === "object") return null;
  if (isObject(schema.items)) {
    const items = strictSchema(schema.items);
    return items && { ...schema, items };
  }
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const options = schema[key];
    if (!Array.isArray(options)) continue;
    const strict = options.map((option: unknown) => (isObject(option) ? strictSchema(option) : null));
    if (strict.includes(null)) return null;
    return { ...schema, [key]: strict };
  }
  return schema;
}

function strictObject(schema: Schema, properties: Schema): Schema | null {
  if (schema.additionalProperties && schema.additionalProperties !== true) return null;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const strict: [string, Schema][] = [];
  for (const [name, value] of Object.entries(properties)) {
    const own = isObject(value) ? strictSchema(value) : null;
    if (!own) return null;
    strict.push([name, required.has(name) ? own : nullable(own)]);
  }
  const names = strict.map(([name]) => name);
  return { ...schema, properties: Object.fromEntries(strict), required: names, additionalProperties: false };
}

function nullable(schema: Schema): Schema {
  const { type, enum: values } = schema;
  if (typeof type !== "string" && !Array.isArray(type)) return { anyOf: [schema, { type: "null" }] };
  const types = Array.isArray(type) ? type : [type];
  return {
    ...schema,
    type: types.includes("null") ? types : [...types, "null"],
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
  };
}

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
