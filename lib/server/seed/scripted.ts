import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import { DEMO_HANDLE, requestTokens } from "../models/demo";
import type { ModelRegistry } from "../models/registry";
import type { Turn } from "./beats";

/** A clock that is moved by hand, and by what is done: a past made with it is the same each time. */
export type SeedClock = {
  /** Milliseconds since 1970. */
  at: number;
  now(): Date;
  monotonic(): number;
};

export function createSeedClock(startMs: number): SeedClock {
  const clock: SeedClock = {
    at: startMs,
    // A millisecond goes by at each look, so that no two records have one time.
    now: () => new Date(clock.at++),
    monotonic: () => clock.at,
  };
  return clock;
}

const FIRST_WORD_MS = 420;
const WORD_MS = 24;

/** The registry that seeds a past: one model, which says what the story has it say, at the pace of a real one. */
export function scriptedRegistry(registry: ModelRegistry, clock: SeedClock): ModelRegistry & { script: Turn[] } {
  const script: Turn[] = [];
  const model: Model = {
    handle: DEMO_HANDLE,
    provider: "memoir",
    name: "demo",
    contextWindow: 32_000,
    async *stream(request) {
      const turn = script.shift();
      if (turn === undefined) throw new Error("the seed's story has no turn for what it is asked");
      clock.at += FIRST_WORD_MS + (request.messages.length % 7) * 35;
      let output = 0;
      for (const event of eventsOf(turn, request)) {
        clock.at += WORD_MS;
        output++;
        yield event;
      }
      const input = requestTokens(request);
      yield {
        type: "finish",
        reason: typeof turn === "string" ? "stop" : "tool-calls",
        usage: { input, output, cachedInput: null, cacheWrite: null, reasoning: null },
      };
    },
  };
  return { ...registry, model: async () => model, defaultHandle: async () => DEMO_HANDLE, script };
}

function* eventsOf(turn: Turn, request: ModelRequest): Generator<ModelEvent> {
  if (typeof turn === "string") {
    for (const text of words(turn)) yield { type: "text", text };
    return;
  }
  for (const text of words(turn.think)) yield { type: "reasoning", text };
  const id = `call_seed_${request.messages.length}_${turn.call}`;
  yield { type: "tool-call", id, name: turn.call };
  for (const text of words(JSON.stringify(turn.args))) yield { type: "tool-call-arguments", id, text };
}

const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? [];
