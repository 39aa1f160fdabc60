import { z } from "@hono/zod-openapi";
import { idSchema, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { emailSchema, givenPassword, linkToken, newPassword, shortText } from "./fields";
import { roleSchema } from "./roles";
import { signedInSchema } from "./sessions";

const ownOrganizationSchema = z
  .object({ id: idSchema("org"), name: z.string(), role: roleSchema, is_current: z.boolean() })
  .openapi("OwnOrganization");

export const accountSchema = z
  .object({
    user_id: idSchema("user"),
    name: z.string(),
    email: z.string(),
    has_password: z.boolean(),
    logins: z
      .array(z.object({ provider: z.string(), created_at: timestamp }))
      .describe("Identity providers by which the person may sign in"),
    organizations: z.array(ownOrganizationSchema).describe("That the person is in, the oldest membership first"),
  })
  .openapi("Account");
export type WireAccount = z.output<typeof accountSchema>;

export const personFields = { name: shortText, email: emailSchema, password: newPassword };

/** A person's own account, where the server has accounts. The first that is made owns the default organization. */
const permissionsSchema = z
  .object({
    role: roleSchema.nullable().describe("Null for who may do all: the server itself, or who has its password"),
    operations: z.array(z.string()).describe("operationIds of this document"),
    refused: z.array(z.string()).describe("And of those that this role may not do"),
  })
  .openapi("Permissions");
export type WirePermissions = z.output<typeof permissionsSchema>;

export const ACCOUNT_ENDPOINTS = [
  endpoint({
    id: "account.create",
    method: "post",
    path: "/v1/account",
    own: true,
    summary: "Make the first account, which owns the default organization, and sign in with it",
    body: z
      .object({
        ...personFields,
        code: z.string().max(100).nullish().describe("What the server printed at its start, where others reach it"),
      })
      .openapi("FirstAccount"),
    response: signedInSchema,
  }),
  endpoint({
    id: "account.retrieve",
    method: "get",
    path: "/v1/account",
    own: true,
    summary: "The account of the person that is signed in",
    response: accountSchema,
  }),
  endpoint({
    id: "account.update",
    method: "patch",
    path: "/v1/account",
    own: true,
    summary: "Change one's own name",
    body: z.object({ name: shortText }).openapi("UpdateAccount"),
    response: accountSchema,
  }),
  endpoint({
    id: "account.changePassword",
    method: "put",
    path: "/v1/account/password",
    own: true,
    summary: "Change one's own password; all other sessions end",
    body: z.object({ current_password: givenPassword, new_password: newPassword }).openapi("ChangePassword"),
    response: z
      .object({ changed: z.boolean().describe("False where the current password is another") })
      .openapi("PasswordChanged"),
  }),
  endpoint({
    id: "account.resetPassword",
    method: "post",
    path: "/v1/account/password-reset",
    own: true,
    summary: "Set a password by a link that an owner, an admin or the server's command made, and sign in with it",
    body: z.object({ token: linkToken, password: newPassword }).openapi("ResetPassword"),
    response: signedInSchema,
  }),
  endpoint({
    id: "account.organizations.create",
    method: "post",
    path: "/v1/account/organizations",
    own: true,
    summary: "Make an organization and own it",
    body: z.object({ name: shortText }).openapi("CreateOwnOrganization"),
    response: ownOrganizationSchema,
  }),
  endpoint({
    id: "permissions.retrieve",
    method: "get",
    path: "/v1/permissions",
    own: true,
    summary: "What who asks may do: the ids of operations, by the role of the session or key",
    response: permissionsSchema,
  }),
] as const;
