import { describe, expect, test } from "vitest";
import type { Message, Part } from "@/lib/stream/message";
import { callOptions } from "../language-model";
import { createProvider } from "../providers";
import { infoOf, message, requestOf, returned, type Speaker, user } from "../testing/peculiar";
import { takenSchema } from "./schema";

type Json = Record<string, unknown>;
const CLAUDE: Speaker = { type: "anthropic", name: "claude-sonnet-4-5" };
const GEMINI: Speaker = { type: "google_ai", name: "gemini-2.5-flash" };
const MISTRAL: Speaker = { type: "openai-compatible", provider: "mistral", name: "mistral-large" };
const OPENAI: Speaker = { type: "openai", name: "gpt-4o" };
const ALL = [
  CLAUDE,
  GEMINI,
  MISTRAL,
  OPENAI,
  { type: "openai-compatible", provider: "local", name: "llama" } as Speaker,
];

async function bodyOf(speaker: Speaker, messages: Message[], changes: Json = {}): Promise<Json> {
  const info = infoOf(speaker);
  const settings = { name: info.providerName, type: speaker.type, category: "base" as const, apiKey: "k" };
  const provider = createProvider({ ...settings, baseUrl: info.endpoint });
  return provider.payload(speaker.name, callOptions(info, requestOf(messages, changes)));
}

const call = (id: string, name = "note"): Part => ({ type: "tool_call", id, name, arguments: "{}" });
const said = (...parts: Part[]) => message("assistant", parts);
const text = (words: string): Part => ({ type: "text", text: words });
/** Ids of calls and of returns in the order in which a body has them. */
function idsIn(body: Json): { calls: unknown[]; returns: unknown[] } {
  const all = (body.messages as Json[]).flatMap((one) => [
    one,
    ...(Array.isArray(one.content) ? one.content : []),
  ]) as Json[];
  const calls = all.flatMap((one) =>
    one.type === "tool_use" ? [one.id] : ((one.tool_calls as Json[]) ?? []).map((made) => made.id),
  );
  return { calls, returns: all.flatMap((one) => one.tool_use_id ?? one.tool_call_id ?? []) };
}

describe("blank texts", () => {
  const BLANKS = ["", " ", "\n\n", "\t \u00a0", "\u3000"];
  test.each(BLANKS)("are never sent: %j", async (blank) => {
    const transcript = [
      user(blank),
      said(text(blank), call("c1")),
      returned("c1", blank),
      said(text(blank)),
      message("user", [text(blank), text("and?")]),
    ];
    for (const speaker of ALL) {
      const body = await bodyOf(speaker, transcript, { system: blank });
      const texts = [...JSON.stringify(body).matchAll(/"text":("(?:[^"\\]|\\.)*")/g)].map(
        (match) => JSON.parse(match[1]!) as string,
      );
      expect(texts.filter((one) => one.trim() === "")).toEqual([]);
      for (const one of (body.messages as Json[]) ?? [])
        if (one.role !== "tool" && !one.tool_calls) expect(JSON.stringify(one.content).length).toBeGreaterThan(4);
    }
  });
});

