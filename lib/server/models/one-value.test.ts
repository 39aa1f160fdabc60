import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { ProviderType } from "../config/provider-settings";
import { fakeModels } from "../testing/models";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { asModel, callOptions } from "./language-model";
import { createProvider } from "./providers";
import type { ModelInfo } from "./registry";
import { network } from "./testing/peculiar";

// biome-ignore lint/suspicious/noExplicitAny: bodies of four protocols.
type Body = Record<string, any>;
type Family = { handle: string; type: ProviderType; window?: number; maxTokens?: number | null };

const ELSEWHERE = "http://127.0.0.1:9/v1";
const FAMILIES: Family[] = [
  ...["gpt-4o-mini", "gpt-5", "gpt-5.1", "gpt-5.5", "o3"].map((name) => ({
    handle: `openai/${name}`,
    type: "openai" as const,
  })),
  ...[
    "claude-3-5-haiku-20241022",
    "claude-3-7-sonnet-latest",
    "claude-sonnet-4-20250514",
    "claude-sonnet-4-5",
    "claude-opus-4-5",
    "claude-opus-4-6",
    "claude-opus-4-8",
    "claude-sonnet-5",
    "claude-opus-5-5",
  ].map((name) => ({ handle: `anthropic/${name}`, type: "anthropic" as const })),
  ...["gemini-2.0-flash", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-pro-preview"].map((name) => ({
    handle: `google_ai/${name}`,
    type: "google_ai" as const,
  })),
  ...["llama-3.3-70b", "deepseek-chat", "gpt-oss-120b", "glm-4.6", "gpt-5"].map((name) => ({
    handle: `local/${name}`,
    type: "openai-compatible" as const,
  })),
  { handle: "ollama/llama3", type: "ollama" },
];

const SETTINGS: Record<string, Body>[] = [
  {},
  { model_settings: { temperature: 0.5 } },
  { max_tokens: 900 },
  { model_settings: { parallel_tool_calls: false } },
  { reasoning: false },
  { reasoning: true, max_reasoning_tokens: 3000 },
  { model_settings: { thinking: { type: "enabled", budget_tokens: 2000 } } },
  { model_settings: { thinking: { type: "adaptive" }, effort: "high" } },
  { model_settings: { thinking: { type: "disabled" } } },
  { model_settings: { thinking_config: { include_thoughts: true, thinking_budget: 512 } } },
  { model_settings: { reasoning: { reasoning_effort: "low" } } },
  { model_settings: { reasoning: { reasoning_effort: "xhigh" } } },
  { model_settings: { reasoning: { reasoning_effort: "none" } } },
  { model_settings: { strict: true } },
  { response_format: { type: "json_object" } },
  {
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "a",
        schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
      },
    },
  },
] as Record<string, Body>[];

function infoOf({ handle, type }: Family): ModelInfo {
  const [providerName = "", name = ""] = handle.split("/");
  const endpoint =
    type === "openai-compatible"
      ? ELSEWHERE
      : createProvider({ name: providerName, type, category: "base", apiKey: "k", baseUrl: null }).endpoint;
  return {
    ...TEMPLATE,
    handle,
    name,
    displayName: name,
    providerName,
    providerType: type === "openai-compatible" ? "openai" : type,
    endpoint,
    contextWindow: 200_000,
    maxTokens: 8192,
  };
}

let TEMPLATE: ModelInfo;
let t: RunningCore;
/** What the imitated network was sent last. */
let sent: Body | null = null;

const providerOf = (family: Family, send?: typeof fetch) =>
  createProvider(
    {
      name: family.handle.split("/")[0]!,
      type: family.type,
      category: "base",
      apiKey: "k",
      baseUrl: family.type === "openai-compatible" ? ELSEWHERE : null,
    },
    send,
  );

beforeAll(async () => {
  const registry = fakeModels();
  TEMPLATE = await registry.info({} as never, "openai/gpt-4o-mini");
  const find = (handle: string) => FAMILIES.find((family) => family.handle === handle)!;
  const refusing = network({ status: 400, body: { error: { message: "no" } } });
  const send = (async (input: unknown, init?: RequestInit) => {
    sent = JSON.parse(String(init?.body));
    return refusing.send(input as never, init);
  }) as typeof fetch;
  t = await openRunningCore({
    models: {
      ...registry,
      list: async () => FAMILIES.map(infoOf),
      info: async (_ctx, handle) => infoOf(find(handle)),
      model: async (_ctx, handle) =>
        asModel(infoOf(find(handle)), providerOf(find(handle), send).languageModel(handle.split("/")[1]!), {
          patience: { silenceMs: 5000, retries: 0, retryBaseMs: 1 },
        }),
      payload: async (_ctx, handle, request) =>
        providerOf(find(handle)).payload(handle.split("/")[1]!, callOptions(infoOf(find(handle)), request)),
    },
  });
});
afterAll(() => t.close());

