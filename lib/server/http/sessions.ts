import type { SESSION_ENDPOINTS } from "@/lib/api/sessions";
import { accountOf, accountWith } from "../accounts/accounts";
import { firstMembership } from "../accounts/memberships";
import { currentSession, endOtherSessions, endSession, listSessions, switchOrganization } from "../accounts/sessions";
import { type Actor, type Core, DEFAULT_ACTOR } from "../core/core";
import { badRequest } from "../core/errors";
import type { ActNote } from "./audit-acts";
import type { Handlers } from "./bind";
import { close, letIn, NOT_KEPT, placeOf, requireOwnPage } from "./entry";
import type { Gate, Visitor } from "./gate";
import { endedCookies } from "./session-cookie";

const DEFAULT_PLACE: ActNote = { organizationId: DEFAULT_ACTOR.organizationId };

type Given = { email?: string | null | undefined; password: string };

/** Signing in and out, and who is signed in. */
export function sessionHandlers(core: Core, gate: Gate): Omit<Handlers<typeof SESSION_ENDPOINTS>, `signIn.${string}`> {
  /** Whom a password is for; null for a wrong one. */
  async function personOf(visitor: Visitor, { email, password }: Given, note: ActNote): Promise<Actor | null> {
    Object.assign(note, DEFAULT_PLACE);
    if (gate.mode === "password") return (await gate.knows(visitor, password)) ? DEFAULT_ACTOR : null;
    if (email == null) throw badRequest("People sign in with an account here: give its email, too");
    let actor: Actor | null = null;
    const about = await accountWith(core, email);
    if (about) Object.assign(note, { organizationId: about.organizationId, targetId: about.userId });
    await gate.weighs(visitor, async () => {
      const account = await accountOf(core, email, password);
      actor = account && (await firstMembership(core, account.userId));
      return account !== null;
    });
    return actor;
  }

  return {
    "sessions.create": async ({ body, visitor, note }) => {
      requireOwnPage(core, visitor);
      if (gate.mode === "alone") throw badRequest("This server has no password: nobody has to sign in");
      const actor = await personOf(visitor, body, note);
      if (!actor) return { signed_in: false, session: null };
      const { session, headers } = await letIn(core, gate, visitor, note, actor);
      return Response.json({ signed_in: true, session }, { headers });
    },
    "sessions.current": ({ ctx }) => currentSession(ctx),
    "sessions.list": ({ ctx, query }) => listSessions(ctx, query),
    "sessions.switch": async ({ ctx, body }) => {
      await switchOrganization(ctx, body.organization_id);
      return null;
    },
    "sessions.signOut": async ({ ctx, visitor }) => {
      const { sessionId } = ctx.actor;
      if (sessionId === undefined) throw badRequest("This request came with no session that could end");
      await close(core, gate, sessionId);
      const headers = new Headers(NOT_KEPT);
      for (const cookie of endedCookies(placeOf(core, visitor))) headers.append("set-cookie", cookie);
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
