import type { Query } from "@/lib/api/endpoint";
import { type TOOL_ENDPOINTS, TOOL_TYPES, type ToolSearch, type ToolType, type WireTool } from "@/lib/api/tools";
import { detachEverywhere } from "../agent-config/detach-everywhere";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Sql } from "../db/database";
import type { Prisma } from "../db/generated/client";
import type { ToolModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { BUILTIN_NAMES, ensureBuiltinTools } from "./builtin-tools";

export function toWireTool(row: ToolModel): WireTool {
  return {
    id: row.id,
    tool_type: row.toolType as ToolType,
    description: row.description,
    source_type: row.sourceType,
    name: row.name,
    tags: row.tags,
    source_code: row.sourceCode,
    json_schema: row.jsonSchema as WireTool["json_schema"],
    args_json_schema: row.argsJsonSchema as WireTool["args_json_schema"],
    return_char_limit: row.returnCharLimit,
    pip_requirements: row.pipRequirements as WireTool["pip_requirements"],
    npm_requirements: row.npmRequirements as WireTool["npm_requirements"],
    default_requires_approval: row.defaultRequiresApproval,
    enable_parallel_execution: row.enableParallelExecution,
    created_by_id: row.createdById,
    last_updated_by_id: row.lastUpdatedById,
    metadata_: (row.metadata ?? {}) as WireTool["metadata_"],
    project_id: row.projectId,
  };
}

/** @throws ApiError `not-found`. */
export async function getTool(ctx: Ctx, id: string): Promise<ToolModel> {
  const row = await ctx.db.prisma.tool.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("tool", id);
  return row;
}

type ToolFilter = Omit<
  Query<Extract<(typeof TOOL_ENDPOINTS)[number], { id: "tools.count" }>>,
  "exclude_letta_tools"
> & {
  exclude_letta_tools?: boolean | null | undefined;
};
type ListToolsQuery = Query<Extract<(typeof TOOL_ENDPOINTS)[number], { id: "tools.list" }>>;

export async function listTools(ctx: Ctx, query: ListToolsQuery): Promise<WireTool[]> {
  await ensureBuiltinTools(ctx);
  const page = await keyset({
    paging: query,
    kind: "tool",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.tool.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.tool.findMany({
    where: { AND: [toolFilter(ctx, query), page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireTool);
}

/** The built-in tools, in the order of their table, after bringing back those that were deleted. */
export async function listBuiltinTools(ctx: Ctx): Promise<WireTool[]> {
  await ensureBuiltinTools(ctx);
  const rows = await ctx.db.prisma.tool.findMany({
    where: { organizationId: ctx.actor.organizationId, name: { in: [...BUILTIN_NAMES] } },
    orderBy: { createdAt: "desc" },
  });
  return rows.map(toWireTool);
}

export async function countTools(ctx: Ctx, query: ToolFilter): Promise<number> {
  await ensureBuiltinTools(ctx);
  return ctx.db.prisma.tool.count({ where: toolFilter(ctx, query) });
}

function toolFilter(ctx: Ctx, query: ToolFilter): Prisma.ToolWhereInput {
  const names = separated(query.names);
  const ids = separated(query.tool_ids);
  const types = toolTypes("tool_types", query.tool_types);
  const excluded = toolTypes("exclude_tool_types", query.exclude_tool_types);
  const ofLetta = { toolType: { startsWith: "letta" } };
  return {
    organizationId: ctx.actor.organizationId,
    AND: [
      query.name ? { name: query.name } : {},
      names ? { name: { in: names } } : {},
      ids ? { id: { in: ids } } : {},
      query.search ? { name: contains(query.search) } : {},
      types ? { toolType: { in: types } } : {},
      excluded ? { toolType: { notIn: excluded } } : {},
      query.return_only_letta_tools ? ofLetta : {},
      query.exclude_letta_tools ? { NOT: ofLetta } : {},
    ],
  };
}

/** Values that were repeated or separated by commas; undefined if there are none. */
function separated(values: string[] | undefined): string[] | undefined {
  const all = values?.flatMap((value) => value.split(",")).map((value) => value.trim());
  const given = all?.filter((value) => value !== "");
  return given?.length ? given : undefined;
}

/** @throws ApiError `bad-request` for a type that the contract doesn't have. */
function toolTypes(field: string, values: string[] | undefined): string[] | undefined {
  const types = separated(values);
  const unknown = types?.find((type) => !(TOOL_TYPES as readonly string[]).includes(type));
  if (unknown === undefined) return types;
  throw badRequest(`INVALID_ARGUMENT: Invalid ${field} '${unknown}'. Must be one of: ${TOOL_TYPES.join(", ")}`);
}

/**
 * Deletes a tool and detaches it everywhere: each agent that had it gets a version without it. A built-in tool comes
 * back, unattached, with the next list.
 */
export async function deleteTool(ctx: Ctx, id: string): Promise<void> {
  const deleted = await transact(ctx, (sql) => deleteToolsIn(ctx, sql, [id]));
  if (deleted === 0) throw notFound("tool", id);
}

/** As `deleteTool`, for several in a caller's transaction; an agent gets one version for all. @returns how many there were. */
export async function deleteToolsIn(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<number> {
  const found = await sql.query<{ id: string; name: string }>(
    "SELECT id, name FROM tool WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR UPDATE",
    [ids, ctx.actor.organizationId],
  );
  const toolIds = found.map((row) => row.id);
  if (toolIds.length === 0) return 0;
  await detachEverywhere(ctx, sql, { kind: "tool", ids: toolIds, operation: "delete-tool", cause: apiCause(ctx) });
  await recordResources(
    ctx,
    sql,
    found.map(({ id, name }) => ({ resource: "tool", id, name, operation: "delete", agentIds: [] })),
  );
  await sql.query("DELETE FROM tool WHERE id = ANY($1::text[])", [toolIds]);
  return toolIds.length;
}

/** Tools that have words of the query in their name, description or tags; a hit in the name counts most. */
export async function searchTools(ctx: Ctx, body: ToolSearch) {
  await ensureBuiltinTools(ctx);
  const types = toolTypes("tool_types", body.tool_types ?? undefined);
  const rows = await ctx.db.prisma.tool.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      ...(types ? { toolType: { in: types } } : {}),
      ...(body.tags?.length ? { tags: { hasSome: body.tags } } : {}),
    },
    orderBy: [{ name: "asc" }],
  });
  const words = wordsOf(body.query ?? "");
  const scored = rows.map((row) => ({ row, score: words.length === 0 ? 1 : scoreOf(row, words) }));
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, body.limit)
    .map(({ row, score }, index) => ({
      tool: toWireTool(row),
      embedded_text: null,
      fts_rank: index + 1,
      vector_rank: null,
      combined_score: score,
    }));
}

const NAME_WEIGHT = 3;

/** From 0 to 1: the share of the words that are found, those in the name weighing more. */
function scoreOf(row: ToolModel, words: string[]): number {
  const name = new Set(wordsOf(row.name));
  const text = new Set(wordsOf(`${row.description ?? ""} ${row.tags.join(" ")}`));
  const hits = words.map((word) => (name.has(word) ? NAME_WEIGHT : text.has(word) ? 1 : 0));
  return hits.reduce((sum: number, hit) => sum + hit, 0) / (NAME_WEIGHT * words.length);
}

function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];
}
