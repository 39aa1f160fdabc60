import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject } from "./common";
import { endpoint } from "./endpoint";
import {
  configUpdate,
  createMcpServerBody,
  legacyConfigBody,
  legacyUpdateBody,
  MASK,
  updateMcpServerBody,
} from "./mcp-config";
import { toolSchema } from "./tools";

const shown = z.record(z.string(), z.string()).nullable().describe(`Names, with ${MASK} for each value`);
const stdioShown = { command: z.string(), args: z.array(z.string()), env: shown };
const httpShown = {
  server_url: z.string(),
  auth_header: z.string().nullable(),
  auth_token: z.string().nullable().describe(`${MASK} where there is one`),
  custom_headers: shown,
};
const identity = { id: z.string(), server_name: z.string() };
export const mcpServerSchema = z
  .union([
    z.object({ ...identity, mcp_server_type: z.literal("stdio"), ...stdioShown }),
    z.object({ ...identity, mcp_server_type: z.enum(["sse", "streamable_http"]), ...httpShown }),
  ])
  .openapi("MCPServer");
export type WireMcpServer = z.output<typeof mcpServerSchema>;

const legacyServerSchema = z
  .union([
    z.object({ server_name: z.string(), type: z.literal("stdio"), ...stdioShown }),
    z.object({ server_name: z.string(), type: z.enum(["sse", "streamable_http"]), ...httpShown }),
  ])
  .openapi("MCPServerShown");
export type WireLegacyMcpServer = z.output<typeof legacyServerSchema>;

const refreshReport = z
  .object({ deleted: z.array(z.string()), updated: z.array(z.string()), added: z.array(z.string()) })
  .describe("Names of tools");
export type McpRefreshReport = z.output<typeof refreshReport>;

export const mcpToolSchema = z
  .looseObject({
    name: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    inputSchema: jsonObject,
    outputSchema: jsonObject.nullable(),
    annotations: jsonObject.nullable(),
    _meta: jsonObject.nullable(),
    health: z.object({ status: z.string(), reasons: z.array(z.string()) }).nullable(),
  })
  .openapi("MCPTool");
export type WireMcpTool = z.output<typeof mcpToolSchema>;

const toolExecutionResult = z
  .object({
    status: z.enum(["success", "error"]),
    func_return: z.unknown(),
    agent_state: z.null(),
    stdout: z.array(z.string()).nullable(),
    stderr: z.array(z.string()).nullable(),
    sandbox_config_fingerprint: z.string().nullable(),
    duration_ms: z.number().describe("Memoir's own: from the call to its return"),
  })
  .openapi("MCPToolExecutionResult");
export type WireMcpToolResult = z.output<typeof toolExecutionResult>;

const connectionState = z.enum(["connected", "needs_authorization", "failed"]);
export type McpConnectionState = z.output<typeof connectionState>;

const statusSchema = z
  .object({
    state: connectionState.nullable().describe("As it was found when it was last asked; null if it never was"),
    tools: z.number().int(),
    error: z.string().nullable().describe("Why it failed, or which of its tools can't be used"),
    synced_at: z.string().nullable(),
    authorized: z.boolean().describe("Whether a person has let this server in by OAuth"),
  })
  .openapi("MCPServerStatus");
export type WireMcpStatus = z.output<typeof statusSchema>;

const testServerBody = z
  .object({
    mcp_server_id: idSchema("mcp_server")
      .nullish()
      .describe("The server that is to be changed so: its secrets stand for masks and for what is not given"),
    config: configUpdate,
  })
  .openapi("MCPServerTestRequest");
export type TestMcpServer = z.output<typeof testServerBody>;

const testResultSchema = z
  .object({
    state: connectionState,
    message: z.string().nullable().describe("Why it could not be used"),
    tools: z.array(mcpToolSchema),
  })
  .openapi("MCPServerTestResult");
export type WireMcpTest = z.output<typeof testResultSchema>;

const serverParams = z.object({ mcp_server_id: idSchema("mcp_server") });
const toolParams = z.object({ mcp_server_id: idSchema("mcp_server"), tool_id: idSchema("tool") });
const nameParams = z.object({ mcp_server_name: z.string() });
const executeBody = z.object({ args: jsonObject.default({}).describe("Arguments of the tool") });
const agentQuery = z.object({ agent_id: z.string().nullish().describe("Whose secrets fill {{ NAME }}") });

