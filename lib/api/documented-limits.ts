import { REQUEST_LIMITS } from "./limits";

type Json = { [key: string]: unknown };
type Operation = { requestBody?: unknown; parameters?: unknown; responses?: unknown };
type Document = { paths?: object; components?: { schemas?: object } };

const PREFIX = "#/components/schemas/";
/** What a component is called for requests, where answers have it as well. */
const SUFFIX = "Given";

/**
 * Says in an OpenAPI document what `overBounds` keeps: of every list and every object of a request that says nothing
 * else, how much it may hold. Answers are left as they are: a component that is in both has one for requests beside it.
 */
export function withLimits<D extends Document>(document: D): D {
  const copy = structuredClone(document);
  const schemas = (copy.components?.schemas ?? {}) as Record<string, Json>;
  const operations = Object.values(copy.paths ?? {}).flatMap((path) => Object.values(path as Json) as Operation[]);
  const asked = operations.map(({ requestBody, parameters }) => ({ requestBody, parameters }));
  const given = namesIn(asked, schemas);
  const answered = namesIn(
    operations.map(({ responses }) => responses),
    schemas,
  );
  const twin = new Map([...given].filter((name) => answered.has(name)).map((name) => [name, `${name}${SUFFIX}`]));
  for (const [name, other] of twin) schemas[other] = structuredClone(schemas[name]!);
  for (const root of [...asked, ...[...given].map((name) => schemas[twin.get(name) ?? name])]) {
    eachSchema(root, (schema) => {
      bound(schema);
      const other = typeof schema.$ref === "string" && twin.get(schema.$ref.slice(PREFIX.length));
      if (other) schema.$ref = PREFIX + other;
    });
  }
  return copy;
}

/** The components that are referred to, also by others of them. */
function namesIn(root: unknown, schemas: Record<string, Json>, names = new Set<string>()): Set<string> {
  eachSchema(root, ({ $ref }) => {
    const name = typeof $ref === "string" ? $ref.slice(PREFIX.length) : null;
    if (name === null || names.has(name)) return;
    names.add(name);
    namesIn(schemas[name], schemas, names);
  });
  return names;
}

/** Every object within a value; what is an example or a default is no schema. */
function eachSchema(value: unknown, visit: (schema: Json) => void): void {
  if (!value || typeof value !== "object") return;
  if (!Array.isArray(value)) visit(value as Json);
  for (const [key, item] of Object.entries(value)) {
    if (!["example", "examples", "default", "enum", "const"].includes(key)) eachSchema(item, visit);
  }
}

function bound(schema: Json): void {
  const types = [schema.type].flat();
  if (types.includes("array")) schema.maxItems ??= REQUEST_LIMITS.items;
  if (types.includes("object") && takesAnyKey(schema)) {
    schema.maxProperties ??= REQUEST_LIMITS.keys;
    if (!schema.properties) schema.propertyNames ??= { maxLength: REQUEST_LIMITS.keyChars };
  }
}

const takesAnyKey = ({ additionalProperties: any, properties }: Json) =>
  any !== false && (any !== undefined || properties === undefined);
