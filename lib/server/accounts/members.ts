import type { Query } from "@/lib/api/endpoint";
import type { MEMBER_ENDPOINTS, WireMember } from "@/lib/api/members";
import { isAtLeast, type Role } from "@/lib/api/roles";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { withdrawBeyond } from "./invitations";
import { revokeKeysOf } from "./keys";
import { holdOrganization, requireAdmin, requireWithin } from "./memberships";

type ListQuery = Query<Extract<(typeof MEMBER_ENDPOINTS)[number], { id: "members.list" }>>;

type Row = { id: string; userId: string; role: string; createdAt: Date };

/** The names and emails are looked up beside the page: a user is no relation of a membership. */
async function toWireMembers(ctx: Ctx, rows: readonly Row[]): Promise<WireMember[]> {
  const ids = rows.map((row) => row.userId);
  const [users, accounts] = await Promise.all([
    ctx.db.prisma.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } }),
    ctx.db.prisma.account.findMany({ where: { userId: { in: ids } }, select: { userId: true, email: true } }),
  ]);
  const names = new Map(users.map((user) => [user.id, user.name]));
  const emails = new Map(accounts.map((account) => [account.userId, account.email]));
  return rows.map((row) => ({
    id: row.id,
    user_id: row.userId,
    name: names.get(row.userId) ?? "",
    email: emails.get(row.userId) ?? "",
    role: row.role as Role,
    created_at: row.createdAt.toISOString(),
    is_self: row.userId === ctx.actor.userId,
  }));
}

export async function listMembers(ctx: Ctx, query: ListQuery): Promise<WireMember[]> {
  const { organizationId } = ctx.actor;
  const page = await keyset({
    paging: query,
    kind: "member",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.membership.findFirst({ where: { id, organizationId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.membership.findMany({
    where: { AND: [{ organizationId }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return toWireMembers(ctx, inListOrder(rows, page));
}

/**
 * Gives a member another role; what the member's invitations promise beyond it is withdrawn.
 *
 * @throws ApiError `not-found`; `forbidden` for who is no admin, for a role or a member above the caller's own;
 * `conflict` where the organization would be without an owner.
 */
export async function updateMember(ctx: Ctx, id: string, role: Role): Promise<WireMember> {
  requireAdmin(ctx);
  requireWithin(ctx, role);
  const { organizationId } = ctx.actor;
  await transact(ctx, async (sql) => {
    const member = await holdMember(ctx, sql, id);
    if (member.role === role) return;
    await requireOtherOwner(sql, { ...member, organizationId });
    await sql.query("UPDATE membership SET role = $2 WHERE id = $1", [id, role]);
    await withdrawBeyond(sql, { organizationId, userId: member.userId, role, now: ctx.now() });
  });
  const row = await ctx.db.prisma.membership.findFirst({ where: { id, organizationId } });
  if (!row) throw notFound("member", id);
  return (await toWireMembers(ctx, [row]))[0]!;
}

/**
 * Removes a member: sessions, keys, access tokens and open invitations of theirs go with it, and links by which members set
 * passwords, which the removed may have made. What they did stays.
 *
 * @returns the ids of the sessions that ended.
 * @throws ApiError as `updateMember`.
 */
export async function removeMember(ctx: Ctx, id: string): Promise<string[]> {
  requireAdmin(ctx);
  const { organizationId } = ctx.actor;
  return transact(ctx, async (sql) => {
    const { userId, role } = await holdMember(ctx, sql, id);
    await requireOtherOwner(sql, { id, role, organizationId });
    await sql.query(
      "DELETE FROM password_reset WHERE user_id IN (SELECT user_id FROM membership WHERE organization_id = $1)",
      [organizationId],
    );
    await sql.query("DELETE FROM membership WHERE id = $1", [id]);
    await withdrawBeyond(sql, { organizationId, userId, role: null, now: ctx.now() });
    await revokeKeysOf(sql, userId, ctx.now(), organizationId);
    const of = [organizationId, userId];
    await sql.query("DELETE FROM access_token WHERE organization_id = $1 AND user_id = $2", of);
    const ended = await sql.query<{ id: string }>(
      "DELETE FROM web_session WHERE organization_id = $1 AND user_id = $2 RETURNING id",
      of,
    );
    return ended.map((row) => row.id);
  });
}

type Held = { id: string; userId: string; role: Role };

/** A member that the caller may change; the organization's members stay as they are until the transaction ends. */
async function holdMember(ctx: Ctx, sql: Sql, id: string): Promise<Held> {
  const { organizationId } = ctx.actor;
  await holdOrganization(sql, organizationId);
  const [row] = await sql.query<{ user_id: string; role: Role }>(
    "SELECT user_id, role FROM membership WHERE id = $1 AND organization_id = $2",
    [id, organizationId],
  );
  if (!row) throw notFound("member", id);
  requireWithin(ctx, row.role);
  return { id, userId: row.user_id, role: row.role };
}

async function requireOtherOwner(
  sql: Sql,
  { id, role, organizationId }: Pick<Held, "id" | "role"> & { organizationId: string },
): Promise<void> {
  if (!isAtLeast(role, "owner")) return;
  const others = await sql.query(
    "SELECT 1 FROM membership WHERE organization_id = $1 AND role = 'owner' AND id <> $2 LIMIT 1",
    [organizationId, id],
  );
  if (others.length === 0) throw conflict("An organization has at least one owner: make somebody else one first");
}
