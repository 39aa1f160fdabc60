import type { WireSession } from "@/lib/api/sessions";
import { closeSession, createSession, findSession, LONGEST_MS } from "../accounts/sessions";
import type { Actor, Core } from "../core/core";
import { ApiError } from "../core/errors";
import { log } from "../core/log";
import type { ActNote } from "./audit-acts";
import { isOfOwnPage } from "./door";
import { type Gate, seenBy, type Visitor } from "./gate";
import { cameByHttps, readSessionCookie, sessionCookie } from "./session-cookie";

/** Answers that have a cookie are nobody else's. */
export const NOT_KEPT = { "cache-control": "no-store" };

/** How a browser came, as far as its cookie is concerned. */
export const placeOf = (core: Core, { header }: Visitor) => ({
  isHttps: cameByHttps(header),
  publicUrl: core.config.publicUrl,
});

/** Nobody is signed in by a page of another origin, even of one that may read answers: the browser would be in another's. */
export function requireOwnPage(core: Core, visitor: Visitor): void {
  const isFromPage = visitor.header("origin") != null || visitor.header("sec-fetch-site") != null;
  if (isFromPage && !isOfOwnPage(visitor, core.config.door)) {
    throw new ApiError("forbidden", "Only a page of this server may sign a browser in");
  }
}

/** Ends a session, and what it still hears. */
export async function close(core: Core, gate: Gate, id: string): Promise<void> {
  await closeSession(core, id);
  gate.streams.end([id]);
}

/**
 * Signs a browser in. The session that it had before is over: it never has two.
 *
 * @returns the session, and the headers of the answer that gives it.
 */
export async function letIn(
  core: Core,
  gate: Gate,
  visitor: Visitor,
  note: ActNote,
  actor?: Actor,
): Promise<{ session: WireSession; headers: Record<string, string> }> {
  const former = readSessionCookie(visitor.header("cookie"));
  const ended = former === null ? null : await findSession(core, former, seenBy(core, visitor));
  if (ended?.sessionId) await close(core, gate, ended.sessionId);
  const { token, session } = await createSession(core, seenBy(core, visitor), actor);
  const entered = await findSession(core, token, seenBy(core, visitor));
  if (entered) note.actor = entered;
  log.info({ session: session.id, address: session.address, user: actor?.userId }, "a browser signed in");
  const cookie = sessionCookie(token, placeOf(core, visitor), LONGEST_MS);
  return { session, headers: { "set-cookie": cookie, ...NOT_KEPT } };
}
