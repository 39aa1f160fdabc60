import { isDeepStrictEqual } from "node:util";
import type { McpRefreshReport } from "@/lib/api/mcp";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import type { McpServerModel } from "../db/generated/models";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { BUILTIN_NAMES } from "../tools/builtin-tools";
import { deleteToolsIn } from "../tools/tools";
import { type FailureKind, McpFailure } from "./failure";
import { type UseOptions, withServer } from "./target";
import { nameCandidates, type RemoteTool, readTools } from "./tool-schema";

/** The tools that a server has now. @throws McpFailure. */
export async function askTools(ctx: Ctx, server: McpServerModel, options: UseOptions = {}): Promise<RemoteTool[]> {
  const { signal } = options;
  return readTools(await withServer(ctx, server, ({ connection }) => connection.listTools(signal), options));
}

/**
 * Brings the library's tools of a server in line with what it has now, all of it or nothing. A tool keeps its id and its
 * name in the library for as long as the server has it; what the server no longer has is deleted and detached. What the
 * owner set on a tool stays; its description and schema are the server's. A tool whose schema can't be used is not
 * added, and not changed if it was there.
 *
 * @throws McpFailure when the server can't be asked; the reason is kept with the server.
 */
export async function syncServer(
  ctx: Ctx,
  server: McpServerModel,
  options: UseOptions = {},
): Promise<McpRefreshReport> {
  const tools = await askTools(ctx, server, options).catch(async (error) => {
    if (error instanceof McpFailure && error.kind !== "aborted") {
      await keepState(ctx, server.id, { error: error.message, failure: error.kind });
    }
    throw error;
  });
  const report = await transact(ctx, (sql) => writeTools(ctx, sql, server, tools));
  const unusable = tools.filter((tool) => !tool.parameters);
  const error = unusable.length === 0 ? null : describeUnusable(unusable);
  await keepState(ctx, server.id, { error, failure: null });
  return report;
}

/** As `syncServer`, for when the server need not be there: why it could not be asked is kept with it. */
export async function trySyncServer(ctx: Ctx, server: McpServerModel): Promise<void> {
  await syncServer(ctx, server).catch((error) => {
    if (!(error instanceof McpFailure)) throw error;
  });
}

/** Adds one tool, or brings it in line. @throws ApiError `not-found` for one that the server has not or that can't be used. */
export async function syncOneTool(ctx: Ctx, server: McpServerModel, toolName: string): Promise<string> {
  const tools = await askTools(ctx, server);
  const tool = tools.find((one) => one.name === toolName);
  if (!tool) throw notFound("MCP tool", toolName);
  if (!tool.parameters) throw new McpFailure("refused", describeUnusable([tool]));
  await transact(ctx, (sql) => writeTools(ctx, sql, server, [tool], { onlyAdd: true }));
  return toolName;
}

type State = { error: string | null; failure: FailureKind | null };

async function keepState(ctx: Ctx, id: string, state: State): Promise<void> {
  const { organizationId } = ctx.actor;
  const syncedAt = ctx.now();
  await ctx.db.prisma.mcpServer.updateMany({ where: { id, organizationId }, data: { ...state, syncedAt } });
}

function describeUnusable(tools: readonly RemoteTool[]): string {
  const reasons = tools.map((tool) => `${tool.name.slice(0, 80)} (${tool.health.reasons.join("; ").slice(0, 200)})`);
  return `Tools that can't be used: ${reasons.join(", ").slice(0, 2000)}`;
}

type Kept = { id: string; name: string; mcp_tool_name: string; json_schema: unknown };
type ToolSchema = { name: string; description: string; parameters: NonNullable<RemoteTool["parameters"]> };

