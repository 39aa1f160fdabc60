import type { MCP_ENDPOINTS, WireLegacyMcpServer, WireMcpToolResult } from "@/lib/api/mcp";
import type { ToolOutcome } from "@/lib/engine/tool";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { log } from "../core/log";
import type { McpServerModel } from "../db/generated/models";
import {
  endpointOf,
  fromLegacyConfig,
  fromLegacyUpdate,
  specOfConfig,
  toLegacyServer,
  toWireServer,
} from "../mcp/config";
import { toApiError } from "../mcp/failure";
import { CALLBACK_PATH } from "../mcp/oauth";
import { type ConnectEvent, connectingTo, connectServer, finishAuthorization } from "../mcp/oauth-flow";
import { callTool } from "../mcp/run-tool";
import {
  createServer,
  deleteServer,
  findServerByName,
  getServer,
  getServerByName,
  getServerTool,
  listServerRows,
  listServers,
  listServerTools,
  serverStatus,
  updateServer,
} from "../mcp/servers";
import { askTools, syncOneTool, syncServer } from "../mcp/sync";
import { requireAllowed, withConnection } from "../mcp/target";
import { testServer } from "../mcp/test-server";
import { readTools } from "../mcp/tool-schema";
import { toWireMcpTool } from "../mcp/wire-tool";
import { returnedOf } from "../run/run-tool";
import { toWireTool } from "../tools/tools";
import type { Handlers } from "./bind";
import { callbackPage } from "./mcp-callback";

export const MCP_HANDLERS: Handlers<typeof MCP_ENDPOINTS> = {
  "mcpServers.create": async ({ ctx, body }) => toWireServer(await createServer(ctx, body)),
  "mcpServers.list": ({ ctx }) => listServers(ctx),
  "mcpServers.retrieve": async ({ ctx, params }) => toWireServer(await getServer(ctx, params.mcp_server_id)),
  "mcpServers.status": ({ ctx, params }) => serverStatus(ctx, params.mcp_server_id),
  "mcpServers.update": async ({ ctx, params, body }) => {
    const row = await getServer(ctx, params.mcp_server_id);
    return toWireServer(await updateServer(ctx, row, body.server_name ?? null, body.config));
  },
  "mcpServers.delete": async ({ ctx, params }) => {
    await deleteServer(ctx, await getServer(ctx, params.mcp_server_id));
    return null;
  },
  "mcpServers.test": ({ ctx, body, request }) => testServer(ctx, body, request.signal),
  "mcpServers.refresh": async ({ ctx, params, query }) => {
    const row = await getServer(ctx, params.mcp_server_id);
    return answered(row.serverName, () => syncServer(ctx, row, { agentId: query.agent_id }));
  },
  "mcpServers.connect": async ({ ctx, params, request }) => {
    const row = await getServer(ctx, params.mcp_server_id);
    const server = connectingTo(ctx, row);
    return eventsOf(request, (signal) => connectServer(ctx, server, redirectUrlOf(ctx, request), signal));
  },
  "mcpServers.tools.list": ({ ctx, params }) => listServerTools(ctx, params.mcp_server_id),
  "mcpServers.tools.retrieve": async ({ ctx, params }) =>
    toWireTool(await getServerTool(ctx, params.mcp_server_id, params.tool_id)),
  "mcpServers.tools.run": async ({ ctx, params, body, request }) => {
    const tool = await getServerTool(ctx, params.mcp_server_id, params.tool_id);
    const row = await getServer(ctx, params.mcp_server_id);
    const options = { limitChars: tool.returnCharLimit, signal: request.signal };
    const started = ctx.monotonic();
    const name = tool.mcpToolName ?? tool.name;
    const outcome = await answered(row.serverName, () => callTool(ctx, row, name, body.args, options));
    return toWireResult(outcome, ctx.monotonic() - started);
  },
  "tools.mcp.list": async ({ ctx }) =>
    Object.fromEntries((await listServerRows(ctx)).map((row) => [row.serverName, toLegacyServer(row)])),
  "tools.mcp.add": async ({ ctx, body }) => {
    const row = await findServerByName(ctx, body.server_name);
    const config = fromLegacyConfig(body);
    if (row) await updateServer(ctx, row, null, config);
    else await createServer(ctx, { server_name: body.server_name, config });
    return listLegacy(ctx);
  },
  "tools.mcp.test": async ({ ctx, body, request }) => {
    const spec = specOfConfig(fromLegacyConfig(body));
    await requireAllowed(ctx, spec);
    const { signal } = request;
    const tools = await answered(body.server_name, () =>
      withConnection(ctx, endpointOf(spec, {}), (connection) => connection.listTools(signal), { signal }),
    );
    return { status: "success", tools: readTools(tools).map(toWireMcpTool) };
  },
  "tools.mcp.connect": async ({ ctx, body, request }) => {
    const spec = specOfConfig(fromLegacyConfig(body));
    await requireAllowed(ctx, spec);
    const server = { row: null, name: body.server_name, spec };
    return eventsOf(request, (signal) => connectServer(ctx, server, redirectUrlOf(ctx, request), signal));
  },
  "tools.mcp.callback": async ({ ctx, query, request }) => callbackPage(request, await finishAuthorization(ctx, query)),
  "tools.mcp.update": async ({ ctx, params, body }) => {
    const row = await getServerByName(ctx, params.mcp_server_name);
    const config = fromLegacyUpdate(row.serverType, body);
    return toLegacyServer(await updateServer(ctx, row, body.server_name ?? null, config));
  },
  "tools.mcp.delete": async ({ ctx, params }) => {
    await deleteServer(ctx, await getServerByName(ctx, params.mcp_server_name));
    return listLegacy(ctx);
  },
  "tools.mcp.tools": async ({ ctx, params, request }) => {
    const row = await getServerByName(ctx, params.mcp_server_name);
    const tools = await answered(row.serverName, () => askTools(ctx, row, { signal: request.signal }));
    return tools.map(toWireMcpTool);
  },
  "tools.mcp.resync": async ({ ctx, params, query }) => {
    const row = await getServerByName(ctx, params.mcp_server_name);
    return answered(row.serverName, () => syncServer(ctx, row, { agentId: query.agent_id }));
  },
  "tools.mcp.execute": async ({ ctx, params, body, request }) => {
    const row = await getServerByName(ctx, params.mcp_server_name);
    const options = { limitChars: null, signal: request.signal };
    const outcome = await answered(row.serverName, () => callTool(ctx, row, params.tool_name, body.args, options));
    return { result: outcome.content, success: outcome.status === "success" };
  },
  "tools.mcp.addTool": async ({ ctx, params }) => {
    const row = await getServerByName(ctx, params.mcp_server_name);
    await answered(row.serverName, () => syncOneTool(ctx, row, params.mcp_tool_name));
    return toWireTool(await addedTool(ctx, row, params.mcp_tool_name));
  },
};

