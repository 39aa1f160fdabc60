import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfig } from "../config/env";
import { openTestCore, type TestCore } from "../testing/harness";
import { createModelRegistry } from "./create-registry";
import { type FakeServer, startServer } from "./testing/servers";

type Agent = {
  id: string;
  model: string;
  embedding: string | null;
  llm_config: { context_window: number };
};
type Model = { handle: string; context_window: number; context_window_source: string; max_tokens: number };

describe("models of a server of one's own", () => {
  let server: FakeServer;
  let t: TestCore;
  const offer = (...ids: string[]) => {
    server.routes["/v1/models"] = { data: ids.map((id) => ({ id })) };
  };
  const create = (body: object) => t.api<Agent>("POST", "/v1/agents/", { name: "it", ...body });
  const models = async () => (await t.api<Model[]>("GET", "/v1/models/")).body;

  beforeAll(async () => {
    server = await startServer();
    offer("m1", "priced", "text-embedding-3-small");
    const config = readConfig({
      VLLM_BASE_URL: server.url,
      OLLAMA_BASE_URL: "http://127.0.0.1:9",
      MEMOIR_DEFAULT_MODEL: "vllm/m1",
      MEMOIR_DEFAULT_EMBEDDING: "vllm/text-embedding-3-small",
      MEMOIR_MODELS: JSON.stringify({
        "vllm/priced": { context_window: 50_000, max_tokens: 900, input: 1, output: 2 },
        "vllm/new*": { context_window: 60_000 },
      }),
    });
    const models = createModelRegistry({
      environment: config.providers,
      defaultModel: config.defaultModel,
      overrides: config.models,
    });
    t = await openTestCore({ config, models });
  });
  afterAll(async () => {
    await t.close();
    await server.close();
  });
  afterEach(() => vi.useRealTimers());

  test("say in the list where a window is a guess, and what the operator set", async () => {
    const said = (await models()).map((one) => [one.handle, one.context_window, one.context_window_source]);
    expect(said).toEqual([
      ["vllm/m1", 32_768, "guess"],
      ["vllm/priced", 50_000, "setting"],
      ["memoir/demo", 32_000, "provider"],
    ]);
    expect((await models())[1]!.max_tokens).toBe(900);
  });

  test("may be given more than was guessed, and no more than is known", async () => {
    const { status, body } = await create({ model: "vllm/m1", context_window_limit: 131_072 });
    expect([status, body.llm_config.context_window]).toEqual([200, 131_072]);
    const changed = await t.api<Agent>("PATCH", `/v1/agents/${body.id}`, { context_window_limit: 200_000 });
    expect([changed.status, changed.body.llm_config.context_window]).toEqual([200, 200_000]);
    expect((await create({ model: "vllm/priced", context_window_limit: 50_001 })).status).toBe(400);
  });

  test("are told as guessed in the agent's context, until the agent says another window", async () => {
    const { body } = await create({ model: "vllm/m1" });
    const context = async () =>
      (
        await t.api<{ context_window: number; context_window_source: string }>(
          "GET",
          `/v1/agents/${body.id}/context/sections`,
        )
      ).body;
    expect(await context()).toMatchObject({ context_window: 32_768, context_window_source: "guess" });
    await t.api("PATCH", `/v1/agents/${body.id}`, { context_window_limit: 16_000 });
    expect(await context()).toMatchObject({ context_window: 16_000, context_window_source: "agent" });
  });

  test("are no longer held to a limit once the server says that it runs with less", async () => {
    const { body } = await create({ model: "vllm/m1", context_window_limit: 131_072 });
    // What is being read is read, so that it is not taken for what is read next.
    await models();
    server.routes["/props"] = { default_generation_settings: { n_ctx: 8000 } };
    offer("m1");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    await models();
    const context = await t.api("GET", `/v1/agents/${body.id}/context/sections`);
    expect(context.body).toMatchObject({ context_window: 8000, context_window_source: "provider" });
    delete server.routes["/props"];
  });

  test("are found without a restart when they are new", async () => {
    offer("m1", "text-embedding-3-small");
    expect((await create({ model: "vllm/newest" })).status).toBe(404);
    offer("m1", "newest", "text-embedding-3-small");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
    const { status, body } = await create({ model: "vllm/newest" });
    expect([status, body.model, body.llm_config.context_window]).toEqual([200, "vllm/newest", 60_000]);
  });

  test.each(["letta/letta-free", "letta/auto"])(
    "are the default that %s means, and the answer names it",
    async (model) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 240_000 });
      const { status, body } = await create({ model, embedding: model });
      expect([status, body.model, body.embedding]).toEqual([200, "vllm/m1", "vllm/text-embedding-3-small"]);
      const { body: changed } = await t.api<Agent>("PATCH", `/v1/agents/${body.id}`, { model, embedding: model });
      expect([changed.model, changed.embedding]).toEqual(["vllm/m1", "vllm/text-embedding-3-small"]);
      const conversation = await t.api<{ id: string; model: string }>(
        "POST",
        `/v1/conversations/?agent_id=${body.id}`,
        { model },
      );
      expect(conversation.body.model).toBe("vllm/m1");
    },
  );
});

test("what an operator says of models is refused where it can't be read", () => {
  expect(() => readConfig({ MEMOIR_MODELS: "{" })).toThrow("MEMOIR_MODELS");
  expect(() => readConfig({ MEMOIR_MODELS: '{"a/b":{"window":1}}' })).toThrow("MEMOIR_MODELS");
  expect(() => readConfig({ MEMOIR_MODELS: '{"a/b":{"input":1}}' })).toThrow("input and output come together");
});
