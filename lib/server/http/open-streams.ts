import { stillOpen } from "../accounts/sessions";
import type { Core } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";

/** A session that ended elsewhere, or by itself, is noticed after this long. */
const LOOK_MS = 5000;

export type OpenStreams = {
  /** The answer of a session's request; if it is a stream of events, it ends with the session. */
  bound(response: Response, sessionId: string): Response;
  /** These sessions are over. */
  end(sessionIds: readonly string[]): void;
};

/** Streams that are open to signed-in browsers: a session that is ended hears nothing more. */
export function createOpenStreams(core: Core): OpenStreams {
  const open = new Map<string, Set<() => void>>();
  let timer: NodeJS.Timeout | null = null;

  function endHere(sessionIds: readonly string[]): void {
    for (const id of sessionIds) for (const stop of open.get(id) ?? []) stop();
  }
  core.relay.hear("ended-sessions", endHere);

  function end(sessionIds: readonly string[]): void {
    endHere(sessionIds);
    if (sessionIds.length > 0) core.relay.tell("ended-sessions", sessionIds);
  }

  async function look(): Promise<void> {
    const ids = [...open.keys()];
    try {
      const still = await stillOpen(core, ids);
      endHere(ids.filter((id) => !still.has(id)));
    } catch (error) {
      if (!databaseFault(error)) log.error({ err: error }, "whether sessions are still open could not be looked up");
    }
  }

  function add(id: string, stop: () => void): void {
    open.set(id, (open.get(id) ?? new Set()).add(stop));
    timer ??= setInterval(() => void look(), LOOK_MS).unref();
  }

  function remove(id: string, stop: () => void): void {
    const streams = open.get(id);
    streams?.delete(stop);
    if (streams?.size === 0) open.delete(id);
    if (open.size > 0 || !timer) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    end,
    bound(response, sessionId) {
      if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
      const body = endable(response.body, (stop) => {
        add(sessionId, stop);
        return () => remove(sessionId, stop);
      });
      return new Response(body, response);
    },
  };
}

/** A body that closes when `register`'s function is called; what `register` answers is called when it is over. */
function endable(
  body: ReadableStream<Uint8Array>,
  register: (stop: () => void) => () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let isOver = false;
  let forget = () => {};
  const finish = () => {
    isOver = true;
    forget();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        forget = register(() => {
          if (isOver) return;
          finish();
          controller.close();
          reader.cancel().catch(() => {});
        });
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (isOver) return;
          if (!done) return controller.enqueue(value);
          finish();
          controller.close();
        } catch (error) {
          if (isOver) return;
          finish();
          controller.error(error);
        }
      },
      cancel(reason) {
        finish();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

declare module "../core/relay" {
  interface Told {
    /** Sessions that are over. */
    "ended-sessions": readonly string[];
  }
}
