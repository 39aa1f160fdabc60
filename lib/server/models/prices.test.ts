import { describe, expect, test } from "vitest";
import type { TokenUsage } from "@/lib/engine/model";
import type { Prices } from "../config/model-overrides";
import { asModel } from "./language-model";
import { readModelList } from "./model-list";
import { loadCatalog } from "./price-list";
import { costOf, costs } from "./prices";
import { createProvider } from "./providers";
import { infoOf, network, requestOf, type Speaker, user } from "./testing/peculiar";

const USAGE: TokenUsage = {
  input: 1_000_000,
  output: 100_000,
  cachedInput: 600_000,
  cacheWrite: 100_000,
  reasoning: 50_000,
};

const priced = async (speaker: Speaker, prices: Prices | null = null, said: unknown = null, usage = USAGE) =>
  costs(infoOf(speaker), prices, await loadCatalog())(usage, said);

describe("a step costs", () => {
  test("what its tokens do, cached and written ones at their own price, or at the usual where they have none", () => {
    const prices = { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 };
    expect(costOf(prices, USAGE)).toBeCloseTo(0.3 * 2 + 0.6 * 0.2 + 0.1 * 2.5 + 0.1 * 10, 10);
    expect(costOf({ ...prices, cachedInput: null, cacheWrite: null }, USAGE)).toBeCloseTo(3, 10);
    expect(costOf(prices, { ...USAGE, cachedInput: null, cacheWrite: null })).toBeCloseTo(3, 10);
  });

  test("by the catalog, of the vendor whose address it is", async () => {
    const cost = await priced(
      { type: "anthropic", name: "claude-sonnet-4-5", baseUrl: "https://api.anthropic.com/v1" },
      null,
      null,
      {
        ...USAGE,
        input: 100_000,
        cachedInput: 60_000,
        cacheWrite: 10_000,
        output: 1000,
      },
    );
    expect(cost).toBeCloseTo((30_000 * 3 + 60_000 * 0.3 + 10_000 * 3.75 + 1000 * 15) / 1e6, 6);
  });

  test("what the operator or the provider's list says, before the catalog", async () => {
    const speaker = { type: "openai" as const, name: "gpt-4o" };
    expect(await priced(speaker, { input: 1, output: 1, cachedInput: null, cacheWrite: null })).toBeCloseTo(1.1, 10);
    const [listed] = readModelList({
      data: [{ id: "m", pricing: { prompt: "0.000003", completion: "0.000015", input_cache_read: "0.0000003" } }],
    });
    expect(listed!.prices).toEqual({ input: 3, output: 15, cachedInput: 0.3, cacheWrite: null });
  });

  test("what OpenRouter itself says of it; nobody else is believed", async () => {
    const router = { type: "openai-compatible" as const, provider: "openrouter", name: "x/y" };
    expect(await priced({ ...router, baseUrl: "https://openrouter.ai/api/v1" }, null, { cost: 0.25 })).toBe(0.25);
    expect(await priced({ ...router, baseUrl: "https://other.example/v1" }, null, { cost: 0.25 })).toBeNull();
  });

  test.each([
    ["a model that no catalog has", { type: "openai" as const, name: "gpt-unheard-of" }],
    [
      "a known model on a server of one's own",
      { type: "openai-compatible" as const, name: "gpt-4o", baseUrl: "http://127.0.0.1:1/v1" },
    ],
    [
      "a known model at somebody else's",
      { type: "openai-compatible" as const, name: "gpt-4o", baseUrl: "https://proxy.example/v1" },
    ],
    [
      "a vendor's name in somebody else's address",
      {
        type: "openai-compatible" as const,
        name: "gpt-4o",
        baseUrl: "https://proxy.example/https://api.openai.com/v1",
      },
    ],
  ])("nobody knows what: %s", async (_, speaker) => {
    expect(await priced(speaker)).toBeNull();
  });
});

test("what was cached and written is recorded with the cost, as Anthropic counts it", async () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 900, cache_creation_input_tokens: 90, output_tokens: 1 };
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const { send } = network({
    done: false,
    frames: [
      event("message_start", {
        message: {
          id: "m",
          type: "message",
          role: "assistant",
          model: "c",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage,
        },
      }),
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hi" } }),
      event("content_block_stop", { index: 0 }),
      event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 20 } }),
      event("message_stop", {}),
    ],
  });
  const speaker = { type: "anthropic" as const, name: "claude-sonnet-4-5", baseUrl: "https://api.anthropic.com/v1" };
  const info = infoOf(speaker);
  const provider = createProvider(
    { name: "anthropic", type: "anthropic", category: "base", apiKey: "k", baseUrl: info.endpoint },
    send,
  );
  const model = asModel(info, provider.languageModel(info.name), { cost: costs(info, null, await loadCatalog()) });
  const events = [];
  for await (const one of model.stream(requestOf([user("hi")]), new AbortController().signal)) events.push(one);
  expect(events.at(-1)).toMatchObject({
    type: "finish",
    usage: {
      input: 1000,
      cachedInput: 900,
      cacheWrite: 90,
      output: 20,
      cost: expect.closeTo((10 * 3 + 900 * 0.3 + 90 * 3.75 + 20 * 15) / 1e6, 8),
    },
  });
});
