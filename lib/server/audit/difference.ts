import type { WireAuditChange } from "@/lib/api/audit";

/** Names of fields that hold what opens something. */
const SECRET =
  /secret|passw|token(?!s\b|_)|api_?key|authorization|credential|private|cookie|headers|environment|^env$|_enc$|^key$|^args$|callback_url|webhook/i;
/** Fields that hold what was said, written or remembered: records of their own keep it, and erasing it there is enough. */
const SAID =
  /^(value|text|content|summary|description|system|source|source_code|prompt|instructions?|message|messages|input|metadata|properties|template|variables|human|persona|feedback|title|query|report|result|error)$/i;
/** Fields that follow from others, or move by themselves. */
const MOVES =
  /^(updated_at|last_updated_by_id|last_modified|message_ids|in_context_message_ids|last_used_at|last_seen_at|last_run\w*|last_stop_reason|num_\w+|\w+_count|memory|version|is_current|token|hint)$/;

const PERSONAL = /(^|\.)(name|identifier_key|key)$/;

const MAX_DEPTH = 4;
const MAX_CHANGES = 60;
const MAX_CHARS = 120;
const MAX_ITEMS = 40;

export const isSecretName = (name: string) => SECRET.test(name);

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * Fields that two forms of a resource differ in; null stands for none. What the fields hold is shown as far as it names or
 * sets something: of secrets it is said that they are there, of texts how long they are.
 *
 * @param isPersonal whether names in it are those of persons, who may be erased.
 */
export function differenceOf(before: unknown, after: unknown, isPersonal = false): WireAuditChange[] {
  const changes: WireAuditChange[] = [];
  compare("", isPlain(before) ? before : {}, isPlain(after) ? after : {}, 0, changes);
  if (!isPersonal) return changes;
  return changes.map((change) => (PERSONAL.test(change.field) ? { ...change, ...hidden(change) } : change));
}

function compare(path: string, before: Plain, after: Plain, depth: number, changes: WireAuditChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (changes.length >= MAX_CHANGES) return;
    if (MOVES.test(key)) continue;
    const [was, is] = [before[key] ?? null, after[key] ?? null];
    if (sameJson(was, is)) continue;
    const field = path === "" ? key : `${path}.${key}`;
    const opens = depth < MAX_DEPTH && !SECRET.test(key) && !SAID.test(key) && (isPlain(was) || isPlain(is));
    if (opens && (was === null || isPlain(was)) && (is === null || isPlain(is))) {
      compare(field, was ?? {}, is ?? {}, depth + 1, changes);
    } else changes.push({ field, before: shown(key, was), after: shown(key, is) });
  }
}

const hidden = ({ before, after }: WireAuditChange) => ({
  before: before === null ? null : "[a person’s]",
  after: after === null ? null : "[a person’s]",
});

const sameJson = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

function shown(key: string, value: unknown): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (SECRET.test(key)) return Array.isArray(value) ? `[${value.length} secret]` : "[secret]";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number") return value;
  if (typeof value === "string") return SAID.test(key) || value.length > MAX_CHARS ? sizeOf(value) : withoutKeys(value);
  if (SAID.test(key)) return sizeOf(JSON.stringify(value));
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => nameOf(item, key === "identities"));
    return value.length > MAX_ITEMS ? [...items, `and ${value.length - MAX_ITEMS} more`] : items;
  }
  return sizeOf(JSON.stringify(value));
}

/** An address without what may open it: a user's name and password, and what is asked. */
function withoutKeys(text: string): string {
  if (!/^[a-z][\w+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

const sizeOf = (text: string) => `(${text.length} characters)`;

/** What an item of a list is called. */
function nameOf(item: unknown, isPersonal: boolean): unknown {
  if (typeof item === "string") return item.length > MAX_CHARS ? sizeOf(item) : item;
  if (!isPlain(item)) return Array.isArray(item) ? sizeOf(JSON.stringify(item)) : item;
  return (isPersonal ? null : nameIn(item)) ?? (typeof item.id === "string" ? item.id : sizeOf(JSON.stringify(item)));
}

const NAMES = ["name", "label", "server_name", "tool_name", "identifier_key", "email"];

/** What a resource is called; null for one without a name. */
export function nameIn(value: unknown): string | null {
  if (!isPlain(value)) return null;
  for (const key of NAMES) {
    const name = value[key];
    if (typeof name === "string" && name !== "") return name.slice(0, MAX_CHARS);
  }
  return null;
}