describe("ids of calls", () => {
  const FOREIGN = [
    "functions.note:0",
    "call|x|y",
    "toolu_01ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghij",
    "é",
    "a b",
    "chatcmpl-tool-0123456789abcdef0123456789abcdef0123456789",
  ];
  const TAKEN: [Speaker, RegExp][] = [
    [CLAUDE, /^[a-zA-Z0-9_-]{1,64}$/],
    [MISTRAL, /^[a-zA-Z0-9]{9}$/],
    [OPENAI, /^[a-zA-Z0-9_-]{1,40}$/],
  ];
  test.each(TAKEN)("are as $name takes them, calls and returns alike", async (speaker, pattern) => {
    const transcript = [user("hi"), ...FOREIGN.flatMap((id) => [said(call(id)), returned(id)])];
    const { calls, returns } = idsIn(await bodyOf(speaker, transcript));
    expect(calls).toHaveLength(FOREIGN.length);
    expect(returns).toEqual(calls);
    expect(new Set(calls).size).toBe(FOREIGN.length);
    for (const id of calls) expect(id).toMatch(pattern);
    const longer = await bodyOf(speaker, [...transcript, user("and?")]);
    expect(idsIn(longer).calls).toEqual(calls);
  });

  test("that a server gave twice are two", async () => {
    const transcript = [user("hi"), said(call("same")), returned("same"), said(call("same")), returned("same")];
    for (const speaker of [CLAUDE, OPENAI, MISTRAL]) {
      const { calls, returns } = idsIn(await bodyOf(speaker, transcript));
      expect(new Set(calls).size).toBe(2);
      expect(returns).toEqual(calls);
    }
  });

  test("that are taken stay as they are", async () => {
    const { calls } = idsIn(await bodyOf(CLAUDE, [user("hi"), said(call("toolu_01A")), returned("toolu_01A")]));
    expect(calls).toEqual(["toolu_01A"]);
  });
});

describe("calls and returns", () => {
  const CASES: [name: string, transcript: Message[]][] = [
    ["a call without a return", [user("hi"), said(call("c1")), user("and?")]],
    ["two calls, of which one returned", [user("hi"), said(call("c1"), call("c2")), returned("c2"), user("and?")]],
    ["a return that comes after a word", [user("hi"), said(call("c1")), user("wait"), returned("c1")]],
    ["a return without its call", [user("hi"), returned("c9"), user("and?")]],
    ["a return that came twice", [user("hi"), said(call("c1")), returned("c1", "one"), returned("c1", "two")]],
    ["a transcript that begins with a return", [returned("c0"), user("hi")]],
    ["a transcript that begins with the assistant", [said(text("Hello!")), user("hi")]],
  ];
  test.each(CASES)("are in pairs: %s", async (_name, transcript) => {
    for (const speaker of [CLAUDE, OPENAI, MISTRAL]) {
      const { calls, returns } = idsIn(await bodyOf(speaker, transcript));
      expect(returns).toEqual(calls);
    }
  });

  test.each(CASES)("stand in an order of roles that is taken: %s", async (_name, transcript) => {
    const mistral = (await bodyOf(MISTRAL, transcript)).messages as Json[];
    const roles = mistral.map((one) => String(one.role)).filter((role) => role !== "system");
    expect(roles[0]).toBe("user");
    expect(roles.join(" ")).not.toMatch(/user user|tool user|assistant assistant|assistant$/);
    const claude = (await bodyOf(CLAUDE, transcript)).messages as Json[];
    expect(claude[0]!.role).toBe("user");
    expect(claude.at(-1)!.role).toBe("user");
  });
});

describe("tools", () => {
  const many = Array.from({ length: 200 }, (_, at) => ({
    name: `tool_${at}`,
    description: "",
    parameters: { type: "object", properties: {} },
  }));
  test("are no more than 128, said to be, with those that were called and the one that must be", async () => {
    const transcript = [user("hi"), said(call("c1", "tool_180")), returned("c1")];
    const body = await bodyOf(OPENAI, transcript, { tools: many, toolChoice: { name: "tool_199" } });
    const names = (body.tools as { function: { name: string } }[]).map((tool) => tool.function.name);
    expect(names).toHaveLength(128);
    expect(names).toEqual(expect.arrayContaining(["tool_0", "tool_180", "tool_199"]));
    expect(JSON.stringify(body.messages)).toContain("72 of your tools are not shown");
    expect((await bodyOf(CLAUDE, transcript, { tools: many })).tools).toHaveLength(200);
  });
});