/** What a server's failure is on the wire. */
async function answered<T>(serverName: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toApiError(error, serverName);
  }
}

async function listLegacy(ctx: Ctx): Promise<WireLegacyMcpServer[]> {
  return (await listServerRows(ctx)).map(toLegacyServer);
}

async function addedTool(ctx: Ctx, server: McpServerModel, toolName: string) {
  const row = await ctx.db.prisma.tool.findFirst({ where: { mcpServerId: server.id, mcpToolName: toolName } });
  if (!row) throw notFound("tool", toolName);
  return row;
}

function toWireResult(outcome: ToolOutcome, durationMs: number): WireMcpToolResult {
  return {
    status: outcome.status,
    ...returnedOf(outcome),
    agent_state: null,
    stdout: null,
    sandbox_config_fingerprint: null,
    duration_ms: Math.round(durationMs),
  };
}

/** Where browsers reach this server, as the operator says or the request was sent to. */
function redirectUrlOf(ctx: Ctx, request: Request): string {
  return new URL(CALLBACK_PATH, ctx.config.publicUrl ?? request.url).href;
}

const SILENCE_MS = 20_000;

/** Events as they come, and a sign of life in between. A client that goes away ends what is waited for. */
function eventsOf(request: Request, start: (signal: AbortSignal) => AsyncGenerator<ConnectEvent>): Response {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const events = start(AbortSignal.any([gone.signal, request.signal]));
  let timer: NodeJS.Timeout | undefined;
  const nextEvent = async (): Promise<ConnectEvent | null> => {
    try {
      const { done, value } = await events.next();
      return done ? null : value;
    } catch (error) {
      log.error({ err: error }, "connecting to an MCP server broke");
      return { event: "error", message: "An unknown error occurred" };
    }
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(encoder.encode(": still here\n\n")), SILENCE_MS);
    },
    async pull(controller) {
      const event = await nextEvent();
      if (gone.signal.aborted) return;
      if (event) return controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`));
      clearInterval(timer);
      controller.close();
    },
    cancel() {
      clearInterval(timer);
      gone.abort();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
}
