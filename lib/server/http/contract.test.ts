import { tmpdir } from "node:os";
import { Ajv2020 } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readContract } from "@/e2e/contract/document";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../config/env";
import { asJson, bodyFor, type Samples, urlFor } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { makeSamples, type Send } from "../testing/samples";
import { createApp } from "./app";

type Operation = { responses: Record<string, { content?: Record<string, { schema?: unknown }> }> };
type Document = { paths: Record<string, Record<string, Operation>> };

const sameForm = (route: string) => route.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "{}");
/** A key of an object as a step of a JSON pointer, in a URI. */
const step = (key: string) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Where an operation's answer of success has its schema in the contract's document; null where it has none. */
function schemaPointers(document: Document): Map<string, string | null> {
  return new Map(
    Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).flatMap(([method, operation]): [string, string | null][] => {
        const status = Object.keys(operation.responses ?? {}).find((one) => /^20[01]$/.test(one));
        const schema = status && operation.responses[status]!.content?.["application/json"]?.schema;
        const isSaid = schema && Object.keys(schema).length > 0;
        const pointer = ["paths", route, method, "responses", status ?? "", "content", "application/json", "schema"];
        return [[`${method} ${sameForm(route)}`, isSaid ? `contract#/${pointer.map(step).join("/")}` : null]];
      }),
    ),
  );
}

type Schema = {
  properties?: Record<string, unknown>;
  required?: string[];
  additionalProperties?: unknown;
  nullable?: boolean;
  enum?: unknown[];
};

/**
 * Takes from the document what its own server, or this one, does otherwise: a property more than the contract has is no
 * fault; the server never sent an archive's `organization_id`; a folder may do without an embedding here; an export is
 * JSON, not a string.
 */
function amend(document: Document & { components: { schemas: Record<string, Schema> } }): void {
  const open = (value: unknown): void => {
    if (!value || typeof value !== "object") return;
    const schema = value as Schema;
    if (schema.additionalProperties === false) delete schema.additionalProperties;
    // In OpenAPI 3.0, in whose words some of it is, null is one of the values then.
    if (schema.nullable && schema.enum) schema.enum.push(null);
    for (const one of Object.values(value)) open(one);
  };
  open(document);
  const { schemas } = document.components;
  for (const name of ["Folder", "Source"]) {
    const properties = schemas[name]!.properties!;
    properties.embedding_config = { anyOf: [properties.embedding_config, { type: "null" }] };
  }
  schemas.Archive!.required = schemas.Archive!.required?.filter((key) => key !== "organization_id") ?? [];
  const [exported] = Object.entries(document.paths).filter(([route]) => sameForm(route) === "/v1/agents/{}/export");
  for (const method of ["get", "post"]) {
    exported![1][method]!.responses["200"]!.content!["application/json"]!.schema = { type: "object" };
  }
}

const SAYS = { messages: [{ role: "user", content: "hi" }] };
const remote = { mcp_server_type: "streamable_http", server_url: "http://127.0.0.1:9/mcp" };
const PYTHON = 'def one() -> int:\n    """Gives one."""\n    return 1\n';

/** Bodies for what can't be made from a schema alone, and answer with success. */
function betterBody(id: string, samples: Samples, fresh: string): unknown {
  switch (id) {
    case "messages.batches.create":
      return { requests: [{ agent_id: samples.agent_id, ...SAYS }] };
    case "agents.schedule.create":
      return { ...SAYS, schedule: { type: "one-time", scheduled_at: 4_000_000_000_000 } };
    case "mcpServers.create":
      return { server_name: fresh, config: remote };
    case "mcpServers.update":
      return { server_name: fresh, config: remote };
    case "tools.mcp.add":
      return { server_name: fresh, type: "streamable_http", server_url: remote.server_url };
    case "tools.run":
      return { source_code: PYTHON, args: {} };
    case "conversations.messages.create":
    case "agents.messages.stream":
      return { ...SAYS, streaming: false };
    case "agents.messages.preview":
    case "conversations.messages.preview":
      return SAYS;
    case "chat.completions.create":
    case "voice.chat.completions.create":
      return { model: samples.agent_id, ...SAYS };
    case "identities.create":
      return { identifier_key: fresh, name: fresh, identity_type: "user" };
    case "sources.create":
    case "folders.create":
      return { name: fresh };
    case "templates.migrateDeployment":
      return { version: "1" };
    default:
      return undefined;
  }
}