describe("a tool's schema", () => {
  const of = (property: unknown, more: Json = {}) => ({ type: "object", properties: { f: property }, ...more });
  const property = (schema: Json) => (schema.properties as Json).f;
  const EVERYWHERE: [name: string, given: unknown, expected: unknown][] = [
    ["an array without items", { type: "array" }, { type: "array", items: { type: "string" } }],
    ["one of an array or null", { type: ["array", "null"] }, { items: { type: "string" } }],
    [
      "an array deep inside",
      { type: "object", properties: { h: { type: "array", items: { type: "array" } } } },
      { properties: { h: { items: { items: { type: "string" } } } } },
    ],
    [
      "an array in an alternative",
      { anyOf: [{ type: "string" }, { type: "array" }] },
      { anyOf: [{ type: "string" }, { items: { type: "string" } }] },
    ],
    [
      "an array as the value of any key",
      { type: "object", properties: {}, additionalProperties: { type: "array" } },
      {},
    ],
    ["an array of a boolean schema", { type: "array", items: true }, { items: { type: "string" } }],
  ];
  test.each(EVERYWHERE)("has items: %s", (_name, given, expected) => {
    for (const kind of ["openai", "inlined", "gemini"] as const) {
      const made = takenSchema(of(given) as Json, kind);
      if (kind !== "gemini" || !JSON.stringify(given).includes("null"))
        expect(property(made)).toMatchObject(expected as Json);
      const arrays = [...JSON.stringify(made).matchAll(/"type":(?:"array"|\["array","null"\])/g)].length;
      expect(JSON.stringify(made).split('"items":').length - 1).toBe(arrays);
    }
  });

  const FOR_GEMINI: [name: string, given: unknown, expected: unknown][] = [
    ["a type or null", { type: ["string", "null"] }, { type: "string", nullable: true }],
    [
      "an alternative of null",
      { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
      { type: "integer", nullable: true },
    ],
    ["a list of values with null", { enum: ["x", "y", null] }, { type: "string", enum: ["x", "y"], nullable: true }],
    ["numbers to choose from", { type: "integer", enum: [1, 2] }, { type: "integer", description: "One of: 1, 2" }],
    ["a constant", { const: "fixed" }, { type: "string", enum: ["fixed"] }],
    ["a format it knows", { type: "string", format: "date-time" }, { type: "string", format: "date-time" }],
    ["a format it does not know", { type: "string", format: "uri" }, { type: "string" }],
    ["bounds it does not know", { type: "number", exclusiveMinimum: 0, multipleOf: 0.5 }, { type: "number" }],
    ["anything", true, { type: "string" }],
    ["no schema at all", {}, { type: "string" }],
    [
      "either of two",
      { oneOf: [{ type: "string" }, { type: "array" }] },
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
    ],
    ["a pattern that looks around", { type: "string", pattern: "^(?!x)" }, { type: "string" }],
    ["keys of any name", { type: "object", additionalProperties: { type: "string" } }, { type: "object" }],
  ];
  test.each(FOR_GEMINI)("is in Gemini's words: %s", (_name, given, expected) => {
    expect(property(takenSchema(of(given) as Json, "gemini"))).toEqual(expected);
  });

  test("has its references replaced, and ends where it holds itself", () => {
    const tree = {
      type: "object",
      properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
    };
    const given = { ...of({ $ref: "#/$defs/node" }), $defs: { node: tree } };
    for (const kind of ["inlined", "gemini"] as const) {
      const made = JSON.stringify(takenSchema(given, kind));
      expect(made).not.toContain("$ref");
      expect(made).not.toContain("$defs");
      expect(made).toContain('"name"');
    }
    expect(JSON.stringify(takenSchema(given, "openai"))).toContain("$ref");
  });

  test("is an object with properties at the top, whatever it was", () => {
    const alternatives = [
      { properties: { a: { type: "string" } }, required: ["a"] },
      { properties: { b: { type: "string" } } },
    ];
    for (const given of [
      {},
      { type: "object" },
      { anyOf: alternatives },
      { type: "object", oneOf: alternatives },
      { $ref: "#/$defs/x", $defs: { x: of({ type: "string" }) } },
    ]) {
      const made = takenSchema(given as Json, "openai");
      expect(made).toMatchObject({ type: "object", properties: expect.any(Object) });
      for (const key of ["anyOf", "oneOf", "allOf", "enum", "not", "$ref"]) expect(made).not.toHaveProperty(key);
    }
  });
});
