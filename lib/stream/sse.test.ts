import { describe, expect, it } from "vitest";
import { parseSse, SSE_DONE, type SseEvent, sseFrame } from "./sse";

function streamOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of parseSse(stream)) events.push(event);
  return events;
}

function parse(text: string, size = 1000): Promise<SseEvent[]> {
  return collect(streamOf(new TextEncoder().encode(text), size));
}

const STOP = { message_type: "stop_reason", stop_reason: "end_turn" } as const;
const ERROR = {
  message_type: "error_message",
  ...{ run_id: "run-1", error_type: "llm_error", message: "a\nb", detail: null, seq_id: null },
} as const;

describe("sseFrame", () => {
  it("writes unnamed events, and names only errors", () => {
    expect(sseFrame(STOP)).toBe('data: {"message_type":"stop_reason","stop_reason":"end_turn"}\n\n');
    expect(sseFrame(ERROR)).toBe(
      'event: error\ndata: {"message_type":"error_message","run_id":"run-1","error_type":"llm_error","message":"a\\nb","detail":null,"seq_id":null}\n\n',
    );
  });

  it("writes frames that parseSse reads back", async () => {
    expect(await parse(sseFrame(STOP) + sseFrame(ERROR) + SSE_DONE, 5)).toEqual([
      { event: null, data: JSON.stringify(STOP) },
      { event: "error", data: JSON.stringify(ERROR) },
      { event: null, data: "[DONE]" },
    ]);
  });
});

describe("parseSse", () => {
  const text =
    ': hi\n\nid: 4\ndata: {"a":"é😀"}\n\nevent: error\ndata:one\ndata:  two\ndata\n\nretry: 5\n\nevent:\ndata: x\n\n';
  const events = [
    { event: null, data: '{"a":"é😀"}' },
    { event: "error", data: "one\n two\n" },
    { event: null, data: "x" },
  ];

  it.each(["\n", "\r\n", "\r"])(
    "reads events the same wherever chunks are cut, with %j at the ends of lines",
    async (end) => {
      for (const size of [1, 2, 3, 5, 8, 1000]) expect(await parse(text.replaceAll("\n", end), size)).toEqual(events);
    },
  );

  it("drops an event that the end of the stream cuts off", async () => {
    expect(await parse("data: a\n\ndata: b\n", 3)).toEqual([{ event: null, data: "a" }]);
    expect(await parse("data: a\n\ndata: {", 3)).toEqual([{ event: null, data: "a" }]);
    expect(await parse("")).toEqual([]);
  });

  it("yields an event as soon as its empty line is there", async () => {
    let enqueue: (text: string) => void = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        enqueue = (piece) => controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    const events = parseSse(stream);
    enqueue("data: a\r\n\r");
    expect(await events.next()).toEqual({ done: false, value: { event: null, data: "a" } });
    enqueue("\ndata: b\n\n");
    expect(await events.next()).toEqual({ done: false, value: { event: null, data: "b" } });
  });

  it("cancels the stream when its reader stops early", async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const event of parseSse(stream)) {
      expect(event.data).toBe("a");
      break;
    }
    expect(cancelled).toBe(true);
  });

  it("throws what the stream throws", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    await expect(collect(stream)).rejects.toThrow("connection lost");
  });
});
