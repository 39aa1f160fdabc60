const SUSPICIOUS = /\\u0000|\\ud[89a-f]/i;

/**
 * JSON text that Postgres can keep as `jsonb`: without NUL characters and lone surrogates, which models and tools may
 * send and no text column has a place for.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return SUSPICIOUS.test(text) ? JSON.stringify(storable(JSON.parse(text))) : text;
}

function storable(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "").toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storable(item)]));
  }
  return value;
}
