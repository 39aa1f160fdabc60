import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { PublicFetch } from "../net/public-fetch";
import type { McpEndpoint } from "./endpoint";

export type HttpServer = Extract<McpEndpoint, { url: string }>;

export type HttpOptions = {
  fetch: PublicFetch;
  authProvider: OAuthClientProvider | undefined;
  /** Called when the answer to a message breaks off: no more of it will come. */
  onBroken: (error: unknown) => void;
};

/** The most bytes of one message. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** A server at an address. Its headers are for its own origin: an authorization server that it names sees none. */
export function httpTransport(server: HttpServer, { fetch, authProvider, onBroken }: HttpOptions): Transport {
  const url = new URL(server.url);
  const isStreamable = server.type === "streamable_http";
  const once = sharedRefresh(fetch);
  const ask = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const target = new URL(input);
    const method = init.method ?? "GET";
    const isOwn = target.href === url.href;
    // What a server says unasked is not used: it need not hold a connection for it.
    if (isStreamable && isOwn && method === "GET") return new Response(null, { status: 405 });
    const headers = new Headers(init.headers);
    if (target.origin === url.origin) {
      for (const [name, value] of Object.entries(server.headers)) if (!headers.has(name)) headers.set(name, value);
    }
    const response = await (authProvider ? once(target, { ...init, headers }) : fetch(target, { ...init, headers }));
    return limited(response, isStreamable && isOwn ? onBroken : () => {});
  };
  const options = { fetch: ask, ...(authProvider ? { authProvider } : {}) };
  return isStreamable ? new StreamableHTTPClientTransport(url, options) : new SSEClientTransport(url, options);
}

const KEPT_MS = 30_000;

/**
 * Renews a token once where several calls want to at the same time: an authorization server may take a second use of
 * one refresh token for a theft.
 */
function sharedRefresh(fetch: PublicFetch): (url: URL, init: RequestInit) => Promise<Response> {
  const running = new Map<string, Promise<Response>>();
  return async (url, init) => {
    const body = init.body instanceof URLSearchParams ? init.body : null;
    if (body?.get("grant_type") !== "refresh_token") return fetch(url, init);
    const key = `${url.href} ${body}`;
    const answer = running.get(key) ?? fetch(url, init);
    running.set(key, answer);
    const forget = () => running.delete(key);
    // Who read the old token just before may still be on the way.
    answer.then((response) => (response.ok ? setTimeout(forget, KEPT_MS).unref() : forget()), forget);
    return (await answer).clone();
  };
}

/** The same answer, which breaks off where a message in it (or all of it, if it is no stream) is too long. */
function limited(response: Response, onBroken: (error: unknown) => void): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let size = 0;
  let isCancelled = false;
  const read = async (): Promise<Uint8Array | null> => {
    const { done, value } = await reader.read();
    if (done) return null;
    const end = isStream ? endOfMessage(value) : -1;
    size = end < 0 ? size + value.length : value.length - end;
    if (size > MAX_MESSAGE_BYTES) throw new Error(`the answer is longer than ${MAX_MESSAGE_BYTES} bytes`);
    return value;
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await read();
        if (isCancelled) return;
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      } catch (error) {
        if (isCancelled) return;
        reader.cancel(error).catch(() => {});
        controller.error(error);
        onBroken(error);
      }
    },
    cancel(reason) {
      isCancelled = true;
      return reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** Where the last event of a chunk ends; -1 if none does. */
function endOfMessage(chunk: Uint8Array): number {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Math.max(bytes.lastIndexOf("\n\n"), bytes.lastIndexOf("\n\r\n"));
}
