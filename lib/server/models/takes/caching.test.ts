import { describe, expect, test } from "vitest";
import type { ModelRequest } from "@/lib/engine/model";
import { callOptions } from "../language-model";
import { createProvider } from "../providers";
import { infoOf, message, requestOf, returned, type Speaker, TOOL, user } from "../testing/peculiar";

type Json = Record<string, unknown>;
const HISTORY = [
  user("hi"),
  message("assistant", [{ type: "tool_call", id: "toolu_1", name: "note", arguments: "{}" }]),
  returned("toolu_1"),
  message("assistant", [{ type: "text", text: "Noted." }]),
  user("and now?"),
];
const TOOLS = [TOOL, { ...TOOL, name: "other" }];
const ASKED = requestOf(HISTORY, { tools: TOOLS });

async function bodyOf(speaker: Speaker, request: ModelRequest = ASKED): Promise<Json> {
  const info = infoOf(speaker);
  const settings = { name: info.providerName, type: speaker.type, category: "base" as const, apiKey: "k" };
  const provider = createProvider({ ...settings, baseUrl: info.endpoint });
  return provider.payload(speaker.name, callOptions(info, request));
}

/** Where marks stand in a body, as paths. */
function marks(value: unknown, key = /^cache_control$|^cachePoint$/, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    key.test(name) ? [path] : marks(inner, key, path === "" ? name : `${path}.${name}`),
  );
}

const CLAUDE: Speaker = { type: "anthropic", name: "claude-sonnet-4-5" };

describe("Anthropic keeps", () => {
  test("the last tool, the system prompt, and the history up to this request and to the one before", async () => {
    const body = await bodyOf(CLAUDE);
    expect(marks(body).sort()).toEqual(["messages.2.content.0", "messages.4.content.0", "system.0", "tools.1"]);
    expect(JSON.stringify(body).match(/"cache_control":{"type":"ephemeral"}/g)).toHaveLength(4);
  });

  test("what the next request begins with: the same bytes up to each mark", async () => {
    const first = await bodyOf(CLAUDE, requestOf(HISTORY.slice(0, 3), { tools: TOOLS }));
    const second = await bodyOf(CLAUDE);
    const bare = (body: Json) =>
      JSON.stringify([body.tools, body.system, (body.messages as Json[]).slice(0, 3)]).replace(
        /,"cache_control":{[^}]*}/g,
        "",
      );
    expect(bare(second)).toBe(bare(first));
    expect(marks(first)).toContain("messages.2.content.0");
    expect(marks(second)).toContain("messages.2.content.0");
  });

  test("nothing of what is asked once", async () => {
    expect(marks(await bodyOf(CLAUDE, requestOf([user("Summarize this.")], { tools: [] })))).toEqual([]);
  });
});

test("Claude over OpenRouter and on Bedrock is kept in their words; other models of theirs are left alone", async () => {
  const router = {
    type: "openai-compatible" as const,
    provider: "openrouter",
    baseUrl: "https://openrouter.ai/api/v1",
  };
  expect(marks(await bodyOf({ ...router, name: "anthropic/claude-sonnet-4.5" })).sort()).toEqual([
    "messages.0.content.0",
    "messages.1.content.0",
    "messages.5.content.0",
  ]);
  expect(marks(await bodyOf({ ...router, name: "openai/gpt-5.5" }))).toEqual([]);
  const bedrock = { type: "bedrock" as const, baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com" };
  const body = await bodyOf({ ...bedrock, name: "us.anthropic.claude-sonnet-4-5-20250929-v1:0" });
  expect(marks(body).length).toBe(3);
  expect(marks(await bodyOf({ ...bedrock, name: "meta.llama3-1-70b-instruct-v1:0" }))).toEqual([]);
});

test.each(["gpt-4o", "gpt-5.4"])("OpenAI is given a key for %s: one for all requests of a prompt", async (name) => {
  const speaker: Speaker = { type: "openai", name };
  const keyOf = async (request: ModelRequest) => (await bodyOf(speaker, request)).prompt_cache_key;
  const key = await keyOf(ASKED);
  expect(key).toMatch(/^.{32}$/);
  expect(await keyOf(requestOf(HISTORY.slice(0, 3), { tools: TOOLS }))).toBe(key);
  expect(await keyOf(requestOf(HISTORY, { tools: TOOLS, system: "Be long." }))).not.toBe(key);
});

test("a server that only speaks OpenAI's protocol is sent nothing that it may not know", async () => {
  const body = await bodyOf({ type: "openai-compatible", provider: "vllm", name: "m" });
  expect(body).not.toHaveProperty("prompt_cache_key");
  expect(marks(body)).toEqual([]);
});
