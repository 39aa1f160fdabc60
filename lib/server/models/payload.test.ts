import { describe, expect, test } from "vitest";
import type { ModelRequest } from "@/lib/engine/model";
import type { Message, Part } from "@/lib/stream/message";
import type { ProviderType } from "../config/provider-settings";
import { callOptions } from "./language-model";
import { createProvider } from "./providers";
import type { ModelInfo } from "./registry";
import { strictParameters } from "./strict-schema";

const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const FORMAT = { type: "json_schema", json_schema: { name: "place", schema: SCHEMA, strict: true } };
const TOOL = { name: "look", description: "Looks.", parameters: { type: "object" as const, properties: {} } };
const PNG = "iVBORw0KGgo=";

function message(role: Message["role"], parts: Part[]): Message {
  const nothing = { otid: null, name: null, senderId: null, groupId: null, runId: null, stepId: null, model: null };
  return { id: "message-1", role, parts, ...nothing, isErr: null, createdAt: "2026-01-01T00:00:00.000Z" };
}

const HELLO = message("user", [{ type: "text", text: "hello" }]);

function payload(type: ProviderType, name: string, changes: Partial<ModelRequest> = {}, baseUrl: string | null = null) {
  const provider = createProvider({ name: type, type, category: "base", apiKey: "secret", baseUrl });
  const info: ModelInfo = {
    handle: `${type}/${name}`,
    name,
    displayName: name,
    providerType: type === "openai-compatible" ? "openai" : type,
    providerName: type,
    providerCategory: "base",
    endpoint: provider.endpoint,
    contextWindow: 1000,
    windowSource: "provider",
    maxTokens: 100,
    demo: false,
  };
  const request: ModelRequest = {
    system: "Be brief.",
    messages: [HELLO],
    tools: [],
    toolChoice: "auto",
    parallelToolCalls: false,
    settings: {},
    ...changes,
  };
  return provider.payload(name, callOptions(info, request));
}

const ELSEWHERE = "http://127.0.0.1:9/v1";

describe("an answer's form", () => {
  test("reaches OpenAI, servers like it, Anthropic and Google as their schema, with tools too", async () => {
    const asked = { settings: { response_format: FORMAT }, tools: [TOOL] };
    const expected = { type: "json_schema", json_schema: { name: "place", strict: true, schema: SCHEMA } };
    expect((await payload("openai", "gpt-4o-mini", asked)).response_format).toMatchObject({
      ...expected,
      json_schema: { name: "place", strict: true },
    });
    expect((await payload("openai", "llama", asked, ELSEWHERE)).response_format).toEqual(expected);
    expect((await payload("ollama", "llama3", asked)).response_format).toEqual(expected);
    const anthropic = await payload("anthropic", "claude-sonnet-4-5", asked);
    expect(anthropic.output_config).toMatchObject({ format: { type: "json_schema" } });
    expect(anthropic.tools).toMatchObject([{ name: "look" }]);
    const google = await payload("google_ai", "gemini-2.5-flash", { settings: { response_schema: FORMAT } });
    expect(google.generationConfig).toMatchObject({ responseMimeType: "application/json" });
    expect(JSON.stringify(google.generationConfig)).toContain("city");
  });

  test("is any JSON, or a text, where no schema is given", async () => {
    const json = { settings: { response_format: { type: "json_object" } } };
    expect((await payload("openai", "llama", json, ELSEWHERE)).response_format).toEqual({ type: "json_object" });
    const text = { settings: { response_format: { type: "text" } } };
    expect(await payload("openai", "llama", text, ELSEWHERE)).not.toHaveProperty("response_format");
  });

  test("is to the letter as its schema says, or else as the settings say", async () => {
    const strictOf = async (settings: Record<string, unknown>) => {
      const { response_format: format } = await payload("openai", "llama", { settings }, ELSEWHERE);
      return (format as { json_schema: { strict: boolean } }).json_schema.strict;
    };
    const loose = { type: "json_schema", json_schema: { name: "place", schema: SCHEMA } };
    expect(await strictOf({ response_format: loose })).toBe(false);
    expect(await strictOf({ response_format: loose, strict: true })).toBe(true);
    expect(await strictOf({ response_format: FORMAT, strict: false })).toBe(true);
  });
});

