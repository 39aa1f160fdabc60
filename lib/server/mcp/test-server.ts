import type { TestMcpServer, WireMcpTest } from "@/lib/api/mcp";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import type { McpServerModel } from "../db/generated/models";
import { changedSpec, endpointOf, type McpSpec, specToChange } from "./config";
import { McpFailure } from "./failure";
import { findAuthorization, oauthProvider } from "./oauth";
import { getServer } from "./servers";
import { requireAllowed, withConnection } from "./target";
import { readTools } from "./tool-schema";
import { toWireMcpTool } from "./wire-tool";

/**
 * Connects to a server as it is described and lists its tools; nothing is kept. Of a server that is to be changed, the
 * secrets stand for masks, as when it is changed. What this server won't connect to, or can't, is an answer.
 *
 * @throws ApiError `not-found` for the server to change; `invalid` as `changedSpec`.
 */
export async function testServer(ctx: Ctx, body: TestMcpServer, signal: AbortSignal): Promise<WireMcpTest> {
  const row = body.mcp_server_id ? await getServer(ctx, body.mcp_server_id) : null;
  const spec = changedSpec(row && specToChange(ctx.vault, row), body.config);
  try {
    await requireAllowed(ctx, spec);
    return { state: "connected", message: null, tools: await toolsOf(ctx, row, spec, signal) };
  } catch (error) {
    return refusalOf(error);
  }
}

async function toolsOf(ctx: Ctx, row: McpServerModel | null, spec: McpSpec, signal: AbortSignal) {
  const endpoint = endpointOf(spec, {});
  const leave = row && endpoint.type !== "stdio" ? await findAuthorization(ctx, row.id, endpoint.url) : null;
  const authProvider = leave ? oauthProvider(ctx, leave, false) : undefined;
  const tools = await withConnection(ctx, endpoint, (connection) => connection.listTools(signal), {
    authProvider,
    signal,
  });
  return readTools(tools).map(toWireMcpTool);
}

function refusalOf(error: unknown): WireMcpTest {
  if (error instanceof McpFailure) {
    const state = error.kind === "unauthorized" ? "needs_authorization" : "failed";
    return { state, message: error.message, tools: [] };
  }
  if (!(error instanceof ApiError) || error.code !== "bad-request") throw error;
  return { state: "failed", message: error.message.replace(/^INVALID_ARGUMENT: /, ""), tools: [] };
}
