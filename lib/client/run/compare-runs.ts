import type { Row } from "./transcript-rows";

/** What a row says, whenever and under whatever ids it was said. */
function said(row: Row): string {
  switch (row.type) {
    case "tool": {
      const { call, result } = row;
      return JSON.stringify([row.type, call.name, call.arguments, result && [result.status, result.content]]);
    }
    case "hidden-reasoning":
      return row.type;
    default:
      return JSON.stringify([row.type, row.text]);
  }
}

/** How many rows two runs have in common from the first on. */
export function sharedRows(one: readonly Row[], other: readonly Row[]): number {
  const end = Math.min(one.length, other.length);
  for (let at = 0; at < end; at++) if (said(one[at]!) !== said(other[at]!)) return at;
  return end;
}

/** The first thing that differs, in a sentence; null where the runs say the same. */
export function firstDifference(one: readonly Row[], other: readonly Row[]): string | null {
  const at = sharedRows(one, other);
  const [before, after] = [one[at], other[at]];
  if (!before && !after) return null;
  if (!after) return `Then nothing came where ${nameOf(before!)} had come.`;
  if (!before) return `Then ${nameOf(after)} came where nothing had come.`;
  if (before.type !== after.type) return `Then ${nameOf(after)} came where ${nameOf(before)} had come.`;
  if (before.type !== "tool" || after.type !== "tool") return `Then ${nameOf(after)} is another.`;
  if (before.call.name !== after.call.name) return `Then ${after.call.name} is called, not ${before.call.name}.`;
  if (before.call.arguments !== after.call.arguments) return `Then ${after.call.name} is called with other arguments.`;
  return `Then ${after.call.name} returns something else.`;
}

const NAMES: Record<Exclude<Row["type"], "tool">, string> = {
  user: "the message",
  system: "the system prompt",
  assistant: "the answer",
  alert: "the alert",
  reasoning: "the reasoning",
  "hidden-reasoning": "the hidden reasoning",
  summary: "the summary",
};

const nameOf = (row: Row) => (row.type === "tool" ? `a call of ${row.call.name}` : NAMES[row.type]);
