import { createHash, randomBytes } from "node:crypto";
import type { Query } from "@/lib/api/endpoint";
import type { CreateKey, KEY_ENDPOINTS, WireKey } from "@/lib/api/keys";
import { isAtLeast, type Role } from "@/lib/api/roles";
import type { Actor, Core, Ctx } from "../core/core";
import { ApiError, badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import type { ApiKeyModel } from "../db/generated/models";
import { roleIn } from "./memberships";

/** What every key begins with: a bearer that begins so is one, or is refused. */
export const KEY_PREFIX = "memoir-key-";
const KEY_BYTES = 32;
const HINT_CHARS = KEY_PREFIX.length + 4;
/** What is noted of use is no finer than this, so that requests don't write. */
const NOTE_MS = 60_000;
/** Keys in force that an organization may have. */
export const MAX_KEYS = 1000;

const hashOf = (key: string) => createHash("sha256").update(key).digest("hex");

const roleOf = ({ role }: Actor): Role => role ?? "owner";
const isAdmin = (actor: Actor) => isAtLeast(roleOf(actor), "admin");

/**
 * Makes a key. It is in the answer and nowhere else: what is kept is its hash.
 *
 * @throws ApiError `forbidden` for a role above the maker's, and for a service's key of who is no admin; `bad-request`
 *   for a time that is past; `conflict` for more than `MAX_KEYS` keys in force.
 */
export async function createKey(ctx: Ctx, body: CreateKey): Promise<WireKey & { key: string }> {
  const own = roleOf(ctx.actor);
  if (!isAtLeast(own, body.role)) throw new ApiError("forbidden", `A key may do no more than its maker, who is ${own}`);
  if (body.kind === "service" && !isAdmin(ctx.actor)) {
    throw new ApiError("forbidden", `A service's key outlives its maker: it needs an admin, not ${own}`);
  }
  const now = ctx.now();
  const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
  if (expiresAt && expiresAt <= now) throw badRequest("INVALID_ARGUMENT: expires_at is in the past");
  const { organizationId, userId } = ctx.actor;
  if ((await ctx.db.prisma.apiKey.count({ where: { organizationId, ...inForce(now) } })) >= MAX_KEYS) {
    throw conflict(`CONFLICT: there are ${MAX_KEYS} keys in force; revoke one that is not used (GET /v1/keys)`);
  }
  const key = KEY_PREFIX + randomBytes(KEY_BYTES).toString("base64url");
  const row = await ctx.db.prisma.apiKey.create({
    data: {
      id: newId("key"),
      organizationId,
      userId,
      kind: body.kind,
      name: body.name,
      role: body.role,
      keyHash: hashOf(key),
      hint: key.slice(0, HINT_CHARS),
      createdAt: now,
      expiresAt,
    },
  });
  return { ...toWireKey(row), key };
}

const inForce = (now: Date) => ({ revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

/** Which keys the actor may see and revoke. */
function visible({ actor }: Ctx) {
  const { organizationId, userId } = actor;
  return isAdmin(actor) ? { organizationId } : { organizationId, userId, kind: "person" };
}

type ListQuery = Query<Extract<(typeof KEY_ENDPOINTS)[number], { id: "keys.list" }>>;

export async function listKeys(ctx: Ctx, query: ListQuery): Promise<WireKey[]> {
  const where = { ...visible(ctx), ...(query.include_revoked ? {} : { revokedAt: null }) };
  const page = await keyset({
    paging: query,
    kind: "key",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.apiKey.findFirst({ where: { ...visible(ctx), id } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.apiKey.findMany({
    where: { AND: [where, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireKey);
}

/** From now on the key opens nothing; a second time changes nothing. @throws ApiError `not-found`. */
export async function revokeKey(ctx: Ctx, id: string): Promise<void> {
  const row = await ctx.db.prisma.apiKey.findFirst({ where: { ...visible(ctx), id } });
  if (!row) throw notFound("key", id);
  // An admin does not decide over what an owner made for an owner's work.
  if (!isAtLeast(roleOf(ctx.actor), row.role as Role)) {
    throw new ApiError("forbidden", `This key is ${row.role}'s, and you are ${roleOf(ctx.actor)}`);
  }
  await ctx.db.prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: ctx.now() } });
}

/** Revokes what acts for a person who is gone, from one organization or from all; keys of services stay. */
export async function revokeKeysOf(sql: Sql, userId: string, now: Date, organizationId?: string): Promise<void> {
  await sql.query(
    `UPDATE api_key SET revoked_at = $2 WHERE user_id = $1 AND kind = 'person' AND revoked_at IS NULL
     AND organization_id = COALESCE($3, organization_id)`,
    [userId, now, organizationId ?? null],
  );
}

/**
 * Who acts with this key; null for none, one that has expired, and one that was revoked. A person's key does what it was
 * made for as far as its maker, who may be less by now, may do so.
 */
export async function findKey(core: Core, key: string): Promise<Actor | null> {
  const row = await core.db.prisma.apiKey.findUnique({ where: { keyHash: hashOf(key) } });
  const now = core.now();
  if (!row || row.revokedAt || (row.expiresAt && row.expiresAt <= now)) return null;
  const { organizationId, userId, name } = row;
  const role = row.kind === "person" ? await roleLeft(core, row) : (row.role as Role);
  if (role === null) return null;
  await noteUse(core, row, now);
  return { organizationId, userId, role, through: { kind: "key", name }, credentialId: row.id };
}

/** A user without an account has no role of one's own: the key's is all that there is. */
async function roleLeft(core: Core, { organizationId, userId, role }: ApiKeyModel): Promise<Role | null> {
  const made = role as Role;
  const own = await roleIn(core, organizationId, userId);
  if (own !== null) return isAtLeast(own, made) ? made : own;
  const account = await core.db.prisma.account.findUnique({ where: { userId }, select: { userId: true } });
  return account ? null : made;
}

async function noteUse(core: Core, { id, lastUsedAt }: ApiKeyModel, now: Date): Promise<void> {
  if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < NOTE_MS) return;
  await core.db.prisma.apiKey.updateMany({ where: { id }, data: { lastUsedAt: now } });
}

function toWireKey(row: ApiKeyModel): WireKey {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as WireKey["kind"],
    role: row.role as Role,
    user_id: row.userId,
    hint: row.hint,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
