import type { SESSION_ENDPOINTS } from "@/lib/api/sessions";
import {
  closeSession,
  createSession,
  currentSession,
  endOtherSessions,
  endSession,
  findSession,
  LONGEST_MS,
  listSessions,
} from "../accounts/sessions";
import type { Core } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { log } from "../core/log";
import type { Handlers } from "./bind";
import { isOfOwnPage } from "./door";
import { type Gate, seenBy, type Visitor } from "./gate";
import { cameByHttps, endedCookies, readSessionCookie, sessionCookie } from "./session-cookie";

/** Signing in and out, and who is signed in. */
export function sessionHandlers(core: Core, gate: Gate): Handlers<typeof SESSION_ENDPOINTS> {
  const { publicUrl } = core.config;
  const placeOf = ({ header }: Visitor) => ({ isHttps: cameByHttps(header), publicUrl });

  async function close(id: string): Promise<void> {
    await closeSession(core, id);
    gate.streams.end([id]);
  }

  /** The session that a browser had before is over: it never has two. */
  async function endFormer(visitor: Visitor): Promise<void> {
    const token = readSessionCookie(visitor.header("cookie"));
    const former = token === null ? null : await findSession(core, token, seenBy(core, visitor));
    if (former?.sessionId) await close(former.sessionId);
  }

  return {
    "sessions.create": async ({ body, visitor }) => {
      requireOwnPage(core, visitor);
      if (core.config.password === null) throw badRequest("This server has no password: nobody has to sign in");
      if (!(await gate.knows(visitor, body.password))) return { signed_in: false, session: null };
      await endFormer(visitor);
      const { token, session } = await createSession(core, seenBy(core, visitor));
      log.info({ session: session.id, address: session.address }, "a browser signed in");
      const cookie = sessionCookie(token, placeOf(visitor), LONGEST_MS);
      return Response.json({ signed_in: true, session }, { headers: { "set-cookie": cookie, ...NOT_KEPT } });
    },
    "sessions.current": ({ ctx }) => currentSession(ctx),
    "sessions.list": ({ ctx, query }) => listSessions(ctx, query),
    "sessions.signOut": async ({ ctx, visitor }) => {
      const { sessionId } = ctx.actor;
      if (sessionId === undefined) throw badRequest("This request came with no session that could end");
      await close(sessionId);
      const headers = new Headers(NOT_KEPT);
      for (const cookie of endedCookies(placeOf(visitor))) headers.append("set-cookie", cookie);
      return new Response(null, { status: 204, headers });
    },
    "sessions.deleteOthers": async ({ ctx }) => {
      gate.streams.end(await endOtherSessions(ctx));
      return null;
    },
    "sessions.delete": async ({ ctx, params }) => {
      await endSession(ctx, params.session_id);
      gate.streams.end([params.session_id]);
      return null;
    },
  };
}

const NOT_KEPT = { "cache-control": "no-store" };

/** Nobody is signed in by a page of another origin, even of one that may read answers: the browser would be in another's. */
function requireOwnPage(core: Core, visitor: Visitor): void {
  const isFromPage = visitor.header("origin") != null || visitor.header("sec-fetch-site") != null;
  if (isFromPage && !isOfOwnPage(visitor, core.config.door)) {
    throw new ApiError("forbidden", "Only a page of this server may sign a browser in");
  }
}
