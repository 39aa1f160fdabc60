import { expect, test } from "vitest";
import type { ModelInfo } from "../models/registry";
import type { AgentConfig } from "./agent-config";
import { NO_MODEL_PART, withModelRequest } from "./model-choice";
import { defaultFileLimits, deriveLlmConfig, effectiveModelSettings } from "./model-settings";

function info(providerType: string, maxTokens: number | null = null): ModelInfo {
  const handle = `${providerType}/m`;
  const names = { name: "m", displayName: "m", providerType, providerName: providerType };
  const limits = { contextWindow: 128_000, windowSource: "provider" as const, maxTokens };
  return { handle, ...names, ...limits, providerCategory: "base", endpoint: null, demo: false };
}

const settingsOf = (model: ModelInfo, request: Parameters<typeof withModelRequest>[1]) =>
  effectiveModelSettings(model, { model: model.handle, ...withModelRequest(NO_MODEL_PART, request) });

test("without settings of its own, an openai model has exactly the seven keys of the contract", () => {
  expect(settingsOf(info("openai", 16_384), {})).toEqual({
    max_output_tokens: 16_384,
    parallel_tool_calls: true,
    provider_type: "openai",
    temperature: 1,
    reasoning: { reasoning_effort: "minimal" },
    response_format: null,
    strict: false,
  });
});

test("settings that are given in part are filled with the defaults of their provider", () => {
  const settings = settingsOf(info("openai"), { model_settings: { provider_type: "openai", temperature: 0.2 } });
  expect(settings).toEqual({
    max_output_tokens: 4096,
    parallel_tool_calls: true,
    provider_type: "openai",
    temperature: 0.2,
    reasoning: { reasoning_effort: "high" },
    response_format: null,
    strict: true,
  });
});

test.each([
  ["anthropic", { thinking: { type: "enabled", budget_tokens: 1024 }, verbosity: null, effort: null, strict: false }],
  ["google_ai", { max_output_tokens: 65_536, thinking_config: { include_thoughts: true, thinking_budget: 1024 } }],
  ["zai", { thinking: { type: "enabled", clear_thinking: false } }],
  ["groq", { response_format: null, max_output_tokens: 4096 }],
  ["a-provider-that-nobody-knows", { response_format: null, max_output_tokens: 4096 }],
])("each provider has the settings of its kind: %s", (provider, expected) => {
  expect(settingsOf(info(provider), {})).toMatchObject({ provider_type: provider, temperature: 1, ...expected });
});

test("a nested setting that is given in part keeps its other keys", () => {
  const settings = settingsOf(info("anthropic"), { model_settings: { thinking: { budget_tokens: 4000 } } });
  expect(settings.thinking).toEqual({ type: "enabled", budget_tokens: 4000 });
});

test("a single value stands over the settings, until settings that speak of it are given", () => {
  const first = withModelRequest(NO_MODEL_PART, { model_settings: { max_output_tokens: 100 }, max_tokens: 200 });
  expect(effectiveModelSettings(info("openai"), { model: "openai/m", ...first }).max_output_tokens).toBe(200);
  const second = withModelRequest(first, { model_settings: { max_output_tokens: 300 } });
  expect(effectiveModelSettings(info("openai"), { model: "openai/m", ...second }).max_output_tokens).toBe(300);
  const third = withModelRequest(second, { model_settings: { temperature: 0.5 } });
  expect(effectiveModelSettings(info("openai", 999), { model: "openai/m", ...third }).max_output_tokens).toBe(999);
});

test("reasoning that is switched off is off in the provider's own words", () => {
  expect(settingsOf(info("anthropic"), { reasoning: false }).thinking).toMatchObject({ type: "disabled" });
  expect(settingsOf(info("google_ai"), { reasoning: false }).thinking_config).toEqual({
    include_thoughts: false,
    thinking_budget: 0,
  });
});

test("max_tokens is the one value that an explicit null takes back", () => {
  const limited = withModelRequest(NO_MODEL_PART, { max_tokens: 50, parallel_tool_calls: true });
  const after = withModelRequest(limited, { max_tokens: null, parallel_tool_calls: null });
  expect(after.llm).toMatchObject({ maxTokens: null, parallelToolCalls: true });
});

test("a model that is no longer known is told by its handle", () => {
  const config = { ...NO_MODEL_PART, agentType: "memgpt_v2_agent", model: "my-openai/org/model" } as AgentConfig;
  expect(deriveLlmConfig(null, config)).toMatchObject({
    model: "org/model",
    handle: "my-openai/org/model",
    provider_name: "my-openai",
    put_inner_thoughts_in_kwargs: true,
    context_window: 128_000,
  });
});

test.each([
  [8_000, 3, 5_000],
  [32_000, 5, 15_000],
  [128_000, 10, 25_000],
  [200_000, 10, 40_000],
  [1_000_000, 15, 40_000],
])("a context window of %i tokens holds %i files of %i characters", (window, maxFilesOpen, viewWindowChars) => {
  expect(defaultFileLimits(window)).toMatchObject({ maxFilesOpen, viewWindowChars });
});
