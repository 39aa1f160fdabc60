import type { KnowledgeEvent } from "../api/wire";

/** What happened to a fact at one moment, in a few words. */
export function momentOf(event: KnowledgeEvent): string {
  switch (event.type) {
    case "said":
      return WHO[event.role] ?? `Said by ${event.role}`;
    case "written":
      return `Written to ${event.label}, v${event.number}, by ${event.operation}`;
    case "dropped":
      return `Dropped from ${event.label} in v${event.number} by ${event.operation}`;
    case "archived":
      return "Put into the archive";
    case "removed":
      return "Deleted from the archive";
    case "left-context":
      return `Left the context by a compaction, ${event.in_summary ? "kept" : "not kept"} in its summary`;
    case "searched":
      return `Searched for: ${outcomeOf(event)}`;
  }
}

const WHO: Record<string, string> = {
  user: "Said by the user",
  assistant: "Said by the agent",
  tool: "Returned by a tool",
};

function outcomeOf({ rank, returned, limit, there_were }: Extract<KnowledgeEvent, { type: "searched" }>): string {
  if (there_were === 0) return "nothing in the archive said it then";
  if (rank === null) return "not among the candidates";
  return returned ? `found, in place ${rank}` : `in place ${rank}, cut after ${limit ?? "fewer"}`;
}
