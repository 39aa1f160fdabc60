import { expect, test } from "vitest";
import type { KnowledgeEvent } from "../api/wire";
import { momentOf } from "./knowledge";

const at = { seq: 1, created_at: "2026-01-01T00:00:00.000Z", step_id: null, text: "x" };
const searched = { type: "searched", ...at, event_id: "e", limit: 5 } as const;

test.each<[KnowledgeEvent, string]>([
  [{ type: "said", ...at, message_id: "m", conversation_id: "c", role: "user" }, "Said by the user"],
  [{ ...searched, rank: null, returned: false, there_were: 1 }, "Searched for: not among the candidates"],
  [{ ...searched, rank: 9, returned: false, there_were: 1 }, "Searched for: in place 9, cut after 5"],
  [{ ...searched, rank: 1, returned: true, there_were: 1 }, "Searched for: found, in place 1"],
  [{ ...searched, rank: null, returned: false, there_were: 0 }, "Searched for: nothing in the archive said it then"],
])("%j is told as %s", (event, words) => {
  expect(momentOf(event)).toBe(words);
});
