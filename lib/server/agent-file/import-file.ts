import type { AgentFile, FileAgent } from "@/lib/api/agent-file";
import type { Cause } from "@/lib/engine/cause";
import { type ModelIndex, modelIndex } from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { lockFolders } from "../links/folder-links";
import { ensureBuiltinTools } from "../tools/builtin-tools";
import { type AgentOptions, type AgentPlan, type Attached, planAgents, writeAgent } from "./import-agents";
import { writeArchives } from "./import-archives";
import { type BlockPlan, planBlocks, writeBlocks } from "./import-blocks";
import { embedFiles, type MadeFolders, writeAgentFolders, writeFolders } from "./import-folders";
import { writeGroups } from "./import-groups";
import type { IdMaps } from "./import-messages";
import type { ImportNote } from "./import-notes";
import { planServers, writeServers } from "./import-servers";
import { planTools, type ToolPlan, writeTools } from "./import-tools";
import { sourceIdsOf } from "./read-file";

export type ImportOptions = AgentOptions & {
  /** Whether custom tools that are there get the file's content. */
  overrideTools: boolean;
  cause: Cause;
  /** What the first versions of agents and blocks were made by. */
  operation: string;
  /** Folders that are there, by the ids that sources have in the file: these are not made. */
  folders: ReadonlyMap<string, string>;
  /** Runs last, in the same transaction: what else belongs to these agents. */
  also?: (sql: Sql, made: Imported) => Promise<void>;
};

/** What was made of a file; agents and groups in its order. */
export type Imported = { agentIds: string[]; groupIds: string[]; notes: ImportNote[] };

export const PLAIN_IMPORT: Omit<ImportOptions, "cause"> = {
  name: null,
  nameSuffix: "",
  stripMessages: false,
  begins: false,
  secrets: {},
  projectId: null,
  origin: null,
  model: null,
  embedding: null,
  overrideTools: true,
  operation: "import",
  folders: new Map(),
};

/**
 * Makes everything that a file has, under new ids, in one transaction. Messages keep their content, dates and order,
 * and which of them are in context; blocks keep their history. What this server can't have is noted: the agent then has
 * a first version as the file has it, and a second as it is.
 *
 * @throws ApiError for a file that can't be, or a model that was asked for and there is not; nothing is made then.
 */
export async function importAgentFile(ctx: Ctx, file: AgentFile, options: ImportOptions): Promise<Imported> {
  await ensureBuiltinTools(ctx);
  const maps: IdMaps = {
    agents: new Map(file.agents.map((agent) => [agent.id, newId("agent")])),
    groups: new Map(file.groups.map((group) => [group.id, newId("group")])),
  };
  const tools = planTools(file);
  const servers = await planServers(ctx, file);
  const blocks = planBlocks(ctx, file, options);
  const { agents, notes } = await planAgents(ctx, file, maps, options);
  const models = await modelIndex(ctx);
  const { imported, folders } = await transact(ctx, async (sql) => {
    const serverIds = await writeServers(ctx, sql, servers);
    const toolIds = await writeTools(ctx, sql, tools, { override: options.overrideTools, servers: serverIds });
    await writeBlocks(ctx, sql, blocks, [...maps.agents.values()]);
    const folders = await allFolders(ctx, sql, file, { models, known: options.folders });
    for (const plan of agents) {
      const attached = attachedOf(plan, { file, blocks, toolIds, folderIds: folders.folders });
      await writeAgent(ctx, sql, plan, attached, options);
      await writeAgentFolders(ctx, sql, { agentId: plan.id, agent: plan.file }, folders);
    }
    await writeArchives(ctx, sql, file, { agentIds: maps.agents, models, cause: options.cause });
    await writeGroups(ctx, sql, file, { ...maps, blocks: blocks.idOf, origin: options.origin });
    const made: Imported = {
      agentIds: [...maps.agents.values()],
      groupIds: [...maps.groups.values()],
      notes: [
        ...notes,
        ...servers.notes,
        ...missingTools(tools, toolIds),
        ...missingFolders(file, folders),
        ...emptyFiles(file),
      ],
    };
    await options.also?.(sql, made);
    return { imported: made, folders };
  });
  await embedFiles(ctx, folders);
  for (const id of imported.agentIds) publish(ctx, id, options);
  return imported;
}

/** The folders of a file: those that are there already, as far as they still are, and the others made. */
async function allFolders(
  ctx: Ctx,
  sql: Sql,
  file: AgentFile,
  { models, known }: { models: ModelIndex; known: ReadonlyMap<string, string> },
): Promise<MadeFolders> {
  const there = new Set(await lockFolders(ctx, sql, [...known.values()]));
  const made = await writeFolders(
    ctx,
    sql,
    { sources: file.sources.filter((source) => !known.has(source.id)), files: file.files },
    models,
  );
  const kept = [...known].filter(([, id]) => there.has(id));
  return { folders: new Map([...kept, ...made.folders]), files: made.files };
}

type Writing = {
  file: AgentFile;
  blocks: BlockPlan;
  toolIds: ReadonlyMap<string, string>;
  folderIds: ReadonlyMap<string, string>;
};

function attachedOf({ file: agent }: AgentPlan, { file, blocks, toolIds, folderIds }: Writing): Attached {
  const ids = toolNamesOf(file, agent).flatMap((name) => toolIds.get(name) ?? []);
  return {
    toolIds: [...new Set(ids)],
    blockIds: [...new Set(agent.block_ids)].map((id) => blocks.idOf.get(id)!),
    folderIds: sourceIdsOf(agent).flatMap((id) => folderIds.get(id) ?? []),
  };
}

function toolNamesOf(file: AgentFile, agent: FileAgent): string[] {
  const names = new Map(file.tools.map((tool) => [tool.id, tool.name]));
  return [...agent.tool_ids.map((id) => names.get(id)!), ...agent.tools];
}

function missingTools(plan: ToolPlan, found: ReadonlyMap<string, string>): ImportNote[] {
  return plan.names
    .filter((name) => !found.has(name))
    .map((name) => ({ agent_id: null, kind: "tool", wanted: name, used: null }));
}

function missingFolders(file: AgentFile, { folders }: MadeFolders): ImportNote[] {
  return file.sources
    .filter((source) => !folders.has(source.id))
    .map((source) => ({ agent_id: null, kind: "folder", wanted: source.name, used: null }));
}

function emptyFiles(file: AgentFile): ImportNote[] {
  return file.files
    .filter((one) => one.content == null)
    .map((one) => ({ agent_id: null, kind: "file", wanted: one.file_name ?? one.id, used: null }));
}

function publish(ctx: Ctx, id: string, { operation, cause }: ImportOptions): void {
  ctx.events.publish({
    type: "agent",
    organizationId: ctx.actor.organizationId,
    agentId: id,
    id,
    at: ctx.now().toISOString(),
    detail: { operation, cause },
  });
}
