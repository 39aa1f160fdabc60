import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Origin, SourceLanguage } from "./tools";

export type { WireMcpServer as McpServer, WireMcpStatus as McpStatus, WireMcpTest as McpTest } from "@/lib/api/mcp";
export type { WireToolSecret as ToolSecret, WireToolStats as ToolStats } from "@/lib/api/tool-runs";
export type { WireCatalogueEntry as CatalogueEntry } from "@/lib/api/tools";

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

/** What a source would be as a tool, or what is wrong in it. The server does not run it. */
export function toolSourceQuery(language: SourceLanguage, code: string) {
  return queryOptions({
    queryKey: queryKeys.toolSource(language, code),
    queryFn: ({ signal }) =>
      unwrap(api.POST("/v1/tools/check-source", { body: { code, source_type: language }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

const CATALOGUE_PAGE = 50;

/** Pages of the tools that a search finds, with how they are used. */
export function catalogueQuery(search: string, origin: Origin | null) {
  const query = { limit: CATALOGUE_PAGE, ...(search ? { search } : {}), ...(origin ? { origin } : {}) };
  return infiniteQueryOptions({
    queryKey: queryKeys.toolCatalogue(search, origin),
    queryFn: ({ signal, pageParam }) => {
      const params = { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } };
      return unwrap(api.GET("/v1/tools/catalogue", { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.length < CATALOGUE_PAGE ? null : (page.at(-1)?.id ?? null)),
    placeholderData: keepPreviousData,
  });
}

/** How many tools of each origin a search finds. */
export function originsQuery(search: string) {
  return queryOptions({
    queryKey: queryKeys.toolOrigins(search),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/tools/origins", { params: { query: search ? { search } : {} }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The tool that has a name, or null. */
export function toolNamedQuery(name: string) {
  return queryOptions({
    queryKey: queryKeys.toolNamed(name),
    queryFn: async ({ signal }) => {
      const found = await unwrap(api.GET("/v1/tools", { params: { query: { name, limit: 1 } }, signal }));
      return found[0] ?? null;
    },
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
