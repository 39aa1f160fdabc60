import { isObject, type Json } from "../chat/json";
import type { Rules } from "./rules";

type Kind = Rules["schema"];

/** Keys whose values are schemas by name, one schema, or a list of schemas. */
const NAMED = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const SINGLE = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
const LISTED = ["anyOf", "oneOf", "allOf", "prefixItems"];

const DEEPEST = 24;
/** Inlining a schema that refers to itself many times over ends here. */
const MOST_NODES = 4000;

type Walk = { kind: Kind; root: Json; nodes: number };

/**
 * A tool's parameters as a provider takes them: an object with properties at the top, arrays with items, references
 * replaced where they are not understood, and for Gemini in the words of OpenAPI that it knows.
 */
export function takenSchema(schema: Json, kind: Kind): Json {
  const known = kept[kind].get(schema);
  if (known) return known;
  const made = madeSchema(schema, kind);
  kept[kind].set(schema, made);
  return made;
}

/** Tools are shown at every step, and rarely change. */
const kept: Record<Kind, WeakMap<Json, Json>> = {
  openai: new WeakMap(),
  gemini: new WeakMap(),
  inlined: new WeakMap(),
};

function madeSchema(schema: Json, kind: Kind): Json {
  const walk: Walk = { kind, root: schema, nodes: 0 };
  const top = flatTop(schema, walk);
  const made = node(top, walk, [], 0);
  const properties = isObject(made.properties) ? made.properties : {};
  const required = Array.isArray(made.required)
    ? made.required.filter((name) => typeof name === "string" && Object.hasOwn(properties, name))
    : null;
  const whole: Json = { ...made, type: "object", properties };
  if (required) whole.required = required;
  if (required?.length === 0 && kind === "gemini") delete whole.required;
  return whole;
}

/** Alternatives at the top are refused nearly everywhere: their properties are one object's, required if all require them. */
function flatTop(schema: Json, walk: Walk): Json {
  const resolved =
    typeof schema.$ref === "string" ? { ...target(schema.$ref, walk), ...without(schema, ["$ref"]) } : schema;
  const { anyOf, oneOf, allOf, ...rest } = resolved;
  if (!anyOf && !oneOf && !allOf) return without(resolved, ["not", "enum", "const", "if", "then", "else"]);
  const variants = [anyOf, oneOf, allOf]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .flatMap((one) => {
      if (!isObject(one)) return [];
      return [typeof one.$ref === "string" ? target(one.$ref, walk) : one];
    });
  const properties = Object.assign({}, ...variants.map((one) => one.properties ?? {}), rest.properties ?? {});
  const listOf = (one: Json) => (Array.isArray(one.required) ? one.required : []);
  const shared = allOf
    ? variants.flatMap(listOf)
    : listOf(variants[0] ?? {}).filter((name) => variants.every((one) => listOf(one).includes(name)));
  const required = [...new Set([...listOf(rest), ...shared])];
  return { ...without(rest, ["not", "enum", "const", "if", "then", "else"]), type: "object", properties, required };
}

function node(given: unknown, walk: Walk, refs: readonly string[], depth: number): Json {
  if (!isObject(given)) return walk.kind === "gemini" ? { type: "string" } : {};
  if (depth > DEEPEST || ++walk.nodes > MOST_NODES) return { type: "object", properties: {} };
  let schema = given;
  let seen = refs;
  if (typeof schema.$ref === "string" && walk.kind !== "openai") {
    const { $ref: ref } = schema;
    // A schema that holds itself is cut where it begins again.
    if (refs.includes(ref)) return { type: "object", ...(walk.kind === "gemini" ? {} : { properties: {} }) };
    schema = { ...target(ref, walk), ...without(schema, ["$ref"]) };
    seen = [...refs, ref];
  }
  const made: Json = { ...schema };
  if (walk.kind !== "openai") for (const key of ["$defs", "definitions", "$schema", "$id"]) delete made[key];
  for (const key of NAMED) {
    const inner = made[key];
    if (!isObject(inner)) continue;
    made[key] = Object.fromEntries(
      Object.entries(inner).map(([name, one]) => [name, node(one, walk, seen, depth + 1)]),
    );
  }
  for (const key of SINGLE) if (isObject(made[key])) made[key] = node(made[key], walk, seen, depth + 1);
  for (const key of LISTED) {
    const inner = made[key];
    if (Array.isArray(inner)) made[key] = inner.map((one) => node(one, walk, seen, depth + 1));
  }
  return walk.kind === "gemini"
    ? openApi(usual(made))
    : walk.kind === "inlined"
      ? withoutConst(usual(made))
      : usual(made);
}

const typesOf = ({ type }: Json): unknown[] => (Array.isArray(type) ? type : type === undefined ? [] : [type]);

