import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Query } from "@/lib/api/endpoint";
import type { SESSION_ENDPOINTS, WireSession } from "@/lib/api/sessions";
import { accessModeOf } from "../config/access-mode";
import { type Actor, type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { WebSessionModel } from "../db/generated/models";
import { findMember, roleIn } from "./memberships";

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const DAY_MS = 24 * 60 * 60_000;
/** A session that nobody uses ends after so long a time, */
const IDLE_MS = 14 * DAY_MS;
/** and any session so long after its sign-in. */
export const LONGEST_MS = 90 * DAY_MS;
/** What is noted of use is no finer than this, so that requests don't write. */
const NOTE_MS = 60_000;
const MAX_AGENT_CHARS = 300;

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * Which password a session belongs to: says nothing of it to who has the database and not the vault's key. Where people
 * have accounts, sessions belong to none, and to nobody who signed in by a password before.
 */
function digestOf(core: Core): string {
  if (core.config.accounts) return core.vault.derive("web-session-accounts");
  return createHmac("sha256", core.vault.derive("web-session-password"))
    .update(core.config.password ?? "")
    .digest("hex");
}

/** Where a browser is, as far as it says so. */
/** Where a browser is; the address is null where a page asked in the server's own process. */
export type Seen = { address: string | null; userAgent: string | null };

const plainAgent = (text: string | null) => text?.replaceAll("\0", "").toWellFormed().slice(0, MAX_AGENT_CHARS) || null;

/**
 * Begins a session for a browser that has just given a password. Its token is new, whatever the browser came with;
 * what has expired, or belongs to another password, is removed.
 */
export async function createSession(
  core: Core,
  seen: Seen,
  actor: Actor = DEFAULT_ACTOR,
): Promise<{ token: string; session: WireSession }> {
  const now = core.now();
  const passwordDigest = digestOf(core);
  await core.db.prisma.webSession.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { passwordDigest: { not: passwordDigest } }] },
  });
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const row = await core.db.prisma.webSession.create({
    data: {
      id: newId("session"),
      organizationId: actor.organizationId,
      userId: actor.userId,
      tokenHash: hashOf(token),
      passwordDigest,
      userAgent: plainAgent(seen.userAgent),
      address: seen.address ?? "unknown",
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + IDLE_MS),
    },
  });
  return { token, session: toWireSession(row, row.id) };
}

/**
 * Who is signed in with this token; null for none, one that has ended, one of another password, and one of a person who is
 * no member any more.
 */
export async function findSession(core: Core, token: string, seen: Seen, { isUse = true } = {}): Promise<Actor | null> {
  if (accessModeOf(core.config) === "alone" || !TOKEN.test(token)) return null;
  const row = await core.db.prisma.webSession.findUnique({ where: { tokenHash: hashOf(token) } });
  const now = core.now();
  if (!row || row.expiresAt <= now || row.passwordDigest !== digestOf(core)) return null;
  const { organizationId, userId, id: sessionId } = row;
  const member = core.config.accounts ? await findMember(core, organizationId, userId) : undefined;
  if (member === null) return null;
  if (isUse) await noteUse(core, row, seen, now);
  const actor = { organizationId, userId, sessionId };
  return member ? { ...actor, role: member.role, through: { kind: "editor", name: member.name } } : actor;
}

async function noteUse(core: Core, row: WebSessionModel, seen: Seen, now: Date): Promise<void> {
  const before = new Date(now.getTime() - NOTE_MS);
  if (row.lastSeenAt > before) return;
  const expiresAt = new Date(Math.min(now.getTime() + IDLE_MS, row.createdAt.getTime() + LONGEST_MS));
  await core.db.prisma.webSession.updateMany({
    where: { id: row.id, lastSeenAt: { lte: before } },
    data: { lastSeenAt: now, expiresAt, ...(seen.address === null ? {} : { address: seen.address }) },
  });
}

