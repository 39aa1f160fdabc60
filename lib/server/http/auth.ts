import type { Context, MiddlewareHandler } from "hono";
import { type Actor, DEFAULT_ACTOR } from "../core/core";
import { ApiError } from "../core/errors";
import type { Asking } from "./door";
import type { Gate, Socket, Visitor } from "./gate";
import { bearsToken } from "./guard";

declare module "hono" {
  interface ContextVariableMap {
    actor: Actor;
    /** Nobody has said yet who it is. */
    isUnknown?: boolean;
  }
}

/** Paths that answer everybody alike. */
export const OPEN_PATHS = new Set([
  "/v1/health",
  "/v1/ready",
  "/latest/health",
  "/latest/ready",
  // A browser comes here from an authorization server, with a state that is good once and says for whom.
  "/v1/tools/mcp/oauth/callback",
]);

const CHALLENGE = 'Bearer realm="memoir"';

/** Where one comes to be let in: the request itself has the password, or the token of a link. */
const SIGN_IN = /^\/(v1|latest)\/sessions\/?$/;
const ACCOUNT_WAYS =
  /^\/(v1|latest)\/(sessions|account|account\/password-reset|invitations\/(lookup|accept)|sign-in\/[\w-]+)\/?$/;
/** Where a browser comes back from an identity provider, with what its cookie says of the way. */
const WAY_BACK = /^\/(v1|latest)\/sign-in\/[\w-]+\/callback\/?$/;

/**
 * Lets in whom the gate knows (see `createGate`). A page of another origin may not use an access token that was not made
 * for it, whoever gave it to it. What a session's request hears, it hears as long as the session is.
 */
export function authenticate(gate: Gate): MiddlewareHandler {
  const waysIn = gate.mode === "accounts" ? ACCOUNT_WAYS : SIGN_IN;
  return async (c, next) => {
    const { method, path } = c.req;
    const isBack = method === "GET" && gate.mode === "accounts" && WAY_BACK.test(path);
    const isSignIn = isBack || (method === "POST" && waysIn.test(path) && !bearsToken(c));
    const isOpen = gate.opensMetrics(visitorOf(c)) || isSignIn || OPEN_PATHS.has(path.replace(/\/$/, ""));
    if (isOpen) {
      c.set("actor", DEFAULT_ACTOR);
      c.set("isUnknown", true);
    } else {
      const { actor, token } = await gate.admit(visitorOf(c)).catch((error: unknown) => {
        // By this a page tells it from the refusal of a provider, whose key is not accepted.
        if (error instanceof ApiError && error.code === "unauthorized") c.header("www-authenticate", CHALLENGE);
        throw error;
      });
      if (token) requirePageOf(c, token.hostname);
      c.set("actor", actor);
    }
    await next();
    const { sessionId } = c.get("actor");
    if (sessionId !== undefined) c.res = gate.streams.bound(c.res, sessionId);
  };
}

function requirePageOf(c: Context, hostname: string): void {
  const origin = c.req.header("origin");
  if (origin === undefined) return;
  if (origin !== new URL(hostname).origin) {
    throw new ApiError("forbidden", "This access token is for pages of another origin");
  }
  c.set("readableBy", origin);
}

/** A request as the door and the gate look at it. */
export function visitorOf(c: Context): Visitor {
  const { method, path } = c.req;
  const header: Asking["header"] = (name) =>
    c.req.header(name) ?? (name === "host" ? new URL(c.req.url).host : undefined);
  // Where Next has the connection, it says its address in `x-forwarded-for`, as anybody could.
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: Socket } };
  return { method, path, header, socket: incoming?.socket ?? null };
}

/** Whether a request came by a way that is open to everybody. */
export const isUnknown = (c: Context) => c.get("isUnknown") === true;

/** The caller, as `authenticate` has found it. */
export function actorOf(c: Context): Actor {
  return c.get("actor");
}
