import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { readContract } from "../contract/document";
import { http, type Rig, startRig } from "../support/api";

type Schema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Media = { schema?: Schema };
type Operation = {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** What an agent is made of: nothing of these may be missing in a reply. */
const ENTITIES = ["AgentState", "BlockResponse", "Block", "Tool", "Run", "Step", "Conversation", "Passage", "Archive"];
/** Where the contract's document and its server differ, and clients know the server. */
const NOT_SENT: Record<string, string[]> = { Archive: ["organization_id"] };

const sameForm = (route: string) => route.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "{}");

function operationsOf(document: Document): Map<string, Operation> {
  return new Map(
    Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${sameForm(route)}`, operation] as const),
    ),
  );
}

/** An object's schema behind references, arrays and null; null where there is none, or several. */
function objectOf(document: Document, schema: Schema | undefined): { name: string; schema: Schema } | null {
  let current = schema;
  let name = "";
  for (;;) {
    if (!current) return null;
    if (current.$ref) {
      name = current.$ref.split("/").at(-1) ?? "";
      current = document.components.schemas[name];
    } else if (current.properties) return { name, schema: current };
    else if (current.items) current = current.items;
    else {
      const options: Schema[] = (current.anyOf ?? current.oneOf ?? current.allOf ?? []).filter(
        (one) => one.type !== "null",
      );
      if (options.length !== 1) return null;
      current = options[0];
    }
  }
}

const jsonOf = (content: Record<string, Media> | undefined) => content?.["application/json"]?.schema;

/** Properties of the contract's object that ours does not have; none where one of them is open or unknown. */
function missing(contract: Document, ours: Document, theirs: Schema | undefined, own: Schema | undefined) {
  const wanted = objectOf(contract, theirs);
  const given = objectOf(ours, own);
  if (!wanted || !given) return { name: wanted?.name ?? "", required: [], optional: [] };
  const lacks = Object.keys(wanted.schema.properties!).filter((key) => !(key in given.schema.properties!));
  const required = new Set(wanted.schema.required);
  return {
    name: wanted.name,
    required: lacks.filter((key) => required.has(key)),
    optional: lacks.filter((key) => !required.has(key)),
  };
}

describe("the contract's OpenAPI document", () => {
  let rig: Rig;
  let ours: Document;
  let contract: Document;
  beforeAll(async () => {
    rig = await startRig();
    ours = (await http(rig, "GET", "/openapi.json")).body as Document;
    contract = readContract<Document>();
  });
  afterAll(() => rig?.stop());

  const shared = () => {
    const theirs = operationsOf(contract);
    return [...operationsOf(ours)].flatMap(([key, own]) => {
      const other = theirs.get(key);
      return other ? [{ key, own, other }] : [];
    });
  };
  const replyOf = (operation: Operation) => jsonOf((operation.responses["200"] ?? operation.responses["201"])?.content);

  it("has every operation that is not marked as Memoir's own", () => {
    const known = new Set(operationsOf(contract).keys());
    const strangers = ENDPOINTS.filter((row) => !("own" in row && row.own))
      .map((row) => `${row.method} ${sameForm(row.path)}`)
      .filter((key) => !known.has(key));
    // The documents of the contract leave these out; its server and its clients have them.
    expect(
      strangers.filter((key) => !/models\/embeddings|\/ready$|^post \/v1\/groups\/\{\}\/messages/.test(key)),
    ).toEqual([]);
  });

  it("finds all that it promises of agents, blocks, tools, runs, steps, conversations, passages and archives", () => {
    const lacking: string[] = [];
    const others: string[] = [];
    for (const { key, own, other } of shared()) {
      const { name, required, optional } = missing(contract, ours, replyOf(other), replyOf(own));
      const lost = [...required, ...optional].filter((field) => !NOT_SENT[name]?.includes(field));
      if (lost.length > 0) (ENTITIES.includes(name) ? lacking : others).push(`${key} (${name}): ${lost.join(", ")}`);
    }
    if (others.length > 0) console.log(`Replies that lack properties of the contract:\n${others.join("\n")}`);
    expect(lacking).toEqual([]);
  });

  it("finds its parameters and request bodies known, but for what is reported", () => {
    const unknown: string[] = [];
    for (const { key, own, other } of shared()) {
      const names = new Set((own.parameters ?? []).filter((one) => one.in === "query").map((one) => one.name));
      const query = (other.parameters ?? []).filter((one) => one.in === "query" && !names.has(one.name));
      const body = missing(contract, ours, jsonOf(other.requestBody?.content), jsonOf(own.requestBody?.content));
      const fields = [...query.map((one) => `?${one.name}`), ...body.required, ...body.optional];
      if (fields.length > 0) unknown.push(`${key}: ${fields.join(", ")}`);
      expect([key, body.required]).toEqual([key, []]);
    }
    if (unknown.length > 0) console.log(`Accepted and not read:\n${unknown.join("\n")}`);
  });
});