/** What nobody refuses: arrays have items, patterns do not look around. */
function usual(schema: Json): Json {
  const made = { ...schema };
  if (typesOf(made).includes("array")) {
    // A tuple, or items of any kind.
    if (Array.isArray(made.items))
      made.items =
        made.items.length > 0 ? { anyOf: made.items.map((one) => (isObject(one) ? usual(one) : {})) } : undefined;
    const tuple = Array.isArray(made.prefixItems) && made.prefixItems.length > 0 ? made.prefixItems : null;
    if (!isObject(made.items)) made.items = tuple ? { anyOf: tuple } : { type: "string" };
    delete made.prefixItems;
  }
  if (typeof made.pattern === "string" && /\(\?[=!<]|\\[1-9]/.test(made.pattern)) delete made.pattern;
  return made;
}

function withoutConst(schema: Json): Json {
  if (!Object.hasOwn(schema, "const")) return schema;
  const { const: value, ...rest } = schema;
  return { ...rest, ...(rest.type === undefined ? typed(value) : {}), enum: [value] };
}

const typed = (value: unknown): Json => {
  if (value === null) return { type: "null" };
  if (typeof value === "number") return { type: Number.isInteger(value) ? "integer" : "number" };
  return { type: typeof value === "boolean" ? "boolean" : typeof value === "string" ? "string" : "object" };
};

const OPEN_API = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "maxItems",
  "minItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "anyOf",
  "propertyOrdering",
  "items",
  "minimum",
  "maximum",
]);
const FORMATS: Record<string, readonly string[]> = {
  string: ["enum", "date-time"],
  number: ["float", "double"],
  integer: ["int32", "int64"],
};

/** In the words of OpenAPI 3.0 that Gemini knows; what it has no word for is left out, or said in the description. */
function openApi(given: Json): Json {
  const schema = merged(withoutConst(given));
  const isNull = (one: unknown) => isObject(one) && one.type === "null";
  let nullable = schema.nullable === true;
  const made: Json = Object.fromEntries(Object.entries(schema).filter(([key]) => OPEN_API.has(key)));
  const options = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const types = typesOf(schema).filter((type) => type !== "null");
  nullable ||= types.length < typesOf(schema).length || options.some(isNull);
  if (types.length > 0) made.type = types[0];
  if (types.length > 1) {
    delete made.type;
    options.push(...types.map((type) => (type === "array" ? { type, items: { type: "string" } } : { type })));
  }
  const left = options.filter((one) => !isNull(one)) as Json[];
  delete made.anyOf;
  if (left.length === 1) Object.assign(made, { ...left[0], ...without(made, ["type"]) });
  else if (left.length > 1) made.anyOf = left;
  if (Array.isArray(made.enum)) {
    nullable ||= made.enum.includes(null);
    const values = made.enum.filter((value) => value !== null);
    made.type ??= typeof values[0] === "number" ? "number" : "string";
    if (made.type === "string") made.enum = values.filter((value) => value !== "").map(String);
    else {
      delete made.enum;
      made.description = [made.description, `One of: ${values.join(", ")}`].filter(Boolean).join(" ");
    }
    if (Array.isArray(made.enum) && made.enum.length === 0) delete made.enum;
  }
  if (made.type === undefined && !made.anyOf)
    made.type = isObject(made.properties) ? "object" : isObject(made.items) ? "array" : "string";
  if (made.type === "array") made.items = isObject(made.items) ? made.items : { type: "string" };
  if (made.type !== "array") delete made.items;
  if (typeof made.format === "string" && !FORMATS[String(made.type)]?.includes(made.format)) delete made.format;
  if (nullable) made.nullable = true;
  else delete made.nullable;
  const { properties } = made;
  if (Array.isArray(made.required)) {
    const names = isObject(properties) ? made.required.filter((name) => Object.hasOwn(properties, String(name))) : [];
    if (names.length > 0) made.required = names;
    else delete made.required;
  }
  return made;
}

/** `allOf` as one schema. */
function merged(schema: Json): Json {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  let all: Json = rest;
  for (const one of allOf.filter(isObject)) {
    const properties = { ...(all.properties as Json), ...(one.properties as Json) };
    const required = [...((all.required as []) ?? []), ...((one.required as []) ?? [])];
    all = Object.assign({}, one, all, Object.keys(properties).length > 0 ? { properties, required } : {});
  }
  return all;
}

/** What a reference means within its schema; anything where it leads nowhere. */
function target(ref: string, { root }: Walk): Json {
  if (!ref.startsWith("#")) return {};
  let at: unknown = root;
  for (const step of ref.split("/").slice(1)) {
    const key = decodeURIComponent(step.replaceAll("%", "%25")).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isObject(at) ? at : {};
}

function without(schema: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}
