import { randomUUID } from "node:crypto";
import { SSE_DONE, sseFrame } from "@/lib/stream/sse";
import { itemToWire } from "@/lib/stream/wire";
import { log } from "../core/log";
import type { Answer, EventStream, ItemStream } from "../run/answer";

const SILENCE_MS = 20_000;
const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  connection: "keep-alive",
  "x-accel-buffering": "no",
};

/** An answer as it goes out: JSON, or a stream of events. */
export const answerResponse = (answer: Answer<unknown>): Response =>
  "stream" in answer ? streamResponse(answer.stream) : Response.json(answer.value);

/** Items as server-sent events in the contract's frames, with `[DONE]` at the end. */
export function streamResponse({ items, ...options }: ItemStream): Response {
  let seqId = options.after > 0 ? options.after : null;
  async function* frames(): AsyncGenerator<string> {
    for await (const item of items) {
      if ("seqId" in item && item.seqId !== null) seqId = item.seqId;
      const shaped = options.shape(item);
      if (shaped.length > 0) yield shaped.map((one) => sseFrame(itemToWire(one))).join("");
    }
  }
  const ping = () =>
    sseFrame(
      itemToWire({
        type: "ping",
        id: `ping-${randomUUID()}`,
        date: new Date().toISOString(),
        runId: options.runId,
        seqId,
      }),
    );
  const pings = options.pings ? { frame: ping, atOnce: true } : null;
  return eventResponse({
    frames: frames(),
    runId: options.runId,
    pings,
    ...(options.onGone && { onGone: options.onGone }),
  });
}

/** Frames of server-sent events as an answer, with `[DONE]` at the end. Nothing may be compressed or held back on the way. */
export function eventResponse({ frames, ...options }: EventStream): Response {
  const encoder = new TextEncoder();
  const { pings } = options;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = batchedSender((text) => controller.enqueue(encoder.encode(text)));
      if (pings) {
        if (pings.atOnce) send.push(pings.frame());
        timer = setInterval(() => send.push(pings.frame()), SILENCE_MS);
      }
      void (async () => {
        for await (const frame of frames) {
          if (over) return;
          send.push(frame);
          timer?.refresh();
        }
        send.push(SSE_DONE);
      })()
        .catch((error) => log.error({ err: error, run_id: options.runId }, "the stream of a run broke"))
        .finally(() => {
          clearInterval(timer);
          if (!over) send.flush();
          if (!over) controller.close();
          over = true;
        });
    },
    cancel() {
      over = true;
      clearInterval(timer);
      options.onGone?.();
    },
  });
  return new Response(body, { headers: HEADERS });
}

/** Frames that come sooner after a write than this wait for the rest of it: no reader sees the difference. */
const WRITE_EVERY_MS = 5;

/**
 * Joins frames that come close together to one write: a write costs more than all else that is done for a token. The
 * first goes out at once. A write has whole frames only, because older clients decode each by itself.
 */
function batchedSender(write: (text: string) => void): { push(text: string): void; flush(): void } {
  let pending = "";
  let writtenAt = 0;
  const flush = () => {
    const text = pending;
    pending = "";
    writtenAt = performance.now();
    if (text !== "") write(text);
  };
  const flushIfOpen = () => {
    try {
      flush();
    } catch {
      // The client went away between the frame and its write.
    }
  };
  return {
    push(text) {
      if (pending === "") {
        const waitMs = writtenAt + WRITE_EVERY_MS - performance.now();
        if (waitMs <= 0) setImmediate(flushIfOpen);
        else setTimeout(flushIfOpen, waitMs);
      }
      pending += text;
    },
    flush,
  };
}
