import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Config } from "../config/env";
import { log } from "../core/log";
import { type Asking, foreignSentence, isApiPath, judge } from "./door";
import { requestIdOf } from "./request-log";
import { endSlowBody } from "./slow-bodies";

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type DoorServerOptions = {
  api: NodeHandler;
  /** The pages; null where the API is all there is. */
  web: NodeHandler | null;
  config: Config;
  /** Whether this server is to end: it finishes what it has begun, and begins nothing more. */
  isStopping(): boolean;
};

const KEEP_ALIVE_MS = 65_000;

/**
 * The HTTP server: hands the API's requests to `api`, all others to `web` if they may come in (see `judge`; the API asks
 * by itself), and ends connections whose headers or bodies don't come.
 */
export function createDoorServer({ api, web, config, isStopping }: DoorServerOptions): Server {
  const { headersMs } = config.patience;
  const server = createServer(
    { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(5000, headersMs / 2), requestTimeout: 0 },
    (request, response) => {
      if (isStopping()) return turnAway(response);
      endSlowBody(request, response, config.patience);
      if (isApi(request) || !web) void api(request, response);
      else visit(web, request, response, config);
    },
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Next hears of sockets that are upgraded by itself; it must not hear of those that may not come in.
  server.prependListener("upgrade", (request: IncomingMessage, socket: Duplex) => {
    if (refusalOf(request, config)) socket.destroy();
  });
  return server;
}

/** As a load balancer understands it: another server, or this one when it is there again. */
function turnAway(response: ServerResponse): void {
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1", connection: "close" });
  response.end(JSON.stringify({ detail: "UNAVAILABLE: This server is stopping. Send the request again in a moment." }));
}

/** `/latest` is another name of `/v1`. */
function isApi(request: IncomingMessage): boolean {
  const url = request.url ?? "/";
  if (/^\/latest(?=[/?]|$)/.test(url)) request.url = url.replace("/latest", "/v1");
  return isApiPath(pathOf(request));
}

const pathOf = (request: IncomingMessage) => (request.url ?? "/").split("?", 1)[0]!;

function visit(web: NodeHandler, request: IncomingMessage, response: ServerResponse, config: Config): void {
  const requestId = requestIdOf(request.headers["x-request-id"] as string | undefined);
  response.setHeader("x-request-id", requestId);
  sayClosed(request, response, requestId);
  const refusal = refusalOf(request, config);
  if (!refusal) return void web(request, response);
  response.writeHead(403, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  response.end(refusal);
}

function sayClosed(request: IncomingMessage, response: ServerResponse, requestId: string): void {
  const startedAt = performance.now();
  const { method } = request;
  const path = pathOf(request);
  response.once("close", () => {
    const say = path.startsWith("/_next/") ? log.debug : log.info;
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const { statusCode: status } = response;
    say({ request_id: requestId, method, path, status, ms }, `${method} ${path} ${status}`);
  });
}

/** Why a request may not come in; null if it may. */
function refusalOf(request: IncomingMessage, config: Config): string | null {
  const header: Asking["header"] = (name) => request.headers[name] as string | undefined;
  const verdict = judge({ method: request.method ?? "GET", path: pathOf(request), header }, config.door);
  if (verdict.kind === "refused") return verdict.sentence;
  return verdict.kind === "foreign" ? foreignSentence(verdict.origin) : null;
}
