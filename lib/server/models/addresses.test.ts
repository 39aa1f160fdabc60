import { expect, test } from "vitest";
import { cloudProviders, presetProviders } from "../config/provider-presets";
import { endpointOf } from "./addresses";
import { protocolOf } from "./protocols";

test.each([
  ["openai-compatible", "http://10.0.0.7:1234", "http://10.0.0.7:1234/v1"],
  ["openai-compatible", "http://10.0.0.7:1234/", "http://10.0.0.7:1234/v1"],
  ["openai-compatible", "http://10.0.0.7:1234/v1/", "http://10.0.0.7:1234/v1"],
  ["openai-compatible", " http://10.0.0.7:1234/v1/chat/completions ", "http://10.0.0.7:1234/v1"],
  ["openai-compatible", "http://10.0.0.7:1234/v1/models?x=1#y", "http://10.0.0.7:1234/v1"],
  ["openai-compatible", "https://host.example/chat/completions", "https://host.example"],
  ["openai-compatible", "localhost:1234", "http://localhost:1234/v1"],
  ["openai-compatible", "box:8000/v1", "http://box:8000/v1"],
  ["openai-compatible", "api.example.com/v1", "https://api.example.com/v1"],
  ["openai-compatible", "https://api.z.ai/api/paas/v4/", "https://api.z.ai/api/paas/v4"],
  ["openai-compatible", "https://api.groq.com/openai/v1/chat/completions", "https://api.groq.com/openai/v1"],
  ["openai-compatible", "https://api.perplexity.ai", "https://api.perplexity.ai"],
  ["openai-compatible", "http://me:secret@host.example:1/v1", "http://me:secret@host.example:1/v1"],
  ["openai", "https://api.openai.com", "https://api.openai.com/v1"],
  ["openai", "https://api.openai.com/v1/responses", "https://api.openai.com/v1"],
  ["anthropic", "https://api.anthropic.com", "https://api.anthropic.com/v1"],
  ["anthropic", "https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"],
  ["anthropic", "http://127.0.0.1:9/anth/v1/", "http://127.0.0.1:9/anth/v1"],
  ["google_ai", "https://generativelanguage.googleapis.com/", "https://generativelanguage.googleapis.com/v1beta"],
  ["google_ai", "https://x.example/gem/v1beta/models", "https://x.example/gem/v1beta"],
  ["ollama", "127.0.0.1:11434", "http://127.0.0.1:11434"],
  ["ollama", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"],
  ["ollama", "http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434"],
  [
    "azure",
    "https://x.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1",
    "https://x.openai.azure.com",
  ],
  ["azure", "https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com"],
])("an address of %s as people give it, %s, is %s", (type, given, endpoint) => {
  expect(endpointOf(type, given)).toBe(endpoint);
  expect(endpointOf(type, endpoint)).toBe(
    type === "openai-compatible" && !/\/v\d|perplexity/.test(endpoint) ? `${endpoint}/v1` : endpoint,
  );
});

const from = (env: Record<string, string>) => (name: string) => env[name] ?? null;

test.each([
  ["OPENROUTER_API_KEY", "openrouter", "https://openrouter.ai/api/v1"],
  ["GROQ_API_KEY", "groq", "https://api.groq.com/openai/v1"],
  ["MISTRAL_API_KEY", "mistral", "https://api.mistral.ai/v1"],
  ["DEEPSEEK_API_KEY", "deepseek", "https://api.deepseek.com/v1"],
  ["XAI_API_KEY", "xai", "https://api.x.ai/v1"],
  ["TOGETHER_API_KEY", "together", "https://api.together.xyz/v1"],
  ["FIREWORKS_API_KEY", "fireworks", "https://api.fireworks.ai/inference/v1"],
  ["CEREBRAS_API_KEY", "cerebras", "https://api.cerebras.ai/v1"],
  ["MOONSHOT_API_KEY", "moonshot", "https://api.moonshot.ai/v1"],
  ["ZAI_API_KEY", "zai", "https://api.z.ai/api/paas/v4"],
])("%s alone is enough for %s", (variable, name, baseUrl) => {
  expect(presetProviders(from({ [variable]: "k" }))).toEqual([{ name, baseUrl: null, apiKey: "k" }]);
  expect(protocolOf(name).baseUrl).toBe(baseUrl);
});

test.each([
  ["LMSTUDIO_BASE_URL", "lmstudio_openai"],
  ["VLLM_BASE_URL", "vllm"],
  ["VLLM_API_BASE", "vllm"],
  ["SGLANG_API_BASE", "sglang"],
])("%s alone is enough for %s", (variable, name) => {
  const baseUrl = "http://box:1/v1";
  expect(presetProviders(from({ [variable]: baseUrl }))).toEqual([{ name, baseUrl, apiKey: null }]);
});

test("a cloud is there once its own settings are, and not by what other programs are told", () => {
  expect(cloudProviders(from({ AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" }))).toEqual([]);
  expect(cloudProviders(from({ GOOGLE_CLOUD_PROJECT: "p" }))).toEqual([]);
  expect(cloudProviders(from({ AZURE_API_KEY: "k" }))).toEqual([]);
  const names = (env: Record<string, string>) => cloudProviders(from(env)).map(({ name, baseUrl }) => [name, baseUrl]);
  expect(names({ AWS_BEARER_TOKEN_BEDROCK: "k" })).toEqual([["bedrock", null]]);
  expect(names({ AZURE_API_KEY: "k", AZURE_RESOURCE_NAME: "x" })).toEqual([["azure", "https://x.openai.azure.com"]]);
  expect(names({ GOOGLE_VERTEX_API_KEY: "k" })).toEqual([["google_vertex", null]]);
});
