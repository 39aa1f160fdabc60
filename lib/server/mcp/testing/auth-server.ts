import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, json } from "./fake-server";

/** An OAuth authorization server that lets everybody in, and is strict about all else. */
export type AuthServer = {
  url: string;
  /** Every request, as it came. */
  asked: { path: string; headers: IncomingMessage["headers"]; body: string }[];
  /** Whether a bearer may go in. */
  accepts(request: IncomingMessage): boolean;
  /** Makes every access token that was given too old. */
  expire(): void;
  /** How often tokens were renewed. */
  renewals: number;
  /** How often a refresh token came a second time. */
  reused: number;
  stop(): Promise<void>;
};

type Grant = { clientId: string; challenge: string; redirectUri: string };

export async function startAuthServer(): Promise<AuthServer> {
  const clients = new Map<string, string[]>();
  const codes = new Map<string, Grant>();
  const access = new Set<string>();
  const refresh = new Set<string>();
  const server: AuthServer = {
    url: "",
    asked: [],
    accepts: ({ headers }) => access.has(headers.authorization?.replace("Bearer ", "") ?? ""),
    expire: () => access.clear(),
    renewals: 0,
    reused: 0,
    async stop() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  const tokens = () => {
    const [token, next] = [randomUUID(), randomUUID()];
    access.add(token);
    refresh.add(next);
    return { access_token: token, refresh_token: next, token_type: "Bearer", expires_in: 3600 };
  };
  const exchange = (form: URLSearchParams) => {
    const grant = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    return grant?.challenge === challenge && grant.redirectUri === form.get("redirect_uri") ? tokens() : null;
  };
  // A second use of one refresh token ends everything, as the specification advises.
  const renew = (form: URLSearchParams) => {
    if (!refresh.delete(form.get("refresh_token") ?? "")) {
      server.reused++;
      access.clear();
      refresh.clear();
      return null;
    }
    server.renewals++;
    return tokens();
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", server.url);
    const body = await bodyOf(request);
    server.asked.push({ path: url.pathname, headers: request.headers, body });
    switch (url.pathname) {
      case "/.well-known/oauth-authorization-server":
        return json(response, {
          issuer: server.url,
          authorization_endpoint: `${server.url}/authorize`,
          token_endpoint: `${server.url}/token`,
          registration_endpoint: `${server.url}/register`,
          response_types_supported: ["code"],
          grant_types_supported: ["authorization_code", "refresh_token"],
          code_challenge_methods_supported: ["S256"],
          token_endpoint_auth_methods_supported: ["none"],
        });
      case "/register": {
        const id = randomUUID();
        const client = JSON.parse(body);
        clients.set(id, client.redirect_uris);
        return json(response, { ...client, client_id: id }, 201);
      }
      case "/authorize": {
        const {
          client_id = "",
          redirect_uri = "",
          code_challenge = "",
          state = "",
        } = Object.fromEntries(url.searchParams);
        if (!clients.get(client_id)?.includes(redirect_uri)) return json(response, { error: "invalid_request" }, 400);
        const code = randomUUID();
        codes.set(code, { clientId: client_id, challenge: code_challenge, redirectUri: redirect_uri });
        const back = new URL(redirect_uri);
        back.search = new URLSearchParams({ code, state }).toString();
        return void response.writeHead(302, { location: back.href }).end();
      }
      case "/token": {
        const form = new URLSearchParams(body);
        const given = form.get("grant_type") === "refresh_token" ? renew(form) : exchange(form);
        return given ? json(response, given) : json(response, { error: "invalid_grant" }, 400);
      }
      default:
        return void response.writeHead(404).end();
    }
  };
  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
}

/** The gate of an MCP server that lets in who has this authorization server's leave, and says where to get it. */
export function guardedBy(auth: AuthServer) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const origin = `http://${request.headers.host}`;
    if (request.url?.startsWith("/.well-known/oauth-protected-resource")) {
      json(response, { resource: `${origin}/mcp`, authorization_servers: [auth.url] });
      return true;
    }
    if (auth.accepts(request)) return false;
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    response.writeHead(401, { "www-authenticate": `Bearer resource_metadata="${metadata}"` }).end();
    return true;
  };
}