/** Requests that the samples can't make a success of, and why; other tests have successes of them. */
const UNANSWERED: Record<string, string> = {
  "mcpServers.tools.retrieve": "the samples' server is not there",
  "mcpServers.tools.run": "the samples' server is not there",
  "mcpServers.refresh": "the samples' server is not there",
  "tools.mcp.tools": "the samples' server is not there",
  "tools.mcp.test": "the samples' server is not there",
  "tools.mcp.connect": "the samples' server is not there",
  "tools.mcp.resync": "the samples' server is not there",
  "tools.mcp.execute": "the samples' server is not there",
  "tools.mcp.addTool": "the samples' server is not there",
  "providers.check": "the samples' provider is not there",
  "providers.checkExisting": "the samples' provider is not there",
  "providers.refresh": "the samples' provider is not there",
  "agents.messages.update": "405 for everybody",
  "groups.messages.update": "405 for everybody",
  "agents.messages.cancel": "nothing runs",
  "conversations.cancel": "nothing runs",
  "conversations.messages.stream": "nothing runs",
  "agents.importFile": "wants a whole agent file",
  "templates.update": "wants a whole agent file",
  "templates.updateInProject": "wants a whole agent file",
  "templates.migrateLegacy": "the samples' template is in the default project",
};

/** Operations that take away, move or replace what others are asked for. */
const SPENDING = /detach|delete|reset|cancel|migrate|rename|rollback|setSnapshot|restore|revert|upsert|update/i;

describe("every operation of the contract, asked as the contract has it", () => {
  let t: RunningCore;
  let send: Send;
  let samples: Samples;
  let pointers: Map<string, string | null>;
  let validate: (pointer: string, body: unknown) => string | null;
  beforeAll(async () => {
    t = await openRunningCore({
      config: readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on", MEMOIR_DATA_DIR: tmpdir() }),
    });
    const app = createApp(t.core);
    send = async <Body>(method: string, route: string, body?: unknown) => {
      const sent = body === undefined || body instanceof FormData ? body : asJson(body);
      const response = await app.request(route, { method, ...(sent === undefined ? {} : { body: sent }) });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json");
      return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
    };
    samples = await makeSamples(t, send, "0");
    const document = readContract<Parameters<typeof amend>[0]>();
    amend(document);
    pointers = schemaPointers(document);
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    addFormats.default(ajv);
    ajv.addSchema(document, "contract");
    validate = (pointer, body) => {
      const check = ajv.compile({ $ref: pointer });
      if (check(body)) return null;
      return (check.errors ?? [])
        .map((error) => `${error.instancePath} ${error.message}`)
        .slice(0, 6)
        .join("; ");
    };
  });
  afterAll(() => t?.close());

  const rows = (ENDPOINTS as readonly Endpoint[]).filter((row) => !(row.method === "get" && row.streams));
  const keyOf = (row: Endpoint) => `${row.method} ${sameForm(row.path)}`;

  /**
   * What is wrong with the answers of these operations. They share samples for as long as none of them takes something
   * away: after one that does, those that follow get new ones.
   */
  async function wrongAnswers(method: Endpoint["method"]): Promise<string[]> {
    let of = samples;
    let isSpent = method !== "get";
    const wrong: string[] = [];
    for (const [index, row] of rows.entries()) {
      const pointer = pointers.get(keyOf(row));
      if (row.method !== method || pointer === undefined) continue;
      if (isSpent) of = await makeSamples(t, send, `${method}${index}`);
      isSpent = method === "delete" || SPENDING.test(row.id);
      t.otherwise.script = says("Yes.");
      const { status, text, body } = await send(
        method.toUpperCase(),
        urlFor(row, of),
        betterBody(row.id, of, `fresh-${index}`) ?? bodyFor(row, of),
      );
      if (UNANSWERED[row.id]) {
        if (status < 300) wrong.push(`${row.id}: is answered after all`);
      } else if (status >= 300) wrong.push(`${row.id}: ${status} ${text.slice(0, 160)}`);
      else if (pointer && body !== undefined) {
        const errors = validate(pointer, body);
        if (errors) wrong.push(`${row.id}: ${errors}`);
      }
    }
    return wrong;
  }

  test("GET gets what its schema says", async () => {
    expect(await wrongAnswers("get")).toEqual([]);
  });
  test("PATCH gets what its schema says", async () => {
    expect(await wrongAnswers("patch")).toEqual([]);
  }, 600_000);
  test("PUT gets what its schema says", async () => {
    expect(await wrongAnswers("put")).toEqual([]);
  }, 600_000);
  test("POST gets what its schema says", async () => {
    expect(await wrongAnswers("post")).toEqual([]);
  }, 600_000);
  test("DELETE gets what its schema says", async () => {
    expect(await wrongAnswers("delete")).toEqual([]);
  }, 600_000);
});
