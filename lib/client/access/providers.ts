import { api, unwrap } from "../api/api";

/** By whom one may sign in beside a password, as the server says when it makes a page. */
export type SignInProvider = { id: string; name: string };

/** Goes to a provider, and comes back signed in, joined or connected. @throws ApiError */
export async function goTo(provider: string, invitation: string | null): Promise<void> {
  const body = invitation === null ? {} : { invitation };
  const { url } = await unwrap(api.POST("/v1/sign-in/{provider}", { params: { path: { provider } }, body }));
  window.location.assign(url);
}

/** @throws ApiError */
export async function disconnect(provider: string): Promise<void> {
  await unwrap(api.DELETE("/v1/sign-in/{provider}", { params: { path: { provider } } }));
}

const PROBLEMS: Record<string, string> = {
  "email-not-verified": "The provider does not say that your email is yours: verify it there first.",
  "account-exists":
    "There is an account with your email already. Sign in with its password, and connect the provider under Settings, Account.",
  "not-invited": "Nobody has invited you yet: ask an owner or admin for a link, and open it.",
  "no-organization": "You are in no organization any more: ask an owner or admin for an invitation.",
  "invitation-over": "This invitation is used, withdrawn or over: ask for another.",
  "invitation-for-other": "This invitation is for another email than the provider says is yours.",
  "connected-elsewhere": "This login is connected to another account of this server, or you are a member already.",
  "too-late": "That took too long, or was begun in another browser. Try again.",
  denied: "The provider did not let you through. Try again.",
  unreachable: "The provider can’t be asked at the moment. Try again, or come in another way.",
  failed: "The provider did not say who you are. Try again.",
};

/** Why somebody who came back from a provider is not in; null for nothing that is known. */
export const problemOf = (code: string | null): string | null => (code === null ? null : (PROBLEMS[code] ?? null));
