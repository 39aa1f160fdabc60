import type { MEMBER_ENDPOINTS } from "@/lib/api/members";
import { accountOf, getAccount } from "../accounts/accounts";
import {
  acceptInvitation,
  type Comer,
  createInvitation,
  listInvitations,
  lookUpInvitation,
  requireOpenInvitation,
  withdrawInvitation,
} from "../accounts/invitations";
import { listMembers, removeMember, updateMember } from "../accounts/members";
import { makeMemberReset } from "../accounts/password-resets";
import { hashOfPassword } from "../accounts/passwords";
import type { Core } from "../core/core";
import { ApiError } from "../core/errors";
import { log } from "../core/log";
import { requireAccounts } from "./account";
import type { Handlers } from "./bind";
import { letIn, requireOwnPage } from "./entry";
import type { Gate, Visitor } from "./gate";
import { cameByHttps } from "./session-cookie";

type NewAccount = { name: string; email: string; password: string };

/** Members of an organization, and how one becomes one. */
export function memberHandlers(core: Core, gate: Gate): Handlers<typeof MEMBER_ENDPOINTS> {
  /** A page of this server, as the browser that asks calls it. What is after # never leaves a browser. */
  function linkOf({ header }: Visitor, page: string, token: string): string {
    const scheme = cameByHttps(header) ? "https" : "http";
    const origin = core.config.publicUrl ? new URL(core.config.publicUrl).origin : `${scheme}://${header("host")}`;
    return `${origin}/${page}#${token}`;
  }

  /**
   * Who comes: the person that is signed in; or somebody with a new account. Who gives an email that has an account, and
   * its password, comes with that.
   *
   * @throws ApiError `unauthorized` for who is neither; `conflict` for an account of somebody else.
   */
  async function comerOf(visitor: Visitor, account: NewAccount | null | undefined): Promise<Comer> {
    if (!account) {
      const actor = await gate.sessionOf(visitor);
      if (!actor) throw new ApiError("unauthorized", "Sign in, or give a name, an email and a password");
      const { user_id: userId, email } = await getAccount({ ...core, actor });
      return { userId, email };
    }
    const { name, email, password } = account;
    const isNew = (await core.db.prisma.account.findUnique({ where: { email } })) === null;
    if (isNew) return { person: { name, email, passwordHash: await hashOfPassword(password) } };
    let found: Comer | null = null;
    await gate.weighs(visitor, async () => {
      const own = await accountOf(core, email, password);
      found = own && { userId: own.userId, email };
      return own !== null;
    });
    if (!found) throw new ApiError("conflict", "There is an account with this email: give the password that it has");
    return found;
  }

  return {
    "members.list": ({ ctx, query }) => listMembers(ctx, query),
    "members.update": ({ ctx, params, body }) => updateMember(ctx, params.member_id, body.role),
    "members.delete": async ({ ctx, params }) => {
      gate.streams.end(await removeMember(ctx, params.member_id));
      log.info({ member: params.member_id, by: ctx.actor.userId }, "a member was removed");
      return null;
    },
    "members.resetPassword": async ({ ctx, params, visitor }) => {
      const { token, expiresAt } = await makeMemberReset(ctx, params.member_id);
      log.info({ member: params.member_id, by: ctx.actor.userId }, "a link to set a member's password was made");
      return { url: linkOf(visitor, "reset-password", token), expires_at: expiresAt.toISOString() };
    },
    "invitations.list": ({ ctx, query }) => listInvitations(ctx, query),
    "invitations.create": async ({ ctx, body, visitor }) => {
      requireAccounts(gate);
      const { token, invitation } = await createInvitation(ctx, body);
      return { url: linkOf(visitor, "join", token), expires_at: invitation.expires_at, invitation };
    },
    "invitations.delete": async ({ ctx, params }) => {
      await withdrawInvitation(ctx, params.invitation_id);
      return null;
    },
    "invitations.lookup": async ({ body, visitor }) => {
      requireAccounts(gate);
      const found = await lookUpInvitation(core, body.token);
      const actor = await gate.sessionOf(visitor);
      const own = actor && (await getAccount({ ...core, actor }));
      const signedInAs = own && {
        name: own.name,
        email: own.email,
        is_member: own.organizations.some((one) => one.id === found?.organizationId),
      };
      const { status = "unknown" as const, organization = null, email = null, role = null } = found ?? {};
      return { status, organization, email, role, signed_in_as: signedInAs };
    },
    "invitations.accept": async ({ body, visitor, note }) => {
      requireAccounts(gate);
      requireOwnPage(core, visitor);
      await requireOpenInvitation(core, body.token);
      const actor = await acceptInvitation(core, body.token, await comerOf(visitor, body.account));
      log.info({ user: actor.userId, organization: actor.organizationId }, "an invitation was accepted");
      const { session, headers } = await letIn(core, gate, visitor, note, actor);
      return Response.json({ session }, { headers });
    },
  };
}
