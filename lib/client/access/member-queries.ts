import type { WireInvitation, WireMember } from "@/lib/api/members";
import type { isAtLeast, ROLES, Role } from "@/lib/api/roles";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";

export type { Role } from "@/lib/api/roles";
export type Member = WireMember;
export type Invitation = WireInvitation;

/** From most to least, each with what it may do. */
export const ROLE_NOTES: { [R in Role]: string } = {
  owner: "may do all",
  admin: "may do all but make owners",
  editor: "builds agents",
  tester: "talks to agents, changes none",
  viewer: "reads",
};
const RANKS: typeof ROLES = ["owner", "admin", "editor", "tester", "viewer"];

/** As `isAtLeast` of the contract. */
export const mayGive: typeof isAtLeast = (has, role) => RANKS.indexOf(has) <= RANKS.indexOf(role);
export const rolesUpTo = (role: Role): Role[] => RANKS.filter((one) => mayGive(role, one));

const PAGE = 50;

export const MEMBERS: PagedList<Member> = {
  queryKey: queryKeys.members(),
  size: PAGE,
  load: (page, signal) => unwrap(api.GET("/v1/members", { params: { query: page }, signal })),
};

export const INVITATIONS: PagedList<Invitation> = {
  queryKey: queryKeys.invitations(),
  size: PAGE,
  load: (page, signal) => unwrap(api.GET("/v1/invitations", { params: { query: page }, signal })),
};

export type Link = { url: string; expires_at: string };
export type Draft = { email: string; role: Role; days: number };

/** @returns the link, which is shown this once. @throws ApiError */
export function invite({ email, role, days }: Draft): Promise<Link> {
  const body = { email: email.trim() || null, role, expires_in_days: days };
  return unwrap(api.POST("/v1/invitations", { body }));
}

export async function withdraw(id: string): Promise<void> {
  await unwrap(api.DELETE("/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }));
}

export async function giveRole({ id, role }: { id: string; role: Role }): Promise<void> {
  await unwrap(api.PATCH("/v1/members/{member_id}", { params: { path: { member_id: id } }, body: { role } }));
}

export async function removeMember(id: string): Promise<void> {
  await unwrap(api.DELETE("/v1/members/{member_id}", { params: { path: { member_id: id } } }));
}

/** @returns a link by which the member sets a password. @throws ApiError */
export function makeResetLink(id: string): Promise<Link> {
  return unwrap(api.POST("/v1/members/{member_id}/password-reset", { params: { path: { member_id: id } } }));
}
