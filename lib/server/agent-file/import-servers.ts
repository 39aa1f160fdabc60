import type { AgentFile, FileTool } from "@/lib/api/agent-file";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { type McpSpec, toColumns } from "../mcp/config";
import { requireAllowed } from "../mcp/target";
import type { ImportNote } from "./import-notes";

export type ServerPlan = { rows: Record<string, unknown>[]; names: string[]; notes: ImportNote[] };

/**
 * The MCP servers of a file that may be added: those with an address that may be asked. A file adds no program to be run
 * on this machine. Nothing is connected to; what a server needs to let anybody in is for its owner to give.
 */
export async function planServers(ctx: Ctx, file: AgentFile): Promise<ServerPlan> {
  const rows: Record<string, unknown>[] = [];
  const refused: string[] = [];
  for (const server of file.mcp_servers) {
    const type = server.server_type === "sse" ? "sse" : "streamable_http";
    const spec: McpSpec = { type, url: server.server_url ?? "", authHeader: null, authToken: null, headers: {} };
    const isProgram = server.server_type === "stdio" || !URL.canParse(spec.url);
    if (isProgram || !(await isAllowed(ctx, spec))) refused.push(server.server_name);
    else rows.push({ id: newId("mcp_server"), name: server.server_name, ...toColumns(ctx.vault, spec) });
  }
  const notes = refused.map((wanted): ImportNote => ({ agent_id: null, kind: "mcp_server", wanted, used: null }));
  return { rows, names: file.mcp_servers.map((server) => server.server_name), notes };
}

async function isAllowed(ctx: Ctx, spec: McpSpec): Promise<boolean> {
  try {
    await requireAllowed(ctx, spec);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Adds those that are not there by their names. @returns ids by name, of those that were there too. */
export async function writeServers(ctx: Ctx, sql: Sql, plan: ServerPlan): Promise<Map<string, string>> {
  if (plan.names.length === 0) return new Map();
  const { organizationId, userId } = ctx.actor;
  await sql.query(INSERT_SERVERS, [organizationId, JSON.stringify(plan.rows), userId, ctx.now().toISOString()]);
  const found = await sql.query<{ id: string; name: string }>(
    "SELECT id, server_name AS name FROM mcp_server WHERE organization_id = $1 AND server_name = ANY($2::text[]) ORDER BY id FOR SHARE",
    [organizationId, plan.names],
  );
  return new Map(found.map((row) => [row.name, row.id]));
}

const INSERT_SERVERS = `
INSERT INTO mcp_server (id, organization_id, server_name, server_type, config, secrets_enc, created_by_id, created_at, updated_at)
SELECT x."id", $1, x."name", x."serverType", x."config", x."secretsEnc", $3, $4::timestamptz, $4::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS x("id" text, "name" text, "serverType" text, "config" jsonb, "secretsEnc" text)
ON CONFLICT DO NOTHING`;

const TAG = "mcp:";

/** The server that a tool runs on, and the tool's name there. */
export function remoteOf(tool: FileTool): { server: string | null; name: string } {
  const { server_name, tool_name } = Object(tool.metadata_?.mcp) as Record<string, unknown>;
  const tagged = tool.tags.find((tag) => tag.startsWith(TAG))?.slice(TAG.length);
  return {
    server: typeof server_name === "string" ? server_name : (tagged ?? null),
    name: typeof tool_name === "string" ? tool_name : tool.name,
  };
}
