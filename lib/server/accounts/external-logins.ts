import { type Actor, type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { conflict, notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import type { Claimed } from "./identity-provider";
import { acceptInvitation } from "./invitations";
import { addMember, addPerson, firstMembership, holdOrganization } from "./memberships";

/** Why somebody whom a provider knows does not come in; the sign-in has a sentence for each. */
export type EntryProblem = "email-not-verified" | "account-exists" | "not-invited" | "no-organization";

export class NotLetInError extends Error {
  constructor(readonly problem: EntryProblem) {
    super(problem);
  }
}

type Arrival = {
  provider: string;
  claimed: Claimed;
  /** Of a link by which somebody new joins. */
  invitation: string | null;
  /** Who was signed in when the way began and still is: the login becomes one of that person's. */
  userId: string | null;
};

/**
 * Lets in whom a provider says somebody is. A subject that is known is that person, whatever email it has by now. Nobody is
 * given an account that is there because of an email: emails of accounts were never proven here, so who made one with
 * another's email would be in it with the other. It is connected by who is signed in to it. Somebody new needs an invitation,
 * or an email that the provider has verified, of a domain that the server lets in.
 *
 * @throws NotLetInError; ApiError as `acceptInvitation`; `conflict` for a login that is another person's.
 */
export async function arrive(core: Core, { provider, claimed, invitation, userId }: Arrival): Promise<Actor> {
  const { issuer, subject, email, name } = claimed;
  const login = await core.db.prisma.externalLogin.findUnique({ where: { issuer_subject: { issuer, subject } } });
  if (userId !== null) {
    if (login && login.userId !== userId) throw conflict("This login is connected to another account of this server");
    if (!login) await connect(core, { provider, issuer, subject, userId });
    return memberOf(core, userId);
  }
  if (login) return memberOf(core, login.userId);
  if (email === null) throw new NotLetInError("email-not-verified");
  if (await core.db.prisma.account.findUnique({ where: { email } })) throw new NotLetInError("account-exists");
  const person = { name, email, passwordHash: null };
  if (invitation !== null) {
    return acceptInvitation(core, invitation, { person }, (sql, id) =>
      keep(sql, { provider, issuer, subject, userId: id }),
    );
  }
  const { domains, role } = core.config.signUp;
  if (!domains.includes(email.slice(email.lastIndexOf("@") + 1))) throw new NotLetInError("not-invited");
  const { organizationId } = DEFAULT_ACTOR;
  return transact(core, async (sql) => {
    await holdOrganization(sql, organizationId);
    // Who comes first makes the first account, which owns everything: that is for who runs the server.
    if ((await sql.query("SELECT 1 FROM account LIMIT 1")).length === 0) throw new NotLetInError("not-invited");
    const now = core.now();
    const id = await addPerson(sql, { ...person, organizationId, now });
    await addMember(sql, { organizationId, userId: id, role, now });
    await keep(sql, { provider, issuer, subject, userId: id });
    return { organizationId, userId: id, role };
  });
}

async function memberOf(core: Core, userId: string): Promise<Actor> {
  const actor = await firstMembership(core, userId);
  if (!actor) throw new NotLetInError("no-organization");
  return actor;
}

type Login = { provider: string; issuer: string; subject: string; userId: string };

async function keep(sql: Sql, { provider, issuer, subject, userId }: Login): Promise<void> {
  await sql.query("INSERT INTO external_login (issuer, subject, user_id, provider) VALUES ($1, $2, $3, $4)", [
    issuer,
    subject,
    userId,
    provider,
  ]);
}

/** One of each provider: another takes the place of the one before. */
async function connect(core: Core, login: Login): Promise<void> {
  await transact(core, async (sql) => {
    await sql.query("DELETE FROM external_login WHERE user_id = $1 AND issuer = $2", [login.userId, login.issuer]);
    await keep(sql, login);
  });
}

export async function listLogins(core: Core, userId: string) {
  const rows = await core.db.prisma.externalLogin.findMany({ where: { userId }, orderBy: { createdAt: "asc" } });
  return rows.map((row) => ({ provider: row.provider, created_at: row.createdAt.toISOString() }));
}

/** @throws ApiError `not-found`; `conflict` for the last way in of who has no password. */
export async function disconnect(ctx: Ctx, provider: string): Promise<void> {
  const { userId } = ctx.actor;
  await transact(ctx, async (sql) => {
    const [account] = await sql.query<{ password_hash: string | null }>(
      "SELECT password_hash FROM account WHERE user_id = $1 FOR UPDATE",
      [userId],
    );
    const logins = await sql.query<{ provider: string }>("SELECT provider FROM external_login WHERE user_id = $1", [
      userId,
    ]);
    if (!account || !logins.some((one) => one.provider === provider)) throw notFound("login", provider);
    if (account.password_hash === null && logins.every((one) => one.provider === provider)) {
      throw conflict("This is your only way in: have an owner or admin make you a link to set a password first");
    }
    await sql.query("DELETE FROM external_login WHERE user_id = $1 AND provider = $2", [userId, provider]);
  });
}
