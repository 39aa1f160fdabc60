import type { ModelEvent } from "@/lib/engine/model";
import type { Message, Part } from "@/lib/stream/message";

type Said = { role: string; parts: Record<string, unknown>[]; finish_reason?: string };

/** Messages in the form of the conventions' `gen_ai.input.messages`. Images are named, not shown. */
export function inputMessages(messages: readonly Message[]): Said[] {
  return messages.flatMap((message) => {
    const parts = message.parts.flatMap(toPart);
    return parts.length === 0 ? [] : [{ role: roleOf(message), parts }];
  });
}

function roleOf({ role }: Message): string {
  if (role === "approval") return "assistant";
  return role === "summary" ? "user" : role;
}

function toPart(part: Part): Record<string, unknown>[] {
  switch (part.type) {
    case "text":
      return [{ type: "text", content: part.text }];
    case "summary":
      return [{ type: "text", content: part.summary }];
    case "reasoning":
      return [{ type: "reasoning", content: part.reasoning }];
    case "image":
      return [{ type: "file", modality: "image", file_id: part.source.type === "letta" ? part.source.file_id : null }];
    case "tool_call":
      return [{ type: "tool_call", id: part.id, name: part.name, arguments: part.arguments }];
    case "tool_return":
      return [{ type: "tool_call_response", id: part.toolCallId, response: part.content }];
    default:
      return [];
  }
}

/** An answer in the form of the conventions' `gen_ai.output.messages`. */
export function outputMessages(events: readonly ModelEvent[]): Said[] {
  let text = "";
  let reasoning = "";
  let finish = "error";
  const calls = new Map<string, { type: "tool_call"; id: string; name: string; arguments: string }>();
  for (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "reasoning") reasoning += event.text;
    else if (event.type === "finish") finish = event.reason;
    else if (event.type === "tool-call") calls.set(event.id, { ...event, type: "tool_call", arguments: "" });
    else if (event.type === "tool-call-arguments") {
      const call = calls.get(event.id);
      if (call) call.arguments += event.text;
    }
  }
  const parts = [
    ...(reasoning === "" ? [] : [{ type: "reasoning", content: reasoning }]),
    ...(text === "" ? [] : [{ type: "text", content: text }]),
    ...calls.values(),
  ];
  return [{ role: "assistant", parts, finish_reason: finish }];
}