describe("strict tools", () => {
  test("have all properties, some of which may be null", async () => {
    const parameters = {
      type: "object" as const,
      properties: { a: { type: "string" }, b: { type: "array", items: { type: "object", properties: {} } } },
      required: ["a"],
    };
    expect(strictParameters(parameters)).toEqual({
      type: "object",
      properties: {
        a: { type: "string" },
        b: {
          type: ["array", "null"],
          items: { type: "object", properties: {}, required: [], additionalProperties: false },
        },
      },
      required: ["a", "b"],
      additionalProperties: false,
    });
    const tools = [{ name: "f", description: "", parameters }];
    const sent = await payload("openai", "llama", { tools, settings: { strict: true } }, ELSEWHERE);
    expect(sent.tools).toMatchObject([{ function: { strict: true, parameters: { required: ["a", "b"] } } }]);
    const plain = await payload("openai", "llama", { tools }, ELSEWHERE);
    expect(JSON.stringify(plain.tools)).not.toContain("strict");
  });

  test("are as they were where an object may have any properties", async () => {
    const open = { type: "object" as const, properties: { any: { type: "object" } } };
    expect(strictParameters(open)).toBeNull();
    const tools = [{ name: "f", description: "", parameters: open }];
    const sent = await payload("openai", "llama", { tools, settings: { strict: true } }, ELSEWHERE);
    expect(JSON.stringify(sent.tools)).not.toContain("strict");
  });
});

describe("what only some servers know", () => {
  test("is put in their own words", async () => {
    const asked = { settings: { return_logprobs: true, top_logprobs: 2 }, tools: [TOOL], parallelToolCalls: true };
    const elsewhere = await payload("openai", "llama", asked, ELSEWHERE);
    expect(elsewhere).toMatchObject({ logprobs: true, top_logprobs: 2, parallel_tool_calls: true });
    expect(elsewhere).not.toHaveProperty("parallelToolCalls");
    expect(await payload("openai", "gpt-4o-mini", asked)).toMatchObject({
      logprobs: true,
      top_logprobs: 2,
      parallel_tool_calls: true,
    });
    expect(await payload("openai", "llama", {}, ELSEWHERE)).not.toHaveProperty("logprobs");
  });

  test("is never the key", async () => {
    for (const type of ["openai", "anthropic", "google_ai"] as const) {
      expect(JSON.stringify(await payload(type, "some-model"))).not.toContain("secret");
    }
  });
});

describe("images", () => {
  const image = (data: string | null): Part => ({
    type: "image",
    source: { type: "letta", file_id: "file-1", media_type: "image/png", data, detail: "low" },
  });

  test("are shown with their data and detail; one that is gone is said to be", async () => {
    const messages = [message("user", [{ type: "text", text: "look" }, image(PNG)])];
    const sent = JSON.stringify(await payload("openai", "gpt-4o-mini", { messages }));
    expect(sent).toContain(`data:image/png;base64,${PNG}`);
    expect(sent).toContain('"detail":"low"');
    const gone = JSON.stringify(await payload("openai", "gpt-4o-mini", { messages: [message("user", [image(null)])] }));
    expect(gone).toContain("no longer there");
  });

  test("that tools return are in the return where the provider takes them, and after all returns where not", async () => {
    const call = (id: string): Part => ({ type: "tool_call", id, name: "look", arguments: "{}" });
    const back = (id: string): Part => ({
      type: "tool_return",
      toolCallId: id,
      name: "look",
      status: "success",
      content: [{ type: "text", text: `seen ${id}` }, image(PNG) as never],
      stdout: null,
      stderr: null,
    });
    const messages = [
      HELLO,
      message("assistant", [call("c1"), call("c2")]),
      message("tool", [back("c1")]),
      message("tool", [back("c2")]),
      message("user", [{ type: "text", text: "and?" }]),
    ];
    const openai = (await payload("openai", "llama", { messages, tools: [TOOL] }, ELSEWHERE)).messages as {
      role: string;
      content: unknown;
    }[];
    expect(openai.map((one) => one.role)).toEqual(["system", "user", "assistant", "tool", "tool", "user", "user"]);
    expect(openai[3]?.content).toBe("seen c1\n[Image: shown below]");
    expect(JSON.stringify(openai[5]?.content).split(PNG).length - 1).toBe(2);
    const anthropic = (await payload("anthropic", "claude-sonnet-4-5", { messages, tools: [TOOL] })).messages as {
      content: { type: string; content: { type: string }[] }[];
    }[];
    const returned = anthropic.flatMap((one) => one.content).filter((one) => one.type === "tool_result");
    expect(returned.map((one) => one.content.map((part) => part.type))).toEqual([
      ["text", "image"],
      ["text", "image"],
    ]);
    const google = JSON.stringify(await payload("google_ai", "gemini-2.5-flash", { messages, tools: [TOOL] }));
    expect(google.split(PNG).length - 1).toBe(2);
  });
});
