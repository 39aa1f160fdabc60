import type { Role } from "@/lib/api/roles";
import type { Core, Ctx } from "../core/core";
import { ApiError, conflict, notFound } from "../core/errors";
import { setPassword } from "./accounts";
import { hashOfToken, newLinkToken } from "./link-token";
import { requireAdmin, requireWithin } from "./memberships";

const LIFE_MS = 60 * 60_000;

type Kept = Pick<Core, "db" | "now">;

export type ResetLink = { token: string; expiresAt: Date };

/** Makes a link by which this person sets a password, once; one that was made before is good no more. */
export async function makeReset(core: Kept, userId: string): Promise<ResetLink> {
  const { token, hash } = newLinkToken();
  const expiresAt = new Date(core.now().getTime() + LIFE_MS);
  const data = { tokenHash: hash, expiresAt };
  await core.db.prisma.passwordReset.upsert({ where: { userId }, create: { userId, ...data }, update: data });
  return { token, expiresAt };
}

/**
 * Makes such a link for a member. Who has it is that member, everywhere: so it is not made for who stands above the
 * caller, or is in an organization where the caller has no say.
 *
 * @throws ApiError `not-found`, `forbidden`, `conflict`.
 */
export async function makeMemberReset(ctx: Ctx, memberId: string): Promise<ResetLink> {
  requireAdmin(ctx);
  const { organizationId } = ctx.actor;
  const member = await ctx.db.prisma.membership.findFirst({ where: { id: memberId, organizationId } });
  if (!member) throw notFound("member", memberId);
  requireWithin(ctx, member.role as Role);
  const elsewhere = await ctx.db.prisma.membership.count({
    where: { userId: member.userId, organizationId: { not: organizationId } },
  });
  if (elsewhere > 0) {
    throw conflict(
      "This person is in another organization too, whose password is the same: only the server's own command makes a link (memoir reset-password <email>)",
    );
  }
  return makeReset(ctx, member.userId);
}

/** Makes such a link for whoever has this email. @returns null for an email without an account. */
export async function makeResetOf(core: Kept, email: string): Promise<ResetLink | null> {
  const account = await core.db.prisma.account.findUnique({ where: { email } });
  return account && makeReset(core, account.userId);
}

/**
 * Sets the password that a link was made for, once. All sessions of the person end.
 *
 * @returns the person, and the sessions that ended.
 * @throws ApiError `expired` for a link that is used, or over, or never was.
 */
export async function resetPassword(
  core: Core,
  token: string,
  password: string,
): Promise<{ userId: string; ended: string[] }> {
  const [used] = await core.db.query<{ user_id: string }>(
    "DELETE FROM password_reset WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id",
    [hashOfToken(token), core.now()],
  );
  if (!used) throw new ApiError("expired", "This link has been used, or has expired: ask for another");
  return { userId: used.user_id, ended: await setPassword(core, used.user_id, password) };
}
