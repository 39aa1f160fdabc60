import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./api";
import { queryKeys } from "./query-keys";
import type { SourceLanguage } from "./tools";

export type { WireMcpServer as McpServer, WireMcpStatus as McpStatus } from "@/lib/api/mcp";
export type { WireToolSecret as ToolSecret, WireToolStats as ToolStats } from "@/lib/api/tool-runs";

export function toolQuery(toolId: string) {
  return queryOptions({
    queryKey: queryKeys.tool(toolId),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/tools/{tool_id}", { params: { path: { tool_id: toolId } }, signal })),
  });
}

export function toolStatsQuery(toolId: string) {
  return queryOptions({
    queryKey: queryKeys.toolStats(toolId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/tools/{tool_id}/stats", { params: { path: { tool_id: toolId } }, signal })),
  });
}

export function toolSecretsQuery(toolId: string) {
  return queryOptions({
    queryKey: queryKeys.toolSecrets(toolId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/tools/{tool_id}/secrets", { params: { path: { tool_id: toolId } }, signal })),
  });
}

/** The schema that the server derives from a source, which it does not run. */
export function toolSchemaQuery(language: Exclude<SourceLanguage, "json">, code: string) {
  return queryOptions({
    queryKey: queryKeys.toolSchema(language, code),
    queryFn: ({ signal }): Promise<Record<string, unknown>> =>
      unwrap(api.POST("/v1/tools/generate-schema", { body: { code, source_type: language }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

export function mcpServersQuery() {
  return queryOptions({
    queryKey: queryKeys.mcpServers(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/mcp-servers", { signal })),
  });
}

export function mcpStatusQuery(serverId: string) {
  return queryOptions({
    queryKey: queryKeys.mcpStatus(serverId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/mcp-servers/{mcp_server_id}/status", { params: { path: { mcp_server_id: serverId } }, signal }),
      ),
  });
}

export function mcpToolsQuery(serverId: string) {
  return queryOptions({
    queryKey: queryKeys.mcpTools(serverId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/mcp-servers/{mcp_server_id}/tools", { params: { path: { mcp_server_id: serverId } }, signal }),
      ),
  });
}
