import { describe, expect, test } from "vitest";
import type { AgentConfig } from "../../agent-config/agent-config";
import { NO_MODEL_PART, withModelRequest } from "../../agent-config/model-choice";
import { effectiveModelSettings, thinksInKwargs } from "../../agent-config/model-settings";
import { nearestEffort, openAiEfforts, takenSettings } from "./thinking";

type Body = Parameters<typeof withModelRequest>[1];

function thoughtOf(providerType: string, name: string, request: Body = {}, agentType = "memgpt_v2_agent"): boolean {
  const part = withModelRequest(NO_MODEL_PART, request);
  const info = { name, providerType, maxTokens: null };
  const settings = effectiveModelSettings(info, { model: `${providerType}/${name}`, ...part });
  return thinksInKwargs({ agentType, llm: part.llm } as AgentConfig, info, settings);
}

describe("a model is asked to think in an argument", () => {
  test.each([
    ["openai", "gpt-4o-mini", {}, true],
    ["openai", "gpt-4o-mini", { reasoning: true }, true],
    ["openai", "gpt-4o-mini", { reasoning: false }, false],
    ["openai", "gpt-4o-mini", { enable_reasoner: false }, false],
    ["openai", "gpt-4o-mini", { llm_config: { model: "gpt-4o-mini", put_inner_thoughts_in_kwargs: false } }, false],
    ["openai", "gpt-4o-mini", { llm_config: { model: "gpt-4o-mini", enable_reasoner: false } }, false],
    ["openai", "gpt-5", {}, false],
    ["openai", "gpt-5.1", { reasoning: false }, false],
    ["openai", "o3", {}, false],
    ["anthropic", "claude-3-5-haiku-20241022", {}, true],
    ["anthropic", "claude-sonnet-4-5", {}, false],
    ["anthropic", "claude-sonnet-4-5", { model_settings: { thinking: { type: "disabled" } } }, true],
    ["anthropic", "claude-sonnet-4-5", { reasoning: false }, false],
    ["anthropic", "claude-opus-4-8", {}, false],
    ["google_ai", "gemini-2.0-flash", {}, true],
    ["google_ai", "gemini-2.5-flash", {}, false],
    ["google_ai", "gemini-2.5-flash", { model_settings: { thinking_config: { thinking_budget: 0 } } }, true],
    ["openai", "deepseek-reasoner", {}, false],
    ["openai", "llama3", {}, true],
    ["ollama", "gpt-oss:20b", {}, false],
  ] as [string, string, Body, boolean][])("%s/%s with %j: %s", (provider, name, request, expected) => {
    expect(thoughtOf(provider, name, request)).toBe(expected);
  });

  test("never by agents of types without such an argument", () => {
    for (const type of ["letta_v1_agent", "sleeptime_agent", "voice_convo_agent"]) {
      expect(thoughtOf("openai", "gpt-4o-mini", {}, type)).toBe(false);
    }
  });
});

describe("Claude's thinking", () => {
  const taken = (name: string, settings: Record<string, unknown>) =>
    takenSettings(
      { max_output_tokens: 8192, temperature: 1, effort: null, ...settings },
      { name, providerType: "anthropic" },
    );

  test.each([
    [
      "claude-3-5-sonnet-latest",
      { type: "enabled", budget_tokens: 1024 },
      { thinking: { type: "disabled" }, effort: null },
    ],
    [
      "claude-3-7-sonnet-latest",
      { type: "enabled", budget_tokens: 1024 },
      { thinking: { type: "enabled", budget_tokens: 1024 }, effort: null },
    ],
    ["claude-sonnet-4-5", { type: "adaptive" }, { thinking: { type: "enabled", budget_tokens: 1024 } }],
    ["claude-opus-4-6", { type: "adaptive" }, { thinking: { type: "adaptive" } }],
    [
      "claude-opus-4-6",
      { type: "enabled", budget_tokens: 2000 },
      { thinking: { type: "enabled", budget_tokens: 2000 } },
    ],
    ["claude-opus-4-7", { type: "enabled", budget_tokens: 16_000 }, { thinking: { type: "adaptive" }, effort: "high" }],
    ["claude-opus-4-8", { type: "disabled" }, { thinking: { type: "disabled" } }],
    ["claude-opus-5-5", { type: "disabled" }, { thinking: { type: "adaptive" }, effort: "low" }],
    [
      "claude-sonnet-4-5",
      { type: "enabled", budget_tokens: 50_000 },
      { thinking: { type: "enabled", budget_tokens: 8191 } },
    ],
    [
      "claude-sonnet-4-5",
      { type: "enabled", budget_tokens: 5 },
      { thinking: { type: "enabled", budget_tokens: 1024 } },
    ],
  ])("of %s, asked for %j, is %j, and stays so", (name, thinking, expected) => {
    const once = taken(name, { thinking });
    expect(once).toMatchObject(expected);
    expect(takenSettings(once, { name, providerType: "anthropic" })).toEqual(once);
  });

  test("is off where an answer has no room for the smallest budget", () => {
    expect(
      taken("claude-sonnet-4-5", { max_output_tokens: 500, thinking: { type: "enabled" } }).thinking,
    ).toMatchObject({ type: "disabled" });
  });
});

test.each([
  ["gpt-5", "none", "minimal"],
  ["gpt-5", "xhigh", "high"],
  ["gpt-5.1", "minimal", "low"],
  ["gpt-5.2", "xhigh", "xhigh"],
  ["o3", "minimal", "low"],
  ["o4-mini", "max", "high"],
])("OpenAI's %s, asked for the effort %s, is asked for %s", (name, asked, expected) => {
  expect(nearestEffort(asked, openAiEfforts(name)!)).toBe(expected);
});
