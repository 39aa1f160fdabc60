import type { ADMIN_ENDPOINTS, WireUser } from "@/lib/api/admin";
import type { Query } from "@/lib/api/endpoint";
import { type Ctx, DEFAULT_ACTOR } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { UserModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { forgetActors } from "./actors";
import { revokeKeysOf } from "./keys";
import { getOrganization } from "./organizations";

export function toWireUser(row: UserModel): WireUser {
  return {
    id: row.id,
    organization_id: row.organizationId,
    name: row.name,
    created_at: row.createdAt.toISOString(),
    updated_at: row.createdAt.toISOString(),
    is_deleted: false,
  };
}

/** @throws ApiError `not-found`. */
export async function getUser(ctx: Ctx, id: string): Promise<UserModel> {
  const row = await ctx.db.prisma.user.findUnique({ where: { id } });
  if (!row) throw notFound("user", id);
  return row;
}

type ListQuery = Query<Extract<(typeof ADMIN_ENDPOINTS)[number], { id: "admin.users.list" }>>;

export async function listUsers(ctx: Ctx, query: ListQuery): Promise<WireUser[]> {
  const page = await keyset({
    paging: query,
    kind: "user",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.user.findUnique({ where: { id } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.user.findMany({
    where: { AND: [query.organization_id ? { organizationId: query.organization_id } : {}, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireUser);
}

/** @throws ApiError `not-found` for an unknown organization. */
export async function createUser(ctx: Ctx, body: { name: string; organization_id: string }): Promise<WireUser> {
  await getOrganization(ctx, body.organization_id);
  const row = await ctx.db.prisma.user.create({
    data: { id: newId("user"), name: body.name, organizationId: body.organization_id, createdAt: ctx.now() },
  });
  // Somebody may have asked for this very id before.
  forgetActors(ctx);
  return toWireUser(row);
}

export type UserChange = { id: string; name?: string | null | undefined; organization_id?: string | null | undefined };

/** Null is "not given". The default user stays in the default organization. @throws ApiError `not-found`, `conflict`. */
export async function updateUser(ctx: Ctx, body: UserChange): Promise<WireUser> {
  await getUser(ctx, body.id);
  const moves = body.organization_id != null && body.organization_id !== DEFAULT_ACTOR.organizationId;
  if (moves) await getOrganization(ctx, body.organization_id!);
  if (moves && body.id === DEFAULT_ACTOR.userId) throw conflict("CONFLICT: the default user stays where it is");
  const row = await ctx.db.prisma.user.update({
    where: { id: body.id },
    data: {
      ...(body.name == null ? {} : { name: body.name }),
      ...(body.organization_id == null ? {} : { organizationId: body.organization_id }),
    },
  });
  forgetActors(ctx);
  return toWireUser(row);
}

/**
 * What the user made stays with the organization; the account, if the user has one, goes.
 *
 * @throws ApiError `not-found`; `conflict` for the default user, and for who alone owns an organization.
 */
export async function deleteUser(ctx: Ctx, id: string): Promise<WireUser> {
  if (id === DEFAULT_ACTOR.userId) throw conflict("CONFLICT: the default user can't be deleted");
  const row = await getUser(ctx, id);
  await transact(ctx, async (sql) => {
    // Whoever changes an organization's members holds it: in one order, so that two never wait for each other.
    await sql.query(
      `SELECT id FROM organization WHERE id IN (SELECT organization_id FROM membership WHERE user_id = $1)
       ORDER BY id FOR UPDATE`,
      [id],
    );
    const [alone] = await sql.query(
      `SELECT 1 FROM membership m WHERE m.user_id = $1 AND m.role = 'owner' AND NOT EXISTS (SELECT 1 FROM membership o
       WHERE o.organization_id = m.organization_id AND o.role = 'owner' AND o.user_id <> $1) LIMIT 1`,
      [id],
    );
    if (alone) throw conflict("CONFLICT: this user alone owns an organization: make somebody else an owner first");
    await sql.query(
      "UPDATE invitation SET withdrawn_at = $2 WHERE invited_by_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL",
      [id, ctx.now()],
    );
    await revokeKeysOf(sql, id, ctx.now());
    for (const table of ["access_token", "web_session", "membership", "password_reset", "account", "run_view"]) {
      await sql.query(`DELETE FROM ${table} WHERE user_id = $1`, [id]);
    }
    await sql.query("DELETE FROM app_user WHERE id = $1", [id]);
  });
  forgetActors(ctx);
  return { ...toWireUser(row), is_deleted: true };
}
