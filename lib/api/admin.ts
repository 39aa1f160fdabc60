import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { shortText } from "./fields";

export const organizationSchema = z
  .object({ id: z.string(), name: z.string(), created_at: timestamp, privileged_tools: z.boolean() })
  .openapi("Organization");
export type WireOrganization = z.output<typeof organizationSchema>;

export const userSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    name: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
    is_deleted: z.boolean(),
  })
  .openapi("User");
export type WireUser = z.output<typeof userSchema>;

const orgQuery = z.object({ org_id: idSchema("org") });
const orgBody = z.object({ name: shortText.nullish() });

/**
 * Organizations and their users. A request acts for the user whom its header `user_id` names, and sees what belongs to
 * that user's organization alone. Paths and queries are those of Letta's own administration, which its contract leaves out.
 */
export const ADMIN_ENDPOINTS = [
  endpoint({
    id: "admin.orgs.list",
    method: "get",
    path: "/v1/admin/orgs",
    summary: "List organizations",
    own: true,
    query: z.object(pagingQuery({ limit: 50, order: "asc" })),
    response: z.array(organizationSchema),
  }),
  endpoint({
    id: "admin.orgs.create",
    method: "post",
    path: "/v1/admin/orgs",
    summary: "Create an organization",
    own: true,
    body: orgBody,
    bodyOptional: true,
    response: organizationSchema,
  }),
  endpoint({
    id: "admin.orgs.retrieve",
    method: "get",
    path: "/v1/admin/orgs/{org_id}",
    summary: "Retrieve an organization",
    own: true,
    params: orgQuery,
    response: organizationSchema,
  }),
  endpoint({
    id: "admin.orgs.update",
    method: "patch",
    path: "/v1/admin/orgs",
    summary: "Change an organization; null is 'not given'",
    own: true,
    query: orgQuery,
    body: orgBody,
    response: organizationSchema,
  }),
  endpoint({
    id: "admin.orgs.delete",
    method: "delete",
    path: "/v1/admin/orgs",
    summary: "Delete an organization with its users and all that it has",
    own: true,
    query: orgQuery,
    response: organizationSchema,
  }),
  endpoint({
    id: "admin.users.list",
    method: "get",
    path: "/v1/admin/users",
    summary: "List users",
    own: true,
    query: z.object({ ...pagingQuery({ limit: 50, order: "asc" }), organization_id: z.string().nullish() }),
    response: z.array(userSchema),
  }),
  endpoint({
    id: "admin.users.create",
    method: "post",
    path: "/v1/admin/users",
    summary: "Create a user in an organization",
    own: true,
    body: z.object({ name: shortText, organization_id: idSchema("org") }),
    response: userSchema,
  }),
  endpoint({
    id: "admin.users.retrieve",
    method: "get",
    path: "/v1/admin/users/{user_id}",
    summary: "Retrieve a user",
    own: true,
    params: z.object({ user_id: idSchema("user") }),
    response: userSchema,
  }),
  endpoint({
    id: "admin.users.update",
    method: "put",
    path: "/v1/admin/users",
    summary: "Change a user; null is 'not given'",
    own: true,
    body: z.object({ id: idSchema("user"), name: shortText.nullish(), organization_id: idSchema("org").nullish() }),
    response: userSchema,
  }),
  endpoint({
    id: "admin.users.delete",
    method: "delete",
    path: "/v1/admin/users",
    summary: "Delete a user; what the user made stays",
    own: true,
    query: z.object({ user_id: idSchema("user") }),
    response: userSchema,
  }),
] as const;
