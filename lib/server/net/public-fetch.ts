import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { hostOf, isPrivateHost } from "./address";
import { privateAddress, publicLookup } from "./post-public";

export type PublicFetch = ((input: string | URL, init?: RequestInit) => Promise<Response>) & {
  /** Closes the connections that are kept for later requests. */
  close(): void;
};

/** What may be sent twice and does the same (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * A `fetch` for addresses on somebody's word. An address is judged when it is connected to, by what its name means at
 * that moment; a redirect is never followed, but answered as it came. Bodies are as they were sent, not decompressed.
 * What may be repeated is sent once more where a kept connection turns out to be closed.
 *
 * @throws PrivateAddressError (by rejecting) unless `allowPrivate`, and whatever connecting fails with.
 */
export function createPublicFetch({ allowPrivate }: { allowPrivate: boolean }): PublicFetch {
  const options = allowPrivate ? {} : { lookup: publicLookup };
  const agentsOf = (keepAlive: boolean) => ({
    http: new HttpAgent({ keepAlive, ...options }),
    https: new HttpsAgent({ keepAlive, ...options }),
  });
  const kept = agentsOf(true);
  const fresh = agentsOf(false);
  const fetch = async (input: string | URL, init?: RequestInit): Promise<Response> => {
    // A request never lets go of the signal that it was made with, which here may be that of a long connection.
    const { signal, ...rest } = init ?? {};
    const asked = new Request(input, rest);
    const url = new URL(asked.url);
    if (url.protocol !== "http:" && url.protocol !== "https:")
      throw new TypeError(`not an http address: ${url.protocol}`);
    const host = hostOf(url);
    if (!allowPrivate && isPrivateHost(host)) throw privateAddress(host);
    const body = asked.body ? Buffer.from(await asked.arrayBuffer()) : null;
    const isSecure = url.protocol === "https:";
    const send = (agents: typeof kept) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const request = (isSecure ? httpsRequest : httpRequest)(url, {
          method: asked.method,
          agent: isSecure ? agents.https : agents.http,
          ...(signal ? { signal } : {}),
          headers: {
            ...Object.fromEntries(asked.headers),
            ...(body ? { "content-length": body.byteLength } : {}),
          },
        });
        let isAnswered = false;
        request.on("response", (response) => {
          isAnswered = true;
          resolve(response);
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
          if (isAnswered) return;
          // A server may close a kept connection in the moment in which it is used again (RFC 9112, 9.3.1).
          const wasClosed = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
          if (wasClosed && REPEATABLE.has(asked.method) && !signal?.aborted) send(fresh).then(resolve, reject);
          else reject(error);
        });
        request.end(body ?? undefined);
      });
    return toResponse(await send(kept));
  };
  return Object.assign(fetch, {
    close() {
      for (const { http, https } of [kept, fresh]) {
        http.destroy();
        https.destroy();
      }
    },
  });
}

function toResponse(response: IncomingMessage): Response {
  const status = response.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (!WITHOUT_BODY.has(status)) return new Response(bodyOf(response), { status, headers });
  response.on("error", () => {});
  response.resume();
  return new Response(null, { status, headers });
}

/** The body as the web has it; what breaks it is the stream's error. */
function bodyOf(response: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = Readable.toWeb(response).getReader();
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.read();
      if (isCancelled) return;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      isCancelled = true;
      return chunks.cancel(reason);
    },
  });
}
