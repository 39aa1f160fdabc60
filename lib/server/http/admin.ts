import type { ADMIN_ENDPOINTS } from "@/lib/api/admin";
import {
  createOrganization,
  deleteOrganization,
  getOrganization,
  listOrganizations,
  toWireOrganization,
  updateOrganization,
} from "../accounts/organizations";
import { createUser, deleteUser, getUser, listUsers, toWireUser, updateUser } from "../accounts/users";
import type { Handlers } from "./bind";

export const ADMIN_HANDLERS: Handlers<typeof ADMIN_ENDPOINTS> = {
  "admin.orgs.list": ({ ctx, query }) => listOrganizations(ctx, query),
  "admin.orgs.create": ({ ctx, body }) => createOrganization(ctx, body),
  "admin.orgs.retrieve": async ({ ctx, params }) => toWireOrganization(await getOrganization(ctx, params.org_id)),
  "admin.orgs.update": ({ ctx, query, body }) => updateOrganization(ctx, query.org_id, body),
  "admin.orgs.delete": ({ ctx, query }) => deleteOrganization(ctx, query.org_id),
  "admin.users.list": ({ ctx, query }) => listUsers(ctx, query),
  "admin.users.create": ({ ctx, body }) => createUser(ctx, body),
  "admin.users.retrieve": async ({ ctx, params }) => toWireUser(await getUser(ctx, params.user_id)),
  "admin.users.update": ({ ctx, body }) => updateUser(ctx, body),
  "admin.users.delete": ({ ctx, query }) => deleteUser(ctx, query.user_id),
};
