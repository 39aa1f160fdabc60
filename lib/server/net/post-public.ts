import { lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { hostOf, isLocalName, isPrivate, isPrivateHost } from "./address";

/** The address that a name has turned out to have is not one to send to. */
export class PrivateAddressError extends Error {}

export type Post = {
  url: string;
  body: string;
  headers: Record<string, string>;
  /** Addresses that are not public may be posted to: the operator's choice. */
  allowPrivate: boolean;
  timeoutMs: number;
  signal: AbortSignal;
};

/**
 * Posts JSON to an address that somebody named, and answers the status. Redirects are not followed. The address is
 * judged when it is connected to, so that a name can't be one thing when it is looked up and another when it is used.
 *
 * @throws PrivateAddressError, and whatever connecting fails with.
 */
export async function postPublic({ url, body, headers, allowPrivate, timeoutMs, signal }: Post): Promise<number> {
  const target = new URL(url);
  const host = hostOf(target);
  if (!allowPrivate && isPrivateHost(host)) throw privateAddress(host);
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve, reject) => {
    const request = send(target, {
      method: "POST",
      agent: false,
      signal: limited,
      headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    });
    request.on("response", (response) => {
      // Whatever it says is not read: it may have no end.
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", (error) => reject(limited.aborted && !signal.aborted ? new Error(timedOut(timeoutMs)) : error));
    request.end(body);
  });
}

const timedOut = (ms: number) => `no answer within ${ms / 1000} s`;
export const privateAddress = (host: string) =>
  new PrivateAddressError(`${host} is a private address; MEMOIR_ALLOW_PRIVATE_URLS=on allows it`);

/** Resolves a name as `node:net` does, and fails with a `PrivateAddressError` where one of its addresses is private. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  if (isLocalName(hostname)) return done(privateAddress(hostname), "", 0);
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, "", 0);
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivate(address))) return done(privateAddress(hostname), "", 0);
    if (options.all) return done(null, addresses);
    done(null, first.address, first.family);
  });
};
