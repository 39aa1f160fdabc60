import type { Columns } from "./timeline";

const MOST_LANES = 5;

/** Conversations as lanes, the one with the newest step first; those beyond the fifth share the last. */
export function lanesOf(columns: Columns): { lanes: readonly string[]; laneOf: (conversationId: string) => number } {
  const found = new Map<string, number>();
  for (const column of columns.toReversed()) {
    const id = column?.step.conversation_id;
    if (id !== undefined && !found.has(id)) found.set(id, Math.min(found.size, MOST_LANES - 1));
  }
  return {
    lanes: [...found.keys()].slice(0, MOST_LANES),
    laneOf: (conversationId) => found.get(conversationId) ?? 0,
  };
}
