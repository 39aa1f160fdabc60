import { setTimeout as wait } from "node:timers/promises";
import type { WireMcpTool } from "@/lib/api/mcp";
import type { Core, Ctx } from "../core/core";
import type { McpOauthModel, McpServerModel } from "../db/generated/models";
import { endpointOf, type McpSpec, specOf } from "./config";
import { McpFailure } from "./failure";
import { AUTHORIZATION_MS, claimAuthorization, oauthProvider, openAuthorization, settleAuthorization } from "./oauth";
import { askTools, trySyncServer } from "./sync";
import { withConnection } from "./target";
import { readTools } from "./tool-schema";
import { toWireMcpTool } from "./wire-tool";

/** An event of a connection, in the contract's words. */
export type ConnectEvent =
  | { event: "connection_attempt"; server_name: string }
  | { event: "oauth_required"; message: string }
  | { event: "authorization_url"; url: string; session_id: string }
  | { event: "waiting_for_auth"; message: string }
  | { event: "success"; tools: WireMcpTool[] }
  | { event: "error"; message: string };

/** A server to connect to; `row` is null for one that is not kept. */
export type Connecting = { row: McpServerModel | null; name: string; spec: McpSpec };

const POLL_MS = 500;

/**
 * Connects to a server and says how it goes. One that wants to be let in is authorized by a person: an event says where
 * they have to go, and the stream waits until they have been there. A failure is an event, and the last one.
 */
export async function* connectServer(
  ctx: Ctx,
  server: Connecting,
  redirectUrl: string,
  signal: AbortSignal,
): AsyncGenerator<ConnectEvent> {
  yield { event: "connection_attempt", server_name: server.name };
  try {
    const tools = await toolsOf(ctx, server, signal).catch((error) => {
      if (error instanceof McpFailure && error.kind === "unauthorized" && server.spec.type !== "stdio") return null;
      throw error;
    });
    if (tools) yield { event: "success", tools };
    else yield* authorize(ctx, server, redirectUrl, signal);
  } catch (error) {
    if (!(error instanceof McpFailure)) throw error;
    yield { event: "error", message: error.message };
  }
}

async function* authorize(
  ctx: Ctx,
  server: Connecting,
  redirectUrl: string,
  signal: AbortSignal,
): AsyncGenerator<ConnectEvent> {
  const { row, spec } = server;
  const endpoint = endpointOf(spec, {});
  if (endpoint.type === "stdio") throw new McpFailure("refused", "a server of type stdio has no OAuth");
  yield { event: "oauth_required", message: "OAuth authentication required" };
  const leave = await openAuthorization(ctx, row, endpoint.url, redirectUrl);
  const authProvider = oauthProvider(ctx, leave, true);
  const list = () =>
    withConnection(ctx, endpoint, async (connection) => readTools(await connection.listTools(signal)), {
      authProvider,
      signal,
    });
  await list().catch((error) => {
    if (!(error instanceof McpFailure && error.kind === "unauthorized")) throw error;
  });
  const url = authProvider.authorizationUrl();
  if (!url) throw new McpFailure("refused", "the server asks for authorization, but does not say where to get it");
  yield { event: "authorization_url", url, session_id: leave.id };
  yield { event: "waiting_for_auth", message: "Waiting for user authorization..." };
  const refused = await untilSettled(ctx, leave.id, signal);
  if (refused !== null) throw new McpFailure("unauthorized", refused);
  // What is told is kept already: whoever hears of success and looks finds the server connected.
  const tools = row ? await toolsOf(ctx, server, signal) : (await list()).map(toWireMcpTool);
  yield { event: "success", tools };
}

async function toolsOf(ctx: Ctx, { row, spec }: Connecting, signal: AbortSignal): Promise<WireMcpTool[]> {
  if (!row) {
    const answers = await withConnection(ctx, endpointOf(spec, {}), (connection) => connection.listTools(signal), {
      signal,
    });
    return readTools(answers).map(toWireMcpTool);
  }
  const tools = await askTools(ctx, row, { signal });
  await trySyncServer(ctx, row);
  return tools.map(toWireMcpTool);
}

/** Waits for the person's answer, which may come to another process. @returns why it was no, or null. */
async function untilSettled(ctx: Ctx, id: string, signal: AbortSignal): Promise<string | null> {
  const deadline = ctx.monotonic() + AUTHORIZATION_MS;
  while (ctx.monotonic() < deadline && !signal.aborted) {
    const row = await ctx.db.prisma.mcpOauth.findUnique({ where: { id } });
    if (!row) return "the authorization was taken back";
    if (row.status !== "pending") return row.error;
    await wait(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return "nobody answered in time";
}

export type CallbackQuery = {
  code?: string | null | undefined;
  state?: string | null | undefined;
  error?: string | null | undefined;
  error_description?: string | null | undefined;
};
export type CallbackReply = { status: "success" | "error"; message: string; server_url?: string };

/** Takes a person's answer: changes the code into tokens, and gets the tools of the server that it was for. */
export async function finishAuthorization(core: Core, query: CallbackQuery): Promise<CallbackReply> {
  if (!query.state) return { status: "error", message: "Missing state parameter" };
  const leave = await claimAuthorization(core, query.state);
  if (!leave) return { status: "error", message: "Invalid or expired state parameter" };
  const refusal = refusalOf(query);
  const problem = refusal ?? (await exchange(core, leave, query.code ?? ""));
  await settleAuthorization(core, leave, problem);
  if (problem !== null) return { status: "error", message: problem };
  if (leave.mcpServerId) await syncAuthorized(core, leave, leave.mcpServerId);
  return { status: "success", message: "Authorization successful", server_url: leave.serverUrl };
}

function refusalOf({ error, error_description, code }: CallbackQuery): string | null {
  if (error) return `OAuth error: ${error}${error_description ? ` - ${error_description}` : ""}`.slice(0, 500);
  return code ? null : "Missing authorization code";
}

/** @returns why it failed, or null. */
async function exchange(core: Core, leave: McpOauthModel, code: string): Promise<string | null> {
  const { auth } = await import("@modelcontextprotocol/sdk/client/auth.js");
  try {
    await auth(oauthProvider(core, leave, true), {
      serverUrl: leave.serverUrl,
      authorizationCode: code,
      fetchFn: core.mcp.fetch,
    });
    return null;
  } catch (error) {
    return `The authorization code was not accepted: ${error instanceof Error ? error.message : String(error)}`.slice(
      0,
      500,
    );
  }
}

async function syncAuthorized(core: Core, { organizationId, userId }: McpOauthModel, serverId: string): Promise<void> {
  const ctx: Ctx = { ...core, actor: { organizationId, userId } };
  core.mcp.pool.drop(serverId);
  const row = await core.db.prisma.mcpServer.findFirst({ where: { id: serverId, organizationId } });
  if (row) await trySyncServer(ctx, row);
}

/** A kept server, to be connected to. */
export function connectingTo(ctx: Ctx, row: McpServerModel): Connecting {
  return { row, name: row.serverName, spec: specOf(ctx.vault, row) };
}
