import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { type Actor, DEFAULT_ACTOR } from "../core";
import { ApiError } from "../errors";

const OPEN_PATHS = new Set(["/v1/health", "/v1/ready", "/latest/health", "/latest/ready"]);

/**
 * Lets in who knows the password, where one is set: `Authorization: Bearer <password>`,
 * `X-BARE-PASSWORD: password <password>`, or the session cookie of the web pages. Without one, any bearer will do.
 */
export function requirePassword(password: string | null): MiddlewareHandler {
  return async (c, next) => {
    if (password === null || OPEN_PATHS.has(c.req.path.replace(/\/$/, ""))) return next();
    const bearer = c.req.header("authorization")?.replace(/^Bearer /i, "");
    const bare = c.req.header("x-bare-password")?.replace(/^password /i, "");
    const cookie = /(?:^|; )memoir_password=([^;]*)/.exec(c.req.header("cookie") ?? "")?.[1];
    const given = bearer ?? bare ?? (cookie && decoded(cookie));
    if (!given || !sameText(given, password)) throw new ApiError("unauthorized", "Unauthorized");
    return next();
  };
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

/** The caller. Teams come later; until then everybody is the default user of the default organization. */
export function actorOf(_c: Context): Actor {
  return DEFAULT_ACTOR;
}
