import type { z } from "@hono/zod-openapi";
import type { MCP_ENDPOINTS } from "@/lib/api/mcp";
import type { McpServerType } from "@/lib/api/mcp-config";
import { parseSse } from "@/lib/stream/sse";
import { fetchOrFail } from "../api/api";
import { ApiError, detailOf } from "../api/api-error";
import type { McpServer, McpStatus } from "../tool/tool-queries";

type CreateRow = Extract<(typeof MCP_ENDPOINTS)[number], { id: "mcpServers.create" }>;
type UpdateRow = Extract<(typeof MCP_ENDPOINTS)[number], { id: "mcpServers.update" }>;
type TestRow = Extract<(typeof MCP_ENDPOINTS)[number], { id: "mcpServers.test" }>;
export type NewMcpServer = z.input<CreateRow["body"]>;
export type McpChange = z.input<UpdateRow["body"]>;
export type McpToTest = z.input<TestRow["body"]>;

/**
 * A server as a person types it in. Headers and variables are lines: `Name: value`, `NAME=value`. Secrets that are kept
 * stand there masked; the mask sent back means "as it was".
 */
export type McpDraft = {
  type: McpServerType;
  name: string;
  url: string;
  authHeader: string;
  token: string;
  headers: string;
  command: string;
  args: string;
  env: string;
};

const EMPTY_SERVER: McpDraft = {
  type: "streamable_http",
  name: "",
  url: "",
  authHeader: "",
  token: "",
  headers: "",
  command: "",
  args: "",
  env: "",
};

/** The draft of a server as it is kept, or of a new one. */
export function serverDraftOf(server: McpServer | null): McpDraft {
  if (!server) return EMPTY_SERVER;
  const draft = { ...EMPTY_SERVER, type: server.mcp_server_type, name: server.server_name };
  if (server.mcp_server_type === "stdio") {
    const { command, args, env } = server;
    return { ...draft, command, args: args.join("\n"), env: toLines(env, "=") };
  }
  return {
    ...draft,
    url: server.server_url,
    authHeader: server.auth_header ?? "",
    token: server.auth_token ?? "",
    headers: toLines(server.custom_headers, ": "),
  };
}

const toLines = (pairs: Record<string, string> | null, sign: string): string =>
  Object.entries(pairs ?? {})
    .map(([name, value]) => `${name}${sign}${value}`)
    .join("\n");

export const SERVER_TYPES: Record<McpServerType, string> = {
  streamable_http: "Streamable HTTP",
  sse: "Server-sent events (older servers)",
  stdio: "A program on the server's machine (stdio)",
};

/** Whether a draft says where its server is. */
export const hasPlace = ({ type, url, command }: McpDraft): boolean => (type === "stdio" ? command : url).trim() !== "";

/** All of a server's configuration: what is left empty is taken away. */
function configOf(draft: McpDraft) {
  if (draft.type === "stdio") {
    return {
      mcp_server_type: draft.type,
      command: draft.command.trim(),
      args: readLines(draft.args),
      env: readPairs(draft.env, "="),
    };
  }
  const token = draft.token.trim();
  return {
    mcp_server_type: draft.type,
    server_url: draft.url.trim(),
    auth_header: draft.authHeader.trim() || (token ? "Authorization" : null),
    auth_token: token,
    custom_headers: readPairs(draft.headers, ":"),
  };
}

export const toNewServer = (draft: McpDraft): NewMcpServer => ({
  server_name: draft.name.trim(),
  config: configOf(draft),
});

export const toChange = (draft: McpDraft): McpChange => ({ server_name: draft.name.trim(), config: configOf(draft) });

/** For a test, which keeps nothing. @param server the one that is being changed, for its secrets */
export const toTest = (draft: McpDraft, server: McpServer | null): McpToTest => ({
  ...(server ? { mcp_server_id: server.id } : {}),
  config: configOf(draft),
});

const FIELDS: Record<string, keyof McpDraft> = {
  server_name: "name",
  server_url: "url",
  auth_header: "authHeader",
  auth_token: "token",
  custom_headers: "headers",
  command: "command",
  args: "args",
  env: "env",
};

