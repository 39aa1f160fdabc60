import { isObject, type Json } from "./json";

/** Where a server's thought stands in a delta, and in the message that gives it back. */
export const REASONING_FIELDS = ["reasoning_content", "reasoning", "thinking", "thought"] as const;

const KNOWN_OF_MESSAGE = new Set<string>([
  ...REASONING_FIELDS,
  "role",
  "content",
  "tool_calls",
  "function_call",
  "refusal",
  "name",
]);
const KNOWN_OF_CALL = new Set(["index", "id", "type", "function"]);
const KNOWN_OF_FUNCTION = new Set(["name", "arguments"]);

/** Names of what is meant to come back. Others (citations, filters, numbers) are for the reader, and some servers refuse them. */
const COMES_BACK = /reason|think|thought|signature|encrypt|redact|extra_content|provider_|opaque/i;

function extrasOf(object: Json, known: ReadonlySet<string>): Json {
  return Object.fromEntries(
    Object.entries(object).filter(([key, value]) => !known.has(key) && value != null && COMES_BACK.test(key)),
  );
}

/** What stands beside the text of a delta and is wanted back. */
export const extrasOfMessage = (delta: Json): Json => extrasOf(delta, KNOWN_OF_MESSAGE);

/** What stands beside a call, or in its function, and is wanted back with it. */
export function extrasOfCall(call: Json): Json {
  const beside = extrasOf(call, KNOWN_OF_CALL);
  const inside = isObject(call.function) ? extrasOf(call.function, KNOWN_OF_FUNCTION) : {};
  return { ...beside, ...(Object.keys(inside).length > 0 ? { function: inside } : {}) };
}

/**
 * Fragments of one value joined: strings one after the other, lists too, but that entries with one `index` (or one `id`)
 * and type are one; objects key by key. Of all else, and of names, the later one counts.
 */
export function joined(before: unknown, next: unknown, key = ""): unknown {
  if (before === undefined || before === null) return next;
  if (next === undefined || next === null) return before;
  if (typeof before === "string" && typeof next === "string") return NAMES.test(key) ? next || before : before + next;
  if (Array.isArray(before) && Array.isArray(next)) return next.reduce(addEntry, before);
  if (!isObject(before) || !isObject(next)) return next;
  const all = { ...before };
  for (const [name, value] of Object.entries(next)) all[name] = joined(before[name], value, name);
  return all;
}

/** Keys whose value is said whole each time. */
const NAMES = /^(type|id|format|index|name|role|signature|.*_signature|.*_id)$/;

function addEntry(list: unknown[], entry: unknown): unknown[] {
  if (!isObject(entry)) return [...list, entry];
  const same = (other: unknown) =>
    isObject(other) &&
    other.type === entry.type &&
    (entry.id == null || other.id == null || entry.id === other.id) &&
    (entry.index != null ? other.index === entry.index : entry.id != null && other.id === entry.id);
  const at = list.findLastIndex(same);
  // A text that goes on without an index is the last entry's.
  const last = list.length - 1;
  const goesOn = entry.index == null && entry.id == null && isFragment(list[last], entry);
  const into = at >= 0 ? at : goesOn ? last : -1;
  return into === -1 ? [...list, entry] : list.with(into, joined(list[into], entry));
}

function isFragment(before: unknown, entry: Json): boolean {
  if (!isObject(before) || before.type !== entry.type || before.signature) return false;
  const words = (one: Json) => typeof one.text === "string" || typeof one.thinking === "string";
  return words(before) && (words(entry) || entry.signature != null);
}
