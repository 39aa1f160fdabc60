import { randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { ApiError } from "../core/errors";
import { log, withLogFields } from "../core/log";

declare module "hono" {
  interface ContextVariableMap {
    requestId: string;
  }
}

const GIVEN_ID = /^[\w.:-]{1,128}$/;

/** The id of a request: its client's own, if it is one that may stand in a log, or a new one. */
export function requestIdOf(given: string | null | undefined): string {
  return given && GIVEN_ID.test(given) ? given : randomUUID();
}

/**
 * Gives every request one id, in the answer's header, in an error that nobody expected, and in the log: one line for the
 * request, when its answer begins, and the same id in every line of what it set to work.
 */
export function logRequests(): MiddlewareHandler {
  return async (c, next) => {
    const requestId = requestIdOf(c.req.header("x-request-id"));
    const startedAt = performance.now();
    c.set("requestId", requestId);
    await withLogFields({ request_id: requestId }, next);
    c.header("x-request-id", requestId);
    withLogFields({ request_id: requestId }, () => sayAnswered(c, performance.now() - startedAt));
  };
}

function sayAnswered(c: Context, ms: number): void {
  const { method, path } = c.req;
  const { status } = c.res;
  const failure = c.error && !(c.error instanceof ApiError) ? c.error : null;
  const fields = { method, path, status, ms: Math.round(ms * 10) / 10, ...(failure ? { err: failure } : {}) };
  const say = status >= 500 && failure ? log.error : log.info;
  say(fields, `${method} ${path} ${status}`);
}
