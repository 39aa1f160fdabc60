import { dedupeRules } from "@/lib/engine/tool-rules";
import type { AgentConfig } from "../agent-config/agent-config";
import { type AgentChange, changeAgent, changeAgentIn, lockTools } from "../agent-config/agent-versions";
import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { lockFolders, openWhereRoom } from "../links/folder-links";
import { recordResources } from "../records/resource-events";
import { approvalRules, findTools, type KnownTool } from "../tools/agent-tools";
import { ensureBuiltinTools, FILE_TOOL_NAMES } from "../tools/builtin-tools";
import { fileLimitsOf } from "./directories";
import { eraseFolder } from "./files";

/** The tools by which agents read files. */
export async function fileTools(ctx: Ctx): Promise<KnownTool[]> {
  await ensureBuiltinTools(ctx);
  return findTools(ctx, FILE_TOOL_NAMES, []);
}

/** An agent with these folders: the tools for files come with its first and go with its last. */
export function withFolders(
  config: AgentConfig,
  folderIds: readonly string[],
  tools: readonly KnownTool[],
): AgentConfig {
  const had = (config.folderIds ?? []).length > 0;
  const has = folderIds.length > 0;
  const next = { ...config, folderIds: [...folderIds] };
  const isOne = (id: string) => tools.some((tool) => tool.id === id);
  if (had && !has) return { ...next, toolIds: config.toolIds.filter((id) => !isOne(id)) };
  if (had || !has) return next;
  const added = tools.filter((tool) => !config.toolIds.includes(tool.id));
  return {
    ...next,
    toolIds: [...config.toolIds, ...added.map((tool) => tool.id)],
    toolRules: dedupeRules([...config.toolRules, ...approvalRules(added)]),
  };
}

/** Folders that are to be attached, locked. @throws ApiError `not-found` for one that there is not. */
export async function requireFolders(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<void> {
  const found = await lockFolders(ctx, sql, ids);
  const missing = ids.find((id) => !found.includes(id));
  if (missing) throw notFound("source", missing);
}

/** Attaches a folder; one that is attached stays so. @throws ApiError `not-found`. */
export async function attachFolder(ctx: Ctx, agentId: string, folderId: string): Promise<void> {
  const tools = await fileTools(ctx);
  const maxFilesOpen = await maxFilesOpenOf(ctx, agentId);
  await changeAgent(ctx, agentId, {
    operation: "attach-folder",
    cause: apiCause(ctx),
    before: async (sql) => {
      await requireFolders(ctx, sql, [folderId]);
      await lockTools(
        ctx,
        sql,
        tools.map((tool) => tool.id),
      );
    },
    change: (config) => {
      const folderIds = config.folderIds ?? [];
      return folderIds.includes(folderId) ? config : withFolders(config, [...folderIds, folderId], tools);
    },
    after: (sql) => openNew(ctx, sql, agentId, [folderId], maxFilesOpen),
  });
}

/** Opens what is new in folders, as far as there is room. */
export async function openNew(
  ctx: Ctx,
  sql: Sql,
  agentId: string,
  folderIds: readonly string[],
  maxFilesOpen: number,
): Promise<void> {
  const opened = await openWhereRoom(ctx, sql, { agentId, folderIds, maxFilesOpen });
  if (opened) await sql.query("UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id = $1", [agentId]);
}

/** @throws ApiError `not-found`. */
export async function maxFilesOpenOf(ctx: Ctx, agentId: string): Promise<number> {
  return (await fileLimitsOf(ctx, await configOf(ctx, agentId))).maxFilesOpen;
}

/** @throws ApiError `not-found`. */
export async function configOf(ctx: Ctx, agentId: string): Promise<AgentConfig> {
  const [row] = await ctx.db.query<{ config: AgentConfig }>(
    "SELECT v.config FROM agent a JOIN agent_version v ON v.id = a.version_id WHERE a.id = $1 AND a.organization_id = $2",
    [agentId, ctx.actor.organizationId],
  );
  if (!row) throw notFound("agent", agentId);
  return row.config;
}

/** Detaches a folder, which stays. @throws ApiError `not-found`. */
export async function detachFolder(ctx: Ctx, agentId: string, folderId: string): Promise<void> {
  const tools = await fileTools(ctx);
  await changeAgent(ctx, agentId, {
    ...detachment(ctx, folderId, tools),
    before: (sql) => requireFolders(ctx, sql, [folderId]),
  });
}

function detachment(ctx: Ctx, folderId: string, tools: readonly KnownTool[]): AgentChange {
  return {
    operation: "detach-folder",
    cause: apiCause(ctx),
    change: (config) => {
      const folderIds = config.folderIds ?? [];
      const left = folderIds.filter((id) => id !== folderId);
      return left.length === folderIds.length ? config : withFolders(config, left, tools);
    },
  };
}

/** Deletes a folder with its files; each agent that has it gets a version without it. @throws ApiError `not-found`. */
export async function deleteFolder(ctx: Ctx, id: string): Promise<void> {
  const tools = await fileTools(ctx);
  const changed = await transact(ctx, async (sql) => {
    const [found] = await sql.query<{ name: string }>(
      "SELECT name FROM folder WHERE id = $1 AND organization_id = $2 FOR UPDATE",
      [id, ctx.actor.organizationId],
    );
    if (!found) throw notFound("source", id);
    const agents = await sql.query<{ agent_id: string }>(
      "SELECT agent_id FROM agent_folder WHERE folder_id = $1 ORDER BY agent_id",
      [id],
    );
    for (const { agent_id } of agents) await changeAgentIn(ctx, sql, agent_id, detachment(ctx, id, tools));
    const agentIds = agents.map((agent) => agent.agent_id);
    await recordResources(ctx, sql, [{ resource: "folder", id, name: found.name, operation: "delete", agentIds }]);
    await eraseFolder(sql, id);
    return agents.map((agent) => agent.agent_id);
  });
  const { organizationId } = ctx.actor;
  const at = ctx.now().toISOString();
  const detail = { operation: "detach-folder", cause: apiCause(ctx) };
  for (const agentId of changed)
    ctx.events.publish({ type: "agent", organizationId, agentId, id: agentId, at, detail });
}
