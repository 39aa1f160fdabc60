import { queryOptions } from "@tanstack/react-query";
import type { WireAccount } from "@/lib/api/account";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export type Account = WireAccount;

/** The account of the person that is signed in, and the organizations that they are in. */
export function accountQuery() {
  return queryOptions({
    queryKey: queryKeys.account(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/account", { signal })),
  });
}

export async function renameAccount(name: string): Promise<void> {
  await unwrap(api.PATCH("/v1/account", { body: { name } }));
}

/** @returns false where the current password is another. @throws ApiError */
export async function changePassword(current: string, next: string): Promise<boolean> {
  const body = { current_password: current, new_password: next };
  return (await unwrap(api.PUT("/v1/account/password", { body }))).changed;
}

/** Goes on in another organization: nothing of the one before stays on the page. @throws ApiError */
export async function switchOrganization(id: string): Promise<void> {
  await unwrap(api.PATCH("/v1/sessions/current", { body: { organization_id: id } }));
  window.location.assign("/");
}

/** Makes an organization, and goes on in it. @throws ApiError */
export async function makeOrganization(name: string): Promise<void> {
  const { id } = await unwrap(api.POST("/v1/account/organizations", { body: { name } }));
  await switchOrganization(id);
}
