import type { Query } from "@/lib/api/endpoint";
import type { MEMBER_ENDPOINTS, WireInvitation } from "@/lib/api/members";
import type { Role } from "@/lib/api/roles";
import type { Actor, Core, Ctx } from "../core/core";
import { ApiError, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import type { InvitationModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { hashOfToken, newLinkToken } from "./link-token";
import {
  addMember,
  addPerson,
  holdOrganization,
  type NewPerson,
  requireAdmin,
  requireWithin,
  rolesWithin,
} from "./memberships";

const DAY_MS = 24 * 60 * 60_000;

type Dates = Pick<InvitationModel, "acceptedAt" | "withdrawnAt" | "expiresAt">;

function statusOf({ acceptedAt, withdrawnAt, expiresAt }: Dates, now: Date): WireInvitation["status"] {
  if (acceptedAt) return "accepted";
  if (withdrawnAt) return "withdrawn";
  return expiresAt <= now ? "expired" : "open";
}

function toWireInvitation(ctx: Ctx, row: InvitationModel): WireInvitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role as Role,
    status: statusOf(row, ctx.now()),
    invited_by: row.invitedById,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}

type ListQuery = Query<Extract<(typeof MEMBER_ENDPOINTS)[number], { id: "invitations.list" }>>;

/** @throws ApiError `forbidden` for who is no admin. */
export async function listInvitations(ctx: Ctx, query: ListQuery): Promise<WireInvitation[]> {
  requireAdmin(ctx);
  const { organizationId } = ctx.actor;
  const page = await keyset({
    paging: query,
    kind: "invitation",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.invitation.findFirst({ where: { id, organizationId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.invitation.findMany({
    where: { AND: [{ organizationId }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map((row) => toWireInvitation(ctx, row));
}

export type NewInvitation = { email?: string | null | undefined; role: Role; expires_in_days: number };

/**
 * Makes an invitation; its token is nowhere else afterwards.
 *
 * @throws ApiError `forbidden` for who is no admin, and a role above the caller's own; `conflict` for a member's email.
 */
export async function createInvitation(
  ctx: Ctx,
  { email = null, role, expires_in_days: days }: NewInvitation,
): Promise<{ token: string; invitation: WireInvitation }> {
  requireAdmin(ctx);
  requireWithin(ctx, role);
  const { organizationId, userId } = ctx.actor;
  if (email !== null) {
    const members = await ctx.db.query(
      "SELECT 1 FROM account a JOIN membership m ON m.user_id = a.user_id WHERE a.email = $1 AND m.organization_id = $2",
      [email, organizationId],
    );
    if (members.length > 0) throw conflict(`${email} is a member already`);
  }
  const { token, hash } = newLinkToken();
  const now = ctx.now();
  const row = await ctx.db.prisma.invitation.create({
    data: {
      id: newId("invitation"),
      organizationId,
      email,
      role,
      tokenHash: hash,
      invitedById: userId,
      createdAt: now,
      expiresAt: new Date(now.getTime() + days * DAY_MS),
    },
  });
  return { token, invitation: toWireInvitation(ctx, row) };
}

/** @throws ApiError `not-found`; `forbidden`; `conflict` for one that was accepted. */
export async function withdrawInvitation(ctx: Ctx, id: string): Promise<void> {
  requireAdmin(ctx);
  const { organizationId } = ctx.actor;
  const { count } = await ctx.db.prisma.invitation.updateMany({
    where: { id, organizationId, acceptedAt: null },
    data: { withdrawnAt: ctx.now() },
  });
  if (count > 0) return;
  const row = await ctx.db.prisma.invitation.findFirst({ where: { id, organizationId } });
  throw row ? conflict("This invitation was accepted: remove the member instead") : notFound("invitation", id);
}

type Beyond = { organizationId: string; userId: string; role: Role | null; now: Date };

/** Withdraws the open invitations of a person who could not make them any more, with the role that is left. */
export async function withdrawBeyond(sql: Sql, { organizationId, userId, role, now }: Beyond): Promise<void> {
  const kept = role === "owner" || role === "admin" ? rolesWithin(role) : [];
  await sql.query(
    `UPDATE invitation SET withdrawn_at = $4 WHERE organization_id = $1 AND invited_by_id = $2
     AND NOT role = ANY($3) AND accepted_at IS NULL AND withdrawn_at IS NULL`,
    [organizationId, userId, kept, now],
  );
}

/** What an invitation's token opens; null for a token of none. */
export async function lookUpInvitation(core: Core, token: string) {
  const row = await core.db.prisma.invitation.findUnique({ where: { tokenHash: hashOfToken(token) } });
  if (!row) return null;
  const organization = await core.db.prisma.organization.findUnique({ where: { id: row.organizationId } });
  if (!organization) return null;
  return {
    organizationId: row.organizationId,
    organization: organization.name,
    email: row.email,
    role: row.role as Role,
    status: statusOf(row, core.now()),
  };
}

const CLOSED = {
  accepted: "This invitation has been used",
  withdrawn: "This invitation was withdrawn",
  expired: "This invitation has expired",
} as const;

/** @throws ApiError as `acceptInvitation`, for a token that would be in vain. */
export async function requireOpenInvitation(core: Core, token: string): Promise<void> {
  const found = await lookUpInvitation(core, token);
  if (!found) throw new ApiError("not-found", "There is no such invitation");
  if (found.status !== "open") throw new ApiError("expired", CLOSED[found.status]);
}

/** Who comes by an invitation: somebody new, or a person who has an account. */
export type Comer = { person: NewPerson } | { userId: string; email: string };

/**
 * Makes one person a member, once.
 *
 * @param also what is kept in the same commit.
 * @throws ApiError `not-found` for a token of no invitation; `expired` for one that is used, withdrawn or over;
 * `forbidden` for somebody whom it is not for; `conflict` for who is a member, and for a new account's email that has one.
 */
export async function acceptInvitation(
  core: Core,
  token: string,
  comer: Comer,
  also: (sql: Sql, userId: string) => Promise<void> = async () => {},
): Promise<Actor> {
  const hash = hashOfToken(token);
  return transact(core, async (sql) => {
    const [found] = await sql.query<{ organization_id: string }>(
      "SELECT organization_id FROM invitation WHERE token_hash = $1",
      [hash],
    );
    if (!found) throw new ApiError("not-found", "There is no such invitation");
    const { organization_id: organizationId } = found;
    await holdOrganization(sql, organizationId);
    const [row] = await sql.query<Accepted>(
      "SELECT id, email, role, accepted_at, withdrawn_at, expires_at FROM invitation WHERE token_hash = $1 FOR UPDATE",
      [hash],
    );
    if (!row) throw new ApiError("not-found", "There is no such invitation");
    const now = core.now();
    const status = statusOf(
      { acceptedAt: row.accepted_at, withdrawnAt: row.withdrawn_at, expiresAt: row.expires_at },
      now,
    );
    if (status !== "open") throw new ApiError("expired", CLOSED[status]);
    const email = "person" in comer ? comer.person.email : comer.email;
    if (row.email !== null && row.email !== email) {
      throw new ApiError("forbidden", `This invitation is for ${row.email}`);
    }
    const { role } = row;
    const userId = "person" in comer ? await addPerson(sql, { ...comer.person, organizationId, now }) : comer.userId;
    const members = await sql.query("SELECT 1 FROM membership WHERE organization_id = $1 AND user_id = $2", [
      organizationId,
      userId,
    ]);
    if (members.length > 0) throw conflict("You are a member already");
    await addMember(sql, { organizationId, userId, role, now });
    await sql.query("UPDATE invitation SET accepted_at = $2, accepted_by_id = $3 WHERE id = $1", [row.id, now, userId]);
    await also(sql, userId);
    return { organizationId, userId, role };
  });
}

type Accepted = {
  id: string;
  email: string | null;
  role: Role;
  accepted_at: Date | null;
  withdrawn_at: Date | null;
  expires_at: Date;
};
