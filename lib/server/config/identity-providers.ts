import { ROLES, type Role } from "@/lib/api/roles";
import { isLoopback, parseHost } from "./host-names";

/** Who says who somebody is. GitHub speaks OAuth 2 alone, all others OpenID Connect. */
export type IdentityProvider = {
  id: "oidc" | "google" | "github";
  kind: "oidc" | "github";
  /** What its button says. */
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string | null;
};

/** Who becomes a member of the first organization without an invitation: whose email is of one of these domains. */
export type SignUp = { domains: readonly string[]; role: Role };

type Get = (name: string) => string | null;
type Fail = (sentence: string) => never;

/** @throws what `fail` throws, with a sentence that says what to set. */
export function identityProviders(get: Get, accounts: boolean, fail: Fail): IdentityProvider[] {
  const found = [
    provider(get, fail, {
      id: "oidc",
      kind: "oidc",
      prefix: "MEMOIR_OIDC",
      name: get("MEMOIR_OIDC_NAME") ?? "single sign-on",
    }),
    provider(get, fail, {
      id: "google",
      kind: "oidc",
      prefix: "MEMOIR_GOOGLE",
      name: "Google",
      issuer: "https://accounts.google.com",
    }),
    provider(get, fail, {
      id: "github",
      kind: "github",
      prefix: "MEMOIR_GITHUB",
      name: "GitHub",
      issuer: get("MEMOIR_GITHUB_URL") ?? "https://github.com",
    }),
  ].filter((one) => one !== null);
  if (found.length > 0 && !accounts) {
    fail("People come by an identity provider to accounts of their own: set MEMOIR_AUTH=accounts as well.");
  }
  return found;
}

type Preset = Pick<IdentityProvider, "id" | "kind" | "name"> & { prefix: string; issuer?: string };

function provider(get: Get, fail: Fail, { prefix, issuer: preset, ...rest }: Preset): IdentityProvider | null {
  const clientId = get(`${prefix}_CLIENT_ID`);
  const clientSecret = get(`${prefix}_CLIENT_SECRET`);
  const issuer = preset ?? get(`${prefix}_ISSUER`);
  if (clientId === null && clientSecret === null && (preset !== undefined || issuer === null)) return null;
  if (issuer === null) return fail(`${prefix}_CLIENT_ID needs ${prefix}_ISSUER: the address of the identity provider.`);
  if (clientId === null)
    return fail(`${prefix}_CLIENT_ID is missing: it is given where this server is registered there.`);
  if (rest.kind === "github" && clientSecret === null) return fail(`${prefix}_CLIENT_SECRET is missing.`);
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  const isHere = url !== null && isLoopback(parseHost(url.host)?.name ?? "");
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && isHere))) {
    return fail(`The address of an identity provider must be https, or on this machine: ${issuer}`);
  }
  return { ...rest, issuer, clientId, clientSecret };
}

/** @throws what `fail` throws. */
export function signUpSettings(get: Get, fail: Fail): SignUp {
  const domains = (get("MEMOIR_SIGN_UP_DOMAINS") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  for (const domain of domains) {
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
      fail(`MEMOIR_SIGN_UP_DOMAINS has an entry that is no domain: ${domain}`);
  }
  const role = get("MEMOIR_SIGN_UP_ROLE") ?? "viewer";
  const known = ROLES.find((one) => one === role);
  if (!known || known === "owner" || known === "admin") {
    return fail(`MEMOIR_SIGN_UP_ROLE is one of editor, tester and viewer: ${role}`);
  }
  return { domains, role: known };
}
