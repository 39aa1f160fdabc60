import { afterEach, describe, expect, test } from "vitest";
import type { ProviderType } from "../config/provider-settings";
import type { Offered } from "./limits";
import { createProvider } from "./providers";
import { type FakeServer, type Routes, startServer } from "./testing/servers";

let server: FakeServer | null = null;
afterEach(() => server?.close());

type Asked = { type?: ProviderType; base?: string; routes: Routes };

async function offeredBy({ type = "openai-compatible", base = "/v1", routes }: Asked): Promise<Offered[]> {
  server = await startServer(routes);
  const settings = { name: "it", category: "base" as const, apiKey: "k" };
  const provider = createProvider({ ...settings, type, baseUrl: `${server.url}${base}` });
  return provider.list(AbortSignal.timeout(5000));
}

const window = ({ contextWindow, windowSource }: Offered) => [contextWindow, windowSource];
const list = (...data: object[]) => ({ object: "list", data });
const ollama = (show: object, ps: object[] = []) => ({
  "/api/tags": { models: [{ name: "qwen3:8b", digest: "d1", details: { context_length: 40_960 } }] },
  "/api/ps": { models: ps },
  "/api/show": show,
});
const SHOWN = {
  capabilities: ["completion", "tools"],
  model_info: { "general.architecture": "qwen3", "qwen3.context_length": 40_960, "qwen3.embedding_length": 4096 },
};

const CASES: [what: string, asked: Asked, expected: [number, string]][] = [
  [
    "vLLM and SGLang: max_model_len",
    { routes: { "/v1/models": list({ id: "m", max_model_len: 24_576 }) } },
    [24_576, "provider"],
  ],
  [
    "OpenRouter: its top provider's length",
    { routes: { "/v1/models": list({ id: "m", context_length: 200_000, top_provider: { context_length: 131_072 } }) } },
    [131_072, "provider"],
  ],
  [
    "Groq: context_window",
    { routes: { "/v1/models": list({ id: "m", context_window: 131_072, max_completion_tokens: 9000 }) } },
    [131_072, "provider"],
  ],
  [
    "Mistral: max_context_length",
    {
      routes: { "/v1/models": list({ id: "m", max_context_length: 98_304, capabilities: { completion_chat: true } }) },
    },
    [98_304, "provider"],
  ],
  ["numbers as text", { routes: { "/v1/models": list({ id: "m", context_length: "65536" }) } }, [65_536, "provider"]],
  [
    "LM Studio, loaded: what it is loaded with",
    {
      routes: {
        "/v1/models": list({ id: "m", object: "model", owned_by: "organization_owner" }),
        "/api/v0/models": list({
          id: "m",
          type: "llm",
          state: "loaded",
          max_context_length: 131_072,
          loaded_context_length: 8000,
        }),
      },
    },
    [8000, "provider"],
  ],
  [
    "LM Studio, not loaded: what it could have, as a guess",
    {
      routes: {
        "/v1/models": list({ id: "m" }),
        "/api/v0/models": list({ id: "m", type: "llm", state: "not-loaded", max_context_length: 131_072 }),
      },
    },
    [131_072, "guess"],
  ],
  [
    "LM Studio's newer API: its instances' length",
    {
      routes: {
        "/v1/models": list({ id: "m" }),
        "/api/v1/models": {
          models: [
            {
              key: "m",
              type: "llm",
              max_context_length: 131_072,
              loaded_instances: [{ id: "m", config: { context_length: 12_000 } }],
            },
          ],
        },
      },
    },
    [12_000, "provider"],
  ],
  [
    "llama.cpp: one slot's size, not what it was trained with",
    {
      routes: {
        "/v1/models": list({ id: "m.gguf", owned_by: "llamacpp", meta: { n_ctx_train: 131_072 } }),
        "/props": { default_generation_settings: { n_ctx: 16_384 }, total_slots: 4 },
      },
    },
    [16_384, "provider"],
  ],
  [
    "llama.cpp: n_ctx of its list",
    { routes: { "/v1/models": list({ id: "m.gguf", meta: { n_ctx: 4096, n_ctx_train: 131_072 } }) } },
    [4096, "provider"],
  ],
  [
    "llama.cpp that says only what it was trained with",
    { routes: { "/v1/models": list({ id: "m.gguf", meta: { n_ctx_train: 40_960 } }) } },
    [40_960, "guess"],
  ],
  [
    "Text Generation Inference: what goes in",
    { routes: { "/v1/models": list({ id: "m" }), "/info": { max_input_tokens: 7000, max_total_tokens: 8192 } } },
    [7000, "provider"],
  ],
  [
    "Ollama, loaded: what it runs with",
    { type: "ollama", base: "", routes: ollama(SHOWN, [{ name: "qwen3:8b", context_length: 4096 }]) },
    [4096, "provider"],
  ],
  [
    "Ollama, set in the model's file",
    {
      type: "ollama",
      base: "",
      routes: ollama({ ...SHOWN, parameters: 'num_ctx                        16384\nstop "<|im_end|>"' }),
    },
    [16_384, "provider"],
  ],
  [
    "Ollama, neither: its usual window, as a guess",
    { type: "ollama", base: "", routes: ollama(SHOWN) },
    [8192, "guess"],
  ],
  [
    "Anthropic's list: what goes in",
    {
      type: "anthropic",
      routes: {
        "/v1/models": {
          data: [{ type: "model", id: "claude-sonnet-4-5", max_input_tokens: 190_000, max_tokens: 64_000 }],
        },
      },
    },
    [190_000, "provider"],
  ],
  [
    "Google's list",
    {
      type: "google_ai",
      base: "/v1beta",
      routes: {
        "/v1beta/models": {
          models: [
            {
              name: "models/gemini-2.5-pro",
              inputTokenLimit: 1_000_000,
              outputTokenLimit: 5000,
              supportedGenerationMethods: ["generateContent"],
            },
          ],
        },
      },
    },
    [1_000_000, "provider"],
  ],
  [
    "a server of one's own that says nothing: what the name could have, as a guess",
    { routes: { "/v1/models": list({ id: "deepseek-v4-pro" }) } },
    [1_000_000, "guess"],
  ],
  ["nobody knows it", { routes: { "/v1/models": list({ id: "m1" }) } }, [32_768, "guess"]],
];

