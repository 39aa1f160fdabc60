import type { Config } from "../config/env";
import { hostOf } from "../net/address";
import { createPublicFetch } from "../net/public-fetch";

/** What an operator allows of providers that clients add. */
export type Guard = Pick<Config, "allowPrivateUrls" | "privateProviders">;

/** A provider answered with the address of somebody else, who would be sent the prompt and the key. */
export class RedirectError extends Error {}

const guards = new WeakMap<Guard, typeof fetch>();

/**
 * The `fetch` for providers that a client has added: an address is judged when it is connected to, by what its name means
 * at that moment, and no redirect is followed. Streams come as they are sent.
 *
 * @throws PrivateAddressError and RedirectError, by rejecting.
 */
export function guardedFetch(guard: Guard): typeof fetch {
  const known = guards.get(guard);
  if (known) return known;
  const open = createPublicFetch({ allowPrivate: true });
  const closed = createPublicFetch({ allowPrivate: false });
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    headers.set("accept-encoding", "identity");
    const response = await (allowsPrivate(guard, url.href) ? open : closed)(url, { ...init, headers });
    if (response.status < 300 || response.status >= 400) return response;
    await response.body?.cancel();
    throw new RedirectError(`${url.host} answered ${response.status}: redirects of a provider are not followed`);
  };
  const made = send as typeof fetch;
  guards.set(guard, made);
  return made;
}

/** Whether an address of a provider may be a private one. */
export function allowsPrivate({ allowPrivateUrls, privateProviders }: Guard, address: string): boolean {
  if (allowPrivateUrls) return true;
  const url = new URL(address);
  const host = hostOf(url);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return privateProviders.some((allowed) => allowed === host || allowed === `${host}:${port}`);
}
