import type { Context, MiddlewareHandler } from "hono";
import { hasTokenFor, TOKEN_PREFIX } from "../accounts/access-tokens";
import type { Core } from "../core/core";
import { ApiError } from "../core/errors";
import { type Asking, foreignSentence, judge } from "./door";

declare module "hono" {
  interface ContextVariableMap {
    /** The origin of another site whose page may read the answer. */
    readableBy?: string;
  }
}

const METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE";
const PREFLIGHT_LIFE_S = 600;

/**
 * Keeps out requests that a web page of somebody else sends (see `judge`), and tells browsers whose pages may read an
 * answer: those of configured origins, and the page that an access token was made for, as `authenticate` finds. Before
 * it sends such a token a browser asks, without it: then any origin will do that has one.
 */
export function guardDoor(core: Core): MiddlewareHandler {
  return async (c, next) => {
    const verdict = judge(askingOf(c), core.config.door);
    if (verdict.kind === "refused") throw new ApiError("forbidden", verdict.sentence);
    if (verdict.kind === "configured") c.set("readableBy", verdict.origin);
    const isPreflight = c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
    if (verdict.kind === "foreign") {
      const isLetIn = isPreflight ? await hasTokenFor(core, verdict.origin) : bearsToken(c);
      if (!isLetIn) throw new ApiError("forbidden", foreignSentence(verdict.origin));
      if (isPreflight) c.set("readableBy", verdict.origin);
    }
    if (isPreflight) c.res = c.body(null, 204);
    else await next();
    shareWith(c, isPreflight);
  };
}

function askingOf(c: Context): Asking {
  const { method, path } = c.req;
  return { method, path, header: (name) => c.req.header(name) ?? (name === "host" ? new URL(c.req.url).host : null) };
}

/** Whether a request has an access token, or something in its form. */
export const bearsToken = (c: Context) =>
  c.req
    .header("authorization")
    ?.replace(/^Bearer /i, "")
    .startsWith(TOKEN_PREFIX) === true;

function shareWith(c: Context, isPreflight: boolean): void {
  c.header("vary", "Origin", { append: true });
  const origin = c.get("readableBy");
  if (!origin) return;
  c.header("access-control-allow-origin", origin);
  c.header("access-control-expose-headers", "x-request-id, memoir-index");
  if (!isPreflight) return;
  c.header("access-control-allow-methods", METHODS);
  const asked = c.req.header("access-control-request-headers");
  if (asked) c.header("access-control-allow-headers", asked);
  c.header("access-control-max-age", String(PREFLIGHT_LIFE_S));
}