describe("how long a context may be is what the server says that it runs with", () => {
  test.each(CASES)("%s", async (_, asked, expected) => {
    expect((await offeredBy(asked)).map(window)).toEqual([expected]);
  });

  test("and is of a vendor's own servers what a catalog says, where their list does not", async () => {
    const send = (async () => Response.json(list({ id: "deepseek-v4-pro" }, { id: "unheard-of" }))) as typeof fetch;
    const settings = { name: "it", category: "base" as const, apiKey: "k", type: "openai-compatible" as const };
    const provider = createProvider({ ...settings, baseUrl: "https://api.deepseek.com/v1" }, send);
    const offered = await provider.list(AbortSignal.timeout(1000));
    expect(offered.map(window)).toEqual([
      [1_000_000, "catalog"],
      [32_768, "guess"],
    ]);
  });

  test("Ollama's embedding models are known by what they say, with the length of their vectors", async () => {
    const [one] = await offeredBy({
      type: "ollama",
      base: "",
      routes: ollama({ capabilities: ["embedding"], model_info: { "bert.embedding_length": 384 } }),
    });
    expect(one).toMatchObject({ dimensions: 384 });
  });
});

describe("a list of models is read in the form that a server gives", () => {
  const entry = { id: "a" };
  test.each([
    ["an array", [entry, { id: "b" }]],
    ["an array of names", ["a", "b"]],
    ["data", { data: [entry, { id: "b" }] }],
    ["models by name", { models: [{ name: "a" }, { model: "b" }] }],
    ["both forms at once", { models: [{ name: "a" }, { name: "b" }], data: [{ id: "a" }, { id: "b" }] }],
    ["a list within a list", { data: { models: [{ id: "a" }, { id: "b" }] } }],
    ["an object by name", { data: { a: { max_model_len: 5 }, b: {} } }],
    ["entries that are none, and some twice", [null, 5, {}, entry, entry, { id: "b" }, { id: "p", type: "image" }]],
  ])("%s", async (_, body) => {
    const offered = await offeredBy({ routes: { "/v1/models": body } });
    expect(offered.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test.each([
    ["a page of words", "hello"],
    ["an error with 200", { error: "no" }],
    ["null", null],
  ])("%s is no list", async (_, body) => {
    await expect(offeredBy({ routes: { "/v1/models": () => body } })).rejects.toThrow();
  });
});
