import type { z } from "@hono/zod-openapi";
import type { ENDPOINTS } from "@/lib/api/endpoints";

type Row = (typeof ENDPOINTS)[number];
type Id = Row["id"];
type RowOf<I extends Id> = Extract<Row, { id: I }>;

/** An operation with what it is called with, as code can be made of it. */
export type Operation = {
  /** Its row in the endpoint table. */
  id: Id;
  method: Row["method"];
  path: Row["path"];
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: Record<string, unknown> | null;
  /** The official clients have a method for it, of the row's name. */
  named: boolean;
};

type Given<I extends Id> = {
  method: RowOf<I>["method"];
  path: RowOf<I>["path"];
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
  /** False for Memoir's own operations, and for those that the clients lack. */
  named?: boolean;
} & (RowOf<I> extends { params: infer P extends z.ZodType }
  ? { params: { [K in keyof z.output<P>]: string } }
  : { params?: undefined });

/** An operation of the table: its method and path are checked against its row by types. */
export function operation<const I extends Id>(id: I, given: Given<I>): Operation {
  return {
    id,
    method: given.method,
    path: given.path,
    params: (given.params ?? {}) as Record<string, string>,
    query: given.query ?? {},
    body: given.body ?? null,
    named: given.named ?? true,
  };
}

export const LANGUAGES = ["TypeScript", "Python", "curl"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The program that does what these operations do, against a server at `baseUrl`. */
export function toCode(language: Language, baseUrl: string, operations: readonly Operation[]): string {
  if (language === "curl") return operations.map((one) => curl(baseUrl, one)).join("\n\n");
  if (language === "Python") {
    const lines = operations.map((one) => `${python(one)}`);
    return `from letta_client import Letta\n\nclient = Letta(base_url=${JSON.stringify(baseUrl)})\n\n${lines.join("\n")}\n`;
  }
  const lines = operations.map((one) => typescript(one));
  return `import Letta from "@letta-ai/letta-client";\n\nconst client = new Letta({ baseURL: ${JSON.stringify(baseUrl)} });\n\n${lines.join("\n")}\n`;
}

/**
 * The clients' calling convention: the last parameter of the path comes first, alone; the others of the path, the query
 * and the body follow as one object (keyword arguments in Python).
 */
function argumentsOf({ path, params, query, body }: Operation): {
  first: string | null;
  rest: Record<string, unknown>;
} {
  const names = namesOf(path);
  const last = names.at(-1);
  const others = Object.fromEntries(names.slice(0, -1).map((name) => [name, params[name]]));
  return { first: last === undefined ? null : (params[last] ?? ""), rest: { ...others, ...query, ...body } };
}

function typescript(one: Operation): string {
  if (!one.named) {
    const options = { ...(hasAny(one.query) ? { query: one.query } : {}), ...(one.body ? { body: one.body } : {}) };
    return `const result = await client.${one.method}(${JSON.stringify(filled(one))}${hasAny(options) ? `, ${literal(options)}` : ""});`;
  }
  const { first, rest } = argumentsOf(one);
  const list = [...(first === null ? [] : [JSON.stringify(first)]), ...(hasAny(rest) ? [literal(rest)] : [])];
  return `const result = await client.${one.id}(${list.join(", ")});`;
}

function python(one: Operation): string {
  if (!one.named) {
    const options = {
      ...(hasAny(one.query) ? { options: { params: one.query } } : {}),
      ...(one.body ? { body: one.body } : {}),
    };
    const more = Object.entries(options).map(([key, value]) => `, ${key}=${pythonLiteral(value)}`);
    return `result = client.${one.method}(${JSON.stringify(filled(one))}, cast_to=object${more.join("")})`;
  }
  const { first, rest } = argumentsOf(one);
  const named = Object.entries(rest).map(([key, value]) => `${key}=${pythonLiteral(value)}`);
  const list = [...(first === null ? [] : [pythonLiteral(first)]), ...named];
  return `result = client.${snakeCase(one.id)}(${list.join(", ")})`;
}

function curl(baseUrl: string, one: Operation): string {
  const search = new URLSearchParams(
    Object.entries(one.query).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).filter((item) => item != null).map((item) => [key, String(item)]),
    ),
  ).toString();
  const url = `${baseUrl}${filled(one)}${search ? `?${search}` : ""}`;
  const method = one.method === "get" ? "" : ` -X ${one.method.toUpperCase()}`;
  const body = one.body
    ? ` \\\n  -H 'content-type: application/json' \\\n  -d ${quoted(JSON.stringify(one.body, null, 2))}`
    : "";
  return `curl${method} ${quoted(url)}${body}`;
}

const namesOf = (path: string) => Array.from(path.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? "");
const hasAny = (object: object) => Object.keys(object).length > 0;

function filled({ path, params }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

/** An object as a literal of TypeScript: names without quotes where they need none. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/^(\s*)"([A-Za-z_]\w*)":/gm, "$1$2:");
}

function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`);
    return `{${entries.join(", ")}}`;
  }
  // A JSON string is a Python string, but for what lies beyond the first plane, which JSON leaves as it is.
  return JSON.stringify(value);
}

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Text for a shell: nothing in single quotes means anything but a single quote. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
