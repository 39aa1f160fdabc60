import { z } from "@hono/zod-openapi";
import type { Endpoint } from "@/lib/api/endpoint";

/** An id, or a name, for each parameter that an endpoint can have, by the parameter's name. */
export type Samples = Record<string, string>;

/** A body that says that it is JSON, whatever it is. */
export const asJsonText = (text: string) => new Blob([text], { type: "application/json" });
export const asJson = (body: unknown) => asJsonText(JSON.stringify(body));

/** The file of a suite, as small as it can be. */
const SUITE = `suite: made
start: {agent: made}
cases: [{name: made, checks: [{memory: {contains: made}}]}]`;

/** Bodies and queries that can't be made from their schema alone; `{name}` stands for a sample. */
export const GIVEN: Record<string, { body?: unknown; query?: Record<string, string> }> = {
  "agents.create": { body: { model: "openai/gpt-4o-mini", include_base_tools: false } },
  "agents.messages.create": { body: { input: "hi" } },
  "agents.messages.stream": { body: { input: "hi" } },
  "agents.messages.createAsync": { body: { input: "hi" } },
  "conversations.messages.create": { body: { input: "hi" } },
  "groups.messages.create": { body: { input: "hi" } },
  "groups.messages.stream": { body: { input: "hi" } },
  "tools.create": { body: { source_type: "json", source_code: "", json_schema: { name: "made", parameters: {} } } },
  "tools.upsert": { body: { source_type: "json", source_code: "", json_schema: { name: "made", parameters: {} } } },
  "agents.tools.updateApproval": { body: { requires_approval: true } },
  "templates.rollback": { body: { version: "1" } },
  "templates.rollbackInProject": { body: { version: "1" } },
  "agents.memoryFiles.content": { query: { file_path: "{block_label}.md" } },
  "agents.memoryFiles.history": { query: { file_path: "{block_label}.md" } },
  "agents.search.count": { query: { search: "[]" } },
  "archives.passages.createMany": { body: { passages: [{ text: "made" }] } },
  "mcpServers.test": {
    body: {
      mcp_server_id: "{mcp_server_id}",
      config: { mcp_server_type: "streamable_http", server_url: "http://127.0.0.1:9/mcp" },
    },
  },
  "agents.workspace.read": { query: { path: "{workspace_path}" } },
  "agents.workspace.versions": { query: { path: "{workspace_path}" } },
  "agents.workspace.write": { body: { path: "made.txt", content: "made" } },
  "agents.workspace.delete": { query: { path: "{workspace_path}" } },
  "suites.create": { body: { source: SUITE } },
  "suites.check": { body: { source: SUITE } },
  "suites.update": { body: { source: SUITE } },
  "suites.draft": { query: { agent_id: "{agent_id}" } },
  "suites.runs.compare": { query: { with_run_id: "{suite_run_id}" } },
  "runs.replayChanged": { body: { message: "made" } },
  "sessions.create": { body: { password: "made" } },
  "account.create": { body: { name: "made", email: "made@example.com", password: "long enough" } },
  "account.changePassword": { body: { current_password: "made", new_password: "long enough" } },
  "account.resetPassword": { body: { token: "made", password: "long enough" } },
  "keys.create": { body: { name: "made", role: "viewer" } },
  "providers.create": { body: { name: "made", provider_type: "openai", api_key: "k" } },
  "providers.check": { body: { provider_type: "openai", api_key: "k", base_url: "http://127.0.0.1:9/v1" } },
};

export const pathParams = (row: Endpoint): string[] =>
  Array.from(row.path.matchAll(/\{(\w+)\}/g), (match) => match[1]!);

/** Keys at the top of a query, body or form that name something by its id. */
export function idFields(schema: z.ZodType | undefined): string[] {
  const shape = (schema as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
  return Object.keys(shape).filter((key) => /(^|_)ids?$|^(agentId|with)$/.test(key));
}

/** A body that the endpoint's schema takes: what must be given, made from the schema, and what `GIVEN` says. */
export function bodyFor(row: Endpoint, samples: Samples): unknown {
  const given = GIVEN[row.id]?.body;
  if (given !== undefined) return filled(given, samples);
  if (row.form) return formFor(row.form);
  if (!row.body) return undefined;
  return valueFor(z.toJSONSchema(row.body, { io: "input", unrepresentable: "any" }), samples);
}

/** A form with a file in each field that wants one. */
function formFor(schema: z.ZodObject): FormData {
  const form = new FormData();
  for (const field of Object.keys(schema.shape).filter((name) => /file$/.test(name))) {
    form.set(field, new File(["made"], "made.txt"));
  }
  return form;
}

export function queryFor(row: Endpoint, samples: Samples): Record<string, string> {
  const given = filled(GIVEN[row.id]?.query ?? {}, samples);
  const made = row.query
    ? (valueFor(z.toJSONSchema(row.query, { io: "input", unrepresentable: "any" }), samples) as Record<string, unknown>)
    : {};
  return Object.fromEntries(Object.entries({ ...made, ...given }).map(([key, value]) => [key, String(value)]));
}

/** The path with its parameters, and its query. */
export function urlFor(
  row: Endpoint,
  samples: Samples,
  query: Record<string, string> = queryFor(row, samples),
): string {
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(samples[name] ?? "missing"));
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

function filled<T>(value: T, samples: Samples): T {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/\{(\w+)\}/g, (_, name: string) => samples[name] ?? "missing"),
  ) as T;
}

type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  pattern?: string;
  format?: string;
};

/** The smallest value that a JSON schema takes, as far as it goes: ids are those of the samples. */
function valueFor(schema: unknown, samples: Samples, name = ""): unknown {
  const one = schema as JsonSchema;
  if (one.const !== undefined) return one.const;
  if (one.enum) return one.enum[0];
  const choices = one.anyOf ?? one.oneOf;
  if (choices?.some((choice) => choice.type === "null")) return null;
  if (choices) return valueFor(choices[0], samples, name);
  if (one.type === "object") {
    const keys = one.required ?? [];
    return Object.fromEntries(keys.map((key) => [key, valueFor(one.properties?.[key] ?? {}, samples, key)]));
  }
  if (one.type === "array") {
    return Array.from({ length: one.minItems ?? 0 }, () => valueFor(one.items ?? {}, samples, name.replace(/s$/, "")));
  }
  if (one.type === "integer" || one.type === "number") return Math.max(one.minimum ?? 1, 1);
  if (one.type === "boolean") return true;
  const prefix = /^\^([a-z_-]+)-\[/.exec(one.pattern ?? "")?.[1];
  if (prefix) return samples[`${prefix}_id`] ?? samples[name] ?? `${prefix}-00000000-0000-4000-8000-000000000000`;
  if (one.format === "uri") return "https://example.com";
  if (one.format === "date-time") return "2030-01-01T00:00:00Z";
  return samples[name] ?? "made";
}
