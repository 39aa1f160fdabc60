import type { GitHttpRequest, GitHttpResponse } from "isomorphic-git";
import { createPublicFetch } from "../../../net/public-fetch";

/** Which remotes may be asked, by name. `token` is given to them alone. */
export type RemoteAccess = { hosts: string[]; token: string | null; allowPrivate: boolean };

const MOST_BYTES = 24 * 1024 * 1024;
const TIMEOUT_MS = 45_000;

/** git's http over the guarded fetch: each request is judged by its own address, whatever a repository's config says. */
export function remoteHttp({ hosts, token, allowPrivate }: RemoteAccess) {
  const request = async ({ url, method, headers, body }: GitHttpRequest): Promise<GitHttpResponse> => {
    const address = new URL(url);
    requireAllowed(address, hosts);
    const fetch = createPublicFetch({ allowPrivate });
    try {
      const sent = body ? await joined(body) : undefined;
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(address, {
        ...{ method: method ?? "GET", headers: { ...headers }, redirect: "manual", signal },
        ...(sent && { body: sent }),
      }).catch((error: Error) => {
        throw refused(signal.aborted ? `${address.host} took more than ${TIMEOUT_MS / 1000} seconds` : error.message);
      });
      const bytes = await bounded(response);
      return {
        url,
        ...{ method: method ?? "GET", statusCode: response.status, statusMessage: response.statusText },
        headers: Object.fromEntries(response.headers),
        body: (async function* () {
          yield bytes;
        })(),
      };
    } finally {
      fetch.close();
    }
  };
  const onAuth = () => (token ? { username: "x-access-token", password: token } : { cancel: true });
  return { http: { request }, onAuth };
}

/** @throws with a code, as git's own failures, for an address that may not be asked. */
export function requireAllowed(address: URL, hosts: readonly string[]): void {
  if (address.protocol !== "https:" && address.protocol !== "http:")
    throw refused("only http and https remotes can be asked");
  if (hosts.includes(address.hostname) || hosts.includes(address.host)) return;
  const allowed = hosts.length > 0 ? `only ${hosts.join(", ")} may` : "none may be yet";
  throw refused(
    `${address.hostname} may not be asked, ${allowed}. A person allows hosts in the settings of the tool git_operations (metadata_.allowed_hosts)`,
  );
}

const refused = (message: string) => Object.assign(new Error(message), { code: "RemoteRefused" });

async function joined(body: AsyncIterable<Uint8Array> | Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function bounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) break;
    size += piece.value.length;
    if (size > MOST_BYTES) {
      await reader?.cancel();
      throw refused(`the remote sent more than ${MOST_BYTES} bytes`);
    }
    parts.push(piece.value);
  }
  return new Uint8Array(Buffer.concat(parts));
}
