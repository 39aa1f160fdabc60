import { expect, test } from "vitest";
import type { KnowledgeEvent } from "@/lib/api/knowledge";
import { verdictOf } from "./verdict";

const nowhere = { blocks: [], messages_in_context: 0, passages: 0 };
const at = { created_at: "2026-01-01T00:00:00.000Z", step_id: "step-1" };
const searched = (seq: number, more: Partial<Extract<KnowledgeEvent, { type: "searched" }>>): KnowledgeEvent => ({
  ...{ type: "searched", ...at, seq, text: "herbs", event_id: `event-${seq}`, limit: 5 },
  ...{ rank: null, returned: false, there_were: 1, ...more },
});
const codeOf = (events: KnowledgeEvent[], now = { ...nowhere, passages: 1 }) =>
  verdictOf({ events, now, shown: null }).code;

test("of searches of an archive that holds it, the last one that could have found it counts", () => {
  expect(codeOf([searched(1, {})])).toBe("search-missed");
  expect(codeOf([searched(1, {}), searched(2, { rank: 9 })])).toBe("search-cut");
  expect(codeOf([searched(1, { rank: 9 }), searched(2, { rank: 1, returned: true })])).toBe("in-archive");
  expect(codeOf([searched(1, { there_were: 0 })])).toBe("in-archive");
});

test("a block that an agent no longer has still has it", () => {
  const written: KnowledgeEvent = {
    ...{ type: "written", ...at, seq: 1, text: "x", block_id: "block-1", label: "human", version_id: "v-2" },
    ...{ number: 2, operation: "memory_insert", cause: { kind: "agent", actor: "agent-1" } },
  };
  const { code, text } = verdictOf({ events: [written], now: nowhere, shown: null });
  expect([code, text]).toEqual(["dropped", "It stands in “human”, a block that the agent no longer has."]);
});
