import type { AgentFile, FileTool } from "@/lib/api/agent-file";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { BUILTIN_NAMES } from "../tools/builtin-tools";
import { remoteOf } from "./import-servers";

/** Tools by the name under which every organization has one at most. */
export type ToolPlan = { custom: FileTool[]; mcp: FileTool[]; names: string[] };

const TOOL_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,47}$/;
const SOURCE_TYPES: readonly string[] = ["python", "typescript", "json"];
const RETURN_CHAR_LIMIT = 50_000;

/**
 * What is to be done for a file's tools: built-in ones are found by name, those with code are made or overwritten, those
 * of MCP servers are made if there is none of their name, and the others must be there.
 *
 * @throws ApiError `bad-request` for a name that no tool can have.
 */
export function planTools(file: AgentFile): ToolPlan {
  const own = file.tools.filter((tool) => !BUILTIN_NAMES.has(tool.name));
  const isMcp = (tool: FileTool) => tool.tool_type === "external_mcp";
  const custom = own.filter((tool) => !isMcp(tool) && (tool.tool_type === "custom" || Boolean(tool.source_code)));
  const wrong = custom.find((tool) => !TOOL_NAME.test(tool.name));
  if (wrong) throw badRequest(`Invalid agent file schema: '${wrong.name}' can't be the name of a tool`);
  const names = [...file.tools.map((tool) => tool.name), ...file.agents.flatMap((agent) => agent.tools)];
  return { custom, mcp: own.filter(isMcp), names: [...new Set(names)] };
}

export type ToolChoices = {
  /** Gives custom tools that are there the file's content; a tool of another type is never changed. */
  override: boolean;
  /** MCP servers by name: the tools of others are not made. */
  servers: ReadonlyMap<string, string>;
};

/**
 * Makes the tools, by name. None of them can be deleted before the transaction ends.
 *
 * @returns ids by name; what is missing could not be had.
 */
export async function writeTools(
  ctx: Ctx,
  sql: Sql,
  plan: ToolPlan,
  choices: ToolChoices,
): Promise<Map<string, string>> {
  const { organizationId, userId } = ctx.actor;
  const now = ctx.now().toISOString();
  const custom = plan.custom.map((tool) => toRow(tool, "custom", null));
  if (custom.length > 0) {
    const statement = choices.override ? INSERT_OR_CHANGE : INSERT_MISSING;
    await sql.query(statement, [organizationId, JSON.stringify(custom), userId, now]);
  }
  const mcp = plan.mcp.flatMap((tool) => {
    const serverId = choices.servers.get(remoteOf(tool).server ?? "");
    return serverId ? [toRow(tool, "external_mcp", serverId)] : [];
  });
  if (mcp.length > 0) await sql.query(INSERT_MISSING, [organizationId, JSON.stringify(mcp), userId, now]);
  const remote = mcp.map(({ name, mcpServerId, mcpToolName }) => ({ name, mcpServerId, mcpToolName }));
  // A server's tool may be here under another name.
  const found = await sql.query<{ id: string; name: string }>(FIND_TOOLS, [
    organizationId,
    plan.names,
    JSON.stringify(remote),
  ]);
  return new Map(found.map((row) => [row.name, row.id]));
}

const FIND_TOOLS = `
SELECT t.id, coalesce(x."name", t.name) AS name FROM tool t
  LEFT JOIN jsonb_to_recordset($3::jsonb) AS x("name" text, "mcpServerId" text, "mcpToolName" text)
    ON x."mcpServerId" = t.mcp_server_id AND x."mcpToolName" = t.mcp_tool_name
  WHERE t.organization_id = $1 AND (t.name = ANY($2::text[]) OR x."name" IS NOT NULL)
  ORDER BY t.id FOR SHARE OF t`;

function toRow(tool: FileTool, toolType: "custom" | "external_mcp", mcpServerId: string | null) {
  const given = tool.json_schema ?? {};
  const parameters = given.parameters ?? tool.args_json_schema ?? { type: "object", properties: {}, required: [] };
  const remote = mcpServerId === null ? null : remoteOf(tool);
  return {
    id: newId("tool"),
    name: tool.name,
    toolType,
    mcpServerId,
    mcpToolName: remote?.name ?? null,
    description: tool.description ?? null,
    sourceType: SOURCE_TYPES.includes(tool.source_type ?? "") ? tool.source_type : "python",
    sourceCode: tool.source_code ?? null,
    tags: tool.tags,
    jsonSchema: { ...given, name: tool.name, description: given.description ?? tool.description ?? "", parameters },
    argsJsonSchema: tool.args_json_schema ?? null,
    returnCharLimit: tool.return_char_limit ?? RETURN_CHAR_LIMIT,
    pipRequirements: tool.pip_requirements ?? null,
    npmRequirements: tool.npm_requirements ?? null,
    defaultRequiresApproval: tool.default_requires_approval ?? null,
    parallel: tool.enable_parallel_execution ?? false,
    metadata: remote
      ? { mcp: { server_id: mcpServerId, server_name: remote.server, tool_name: remote.name } }
      : (tool.metadata_ ?? {}),
  };
}

const INSERT = `
INSERT INTO tool (id, organization_id, name, tool_type, description, source_type, source_code, tags, json_schema,
    args_json_schema, return_char_limit, pip_requirements, npm_requirements, default_requires_approval,
    enable_parallel_execution, metadata, mcp_server_id, mcp_tool_name, created_by_id, last_updated_by_id, created_at, updated_at)
SELECT DISTINCT ON (x."name") x."id", $1, x."name", x."toolType", x."description", x."sourceType", x."sourceCode",
    x."tags", x."jsonSchema", x."argsJsonSchema", x."returnCharLimit", x."pipRequirements", x."npmRequirements",
    x."defaultRequiresApproval", x."parallel", x."metadata", x."mcpServerId", x."mcpToolName", $3, $3, $4::timestamptz, $4::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS x("id" text, "name" text, "toolType" text, "description" text, "sourceType" text,
    "sourceCode" text, "tags" text[], "jsonSchema" jsonb, "argsJsonSchema" jsonb, "returnCharLimit" int,
    "pipRequirements" jsonb, "npmRequirements" jsonb, "defaultRequiresApproval" boolean, "parallel" boolean,
    "metadata" jsonb, "mcpServerId" text, "mcpToolName" text)
  ORDER BY x."name"
ON CONFLICT`;

const INSERT_MISSING = `${INSERT} DO NOTHING`;

const INSERT_OR_CHANGE = `${INSERT} (organization_id, name) DO UPDATE SET description = EXCLUDED.description,
    source_type = EXCLUDED.source_type, source_code = EXCLUDED.source_code, tags = EXCLUDED.tags,
    json_schema = EXCLUDED.json_schema, args_json_schema = EXCLUDED.args_json_schema,
    return_char_limit = EXCLUDED.return_char_limit, pip_requirements = EXCLUDED.pip_requirements,
    npm_requirements = EXCLUDED.npm_requirements, default_requires_approval = EXCLUDED.default_requires_approval,
    enable_parallel_execution = EXCLUDED.enable_parallel_execution, metadata = EXCLUDED.metadata,
    last_updated_by_id = EXCLUDED.last_updated_by_id, updated_at = EXCLUDED.updated_at
  WHERE tool.tool_type = 'custom' AND EXCLUDED.tool_type = 'custom'`;
