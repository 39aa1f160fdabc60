import { z } from "@hono/zod-openapi";
import { personFields } from "./account";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { emailSchema, linkToken } from "./fields";
import { roleSchema } from "./roles";
import { sessionSchema } from "./sessions";

export const memberSchema = z
  .object({
    id: idSchema("member"),
    user_id: idSchema("user"),
    name: z.string(),
    email: z.string(),
    role: roleSchema,
    created_at: timestamp,
    is_self: z.boolean().describe("Whether this is the person that asks"),
  })
  .openapi("Member");
export type WireMember = z.output<typeof memberSchema>;

export const invitationSchema = z
  .object({
    id: idSchema("invitation"),
    email: z.string().nullable().describe("Whom it is for; null for whoever has the link"),
    role: roleSchema,
    status: z.enum(["open", "accepted", "withdrawn", "expired"]),
    invited_by: z.string().describe("A user's id"),
    created_at: timestamp,
    expires_at: timestamp,
  })
  .openapi("Invitation");
export type WireInvitation = z.output<typeof invitationSchema>;

const linkSchema = z.object({
  url: z.string().describe("Shown this once: of its token only a hash is kept"),
  expires_at: timestamp,
});

const MOST_DAYS = 90;
const memberParams = z.object({ member_id: idSchema("member") });

/** Who is in the organization of the person that asks, and what they may do. Owners and admins change it. */
export const MEMBER_ENDPOINTS = [
  endpoint({
    id: "members.list",
    method: "get",
    path: "/v1/members",
    own: true,
    summary: "List who is in the organization",
    query: z.object(pagingQuery({ limit: 50, order: "asc" })),
    response: z.array(memberSchema),
  }),
  endpoint({
    id: "members.update",
    method: "patch",
    path: "/v1/members/{member_id}",
    own: true,
    summary: "Give a member another role, none above one's own; the last owner stays one",
    params: memberParams,
    body: z.object({ role: roleSchema }).openapi("UpdateMember"),
    response: memberSchema,
  }),
  endpoint({
    id: "members.delete",
    method: "delete",
    path: "/v1/members/{member_id}",
    own: true,
    summary: "Remove a member: their sessions here end at once; the last owner stays",
    params: memberParams,
    response: null,
    status: 204,
  }),
  endpoint({
    id: "members.resetPassword",
    method: "post",
    path: "/v1/members/{member_id}/password-reset",
    own: true,
    summary: "Make a link by which a member sets a password, once, within an hour",
    params: memberParams,
    response: linkSchema.openapi("PasswordResetLink"),
  }),
  endpoint({
    id: "invitations.list",
    method: "get",
    path: "/v1/invitations",
    own: true,
    summary: "List invitations",
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(invitationSchema),
  }),
  endpoint({
    id: "invitations.create",
    method: "post",
    path: "/v1/invitations",
    own: true,
    summary: "Make a link by which one person becomes a member, with a role no higher than one's own",
    body: z
      .object({
        email: emailSchema.nullish().describe("Whom it is for; left out, whoever has the link"),
        role: roleSchema,
        expires_in_days: z.number().int().min(1).max(MOST_DAYS).default(7),
      })
      .openapi("CreateInvitation"),
    response: linkSchema.extend({ invitation: invitationSchema }).openapi("InvitationLink"),
  }),
  endpoint({
    id: "invitations.delete",
    method: "delete",
    path: "/v1/invitations/{invitation_id}",
    own: true,
    summary: "Withdraw an invitation: its link says so from now on",
    params: z.object({ invitation_id: idSchema("invitation") }),
    response: null,
    status: 204,
  }),
  endpoint({
    id: "invitations.lookup",
    method: "post",
    path: "/v1/invitations/lookup",
    own: true,
    summary: "What an invitation's link invites to, for who has it",
    body: z.object({ token: linkToken }).openapi("LookUpInvitation"),
    response: z
      .object({
        status: z.enum(["open", "accepted", "withdrawn", "expired", "unknown"]),
        organization: z.string().nullable().describe("Its name; null where there is no such invitation"),
        email: z.string().nullable(),
        role: roleSchema.nullable(),
        signed_in_as: z
          .object({ name: z.string(), email: z.string(), is_member: z.boolean() })
          .nullable()
          .describe("Whose session the browser has that asks"),
      })
      .openapi("InvitationStatus"),
  }),
  endpoint({
    id: "invitations.accept",
    method: "post",
    path: "/v1/invitations/accept",
    own: true,
    summary: "Become a member by an invitation: with a new account, or as the person that is signed in",
    body: z
      .object({
        token: linkToken,
        account: z.object(personFields).nullish().describe("A new account; left out by who is signed in"),
      })
      .openapi("AcceptInvitation"),
    response: z.object({ session: sessionSchema }).openapi("InvitationAccepted"),
  }),
] as const;
