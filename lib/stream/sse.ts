import type { WireMessage } from "./wire";

/** The last frame of every stream. */
export const SSE_DONE = "data: [DONE]\n\n";

/** One server-sent event. Only errors are named: the official clients read unnamed events and drop other names. */
export function sseFrame(wire: WireMessage): string {
  const event = wire.message_type === "error_message" ? "event: error\n" : "";
  return `${event}data: ${JSON.stringify(wire)}\n\n`;
}

export type SseEvent = { event: string | null; data: string };

/**
 * Reads server-sent events as they arrive, wherever the chunks are cut. Comments, ids and events without data are
 * passed over; an event that the end of the stream cuts off is dropped, as the standard has it. Throws what the stream
 * throws. A reader that stops early cancels the stream.
 */
export async function* parseSse(stream: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  let event: string | null = null;
  let data: string[] = [];
  for await (const line of readLines(stream)) {
    if (line !== "") {
      const { field, value } = parseLine(line);
      if (field === "event") event = value || null;
      if (field === "data") data.push(value);
      continue;
    }
    if (data.length > 0) yield { event, data: data.join("\n") };
    event = null;
    data = [];
  }
}

function parseLine(line: string): { field: string; value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { field: line, value: "" };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(" ") ? value.slice(1) : value };
}

/** Complete lines, ended by \n, \r\n or \r; a rest without an end is dropped. */
async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let afterReturn = false;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const text = decoder.decode(chunk.value, { stream: true });
      if (text === "") continue;
      // The \n of a \r\n that was cut in two ends no second line.
      const lines = text.slice(afterReturn && text.startsWith("\n") ? 1 : 0).split(/\r\n|\n|\r/);
      afterReturn = text.endsWith("\r");
      lines[0] = rest + lines[0];
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