/** What a body says of the settings, whatever the protocol's words for them. */
function saidIn(body: Body): Body {
  const config = body.generationConfig ?? {};
  return {
    temperature: body.temperature ?? config.temperature,
    max: body.max_tokens ?? body.max_completion_tokens ?? body.max_output_tokens ?? config.maxOutputTokens,
    effort: body.reasoning_effort ?? body.reasoning?.effort ?? body.output_config?.effort,
    thinking: body.thinking,
    google: config.thinkingConfig,
    parallel:
      body.parallel_tool_calls ??
      (typeof body.tool_choice === "object" && "disable_parallel_tool_use" in body.tool_choice
        ? !body.tool_choice.disable_parallel_tool_use
        : undefined),
    format: body.response_format ?? body.text?.format ?? body.output_config?.format ?? config.responseMimeType,
  };
}

const withoutUndefined = (value: Body) => JSON.parse(JSON.stringify(value)) as Body;

/** What the network would be sent for one message. */
async function previewOf(agentId: string): Promise<Body> {
  const body = { messages: [{ role: "user", content: "hello" }] };
  return (await t.api<Body>("POST", `/v1/agents/${agentId}/messages/preview-raw-payload`, body)).body;
}

/** One message sent, and what the network was sent for it. */
async function wireOf(agentId: string): Promise<Body> {
  sent = null;
  await t.api("POST", `/v1/agents/${agentId}/messages`, { messages: [{ role: "user", content: "hello" }] });
  expect(sent).not.toBeNull();
  return sent!;
}

describe.each(FAMILIES.map((family) => [family.handle, family] as const))("%s", (handle, family) => {
  test.each(SETTINGS)(
    "shows, previews and sends one value of %j, also when it is read and set again",
    async (setting) => {
      const { body: agent } = await t.api<WireAgent>("POST", "/v1/agents/", {
        model: handle,
        memory_blocks: [],
        tools: ["memory_insert"],
        include_base_tools: false,
        ...setting,
      });
      const shown = agent.model_settings as Body;
      const preview = await previewOf(agent.id);
      const wire = await wireOf(agent.id);
      expect(saidIn(preview)).toEqual(saidIn(wire));
      const said = withoutUndefined(saidIn(wire));
      expect(said.max).toBe(shown.max_output_tokens);
      // A Claude without schemas of its own gets one as a tool, which it must call alone.
      if (said.parallel !== undefined && !JSON.stringify(wire.tools ?? "").includes('"json"'))
        expect(said.parallel).toBe(shown.parallel_tool_calls);
      expect(agent.llm_config.parallel_tool_calls).toBe(shown.parallel_tool_calls);
      expect(agent.llm_config.max_tokens).toBe(shown.max_output_tokens);
      if (said.temperature !== undefined) expect(said.temperature).toBe(shown.temperature);
      if (family.type === "anthropic") {
        const thinks = shown.thinking.type !== "disabled";
        expect(said.thinking).toEqual(thinks ? shown.thinking : undefined);
        expect(said.effort ?? null).toBe(shown.effort);
        expect(agent.llm_config.enable_reasoner).toBe(thinks);
      }
      if (family.type === "google_ai" && said.google) {
        expect(said.google).toEqual({
          includeThoughts: shown.thinking_config.include_thoughts,
          thinkingBudget: shown.thinking_config.thinking_budget,
        });
      }
      if (said.effort !== undefined && shown.reasoning && family.type !== "anthropic")
        expect(said.effort).toBe(shown.reasoning.reasoning_effort);
      // Read and set again.
      const again = await t.api<WireAgent>("PATCH", `/v1/agents/${agent.id}`, { model_settings: shown });
      expect(again.body.model_settings).toEqual(shown);
      expect(withoutUndefined(saidIn(await previewOf(agent.id)))).toEqual(said);
    },
  );
});
