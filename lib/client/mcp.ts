import type { z } from "@hono/zod-openapi";
import type { MCP_ENDPOINTS, McpServerType } from "@/lib/api/mcp";
import { parseSse } from "@/lib/stream/sse";
import { fetchOrFail } from "./api";
import { ApiError, detailOf } from "./api-error";
import type { McpServer } from "./tool-queries";

type CreateRow = Extract<(typeof MCP_ENDPOINTS)[number], { id: "mcpServers.create" }>;
type TestRow = Extract<(typeof MCP_ENDPOINTS)[number], { id: "tools.mcp.test" }>;
export type NewMcpServer = z.input<CreateRow["body"]>;
export type McpToTest = z.input<TestRow["body"]>;

/** A server as a person types it in. Headers and variables are lines: `Name: value`, `NAME=value`. */
export type McpDraft = {
  type: McpServerType;
  name: string;
  url: string;
  token: string;
  headers: string;
  command: string;
  args: string;
  env: string;
};

export const EMPTY_SERVER: McpDraft = {
  type: "streamable_http",
  name: "",
  url: "",
  token: "",
  headers: "",
  command: "",
  args: "",
  env: "",
};

export const SERVER_TYPES: Record<McpServerType, string> = {
  streamable_http: "Streamable HTTP",
  sse: "Server-sent events (older servers)",
  stdio: "A program on the server's machine (stdio)",
};

/** The fields of a server's configuration, without its type's name, which two parts of the API call differently. */
function fieldsOf(draft: McpDraft) {
  if (draft.type === "stdio") {
    const env = readPairs(draft.env, "=");
    return {
      command: draft.command.trim(),
      args: readLines(draft.args),
      ...(Object.keys(env).length > 0 ? { env } : {}),
    };
  }
  const headers = readPairs(draft.headers, ":");
  return {
    server_url: draft.url.trim(),
    ...(draft.token ? { auth_header: "Authorization", auth_token: bearer(draft.token.trim()) } : {}),
    ...(Object.keys(headers).length > 0 ? { custom_headers: headers } : {}),
  };
}

export function toNewServer(draft: McpDraft): NewMcpServer {
  return { server_name: draft.name.trim(), config: { mcp_server_type: draft.type, ...fieldsOf(draft) } };
}

/** For a test, which keeps nothing and so needs no name. */
export function toTest(draft: McpDraft): McpToTest {
  return { server_name: draft.name.trim() || "test", type: draft.type, ...fieldsOf(draft) };
}

/** A token alone is a bearer token; one with its scheme stays as it is. */
const bearer = (token: string) => (/\s/.test(token) ? token : `Bearer ${token}`);

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