export const MCP_ENDPOINTS = [
  endpoint({
    id: "mcpServers.connect",
    method: "get",
    path: "/v1/mcp-servers/connect/{mcp_server_id}",
    summary: "Connect to a server, with OAuth if it asks for it; a stream of events says how it goes",
    params: serverParams,
    response: z.unknown(),
    streams: true,
  }),
  endpoint({
    id: "mcpServers.create",
    method: "post",
    path: "/v1/mcp-servers",
    summary: "Add an MCP server and its tools; one that can't be reached yet is kept",
    body: createMcpServerBody,
    response: mcpServerSchema,
  }),
  endpoint({
    id: "mcpServers.list",
    method: "get",
    path: "/v1/mcp-servers",
    summary: "List MCP servers",
    response: z.array(mcpServerSchema),
  }),
  endpoint({
    id: "mcpServers.retrieve",
    method: "get",
    path: "/v1/mcp-servers/{mcp_server_id}",
    summary: "Retrieve an MCP server",
    params: serverParams,
    response: mcpServerSchema,
  }),
  endpoint({
    id: "mcpServers.update",
    method: "patch",
    path: "/v1/mcp-servers/{mcp_server_id}",
    summary: "Change an MCP server; null is 'not given', an empty text or object takes away",
    params: serverParams,
    body: updateMcpServerBody,
    response: mcpServerSchema,
  }),
  endpoint({
    id: "mcpServers.delete",
    method: "delete",
    path: "/v1/mcp-servers/{mcp_server_id}",
    summary: "Delete an MCP server with its tools",
    params: serverParams,
    response: null,
    status: 204,
  }),
  endpoint({
    id: "mcpServers.status",
    own: true,
    method: "get",
    path: "/v1/mcp-servers/{mcp_server_id}/status",
    summary: "How an MCP server was found when it was last asked",
    params: serverParams,
    response: statusSchema,
  }),
  endpoint({
    id: "mcpServers.test",
    own: true,
    method: "post",
    path: "/v1/mcp-servers/test",
    summary: "Try a server as it is described, without keeping anything; that it can't be used is an answer too",
    body: testServerBody,
    response: testResultSchema,
  }),
  endpoint({
    id: "mcpServers.refresh",
    method: "patch",
    path: "/v1/mcp-servers/{mcp_server_id}/refresh",
    summary: "Bring the library's tools in line with the server's",
    params: serverParams,
    query: agentQuery,
    response: refreshReport,
  }),
  endpoint({
    id: "mcpServers.tools.list",
    method: "get",
    path: "/v1/mcp-servers/{mcp_server_id}/tools",
    summary: "List the tools of an MCP server",
    params: serverParams,
    response: z.array(toolSchema),
  }),
  endpoint({
    id: "mcpServers.tools.retrieve",
    method: "get",
    path: "/v1/mcp-servers/{mcp_server_id}/tools/{tool_id}",
    summary: "Retrieve a tool of an MCP server",
    params: toolParams,
    response: toolSchema,
  }),
  endpoint({
    id: "mcpServers.tools.run",
    method: "post",
    path: "/v1/mcp-servers/{mcp_server_id}/tools/{tool_id}/run",
    summary: "Run a tool of an MCP server",
    params: toolParams,
    body: executeBody,
    bodyOptional: true,
    response: toolExecutionResult,
  }),
  endpoint({
    id: "tools.mcp.list",
    method: "get",
    path: "/v1/tools/mcp/servers",
    summary: "List MCP servers, by name",
    response: z.record(z.string(), legacyServerSchema),
  }),
  endpoint({
    id: "tools.mcp.add",
    method: "put",
    path: "/v1/tools/mcp/servers",
    summary: "Add an MCP server, or change the one of that name",
    body: legacyConfigBody,
    response: z.array(legacyServerSchema),
  }),
  endpoint({
    id: "tools.mcp.test",
    method: "post",
    path: "/v1/tools/mcp/servers/test",
    summary: "List the tools of a server without adding it",
    body: legacyConfigBody,
    response: z.object({ status: z.literal("success"), tools: z.array(mcpToolSchema) }),
  }),
  endpoint({
    id: "tools.mcp.connect",
    method: "post",
    path: "/v1/tools/mcp/servers/connect",
    summary: "Connect to a server that need not be added, with OAuth if it asks for it",
    body: legacyConfigBody,
    response: z.unknown(),
    streams: true,
  }),
  endpoint({
    id: "tools.mcp.callback",
    method: "get",
    path: "/v1/tools/mcp/oauth/callback",
    summary: "Where an authorization server sends the person back to",
    query: z.object({
      code: z.string().nullish(),
      state: z.string().nullish(),
      error: z.string().nullish(),
      error_description: z.string().nullish(),
    }),
    response: z.object({
      status: z.enum(["success", "error"]),
      message: z.string(),
      server_url: z.string().optional(),
    }),
  }),
  endpoint({
    id: "tools.mcp.update",
    method: "patch",
    path: "/v1/tools/mcp/servers/{mcp_server_name}",
    summary: "Change an MCP server; null is 'not given', an empty text or object takes away",
    params: nameParams,
    body: legacyUpdateBody,
    response: legacyServerSchema,
  }),
  endpoint({
    id: "tools.mcp.delete",
    method: "delete",
    path: "/v1/tools/mcp/servers/{mcp_server_name}",
    summary: "Delete an MCP server with its tools; answers those that are left",
    params: nameParams,
    response: z.array(legacyServerSchema),
  }),
  endpoint({
    id: "tools.mcp.tools",
    method: "get",
    path: "/v1/tools/mcp/servers/{mcp_server_name}/tools",
    summary: "Ask an MCP server for its tools",
    params: nameParams,
    response: z.array(mcpToolSchema),
  }),
  endpoint({
    id: "tools.mcp.resync",
    method: "post",
    path: "/v1/tools/mcp/servers/{mcp_server_name}/resync",
    summary: "Bring the library's tools in line with the server's",
    params: nameParams,
    query: agentQuery,
    response: refreshReport,
  }),
  endpoint({
    id: "tools.mcp.execute",
    method: "post",
    path: "/v1/tools/mcp/servers/{mcp_server_name}/tools/{tool_name}/execute",
    summary: "Run a tool by the server's own name for it",
    params: nameParams.extend({ tool_name: z.string() }),
    body: executeBody,
    response: z.object({ result: z.unknown(), success: z.boolean() }),
  }),
  endpoint({
    id: "tools.mcp.addTool",
    method: "post",
    path: "/v1/tools/mcp/servers/{mcp_server_name}/{mcp_tool_name}",
    summary: "Add one tool of an MCP server to the library",
    params: nameParams.extend({ mcp_tool_name: z.string() }),
    response: toolSchema,
  }),
] as const;
