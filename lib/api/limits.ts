import type { z } from "@hono/zod-openapi";

/**
 * What one request may hold, whatever its endpoint: generous for all that clients send, and little enough that no request
 * keeps the event loop from others. A schema's own `.max()` says less, or more, for its list. A text that says nothing
 * else is held by its body (`MEMOIR_MAX_BODY_BYTES`), or in a path or query by the 16 KiB that Node takes of headers;
 * sources of tools are held to 500,000 characters, the text of a file to 5,000,000.
 */
export const REQUEST_LIMITS = {
  /** Values of a JSON body together, each key's and each list item's. */
  values: 50_000,
  /** Lists and objects within each other. */
  depth: 100,
  /** Items of a list that says nothing else. */
  items: 10_000,
  /** Keys of an object that takes any. */
  keys: 10_000,
  /** Characters of a key. */
  keyChars: 1_000,
  /** Fields and files of a form. */
  fields: 1_000,
  /** What is wrong with a request is told up to so many times. */
  issues: 20,
} as const;

type Def = { type: string; checks?: { _zod: { def: Record<string, unknown> } }[] } & Record<string, unknown>;
const defOf = (schema: z.core.$ZodType) => schema._zod.def as unknown as Def;

/** The most items of a list: what its schema says, or `REQUEST_LIMITS.items`. */
export function mostItems(schema: z.core.$ZodType): number {
  const told = (defOf(schema).checks ?? []).flatMap(({ _zod: { def } }) =>
    def.check === "max_length" ? [Number(def.maximum)] : def.check === "length_equals" ? [Number(def.length)] : [],
  );
  return Math.min(...(told.length > 0 ? told : [REQUEST_LIMITS.items]));
}

/**
 * What of a value is more than its schema takes: the first list that is too long, or object with too many keys. Looks at
 * lengths before anything looks at what is in them, so that validation has little to do.
 *
 * @returns where, and a sentence; null for a value within its bounds.
 */
export function overBounds(schema: z.core.$ZodType, value: unknown, path: string[] = []): string | null {
  if (value === null || typeof value !== "object") return null;
  const def = defOf(schema);
  switch (def.type) {
    case "array":
      return overItems(schema, def.element as z.core.$ZodType, value, path);
    case "record":
      return overKeys(def.valueType as z.core.$ZodType, value, path);
    case "object":
      return overShape(def, value, path);
    case "union": {
      const found = (def.options as z.core.$ZodType[]).map((option) => overBounds(option, value, path));
      return found.every((one) => one !== null) ? found[0]! : null;
    }
    case "intersection":
      return (
        overBounds(def.left as z.core.$ZodType, value, path) ?? overBounds(def.right as z.core.$ZodType, value, path)
      );
    case "pipe":
      return overBounds((isTransform(def.in) ? def.out : def.in) as z.core.$ZodType, value, path);
    case "lazy":
      return overBounds((def.getter as () => z.core.$ZodType)(), value, path);
    default:
      return def.innerType ? overBounds(def.innerType as z.core.$ZodType, value, path) : overAny(value, path);
  }
}

const isTransform = (schema: unknown) => defOf(schema as z.core.$ZodType).type === "transform";
const at = (path: readonly string[], said: string) => (path.length > 0 ? `${path.join(".")}: ${said}` : said);

function overItems(schema: z.core.$ZodType, element: z.core.$ZodType, value: object, path: string[]): string | null {
  if (!Array.isArray(value)) return null;
  const most = mostItems(schema);
  if (value.length > most) return at(path, `has ${value.length} items, and ${most} are the most`);
  for (let index = 0; index < value.length; index++) {
    const over = overBounds(element, value[index], [...path, String(index)]);
    if (over) return over;
  }
  return null;
}

function overKeys(item: z.core.$ZodType, value: object, path: string[]): string | null {
  const keys = Object.keys(value);
  const { keys: most, keyChars } = REQUEST_LIMITS;
  if (keys.length > most) return at(path, `has ${keys.length} keys, and ${most} are the most`);
  for (const key of keys) {
    if (key.length > keyChars) return at(path, `has a key of ${key.length} characters, and ${keyChars} are the most`);
    const over = overBounds(item, (value as Record<string, unknown>)[key], [...path, key]);
    if (over) return over;
  }
  return null;
}

function overShape(def: Def, value: object, path: string[]): string | null {
  const shape = def.shape as Record<string, z.core.$ZodType>;
  const keys = Object.keys(value);
  if (keys.length > REQUEST_LIMITS.keys) {
    return at(path, `has ${keys.length} keys, and ${REQUEST_LIMITS.keys} are the most`);
  }
  for (const key of keys) {
    const schema = Object.hasOwn(shape, key) ? shape[key]! : (def.catchall as z.core.$ZodType | undefined);
    const item = (value as Record<string, unknown>)[key];
    const over = schema ? overBounds(schema, item, [...path, key]) : null;
    if (over) return over;
  }
  return null;
}

/** Values that no schema says more of. */
function overAny(value: object, path: string[]): string | null {
  if (value instanceof Uint8Array) return null;
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  const most = Array.isArray(value) ? REQUEST_LIMITS.items : REQUEST_LIMITS.keys;
  if (count > most)
    return at(path, `has ${count} ${Array.isArray(value) ? "items" : "keys"}, and ${most} are the most`);
  for (const [key, item] of Object.entries(value)) {
    const over = item && typeof item === "object" ? overAny(item, [...path, key]) : null;
    if (over) return over;
  }
  return null;
}