async function writeTools(
  ctx: Ctx,
  sql: Sql,
  server: McpServerModel,
  tools: readonly RemoteTool[],
  { onlyAdd = false } = {},
): Promise<McpRefreshReport> {
  const locked = await sql.query("SELECT 1 FROM mcp_server WHERE id = $1 AND organization_id = $2 FOR UPDATE", [
    server.id,
    ctx.actor.organizationId,
  ]);
  if (locked.length === 0) throw notFound("mcp server", server.id);
  const kept = await sql.query<Kept>(
    "SELECT id, name, mcp_tool_name, json_schema FROM tool WHERE mcp_server_id = $1 ORDER BY created_at, id",
    [server.id],
  );
  const keptByName = new Map(kept.map((row) => [row.mcp_tool_name, row]));
  const there = new Set(tools.map((tool) => tool.name));
  const gone = onlyAdd ? [] : kept.filter((row) => !there.has(row.mcp_tool_name));
  if (gone.length > 0)
    await deleteToolsIn(
      ctx,
      sql,
      gone.map((row) => row.id),
    );
  const updated = tools.flatMap((tool) => {
    const row = keptByName.get(tool.name);
    const schema = row && schemaOf(tool, row.name);
    return row && schema && !isDeepStrictEqual(schema, row.json_schema) ? [{ id: row.id, schema }] : [];
  });
  if (updated.length > 0)
    await sql.query(UPDATE_TOOLS, [storableJson(updated), ctx.actor.userId, ctx.now().toISOString()]);
  const fresh = tools.filter((tool) => tool.parameters && !keptByName.has(tool.name));
  const added = await addTools(ctx, sql, server, fresh);
  return { deleted: gone.map((row) => row.name), updated: updated.map(({ schema }) => schema.name), added };
}

/** As it is stored, to be compared with what is. */
function schemaOf({ description, parameters }: RemoteTool, name: string): ToolSchema | null {
  return parameters ? JSON.parse(storableJson({ name, description, parameters })) : null;
}

const UPDATE_TOOLS = `
UPDATE tool SET json_schema = x.schema, description = x.schema->>'description', last_updated_by_id = $2,
    updated_at = $3::timestamptz
  FROM jsonb_to_recordset($1::jsonb) AS x(id text, schema jsonb) WHERE tool.id = x.id`;

/** Adds tools under names that are free, in the server's order. @returns the names. */
async function addTools(ctx: Ctx, sql: Sql, server: McpServerModel, tools: readonly RemoteTool[]): Promise<string[]> {
  const candidates = tools.map((tool) => nameCandidates(server.id, server.serverName, tool.name));
  const taken = new Set(BUILTIN_NAMES);
  const added: string[] = [];
  let left = tools.map((tool, index) => ({ tool, names: candidates[index]!, index }));
  // A name can be taken between the look and the insert: then it is looked for again.
  while (left.length > 0) {
    const found = await sql.query<{ name: string }>(
      "SELECT name FROM tool WHERE organization_id = $1 AND name = ANY($2::text[])",
      [ctx.actor.organizationId, left.flatMap(({ names }) => names)],
    );
    for (const { name } of found) taken.add(name);
    const rows = left.flatMap(({ tool, names, index }) => {
      const name = names.find((one) => !taken.has(one));
      if (name === undefined) return [];
      taken.add(name);
      return [{ id: newId("tool"), name, remote: tool.name, schema: schemaOf(tool, name), age: tools.length - index }];
    });
    if (rows.length === 0) break;
    const inserted = await sql.query<{ name: string; mcp_tool_name: string }>(INSERT_TOOLS, [
      storableJson(rows),
      ctx.actor.organizationId,
      server.id,
      server.serverName,
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    const done = new Set(inserted.map((row) => row.mcp_tool_name));
    added.push(...rows.filter((row) => done.has(row.remote)).map((row) => row.name));
    left = left.filter(({ tool }) => !done.has(tool.name));
  }
  return added;
}

const INSERT_TOOLS = `
INSERT INTO tool (id, organization_id, name, tool_type, description, tags, json_schema, metadata, mcp_server_id,
    mcp_tool_name, created_by_id, last_updated_by_id, created_at, updated_at)
SELECT x.id, $2, x.name, 'external_mcp', x.schema->>'description', ARRAY['mcp:' || $4::text], x.schema,
    jsonb_build_object('mcp', jsonb_build_object('server_id', $3::text, 'server_name', $4::text, 'tool_name', x.remote)),
    $3, x.remote, $5, $5, $6::timestamptz - x.age * interval '1 millisecond', $6::timestamptz
  FROM jsonb_to_recordset($1::jsonb) AS x(id text, name text, remote text, schema jsonb, age int)
ON CONFLICT DO NOTHING RETURNING name, mcp_tool_name`;