/** Of the actor: a person's sessions are one's own in whichever organization they are. */
const own = ({ config, actor: { organizationId, userId } }: Ctx) =>
  config.accounts ? { userId } : { organizationId, userId };

/** The sessions of the actor that would still open something. */
const open = (ctx: Ctx) => ({
  ...own(ctx),
  passwordDigest: digestOf(ctx),
  expiresAt: { gt: ctx.now() },
});

type ListQuery = Query<Extract<(typeof SESSION_ENDPOINTS)[number], { id: "sessions.list" }>>;

export async function listSessions(ctx: Ctx, query: ListQuery): Promise<WireSession[]> {
  const page = await keyset({
    paging: query,
    kind: "session",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.webSession.findFirst({ where: { ...open(ctx), id } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.webSession.findMany({
    where: { AND: [open(ctx), page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map((row) => toWireSession(row, ctx.actor.sessionId));
}

/** How the server runs, and the session that a request came with. */
export async function currentSession(ctx: Ctx) {
  const id = ctx.actor.sessionId;
  const row = id === undefined ? null : await ctx.db.prisma.webSession.findUnique({ where: { id } });
  return {
    access: accessModeOf(ctx.config),
    role: ctx.actor.role ?? null,
    session: row && toWireSession(row, id),
  };
}

/** Ends a session of the actor's: from now on it opens nothing. @throws ApiError `not-found`. */
export async function endSession(ctx: Ctx, id: string): Promise<void> {
  const { count } = await ctx.db.prisma.webSession.deleteMany({ where: { ...own(ctx), id } });
  if (count === 0) throw notFound("session", id);
}

/** Ends a session whose token was shown; if it has ended already, that is well too. */
export async function closeSession(core: Core, id: string): Promise<void> {
  await core.db.prisma.webSession.deleteMany({ where: { id } });
}

/** Ends all sessions of the actor but the one that asks. @returns their ids. */
export async function endOtherSessions(ctx: Ctx): Promise<string[]> {
  const { organizationId, userId, sessionId = "" } = ctx.actor;
  const ended = await ctx.db.query<{ id: string }>(
    "DELETE FROM web_session WHERE (organization_id = $1 OR $4) AND user_id = $2 AND id <> $3 RETURNING id",
    [organizationId, userId, sessionId, ctx.config.accounts],
  );
  return ended.map((row) => row.id);
}

/**
 * Goes on in another organization of the person whose session asks.
 *
 * @throws ApiError `bad-request` without a session of a person's; `not-found` where the person is no member.
 */
export async function switchOrganization(ctx: Ctx, organizationId: string): Promise<void> {
  const { sessionId, userId } = ctx.actor;
  if (sessionId === undefined || !ctx.config.accounts)
    throw badRequest("Only who is signed in with an account can switch");
  if ((await roleIn(ctx, organizationId, userId)) === null) throw notFound("organization", organizationId);
  const { count } = await ctx.db.prisma.webSession.updateMany({
    where: { id: sessionId, userId },
    data: { organizationId },
  });
  if (count === 0) throw notFound("session", sessionId);
}

/** Which of these sessions still are. */
export async function stillOpen(core: Core, ids: readonly string[]): Promise<Set<string>> {
  const rows = await core.db.query<{ id: string }>(
    `SELECT s.id FROM web_session s WHERE s.id = ANY($1) AND s.password_digest = $2 AND s.expires_at > $3
     AND (NOT $4 OR EXISTS (SELECT 1 FROM membership m WHERE m.organization_id = s.organization_id AND m.user_id = s.user_id))`,
    [ids, digestOf(core), core.now(), core.config.accounts],
  );
  return new Set(rows.map((row) => row.id));
}

function toWireSession(row: WebSessionModel, currentId: string | undefined): WireSession {
  return {
    id: row.id,
    created_at: row.createdAt.toISOString(),
    last_seen_at: row.lastSeenAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    user_agent: row.userAgent,
    address: row.address,
    is_current: row.id === currentId,
  };
}