/** What the server's refusal says, by field; what it says of nothing that is typed in is not among it. */
export function problemsOfServer(error: unknown): Partial<Record<keyof McpDraft, string>> {
  if (!(error instanceof ApiError) || (error.status !== 422 && error.status !== 409)) return {};
  if (error.status === 409) return { name: "There is a server of this name already." };
  const found = error.detail.split("; ").flatMap((part) => {
    const [, field = "", rest = "", message] = /^(?:config\.)?(\w+)(?:\.([^:]+))?: (.*)$/.exec(part) ?? [];
    const name = FIELDS[field];
    return name && message ? [[name, rest ? `${rest} ${message}` : message]] : [];
  });
  return Object.fromEntries(found);
}

/** How a server was found when it was last asked. */
export const STATE_NAMES: Record<NonNullable<McpStatus["state"]>, string> = {
  connected: "connected",
  needs_authorization: "needs authorization",
  failed: "failed",
};

const readLines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** Lines of a name and a value. A line without the sign is a name without a value, which the server refuses or keeps. */
export function readPairs(text: string, sign: "=" | ":"): Record<string, string> {
  return Object.fromEntries(
    readLines(text).map((line) => {
      const at = line.indexOf(sign);
      return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

/** Where a server is: its address, or what is started for it. */
export function placeOf(server: McpServer): string {
  return "server_url" in server ? server.server_url : [server.command, ...server.args].join(" ");
}

/** What a connection has come to. */
export type Connecting =
  | { phase: "connecting" }
  | { phase: "waiting"; url: string | null }
  | { phase: "connected"; tools: number }
  | { phase: "failed"; message: string };

/**
 * Connects to a server that is kept and says how it goes, until it is connected or has failed. Where a person has to let
 * it in, `url` is the page that asks them. @throws ApiError when the stream does not open.
 */
export async function* connect(serverId: string, signal: AbortSignal): AsyncGenerator<Connecting> {
  yield { phase: "connecting" };
  const response = await fetchOrFail(`/v1/mcp-servers/connect/${encodeURIComponent(serverId)}`, {
    signal,
    headers: { accept: "text/event-stream" },
  });
  if (!response.ok || !response.body) {
    const said: unknown = await response.json().catch(() => null);
    throw new ApiError(response.status, detailOf(said, response.status));
  }
  for await (const { data } of parseSse(response.body)) {
    const state = stateOf(data);
    if (state) yield state;
    if (state?.phase === "connected" || state?.phase === "failed") return;
  }
  yield { phase: "failed", message: "The connection ended before the server was reached." };
}

/** What an event of the stream means, or null for one that changes nothing. Only web addresses are opened. */
export function stateOf(data: string): Connecting | null {
  let said: { event?: unknown; url?: unknown; tools?: unknown; message?: unknown };
  try {
    said = JSON.parse(data) as typeof said;
  } catch {
    return null;
  }
  switch (said.event) {
    case "oauth_required":
      return { phase: "waiting", url: null };
    case "authorization_url": {
      const isWeb = typeof said.url === "string" && /^https?:\/\//i.test(said.url);
      return isWeb
        ? { phase: "waiting", url: String(said.url) }
        : { phase: "failed", message: "The server named a page that is not on the web." };
    }
    case "success":
      return { phase: "connected", tools: Array.isArray(said.tools) ? said.tools.length : 0 };
    case "error":
      return { phase: "failed", message: typeof said.message === "string" ? said.message : "It failed." };
    default:
      return null;
  }
}

/** What a resync changed, in words. */
export function reportOf({
  added,
  updated,
  deleted,
}: {
  added: string[];
  updated: string[];
  deleted: string[];
}): string {
  const parts = [
    added.length > 0 && `Added: ${added.join(", ")}.`,
    updated.length > 0 && `Changed: ${updated.join(", ")}.`,
    deleted.length > 0 && `Gone: ${deleted.join(", ")}.`,
  ].filter(Boolean);
  return parts.length === 0 ? "Nothing has changed." : parts.join(" ");
}
