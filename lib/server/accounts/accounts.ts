import type { WireAccount } from "@/lib/api/account";
import type { Role } from "@/lib/api/roles";
import { type Actor, type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { ApiError, conflict } from "../core/errors";
import { newId } from "../core/ids";
import type { AccountModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { listLogins } from "./external-logins";
import { addMember, addPerson, holdOrganization, type NewPerson } from "./memberships";
import { hashOfPassword, isPassword } from "./passwords";

/** Whether anybody has an account: who opens the server before that makes the first. */
export async function hasAccounts(core: Core): Promise<boolean> {
  return (await core.db.prisma.account.findFirst({ select: { userId: true } })) !== null;
}

/**
 * Makes the first account, which owns the organization that has all there was before. Of two at once, one is made.
 *
 * @throws ApiError `conflict` where there is an account already.
 */
export async function createFirstAccount(core: Core, person: NewPerson): Promise<Actor> {
  const { organizationId } = DEFAULT_ACTOR;
  return transact(core, async (sql) => {
    await holdOrganization(sql, organizationId);
    const [one] = await sql.query("SELECT 1 FROM account LIMIT 1");
    if (one) throw conflict("Somebody has made the first account already: sign in, or ask for an invitation");
    const now = core.now();
    const userId = await addPerson(sql, { ...person, organizationId, now });
    await addMember(sql, { organizationId, userId, role: "owner", now });
    return { organizationId, userId, role: "owner" as const };
  });
}

/** Whose account this is; null for a wrong password as for an email that has no account, in the same time. */
export async function accountOf(core: Core, email: string, password: string): Promise<AccountModel | null> {
  const account = await core.db.prisma.account.findUnique({ where: { email } });
  return (await isPassword(account?.passwordHash ?? null, password)) ? account : null;
}

/** Whose audit hears of who tries to sign in with an email; in one statement, whether there is an account or not. */
export async function accountWith(
  core: Pick<Core, "db">,
  email: string,
): Promise<{ userId: string; organizationId: string } | null> {
  const [row] = await core.db.query<{ user_id: string; organization_id: string }>(
    `SELECT a.user_id, m.organization_id FROM account a JOIN membership m ON m.user_id = a.user_id
     WHERE a.email = $1 ORDER BY m.created_at, m.id LIMIT 1`,
    [email],
  );
  return row ? { userId: row.user_id, organizationId: row.organization_id } : null;
}

/** @throws ApiError `not-found` for who came without an account: by the server's password, or to a server that has none. */
async function ownAccount(ctx: Ctx): Promise<AccountModel> {
  const account = await ctx.db.prisma.account.findUnique({ where: { userId: ctx.actor.userId } });
  if (!account) throw new ApiError("not-found", "Nobody is signed in with an account");
  return account;
}

export async function getAccount(ctx: Ctx): Promise<WireAccount> {
  const account = await ownAccount(ctx);
  const user = await ctx.db.prisma.user.findUniqueOrThrow({ where: { id: account.userId } });
  const organizations = await ctx.db.query<{ id: string; name: string; role: Role }>(
    `SELECT o.id, o.name, m.role FROM membership m JOIN organization o ON o.id = m.organization_id
     WHERE m.user_id = $1 ORDER BY m.created_at, m.id`,
    [account.userId],
  );
  return {
    user_id: account.userId,
    name: user.name,
    email: account.email,
    has_password: account.passwordHash !== null,
    logins: await listLogins(ctx, account.userId),
    organizations: organizations.map((one) => ({ ...one, is_current: one.id === ctx.actor.organizationId })),
  };
}

export async function renameAccount(ctx: Ctx, name: string): Promise<WireAccount> {
  const { userId } = await ownAccount(ctx);
  await ctx.db.prisma.user.update({ where: { id: userId }, data: { name } });
  return getAccount(ctx);
}

/** Whether this is the password of who asks. @throws ApiError `not-found` as `getAccount`. */
export async function isOwnPassword(ctx: Ctx, password: string): Promise<boolean> {
  return isPassword((await ownAccount(ctx)).passwordHash, password);
}

/** Sets the password of who asks; all their other sessions end, and a link to set one. @returns the sessions that ended. */
export async function changePassword(ctx: Ctx, password: string): Promise<string[]> {
  return setPassword(ctx, ctx.actor.userId, password, ctx.actor.sessionId);
}

/** Sets a person's password, and ends all their sessions but one. @returns the sessions that ended. */
export async function setPassword(core: Core, userId: string, password: string, but = ""): Promise<string[]> {
  const hash = await hashOfPassword(password);
  return transact(core, async (sql) => {
    await sql.query("UPDATE account SET password_hash = $2 WHERE user_id = $1", [userId, hash]);
    await sql.query("DELETE FROM password_reset WHERE user_id = $1", [userId]);
    const ended = await sql.query<{ id: string }>(
      "DELETE FROM web_session WHERE user_id = $1 AND id <> $2 RETURNING id",
      [userId, but],
    );
    return ended.map((row) => row.id);
  });
}

/** A new organization of the person that asks, who owns it. It works at once, and has nothing of another's. */
export async function createOwnOrganization(ctx: Ctx, name: string) {
  const { userId } = await ownAccount(ctx);
  const id = newId("org");
  const now = ctx.now();
  await transact(ctx, async (sql) => {
    await sql.query("INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)", [id, name, now]);
    await addMember(sql, { organizationId: id, userId, role: "owner", now });
  });
  return { id, name, role: "owner" as const, is_current: false };
}
