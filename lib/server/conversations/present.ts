import { summaryAsUser } from "@/lib/engine/compaction/cut";
import { fold, messageToItems } from "@/lib/stream/fold";
import type { Item } from "@/lib/stream/item";
import type { Message } from "@/lib/stream/message";
import { presentAssistantMessages } from "@/lib/stream/present";
import { filterReturnTypes, itemToWire, type WireMessage } from "@/lib/stream/wire";

/** How a client wants to be shown messages. */
export type PresentOptions = {
  /** Calls of the tool that speaks are shown as what the assistant says. */
  assistantMessages: boolean;
  toolName: string;
  toolKwarg: string;
  /** Wire types to show; null for all. */
  types: readonly string[] | null;
  /** Summaries as such, not as words of the user, and the event before them. */
  compaction: boolean;
};

export const DEFAULT_PRESENT: PresentOptions = {
  assistantMessages: true,
  toolName: "send_message",
  toolKwarg: "message",
  types: null,
  compaction: false,
};

/** How the request that started a run wants its messages shown, for those who follow it later. */
export function presentOfRequest(request: unknown): PresentOptions {
  const given = (request ?? {}) as Record<string, unknown>;
  const types = given.include_return_message_types;
  return {
    ...DEFAULT_PRESENT,
    assistantMessages: given.use_assistant_message !== false,
    toolName:
      typeof given.assistant_message_tool_name === "string" ? given.assistant_message_tool_name : "send_message",
    toolKwarg: typeof given.assistant_message_tool_kwarg === "string" ? given.assistant_message_tool_kwarg : "message",
    types: Array.isArray(types) ? types.map(String) : null,
  };
}

/** One shaper serves one stream or one page: it remembers the calls that it has seen. */
export function createItemShaper(options: PresentOptions): (item: Item) => Item[] {
  const presenter = options.assistantMessages
    ? presentAssistantMessages({ toolName: options.toolName, argument: options.toolKwarg })
    : null;
  const wanted = filterReturnTypes(options.types);
  return (item) => {
    const presented = presenter ? presenter.push(item) : [item];
    return presented.flatMap((shown) => (options.compaction ? [shown] : withoutCompaction(shown))).filter(wanted);
  };
}

function withoutCompaction(item: Item): Item[] {
  if (item.type === "event") return [];
  return item.type === "summary" ? fold([item]).map(summaryAsUser).flatMap(messageToItems) : [item];
}

/** Stored messages, oldest first, as the wire messages that they are shown as. */
export function messagesToWire(messages: readonly Message[], options: PresentOptions): WireMessage[] {
  const shape = createItemShaper(options);
  return messages.flatMap(messageToItems).flatMap(shape).map(itemToWire);
}
