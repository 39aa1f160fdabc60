import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config/env";
import { requestIdOf } from "./request-log";

const LOOK_EVERY_MS = 1000;

/**
 * Ends a request whose body does not come: for `bodyMs` at the beginning, and then for as long as what has come makes up
 * for at `bytesPerSecond`. A large upload over a slow line lives as long as it goes on; a client that sends a byte now and
 * then holds nothing. An answer that has begun is never cut while its client reads it.
 */
export function endSlowBody(request: IncomingMessage, response: ServerResponse, patience: Config["patience"]): void {
  if (!hasBody(request)) return;
  const { socket } = request;
  const startedAt = performance.now();
  const before = socket.bytesRead;
  const timer = setInterval(
    () => {
      if (request.complete || request.destroyed) return clearInterval(timer);
      if (response.headersSent && !response.writableEnded) return;
      const earnedMs = ((socket.bytesRead - before) / patience.bytesPerSecond) * 1000;
      if (performance.now() - startedAt < patience.bodyMs + earnedMs) return;
      clearInterval(timer);
      giveUp(request, response);
    },
    Math.min(LOOK_EVERY_MS, patience.bodyMs / 4),
  );
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function giveUp(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return void request.socket.destroy();
  const detail = "The body of this request did not come in time: send it again, or over a faster line.";
  response.writeHead(408, {
    "content-type": "application/json",
    connection: "close",
    "x-should-retry": "false",
    "x-request-id": requestIdOf(request.headers["x-request-id"] as string | undefined),
  });
  response.end(JSON.stringify({ detail }), () => request.socket.destroy());
}
