import type { CreateTool, UpdateTool } from "@/lib/api/tools";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import type { ToolModel } from "../db/generated/models";
import { storableJson } from "../db/json";
import { inThread } from "../threads/threads";
import { isReservedName } from "./builtin-tools";
import { STARTER_NAMES } from "./starter-schemas";
import type { EditedTool, SchemaSource } from "./tool-schema";
import { DEFAULT_RETURN_CHARS, requireWithinCeilings } from "./tool-settings";
import { getTool } from "./tools";

/**
 * Makes a tool, or gives the custom tool of that name this content under its old id; a starter tool of that name becomes
 * this one. What is not given is as it was.
 *
 * @throws ApiError `bad-request` for a name that belongs to a tool of another type, or a source that no schema can be
 * derived from; `invalid` for a schema that a provider would refuse, or limits above this server's.
 */
export async function upsertTool(ctx: Ctx, body: CreateTool): Promise<ToolModel> {
  const schema = await inThread(ctx.actor.organizationId, "schemaOf", sourceOf(body));
  if (isReservedName(schema.name)) {
    throw badRequest(`INVALID_ARGUMENT: Tool name '${schema.name}' belongs to a built-in tool`);
  }
  requireWithinCeilings(ctx, body.metadata_);
  const now = ctx.now().toISOString();
  const [row] = await ctx.db.query<{ id: string }>(UPSERT_TOOL, [
    ctx.actor.organizationId,
    storableJson({
      id: newId("tool"),
      name: schema.name,
      description: body.description ?? schema.description,
      sourceType: body.source_type,
      sourceCode: body.source_code,
      jsonSchema: schema,
      argsJsonSchema: body.args_json_schema ?? null,
      returnCharLimit: body.return_char_limit ?? null,
      pipRequirements: body.pip_requirements ?? null,
      npmRequirements: body.npm_requirements ?? null,
      defaultRequiresApproval: body.default_requires_approval ?? null,
      parallel: body.enable_parallel_execution ?? null,
      metadata: body.metadata_ ?? null,
      userId: ctx.actor.userId,
    }),
    body.tags ?? null,
    now,
    [...STARTER_NAMES],
  ]);
  if (!row) throw badRequest(`INVALID_ARGUMENT: Tool name '${schema.name}' belongs to a tool that is not custom`);
  return getTool(ctx, row.id);
}

const UPSERT_TOOL = `
INSERT INTO tool (id, organization_id, name, tool_type, description, source_type, source_code, tags, json_schema,
    args_json_schema, return_char_limit, pip_requirements, npm_requirements, default_requires_approval,
    enable_parallel_execution, metadata, created_by_id, last_updated_by_id, created_at, updated_at)
SELECT x."id", $1, x."name", 'custom', x."description", x."sourceType", x."sourceCode",
    COALESCE($3::text[], '{}'), x."jsonSchema", x."argsJsonSchema", COALESCE(x."returnCharLimit", ${DEFAULT_RETURN_CHARS}), x."pipRequirements", x."npmRequirements", x."defaultRequiresApproval",
    COALESCE(x."parallel", false), COALESCE(x."metadata", '{}'), x."userId", x."userId", $4::timestamptz, $4::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x("id" text, "name" text, "description" text, "sourceType" text,
    "sourceCode" text, "jsonSchema" jsonb, "argsJsonSchema" jsonb, "returnCharLimit" int, "pipRequirements" jsonb,
    "npmRequirements" jsonb, "defaultRequiresApproval" boolean, "parallel" boolean, "metadata" jsonb, "userId" text)
ON CONFLICT (organization_id, name) DO UPDATE SET tool_type = EXCLUDED.tool_type, description = EXCLUDED.description,
    source_type = EXCLUDED.source_type, source_code = EXCLUDED.source_code, tags = COALESCE($3::text[], tool.tags),
    json_schema = EXCLUDED.json_schema, args_json_schema = EXCLUDED.args_json_schema,
    return_char_limit = COALESCE(($2::jsonb->>'returnCharLimit')::int, tool.return_char_limit),
    pip_requirements = COALESCE(EXCLUDED.pip_requirements, tool.pip_requirements),
    npm_requirements = COALESCE(EXCLUDED.npm_requirements, tool.npm_requirements),
    default_requires_approval = COALESCE(EXCLUDED.default_requires_approval, tool.default_requires_approval),
    enable_parallel_execution = COALESCE(($2::jsonb->>'parallel')::boolean, tool.enable_parallel_execution),
    metadata = CASE WHEN EXCLUDED.metadata = '{}' THEN tool.metadata ELSE EXCLUDED.metadata END, last_updated_by_id = EXCLUDED.last_updated_by_id,
    updated_at = EXCLUDED.updated_at
  WHERE tool.tool_type = 'custom' OR (tool.tool_type = 'letta_builtin' AND tool.name = ANY($5::text[]))
RETURNING id`;

