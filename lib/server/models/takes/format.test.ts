import { describe, expect, test } from "vitest";
import { MEMGPT, messageSchemaOf } from "@/lib/engine/dialect";
import type { ModelRequest, ToolSpec } from "@/lib/engine/model";
import { presentAssistantMessages } from "@/lib/stream/present";
import type { ProviderType } from "../../config/provider-settings";
import { demoModel } from "../demo";
import { callOptions } from "../language-model";
import { createProvider } from "../providers";
import { infoOf, requestOf, TOOL, user } from "../testing/peculiar";

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const BY_SCHEMA = { type: "json_schema", json_schema: { name: "place", schema: SCHEMA } };
const ANY = { type: "json_object" };

async function bodyOf(type: ProviderType, name: string, changes: Partial<ModelRequest>, baseUrl?: string) {
  const info = infoOf({ type, name, ...(baseUrl ? { baseUrl } : {}) });
  const provider = createProvider({
    name: info.providerName,
    type,
    category: "base",
    apiKey: "k",
    baseUrl: baseUrl ?? null,
  });
  return provider.payload(
    name,
    callOptions({ ...info, endpoint: provider.endpoint }, requestOf([user("hi")], changes)),
  );
}
const asking = (response_format: unknown, tools: ToolSpec[] = []) => ({ settings: { response_format }, tools });
const LOCAL = "http://127.0.0.1:9/v1";

describe("an answer that shall be JSON of any kind", () => {
  test.each([
    ["anthropic", "claude-sonnet-4-5", undefined],
    ["anthropic", "claude-3-5-haiku-20241022", undefined],
    ["google_ai", "gemini-2.5-flash", undefined],
    ["openai", "gpt-4", undefined],
  ] as const)("is asked for in words where %s's %s can't be told otherwise, tools or not", async (type, name, url) => {
    const body = await bodyOf(type, name, asking(ANY, [TOOL]), url);
    expect(JSON.stringify(body)).toContain("one JSON object and nothing else");
    expect(body).not.toHaveProperty("response_format");
    expect(JSON.stringify(body)).not.toContain("application/json");
  });

  test("is told to those that know it in their own way", async () => {
    expect((await bodyOf("google_ai", "gemini-2.5-flash", asking(ANY))).generationConfig).toMatchObject({
      responseMimeType: "application/json",
    });
    expect((await bodyOf("openai-compatible", "llama", asking(ANY), LOCAL)).response_format).toEqual({
      type: "json_object",
    });
  });
});

describe("an answer by a schema", () => {
  test.each([
    ["anthropic", "claude-sonnet-4-5", undefined],
    ["anthropic", "claude-3-5-haiku-20241022", undefined],
    ["google_ai", "gemini-2.5-flash", undefined],
    ["google_ai", "gemini-3-pro-preview", undefined],
    ["openai", "gpt-4o", undefined],
    ["openai", "gpt-5", undefined],
    ["openai", "gpt-4-turbo", undefined],
    ["openai-compatible", "qwen3", LOCAL],
    ["openai-compatible", "deepseek-chat", "https://api.deepseek.com/v1"],
  ] as const)("reaches %s's %s, with tools and without", async (type, name, url) => {
    for (const tools of [[], [TOOL]]) {
      const body = await bodyOf(type, name, asking(BY_SCHEMA, tools), url);
      expect(JSON.stringify(body)).toContain("city");
      if (tools.length > 0) expect(JSON.stringify(body.tools)).toContain("note");
    }
  });

  test("that is no object is refused with a sentence", () => {
    const list = {
      type: "json_schema",
      json_schema: { name: "l", schema: { type: "array", items: { type: "string" } } },
    };
    for (const type of ["openai", "anthropic", "google_ai"] as const) {
      const info = infoOf({ type, name: "m" });
      expect(() => callOptions(info, requestOf([user("hi")], asking(list)))).toThrow("no JSON object");
    }
  });

  test("is refused by the demo model with a sentence", async () => {
    const events = [];
    for await (const event of demoModel(0).stream(
      requestOf([user("hi")], asking(BY_SCHEMA)),
      new AbortController().signal,
    ))
      events.push(event);
    expect(events).toMatchObject([
      { type: "error", error: { kind: "llm_bad_request", message: expect.stringContaining("response_format") } },
    ]);
  });
});

describe("an agent that speaks by a tool", () => {
  const send: ToolSpec = {
    name: "send_message",
    description: "",
    parameters: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
  };
  test.each([BY_SCHEMA, ANY])(
    "has the form of its answers in that tool's argument, and nowhere else: %j",
    async (response_format) => {
      const settings = { response_format };
      const options = {
        innerThoughtsInKwargs: false,
        messageSchema: messageSchemaOf(settings),
        isTerminal: () => true,
      };
      const tools = MEMGPT.present([send, TOOL], options);
      expect(tools[0]!.parameters.properties.message).toMatchObject({ type: "object" });
      for (const [type, name] of [
        ["openai", "gpt-4o"],
        ["anthropic", "claude-sonnet-4-5"],
        ["google_ai", "gemini-2.5-flash"],
      ] as const) {
        const body = await bodyOf(type, name, { settings, tools });
        expect(body).not.toHaveProperty("response_format");
        expect(body).not.toHaveProperty("output_config");
        expect(JSON.stringify(body)).not.toContain("application/json");
        expect(JSON.stringify(body)).not.toContain("one JSON object and nothing else");
      }
    },
  );

  test("has what it says shown as JSON, whole and in fragments, and its return left out", () => {
    const text = '{"message": {"city": "Oslo"}}';
    const head = {
      id: "m",
      otid: null,
      date: "",
      name: null,
      senderId: null,
      stepId: null,
      runId: null,
      isErr: null,
      seqId: null,
    };
    const returned = {
      ...head,
      type: "tool-return" as const,
      returns: [
        {
          toolCallId: "c",
          name: "send_message",
          status: "success" as const,
          content: "ok",
          stdout: null,
          stderr: null,
        },
      ],
    };
    const whole = presentAssistantMessages();
    const said = [
      { ...head, type: "tool-call" as const, calls: [{ id: "c", name: "send_message", arguments: text }] },
      returned,
    ].flatMap((item) => whole.push(item as never));
    expect(said).toMatchObject([{ type: "assistant", content: '{"city":"Oslo"}' }]);
    const parts = presentAssistantMessages();
    const deltas = [
      { id: "c", name: "send_message" },
      { id: "c", arguments: text.slice(0, 9) },
      { id: "c", arguments: text.slice(9) },
    ];
    const streamed = [...deltas.map((call) => ({ ...head, type: "tool-call-delta" as const, call })), returned].flatMap(
      (item) => parts.push(item as never),
    );
    expect(streamed).toMatchObject([{ type: "assistant", content: '{"city":"Oslo"}' }]);
  });
});
