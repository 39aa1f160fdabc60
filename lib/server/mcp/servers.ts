import type { McpConnectionState, WireMcpServer, WireMcpStatus } from "@/lib/api/mcp";
import type { CreateMcpServer, McpConfigUpdate } from "@/lib/api/mcp-config";
import type { WireTool } from "@/lib/api/tools";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { McpServerModel, ToolModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { deleteToolsIn, toWireTool } from "../tools/tools";
import { changedSpec, type McpSpec, specOfConfig, specToChange, toColumns, toWireServer } from "./config";
import { adoptAuthorization } from "./oauth";
import { trySyncServer } from "./sync";
import { requireAllowed } from "./target";

/** @throws ApiError `not-found`. */
export async function getServer(ctx: Ctx, id: string): Promise<McpServerModel> {
  const row = await ctx.db.prisma.mcpServer.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("mcp server", id);
  return row;
}

export function findServerByName(ctx: Ctx, serverName: string): Promise<McpServerModel | null> {
  return ctx.db.prisma.mcpServer.findFirst({ where: { serverName, organizationId: ctx.actor.organizationId } });
}

/** @throws ApiError `not-found`. */
export async function getServerByName(ctx: Ctx, serverName: string): Promise<McpServerModel> {
  const row = await findServerByName(ctx, serverName);
  if (!row) throw notFound("mcp server", serverName);
  return row;
}

export function listServerRows(ctx: Ctx): Promise<McpServerModel[]> {
  return ctx.db.prisma.mcpServer.findMany({
    where: { organizationId: ctx.actor.organizationId },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
}

export async function listServers(ctx: Ctx): Promise<WireMcpServer[]> {
  return (await listServerRows(ctx)).map(toWireServer);
}

/** The servers that an agent's tools run on. */
export async function listServersOfAgent(ctx: Ctx, agentId: string): Promise<WireMcpServer[]> {
  const rows = await ctx.db.prisma.mcpServer.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      tools: { some: { agents: { some: { agentId } } } },
    },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return rows.map(toWireServer);
}

/**
 * Adds a server and its tools. One that can't be reached now is kept, with the reason in its status: it may first have
 * to be authorized.
 *
 * @throws ApiError `bad-request` for an address or a program that may not be used; `conflict` for a name that is taken.
 */
export async function createServer(ctx: Ctx, { server_name, config }: CreateMcpServer): Promise<McpServerModel> {
  const spec = specOfConfig(config);
  await requireAllowed(ctx, spec);
  await requireFreeName(ctx, server_name);
  const now = ctx.now();
  const row = await ctx.db.prisma.mcpServer.create({
    data: {
      id: newId("mcp_server"),
      organizationId: ctx.actor.organizationId,
      serverName: server_name,
      ...toColumns(ctx.vault, spec),
      createdById: ctx.actor.userId,
      createdAt: now,
      updatedAt: now,
    },
  });
  await settle(ctx, row, spec);
  return row;
}

/**
 * Changes a server; its tools follow, if it can be reached.
 *
 * @throws ApiError as `createServer`; `invalid` as `changedSpec`.
 */
export async function updateServer(
  ctx: Ctx,
  row: McpServerModel,
  serverName: string | null,
  config: McpConfigUpdate,
): Promise<McpServerModel> {
  const spec = changedSpec(specToChange(ctx.vault, row), config);
  await requireAllowed(ctx, spec);
  const isRenamed = serverName !== null && serverName !== row.serverName;
  if (isRenamed) await requireFreeName(ctx, serverName);
  const changed = await ctx.db.prisma.mcpServer.update({
    where: { id: row.id },
    data: { ...(isRenamed ? { serverName } : {}), ...toColumns(ctx.vault, spec), updatedAt: ctx.now() },
  });
  if (isRenamed) await ctx.db.query(RENAME_TAGS, [row.id, `mcp:${row.serverName}`, `mcp:${serverName}`, serverName]);
  ctx.mcp.pool.drop(row.id);
  await settle(ctx, changed, spec);
  return changed;
}

const RENAME_TAGS = `
UPDATE tool SET tags = array_replace(tags, $2, $3),
    metadata = jsonb_set(coalesce(metadata, '{}'), '{mcp}', coalesce(metadata->'mcp', '{}') || jsonb_build_object('server_name', $4::text))
  WHERE mcp_server_id = $1`;

async function settle(ctx: Ctx, row: McpServerModel, spec: McpSpec): Promise<void> {
  if (spec.type !== "stdio") await adoptAuthorization(ctx, row.id, spec.url);
  await trySyncServer(ctx, row);
}

async function requireFreeName(ctx: Ctx, serverName: string): Promise<void> {
  if (await findServerByName(ctx, serverName)) {
    throw conflict(`CONFLICT: there is an MCP server with the name '${serverName}'`);
  }
}

/** Deletes a server with its tools, which every agent that has one loses. */
export async function deleteServer(ctx: Ctx, row: McpServerModel): Promise<void> {
  await transact(ctx, async (sql) => {
    const tools = await sql.query<{ id: string }>("SELECT id FROM tool WHERE mcp_server_id = $1", [row.id]);
    await deleteToolsIn(
      ctx,
      sql,
      tools.map((tool) => tool.id),
    );
    await sql.query("DELETE FROM mcp_server WHERE id = $1 AND organization_id = $2", [
      row.id,
      ctx.actor.organizationId,
    ]);
  });
  ctx.mcp.pool.drop(row.id);
}

export async function serverStatus(ctx: Ctx, id: string): Promise<WireMcpStatus> {
  const row = await getServer(ctx, id);
  const spec = specToChange(ctx.vault, row);
  const [tools, leaves] = await Promise.all([
    ctx.db.prisma.tool.count({ where: { mcpServerId: id } }),
    ctx.db.prisma.mcpOauth.count({
      where: { mcpServerId: id, status: "authorized", serverUrl: spec.type === "stdio" ? "" : spec.url },
    }),
  ]);
  return {
    state: stateOf(row),
    tools,
    error: row.error,
    synced_at: row.syncedAt?.toISOString() ?? null,
    authorized: leaves > 0,
  };
}

function stateOf({ syncedAt, failure }: McpServerModel): McpConnectionState | null {
  if (syncedAt === null) return null;
  if (failure === null) return "connected";
  return failure === "unauthorized" ? "needs_authorization" : "failed";
}

export async function listServerTools(ctx: Ctx, id: string): Promise<WireTool[]> {
  await getServer(ctx, id);
  const rows = await ctx.db.prisma.tool.findMany({
    where: { mcpServerId: id, organizationId: ctx.actor.organizationId },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return rows.map(toWireTool);
}

/** @throws ApiError `not-found` for a tool that there is not, or not of this server. */
export async function getServerTool(ctx: Ctx, serverId: string, toolId: string): Promise<ToolModel> {
  await getServer(ctx, serverId);
  const row = await ctx.db.prisma.tool.findFirst({
    where: { id: toolId, mcpServerId: serverId, organizationId: ctx.actor.organizationId },
  });
  if (!row) throw notFound("tool", toolId);
  return row;
}
