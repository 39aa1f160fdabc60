import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { findAccess, TOKEN_PREFIX } from "../accounts/access-tokens";
import { actorOfUser } from "../accounts/actors";
import { type Actor, type Core, DEFAULT_ACTOR } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { addressOf, createGuesses, type Guesses } from "./guesses";

declare module "hono" {
  interface ContextVariableMap {
    actor: Actor;
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

/**
 * Lets in who knows the password, where one is set: `Authorization: Bearer <password>`,
 * `X-BARE-PASSWORD: password <password>`, or the session cookie of the web pages. Without one, any bearer will do, but
 * for one in the form of a client-side access token: with or without a password, such a token opens what its policy says
 * and nothing else, to the page that it was made for.
 *
 * The header `user_id` says for whom a request acts. A user that there is not is the default user where there is no
 * password, as the contract has it; where there is one, nobody acts for somebody else by mistake: that is a 404.
 */
export function authenticate(core: Core): MiddlewareHandler {
  const guesses = createGuesses();
  return async (c, next) => {
    const open = OPEN_PATHS.has(c.req.path.replace(/\/$/, ""));
    const bearer = c.req.header("authorization")?.replace(/^Bearer /i, "");
    if (open) c.set("actor", DEFAULT_ACTOR);
    else if (bearer?.startsWith(TOKEN_PREFIX)) c.set("actor", await tokenActor(core, c, bearer));
    else {
      await requirePassword(core, guesses, c, bearer);
      c.set("actor", await namedActor(core, c.req.header("user_id")));
    }
    return next();
  };
}

async function requirePassword(core: Core, guesses: Guesses, c: Context, bearer: string | undefined): Promise<void> {
  const { password, door } = core.config;
  if (password === null) return;
  const bare = c.req.header("x-bare-password")?.replace(/^password /i, "");
  const cookie = /(?:^|; )memoir_password=([^;]*)/.exec(c.req.header("cookie") ?? "")?.[1];
  const given = bearer ?? bare ?? (cookie && decoded(cookie));
  const socket = socketOf(c);
  const address = addressOf(socket?.remoteAddress, c.req.header("x-forwarded-for"), door.trustedProxies);
  const isProxied = ["x-forwarded-for", "forwarded", "via"].some((name) => c.req.header(name) !== undefined);
  const asker = { address, connection: isProxied ? null : socket };
  if (!given || !(await guesses.check(asker, given, (text) => sameText(text, password)))) {
    throw new ApiError("unauthorized", "Unauthorized");
  }
}

type Socket = { remoteAddress?: string };

/** The connection; null where Next has it, which says its address in `x-forwarded-for`, as anybody could. */
function socketOf(c: Context): Socket | null {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: Socket } };
  return incoming?.socket ?? null;
}

async function namedActor(core: Core, userId: string | undefined): Promise<Actor> {
  if (!userId) return DEFAULT_ACTOR;
  const actor = await actorOfUser(core, userId);
  if (actor) return actor;
  if (core.config.password === null) return DEFAULT_ACTOR;
  throw notFound("user", userId);
}

/** A page of another origin may not use a token, whoever gave it to it. */
async function tokenActor(core: Core, c: Context, token: string): Promise<Actor> {
  const access = await findAccess(core, token);
  if (!access) throw new ApiError("unauthorized", "Unauthorized");
  const origin = c.req.header("origin");
  if (origin !== undefined && origin !== new URL(access.hostname).origin) {
    throw new ApiError("forbidden", "This access token is for pages of another origin");
  }
  if (origin !== undefined) c.set("readableBy", origin);
  const { organizationId, userId, policy } = access;
  return { organizationId, userId, policy };
}

/** Null for escapes that are none. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The caller, as `authenticate` has found it. */
export function actorOf(c: Context): Actor {
  return c.get("actor");
}
