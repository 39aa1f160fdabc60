import type { Ctx } from "../core/core";
import type { LedgerEvent } from "../core/events";

const SILENCE_MS = 20_000;

/** What happens in the caller's organization, as server-sent events, for as long as the client listens. */
export function eventStream(ctx: Ctx, agentId: string | null, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const hear = (event: LedgerEvent) => {
        if (agentId === null || event.agentId === null || event.agentId === agentId)
          send(`data: ${JSON.stringify(toWireEvent(event))}\n\n`);
      };
      // Who listens again after the end knows that there was one, and looks at all that is on the screen.
      const gap = () => {
        end();
        controller.close();
      };
      const unsubscribe = ctx.events.subscribe(ctx.actor.organizationId, hear, gap);
      const timer = setInterval(() => send(": still here\n\n"), SILENCE_MS);
      send(": listening\n\n");
      end = () => {
        unsubscribe();
        clearInterval(timer);
      };
      signal.addEventListener("abort", () => end(), { once: true });
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

function toWireEvent(event: LedgerEvent): Record<string, unknown> {
  return {
    type: event.type,
    id: event.id,
    agent_id: event.agentId,
    conversation_id: event.conversationId ?? null,
    run_id: event.runId ?? null,
    status: event.status ?? null,
    at: event.at,
    detail: event.detail ?? null,
  };
}