/** What a thread is sent of a request, and of a row. */
function sourceOf({
  source_code,
  source_type,
  json_schema,
  args_json_schema,
  description,
}: SchemaSource): SchemaSource {
  return { source_code, source_type, json_schema, args_json_schema, description };
}
function editedOf({ name, description, sourceCode, sourceType, jsonSchema, argsJsonSchema }: EditedTool): EditedTool {
  return { name, description, sourceCode, sourceType, jsonSchema, argsJsonSchema };
}

/** PATCH of the contract: null is "not given". */
export async function updateTool(ctx: Ctx, id: string, body: UpdateTool): Promise<ToolModel> {
  const row = await getTool(ctx, id);
  const redefines = body.source_code != null || body.json_schema != null || body.args_json_schema != null;
  if (redefines && row.toolType !== "custom") {
    throw badRequest(`INVALID_ARGUMENT: Source and schema of a tool of type ${row.toolType} can't be changed`);
  }
  const schema =
    redefines || body.source_type != null
      ? await inThread(ctx.actor.organizationId, "changedSchema", { row: editedOf(row), body })
      : null;
  const name = schema?.name ?? row.name;
  if (name !== row.name && isReservedName(name)) {
    throw badRequest(`INVALID_ARGUMENT: Tool name '${name}' belongs to a built-in tool`);
  }
  if (body.metadata_ != null) requireWithinCeilings(ctx, body.metadata_);
  await ctx.db.query(UPDATE_TOOL, [
    id,
    storableJson({
      name,
      description: body.description ?? schema?.description ?? null,
      sourceType: body.source_type ?? null,
      sourceCode: body.source_code ?? null,
      jsonSchema: schema,
      argsJsonSchema: body.args_json_schema ?? null,
      returnCharLimit: body.return_char_limit ?? null,
      pipRequirements: body.pip_requirements ?? null,
      npmRequirements: body.npm_requirements ?? null,
      defaultRequiresApproval: body.default_requires_approval ?? null,
      parallel: body.enable_parallel_execution ?? null,
      metadata: body.metadata_ ?? null,
    }),
    body.tags ?? null,
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
  return getTool(ctx, id);
}

// A JSON null in a record is the SQL NULL, also in a jsonb column: "not given".
const UPDATE_TOOL = `
UPDATE tool SET name = x."name", description = COALESCE(x."description", tool.description),
    source_type = COALESCE(x."sourceType", tool.source_type), source_code = COALESCE(x."sourceCode", tool.source_code),
    json_schema = COALESCE(x."jsonSchema", tool.json_schema),
    args_json_schema = COALESCE(x."argsJsonSchema", tool.args_json_schema),
    return_char_limit = COALESCE(x."returnCharLimit", tool.return_char_limit),
    pip_requirements = COALESCE(x."pipRequirements", tool.pip_requirements),
    npm_requirements = COALESCE(x."npmRequirements", tool.npm_requirements),
    default_requires_approval = COALESCE(x."defaultRequiresApproval", tool.default_requires_approval),
    enable_parallel_execution = COALESCE(x."parallel", tool.enable_parallel_execution),
    metadata = COALESCE(x."metadata", tool.metadata), tags = COALESCE($3::text[], tool.tags),
    last_updated_by_id = $4, updated_at = $5::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x("name" text, "description" text, "sourceType" text, "sourceCode" text,
    "jsonSchema" jsonb, "argsJsonSchema" jsonb, "returnCharLimit" int, "pipRequirements" jsonb,
    "npmRequirements" jsonb, "defaultRequiresApproval" boolean, "parallel" boolean, "metadata" jsonb)
  WHERE tool.id = $1`;
