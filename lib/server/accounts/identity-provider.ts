import * as oidc from "openid-client";
import type { IdentityProvider } from "../config/identity-providers";
import type { Core } from "../core/core";
import { ApiError } from "../core/errors";
import { log } from "../core/log";
import { readBounded } from "../net/bounded-body";
import { createPublicFetch } from "../net/public-fetch";

/** What keeps a way to an identity provider and back one way: it is in the browser's cookie, sealed. */
export type Way = { state: string; nonce: string; verifier: string };

/** Whom a provider says somebody is. */
export type Claimed = {
  issuer: string;
  subject: string;
  /** In lower case; null where the provider does not say that it is this person's. */
  email: string | null;
  name: string;
};

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;
const FRESH_MS = 10 * 60_000;

const unreachable = ({ name }: IdentityProvider) =>
  new ApiError("upstream", `${name} can't be asked at the moment: try again, or come in another way`);

/** As `fetch`, without redirects, for so long and so much alone. The operator has named the address: it may be private. */
const asked = createPublicFetch({ allowPrivate: true });
async function bounded(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await asked(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { bytes, isCut } = await readBounded(response, MAX_BYTES);
  if (isCut) throw new Error(`${new URL(url).host} answers more than ${MAX_BYTES} bytes`);
  const { status, headers } = response;
  return new Response(status === 204 ? null : new Uint8Array(bytes), { status, headers });
}

type Known = { at: number; configuration: Promise<oidc.Configuration> };
const known = new Map<string, Known>();

/** What a provider says of itself, asked anew every ten minutes. */
function configurationOf(provider: IdentityProvider): Promise<oidc.Configuration> {
  const key = `${provider.issuer} ${provider.clientId}`;
  const recent = known.get(key);
  if (recent && Date.now() - recent.at < FRESH_MS) return recent.configuration;
  const configuration = discover(provider);
  known.set(key, { at: Date.now(), configuration });
  configuration.catch(() => known.delete(key));
  return configuration;
}

async function discover(provider: IdentityProvider): Promise<oidc.Configuration> {
  const { issuer, clientId, clientSecret, kind } = provider;
  const url = new URL(issuer);
  const auth = clientSecret === null ? oidc.None() : undefined;
  const isPlain = url.protocol === "http:";
  if (kind === "github") {
    const made = new oidc.Configuration(
      {
        issuer,
        authorization_endpoint: new URL("/login/oauth/authorize", url).href,
        token_endpoint: new URL("/login/oauth/access_token", url).href,
      },
      clientId,
      clientSecret ?? undefined,
      oidc.ClientSecretPost(clientSecret ?? ""),
    );
    made[oidc.customFetch] = bounded as oidc.CustomFetch;
    if (isPlain) oidc.allowInsecureRequests(made);
    return made;
  }
  return oidc.discovery(url, clientId, clientSecret ?? undefined, auth, {
    [oidc.customFetch]: bounded as oidc.CustomFetch,
    ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}),
  });
}

/** Where a browser goes to say who it is. @throws ApiError `upstream`. */
export async function beginWay(provider: IdentityProvider, redirectUri: string): Promise<{ url: string; way: Way }> {
  const way = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
  };
  const configuration = await configurationOf(provider).catch((error: unknown) => {
    log.warn({ err: error, provider: provider.id }, "an identity provider can't be asked");
    throw unreachable(provider);
  });
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: provider.kind === "github" ? "read:user user:email" : "openid email profile",
    state: way.state,
    code_challenge: await oidc.calculatePKCECodeChallenge(way.verifier),
    code_challenge_method: "S256",
    ...(provider.kind === "github" ? {} : { nonce: way.nonce }),
  });
  return { url: url.href, way };
}

/**
 * Whom the provider says the browser that came back is: the code is exchanged with its verifier, state and nonce must be
 * those of this way, and the signature and the audience of the token are checked.
 *
 * @throws ApiError `upstream` where the provider can't be asked; `unauthorized` for all that is not as it must be.
 */
export async function endWay(provider: IdentityProvider, current: URL, way: Way): Promise<Claimed> {
  const configuration = await configurationOf(provider).catch(() => {
    throw unreachable(provider);
  });
  const isGitHub = provider.kind === "github";
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, current, {
      pkceCodeVerifier: way.verifier,
      expectedState: way.state,
      ...(isGitHub ? {} : { expectedNonce: way.nonce, idTokenExpected: true }),
    });
    if (isGitHub) return await gitHubUser(provider, tokens.access_token);
    const claims = tokens.claims()!;
    // Some providers put the email in the token, others tell it when they are asked.
    const told =
      claims.email === undefined && configuration.serverMetadata().userinfo_endpoint
        ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : claims;
    return claimed(claims.iss, claims.sub, told);
  } catch (error) {
    log.warn({ err: error, provider: provider.id }, "somebody came back from an identity provider in vain");
    throw new ApiError("unauthorized", `${provider.name} did not say who you are: try again`);
  }
}

function claimed(issuer: string, subject: string, told: Record<string, unknown>): Claimed {
  const email = typeof told.email === "string" && told.email_verified === true ? told.email.toLowerCase() : null;
  const name = [told.name, told.preferred_username, email].find((one) => typeof one === "string" && one.trim() !== "");
  return { issuer, subject, email, name: plainName(name) };
}

const MAX_NAME_CHARS = 100;
const plainName = (name: unknown) =>
  typeof name === "string" ? name.replaceAll("\0", "").toWellFormed().trim().slice(0, MAX_NAME_CHARS) : "Somebody";

/** Of GitHub's emails the primary one, if it is verified. */
async function gitHubUser({ issuer }: IdentityProvider, accessToken: string): Promise<Claimed> {
  const api = issuer === "https://github.com" ? "https://api.github.com" : `${issuer.replace(/\/$/, "")}/api/v3`;
  const get = async (path: string) => {
    const response = await bounded(`${api}${path}`, {
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: "application/vnd.github+json",
        "user-agent": "memoir",
      },
    });
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return response.json() as Promise<unknown>;
  };
  const user = (await get("/user")) as { id?: unknown; name?: unknown; login?: unknown };
  if (!Number.isSafeInteger(user.id)) throw new Error("the user has no id");
  const emails = (await get("/user/emails")) as { email?: unknown; primary?: unknown; verified?: unknown }[];
  const primary = Array.isArray(emails)
    ? emails.find((one) => one.primary === true && one.verified === true)
    : undefined;
  return claimed(issuer, String(user.id), {
    email: primary?.email,
    email_verified: primary !== undefined,
    name: user.name ?? user.login,
  });
}

/** The server's provider of this id. @throws ApiError `not-found`. */
export function providerOf({ config }: Core, id: string): IdentityProvider {
  const found = config.identityProviders.find((one) => one.id === id);
  if (!found) throw new ApiError("not-found", `This server has no identity provider ${id}`);
  return found;
}
