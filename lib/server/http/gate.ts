import { timingSafeEqual } from "node:crypto";
import type { WirePermissions } from "@/lib/api/account";
import { isAtLeast, type Role } from "@/lib/api/roles";
import { findAccess, TOKEN_PREFIX, type TokenBearer } from "../accounts/access-tokens";
import { actorOfUser } from "../accounts/actors";
import { findKey, KEY_PREFIX } from "../accounts/keys";
import { roleIn } from "../accounts/memberships";
import { findSession, type Seen } from "../accounts/sessions";
import { type AccessMode, accessModeOf } from "../config/access-mode";
import { type Actor, type Core, DEFAULT_ACTOR } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { type Asking, isFromOwnPage, isOfOwnPage } from "./door";
import { type Asker, addressOf, createGuesses, type Guesses, UNKNOWN_ADDRESS } from "./guesses";
import { createOpenStreams, type OpenStreams } from "./open-streams";
import { mayActForOthers, permissionsOf } from "./role-access";
import { readSessionCookie } from "./session-cookie";

export type Socket = { remoteAddress?: string };

/** A request, and the connection that it came over; null where Next has it. */
export type Visitor = Asking & { socket: Socket | null };

/** Who a request acts for, and, with an access token, whose page may ask. */
export type Admitted = { actor: Actor; token: TokenBearer | null };

export type Gate = {
  mode: AccessMode;
  streams: OpenStreams;
  /**
   * Who asks: by password, access token or session.
   *
   * @throws ApiError `unauthorized`; `too-many` for who guesses; `not-found` for a user to act for that there is not.
   */
  admit(visitor: Visitor): Promise<Admitted>;
  /** Whether a page may be shown. */
  admitsPage(asking: Asking): Promise<boolean>;
  /** What who opens a page may do there; null for who may do all, and for nobody. */
  permissionsOf(header: Asking["header"]): Promise<WirePermissions | null>;
  /** Whether a request has what opens the metrics alone. */
  opensMetrics(asking: Asking): boolean;
  /** Looks at a password, as slowly as one who guesses has to wait. @throws ApiError `too-many`. */
  knows(visitor: Visitor, password: string): Promise<boolean>;
  /** Has somebody look at the password of an account, as slowly as one who guesses has to wait. @throws ApiError `too-many`. */
  weighs(visitor: Visitor, isRight: () => Promise<boolean>): Promise<boolean>;
  /** Whose session a browser has that asks by one of this server's own pages; null for none. */
  sessionOf(visitor: Visitor): Promise<Actor | null>;
};

/**
 * The one place that knows who a request is from. `Authorization: Bearer <password>` and `X-BARE-PASSWORD: password
 * <password>` are the server's password, where one is set; without one, any bearer will do, but for one in the form of a
 * client-side access token: with or without a password, such a token opens what its policy says and nothing else. Who gives
 * neither may be a browser that is signed in: its cookie counts for this server's own pages alone (`isOfOwnPage`).
 *
 * A bearer in the form of a key of the API is a program's: it may what its role may, in each way to run.
 *
 * Where people have accounts, a session is a person's, with the role that its owner has at this moment in the organization
 * where it is; the password, if there is one, is the server's own, for programs.
 *
 * The header `user_id` says for whom a request acts. A user that there is not is the default user where there is no
 * password, as the contract has it; where there is one, nobody acts for somebody else by mistake: that is a 404. With an
 * account, owners and admins act for others of their organization, with the others' roles, and for nobody above them.
 */
