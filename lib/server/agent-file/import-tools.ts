import type { AgentFile, FileTool } from "@/lib/api/agent-file";
import type { Ctx } from "../core";
import type { Sql } from "../db/database";
import { badRequest } from "../errors";
import { newId } from "../ids";
import { BUILTIN_NAMES } from "../tools/builtin-tools";

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

/**
 * Makes the tools, by name. `override` gives custom tools that are there the file's content; a tool of another type is
 * never changed. None of them can be deleted before the transaction ends.
 *
 * @returns ids by name; what is missing could not be had.
 */
export async function writeTools(ctx: Ctx, sql: Sql, plan: ToolPlan, override: boolean): Promise<Map<string, string>> {
  const { organizationId, userId } = ctx.actor;
  const rows = [
    ...plan.custom.map((tool) => toRow(tool, "custom")),
    ...plan.mcp.map((tool) => toRow(tool, "external_mcp")),
  ];
  if (rows.length > 0) {
    const now = ctx.now().toISOString();
    await sql.query(override ? INSERT_OR_CHANGE : INSERT_MISSING, [organizationId, JSON.stringify(rows), userId, now]);
  }
  const found = await sql.query<{ id: string; name: string }>(
    "SELECT id, name FROM tool WHERE organization_id = $1 AND name = ANY($2::text[]) ORDER BY id FOR SHARE",
    [organizationId, plan.names],
  );
  return new Map(found.map((row) => [row.name, row.id]));
}

function toRow(tool: FileTool, toolType: "custom" | "external_mcp") {
  const given = tool.json_schema ?? {};
  const parameters = given.parameters ?? tool.args_json_schema ?? { type: "object", properties: {}, required: [] };
  return {
    id: newId("tool"),
    name: tool.name,
    toolType,
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
    metadata: tool.metadata_ ?? {},
  };
}

const INSERT = `
INSERT INTO tool (id, organization_id, name, tool_type, description, source_type, source_code, tags, json_schema,
    args_json_schema, return_char_limit, pip_requirements, npm_requirements, default_requires_approval,
    enable_parallel_execution, metadata, created_by_id, last_updated_by_id, created_at, updated_at)
SELECT DISTINCT ON (x."name") x."id", $1, x."name", x."toolType", x."description", x."sourceType", x."sourceCode",
    x."tags", x."jsonSchema", x."argsJsonSchema", x."returnCharLimit", x."pipRequirements", x."npmRequirements",
    x."defaultRequiresApproval", x."parallel", x."metadata", $3, $3, $4::timestamptz, $4::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS x("id" text, "name" text, "toolType" text, "description" text, "sourceType" text,
    "sourceCode" text, "tags" text[], "jsonSchema" jsonb, "argsJsonSchema" jsonb, "returnCharLimit" int,
    "pipRequirements" jsonb, "npmRequirements" jsonb, "defaultRequiresApproval" boolean, "parallel" boolean,
    "metadata" jsonb)
  ORDER BY x."name"
ON CONFLICT (organization_id, name)`;

const INSERT_MISSING = `${INSERT} DO NOTHING`;

const INSERT_OR_CHANGE = `${INSERT} DO UPDATE SET description = EXCLUDED.description,
    source_type = EXCLUDED.source_type, source_code = EXCLUDED.source_code, tags = EXCLUDED.tags,
    json_schema = EXCLUDED.json_schema, args_json_schema = EXCLUDED.args_json_schema,
    return_char_limit = EXCLUDED.return_char_limit, pip_requirements = EXCLUDED.pip_requirements,
    npm_requirements = EXCLUDED.npm_requirements, default_requires_approval = EXCLUDED.default_requires_approval,
    enable_parallel_execution = EXCLUDED.enable_parallel_execution, metadata = EXCLUDED.metadata,
    last_updated_by_id = EXCLUDED.last_updated_by_id, updated_at = EXCLUDED.updated_at
  WHERE tool.tool_type = 'custom' AND EXCLUDED.tool_type = 'custom'`;
