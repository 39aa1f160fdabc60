import { expect, test } from "vitest";
import { fold } from "@/lib/stream/fold";
import { MEMGPT } from "./dialect";
import type { ModelRequest } from "./model";
import type { Ports } from "./ports";
import { scriptedModel } from "./testing/scripted-model";
import { takeTurn } from "./turn";

test("a model's own thought and one that is read from its words or arguments are two, each with its source", async () => {
  let ids = 0;
  const ports = {
    clock: { now: () => "2026-01-01T00:00:00.000Z", monotonic: () => 0 },
    newId: (kind: string) => `${kind}-00000000-0000-4000-9000-${String(++ids).padStart(12, "0")}`,
  } as unknown as Ports;
  const model = scriptedModel([
    [
      { type: "reasoning", text: "own " },
      { type: "reasoning", text: "thought" },
      { type: "text", text: "aside" },
      { type: "tool-call", id: "c", name: "note" },
      { type: "tool-call-arguments", id: "c", text: '{"what": "x"}' },
      { type: "finish", reason: "tool-calls", usage: null },
    ],
  ]);
  const source = takeTurn(
    {
      model,
      request: { system: "", messages: [], tools: [], settings: {} } as unknown as ModelRequest,
      dialect: MEMGPT,
      requestsApart: false,
      dialectOptions: { innerThoughtsInKwargs: false, isTerminal: () => false },
      stepId: "step-1",
      runId: "run-1",
      usedCallIds: new Set(),
      gated: new Set(),
      maxCalls: 1,
      signal: new AbortController().signal,
    },
    ports,
  );
  const items = [];
  for (let next = await source.next(); !next.done; next = await source.next()) items.push(next.value);
  const [message] = fold(items);
  expect(message!.parts).toMatchObject([
    { type: "reasoning", reasoning: "own thought", source: "reasoner_model" },
    { type: "reasoning", reasoning: "aside", source: "non_reasoner_model" },
    { type: "tool_call", name: "note" },
  ]);
});