export function createGate(core: Core, guesses: Guesses = createGuesses()): Gate {
  const { password, door } = core.config;
  const mode = accessModeOf(core.config);

  async function knows(visitor: Visitor, given: string): Promise<boolean> {
    if (password === null) return mode === "alone";
    return guesses.check(askerOf(core, visitor), given, (text) => sameText(text, password));
  }

  async function session(visitor: Visitor): Promise<Actor | null> {
    const token = readSessionCookie(visitor.header("cookie"));
    if (token === null || !isOfOwnPage(visitor, door)) return null;
    return findSession(core, token, seenBy(core, visitor));
  }

  async function owner(visitor: Visitor): Promise<Actor | null> {
    if (mode === "alone") return DEFAULT_ACTOR;
    const given = bearerOf(visitor) ?? visitor.header("x-bare-password")?.replace(/^password /i, "");
    if (given == null) return session(visitor);
    return given !== "" && (await knows(visitor, given)) ? DEFAULT_ACTOR : null;
  }

  async function admit(visitor: Visitor): Promise<Admitted> {
    const bearer = bearerOf(visitor);
    if (bearer?.startsWith(TOKEN_PREFIX)) {
      const token = await findAccess(core, bearer);
      if (!token) throw new ApiError("unauthorized", "Unauthorized");
      const { organizationId, userId, policy, id: credentialId } = token;
      return { actor: { organizationId, userId, policy, credentialId }, token };
    }
    const actor = bearer?.startsWith(KEY_PREFIX) ? await findKey(core, bearer) : await owner(visitor);
    if (!actor) throw new ApiError("unauthorized", "Unauthorized");
    const admitted = await named(core, actor, visitor.header("user_id"));
    if (admitted.through || !isFromOwnPage(visitor, door)) return { actor: admitted, token: null };
    return { actor: { ...admitted, through: { kind: "editor", name: null } }, token: null };
  }

  return {
    mode,
    streams: createOpenStreams(core),
    admit,
    knows,
    opensMetrics(asking) {
      const { metricsToken } = core.config;
      const given = bearerOf(asking);
      return metricsToken !== null && given != null && METRICS.test(asking.path) && sameText(given, metricsToken);
    },
    weighs: (visitor, isRight) => guesses.weigh(askerOf(core, visitor), isRight),
    sessionOf: session,
    async permissionsOf(header) {
      const token = readSessionCookie(header("cookie"));
      const seen = { address: "", userAgent: null };
      const actor = token === null ? null : await findSession(core, token, seen, { isUse: false });
      return actor?.role ? permissionsOf(actor) : null;
    },
    async admitsPage(asking) {
      try {
        return (await owner({ ...asking, socket: null })) !== null;
      } catch (error) {
        if (error instanceof ApiError) return false;
        throw error;
      }
    },
  };
}

const METRICS = /^\/metrics\/?$/;

const bearerOf = ({ header }: Asking) => header("authorization")?.replace(/^Bearer /i, "");

/** The actor, or for whom it acts: with a role, users of its own organization alone, and no more than it may itself. */
async function named(core: Core, actor: Actor, userId: string | null | undefined): Promise<Actor> {
  if (!userId || userId === actor.userId) return actor;
  if (actor.role) return actingFor(core, actor, actor.role, userId);
  const other = await actorOfUser(core, userId);
  if (other) return { ...actor, ...other, byUserId: actor.userId };
  if (accessModeOf(core.config) === "alone") return actor;
  throw notFound("user", userId);
}

async function actingFor(core: Core, actor: Actor, own: Role, userId: string): Promise<Actor> {
  const forbidden = (why: string) => new ApiError("forbidden", `${why}: leave out the header user_id`);
  if (!mayActForOthers(actor)) throw forbidden(`The role ${own} may not act for another user`);
  const role = await roleIn(core, actor.organizationId, userId);
  // Users without an account are names that programs act for, in their one organization.
  if (role === null && (await actorOfUser(core, userId))?.organizationId !== actor.organizationId) {
    throw notFound("user", userId);
  }
  if (role !== null && !isAtLeast(own, role)) throw forbidden(`The role ${own} acts for nobody above it`);
  return { ...actor, userId, role: role ?? own, byUserId: actor.userId };
}

/** Where a browser is that has this request's cookie, or is about to get one. */
export function seenBy(core: Core, visitor: Visitor): Seen {
  const address = addressOfVisitor(core, visitor);
  return { address: address === UNKNOWN_ADDRESS ? null : address, userAgent: visitor.header("user-agent") ?? null };
}

/** Where a request comes from: an address, or a network of version 6. */
export const addressOfVisitor = (core: Core, visitor: Visitor): string => askerOf(core, visitor).address;

function askerOf({ config }: Core, { header, socket }: Visitor): Asker {
  const forwarded = header("x-forwarded-for") ?? undefined;
  const isProxied = ["x-forwarded-for", "forwarded", "via"].some((name) => header(name) != null);
  return {
    address: addressOf(socket?.remoteAddress, forwarded, config.door.trustedProxies),
    connection: isProxied ? null : socket,
  };
}

export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
