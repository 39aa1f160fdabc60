import { isAtLeast, ROLES, type Role } from "@/lib/api/roles";
import type { Actor, Core, Ctx } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";

/** What a person may do in an organization; null for nothing: the person is no member. */
export async function roleIn(core: Core, organizationId: string, userId: string): Promise<Role | null> {
  const row = await core.db.prisma.membership.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    select: { role: true },
  });
  return row && (row.role as Role);
}

/** As `roleIn`, with what the person is called. */
export async function findMember(
  core: Core,
  organizationId: string,
  userId: string,
): Promise<{ role: Role; name: string } | null> {
  const [row] = await core.db.query<{ role: Role; name: string }>(
    {
      name: "find_member",
      text: `SELECT m.role, u.name FROM membership m JOIN app_user u ON u.id = m.user_id
             WHERE m.organization_id = $1 AND m.user_id = $2`,
    },
    [organizationId, userId],
  );
  return row ?? null;
}

/** Where a person is when signing in: the oldest membership. Null for who is in no organization. */
export async function firstMembership(core: Core, userId: string): Promise<Actor | null> {
  const row = await core.db.prisma.membership.findFirst({
    where: { userId },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return row && { organizationId: row.organizationId, userId, role: row.role as Role };
}

/** The caller's role; who has none is the server itself, or has its password, and may do all. */
export const roleOf = (ctx: Ctx): Role => ctx.actor.role ?? "owner";

/** @throws ApiError `forbidden` for who is no owner or admin. */
export function requireAdmin(ctx: Ctx): void {
  if (!isAtLeast(roleOf(ctx), "admin")) throw new ApiError("forbidden", "Only owners and admins may do this");
}

/** @throws ApiError `forbidden` for a role above the caller's. */
export function requireWithin(ctx: Ctx, role: Role): void {
  if (!isAtLeast(roleOf(ctx), role)) {
    throw new ApiError("forbidden", `Only an owner may do this: your own role is ${roleOf(ctx)}`);
  }
}

/** The roles that who has this one may give to others. */
export const rolesWithin = (role: Role): Role[] => ROLES.filter((one) => isAtLeast(role, one));

/**
 * Has the members of an organization to itself until the transaction ends, so that what it finds of them stays true.
 *
 * @throws ApiError `not-found`.
 */
export async function holdOrganization(sql: Sql, id: string): Promise<void> {
  const rows = await sql.query("SELECT id FROM organization WHERE id = $1 FOR UPDATE", [id]);
  if (rows.length === 0) throw notFound("organization", id);
}

type NewMember = { organizationId: string; userId: string; role: Role; now: Date };

/** Adds a member. A link to set the person's password is good no more: who made it has no say in this organization. */
export async function addMember(sql: Sql, { organizationId, userId, role, now }: NewMember): Promise<void> {
  await sql.query(
    "INSERT INTO membership (id, organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)",
    [newId("member"), organizationId, userId, role, now],
  );
  await sql.query("DELETE FROM password_reset WHERE user_id = $1", [userId]);
}

/** Without a password one comes by an identity provider alone. */
export type NewPerson = { name: string; email: string; passwordHash: string | null };

/** A user with an account. @throws ApiError `conflict` where the email has one. @returns the user's id. */
export async function addPerson(sql: Sql, person: NewPerson & { organizationId: string; now: Date }): Promise<string> {
  const userId = newId("user");
  const made = await sql.query(
    `INSERT INTO account (user_id, email, password_hash, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (email) DO NOTHING RETURNING user_id`,
    [userId, person.email, person.passwordHash, person.now],
  );
  if (made.length === 0) throw new ApiError("conflict", "There is an account with this email");
  await sql.query("INSERT INTO app_user (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)", [
    userId,
    person.organizationId,
    person.name,
    person.now,
  ]);
  return userId;
}
