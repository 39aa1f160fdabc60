import { afterEach, expect, test } from "vitest";
import type { ProviderSettings } from "../../config/provider-settings";
import { asModel } from "../language-model";
import { createProvider } from "../providers";
import type { ModelInfo } from "../registry";
import { infoOf, requestOf, user } from "../testing/peculiar";
import { type FakeServer, type Routes, startServer } from "../testing/servers";

let server: FakeServer | null = null;
afterEach(() => server?.close());

async function providerAt(routes: Routes, settings: Partial<ProviderSettings> & Pick<ProviderSettings, "type">) {
  server = await startServer(routes);
  return createProvider({ name: settings.type, category: "base", apiKey: "k", baseUrl: server.url, ...settings });
}

/** Asks a model, and answers how it ended: these servers refuse, so that the failure says what they were asked. */
async function ask(provider: ReturnType<typeof createProvider>, name: string, more: Partial<ModelInfo> = {}) {
  const info = { ...infoOf({ type: provider.type, name, baseUrl: provider.endpoint }), ...more };
  const model = asModel(info, provider.languageModel(name));
  const events = [];
  for await (const event of model.stream(requestOf([user("Hello")]), new AbortController().signal)) events.push(event);
  return events;
}

const NO_ROOM = { error: { message: "no room", code: "no_room" } };

test("Azure offers its deployments by their names, with what is known of the models behind them", async () => {
  const provider = await providerAt(
    {
      "/openai/deployments": {
        data: [
          { id: "prod", model: "gpt-5.2", status: "succeeded" },
          { id: "old", model: "gpt-4o", status: "succeeded" },
          { id: "half", model: "gpt-4o", status: "creating" },
          { id: "vectors", model: "text-embedding-3-small", status: "succeeded" },
        ],
      },
      "/openai/v1/responses": NO_ROOM,
      "/openai/v1/chat/completions": NO_ROOM,
    },
    { type: "azure" },
  );
  const offered = await provider.list(AbortSignal.timeout(5000));
  expect(offered.map(({ name, behind, dimensions }) => [name, behind, dimensions])).toEqual([
    ["prod", "gpt-5.2", null],
    ["old", "gpt-4o", null],
    ["vectors", "text-embedding-3-small", 1536],
  ]);
  await ask(provider, "prod", { behind: "gpt-5.2" });
  await ask(provider, "old", { behind: "gpt-4o" });
  const asked = server!.asked.filter(({ method }) => method === "POST");
  expect(asked.map(({ path, headers }) => [path.replace(/\?.*/, ""), headers["api-key"]])).toEqual([
    ["/openai/v1/responses", "k"],
    ["/openai/v1/chat/completions", "k"],
  ]);
  expect(asked[0]!.body).toMatchObject({ model: "prod", store: false, include: ["reasoning.encrypted_content"] });
});

test("Azure's own address is asked at its v1 API", async () => {
  const asked: string[] = [];
  const send = (async (input: unknown) => {
    asked.push(String(input));
    return Response.json(NO_ROOM, { status: 400 });
  }) as typeof fetch;
  const baseUrl = "https://x.openai.azure.com/";
  await ask(createProvider({ name: "azure", type: "azure", category: "base", apiKey: "k", baseUrl }, send), "gpt-4o");
  expect(asked.map((url) => url.replace(/\?.*/, ""))).toEqual([
    "https://x.openai.azure.com/openai/v1/chat/completions",
  ]);
});

test("Azure with a version is spoken to by deployment", async () => {
  const path = "/openai/deployments/prod/chat/completions";
  const provider = await providerAt({ [path]: NO_ROOM }, { type: "azure", cloud: { apiVersion: "2024-10-21" } });
  await ask(provider, "prod");
  expect(server!.asked.map((one) => one.path)).toEqual([`${path}?api-version=2024-10-21`]);
});

const BEDROCK = {
  "/foundation-models": {
    modelSummaries: [
      {
        modelId: "amazon.nova-pro-v1:0",
        modelName: "Nova Pro",
        outputModalities: ["TEXT"],
        inferenceTypesSupported: ["ON_DEMAND"],
      },
      { modelId: "anthropic.claude-x", outputModalities: ["TEXT"], inferenceTypesSupported: ["INFERENCE_PROFILE"] },
      { modelId: "amazon.titan-image", outputModalities: ["IMAGE"], inferenceTypesSupported: ["ON_DEMAND"] },
      {
        modelId: "amazon.titan-embed-text-v2:0",
        outputModalities: ["EMBEDDING"],
        inferenceTypesSupported: ["ON_DEMAND"],
      },
    ],
  },
  "/inference-profiles": {
    inferenceProfileSummaries: [
      { inferenceProfileId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", status: "ACTIVE" },
    ],
  },
};

test.each([
  ["its bearer key", { apiKey: "k" }, /^Bearer k$/],
  [
    "a pair of keys that sign",
    { apiKey: null, cloud: { accessKeyId: "AKIA", secretAccessKey: "s", region: "eu-west-1" } },
    /^AWS4-HMAC-SHA256 Credential=AKIA\/\d+\/eu-west-1\/bedrock\/aws4_request/,
  ],
])("Bedrock lists and is spoken to by %s", async (_, settings, authorization) => {
  const provider = await providerAt({ ...BEDROCK }, { type: "bedrock", ...settings });
  const offered = await provider.list(AbortSignal.timeout(5000));
  expect(offered.map(({ name, windowSource, dimensions }) => [name, windowSource, dimensions === null])).toEqual([
    ["amazon.nova-pro-v1:0", expect.any(String), true],
    ["amazon.titan-embed-text-v2:0", expect.any(String), false],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", expect.any(String), true],
  ]);
  await ask(provider, "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
  expect(server!.asked.at(-1)!.path).toMatch(/^\/model\/us\.anthropic\.claude.*\/converse-stream$/);
  for (const { headers } of server!.asked) expect(headers.authorization).toMatch(authorization);
});

test("Vertex is spoken to by its key: Google's models and Anthropic's", async () => {
  const models = (...names: string[]) => ({
    publisherModels: names.map((name) => ({ name: `publishers/x/models/${name}` })),
  });
  const provider = await providerAt(
    {
      "/publishers/google/models": models("gemini-2.5-pro", "imagen-4", "gemini-embedding-001"),
      "/publishers/anthropic/models": models("claude-sonnet-4-5"),
    },
    { type: "google_vertex" },
  );
  const offered = await provider.list(AbortSignal.timeout(5000));
  expect(offered.map(({ name, dimensions }) => [name, dimensions])).toEqual([
    ["gemini-2.5-pro", null],
    ["gemini-embedding-001", 3072],
    ["claude-sonnet-4-5", null],
  ]);
  await ask(provider, "gemini-2.5-pro");
  const last = server!.asked.at(-1)!;
  expect([last.method, last.path, last.headers["x-goog-api-key"]]).toEqual([
    "POST",
    expect.stringMatching(/gemini-2\.5-pro:streamGenerateContent/),
    "k",
  ]);
});

test.each(["azure", "bedrock", "google_vertex"] as const)("%s says when its key is refused", async (type) => {
  server = await startServer({});
  const send = (async () => new Response("{}", { status: 401 })) as typeof fetch;
  const provider = createProvider({ name: "x", type, category: "base", apiKey: "k", baseUrl: server.url }, send);
  await expect(provider.list(AbortSignal.timeout(5000))).rejects.toThrow("401");
});
