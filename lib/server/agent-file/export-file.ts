import type { WrittenAgentFile } from "@/lib/api/agent-file";
import { modelIndex } from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { toFileAgent } from "./export-agent";
import { exportExtension } from "./export-extension";
import { exportFolders } from "./export-folders";
import { toFileBlock, toFileGroup, toFileServers, toFileTool } from "./export-parts";
import { createLocalIds } from "./local-ids";
import { type AgentRecord, type BlockRecord, type GroupRecord, readAgentRecords, readSaid } from "./records";

/** The revision of the format that files name; others' is a migration of their database. */
const REVISION = "memoir-1";

export type ExportOptions = {
  /** Whose messages are the agent's, in place of its default conversation. */
  conversationId?: string | null | undefined;
  /** Leaves all messages out. */
  scrubMessages?: boolean | undefined;
  skills?: WrittenAgentFile["skills"];
  /** For a template: names folders in place of their files, and says what agents and blocks are in theirs. */
  asTemplate?: boolean;
};

/**
 * An agent as a file (letta-v1 §2.13), with those it works with in groups. Ids hold within the file. Secrets are there
 * by name, without their values; keys of providers and credentials of MCP servers are not there at all, nor are
 * identities. What the contract has no place for stands under `memoir`: archives with their passages, the versions of
 * blocks, and what of a message its form can't say.
 *
 * @throws ApiError `not-found` for an unknown agent, or a conversation that is not its own.
 */
export async function exportAgentFile(
  ctx: Ctx,
  agentId: string,
  options: ExportOptions = {},
): Promise<WrittenAgentFile> {
  const { agents, groups } = await readAgentRecords(ctx, agentId);
  const ids = createLocalIds();
  for (const agent of agents) ids.of("agent", agent.id);
  for (const group of groups) ids.of("group", group.id);
  const models = await modelIndex(ctx);
  const blocks = blocksOf(agents, groups);
  const tools = [...new Map(agents.flatMap((one) => one.tools.map(({ tool }) => [tool.id, tool] as const))).values()];
  const folders = await exportFolders(ctx, agents, { ids, models, named: options.asTemplate ?? false });
  const written: NonNullable<WrittenAgentFile["agents"]> = [];
  const inFull: NonNullable<NonNullable<WrittenAgentFile["memoir"]>["messages"]> = [];
  for (const agent of agents) {
    const conversationId = agent.id === agentId ? (options.conversationId ?? null) : null;
    const said = options.scrubMessages ? null : await readSaid(ctx, agent, conversationId);
    const { agent: file, inFull: own } = toFileAgent(agent, { ids, models, said, groups });
    const entity = options.asTemplate ? { entity_id: agent.entityId } : {};
    written.push({ ...file, ...entity, files_agents: folders.filesOf(agent) });
    inFull.push(...own);
  }
  return {
    agents: written,
    groups: groups.map((group) => toFileGroup(group, ids)),
    blocks: blocks.map((block) => ({
      ...toFileBlock(block, ids),
      ...(options.asTemplate ? { entity_id: block.entityId } : {}),
    })),
    files: folders.files,
    sources: folders.sources,
    tools: tools.map((tool) => toFileTool(tool, ids)),
    mcp_servers: toFileServers(tools, ids),
    skills: options.skills ?? [],
    metadata: { revision_id: REVISION },
    created_at: ctx.now().toISOString(),
    memoir: { version: 1, messages: inFull, ...(await exportExtension(ctx, agents, blocks, ids)) },
  };
}

/** Every block of the agents and of their groups, once. */
function blocksOf(agents: readonly AgentRecord[], groups: readonly GroupRecord[]): BlockRecord[] {
  const all = [...agents, ...groups].flatMap((owner) => owner.blocks.map((link) => link.block));
  return [...new Map(all.filter((block) => block.deletedAt === null).map((block) => [block.id, block])).values()];
}

/** The flat format is written no more. @throws ApiError `bad-request`. */
export function refuseLegacyFormat(asked: boolean): void {
  if (asked)
    throw new ApiError("bad-request", "Legacy format is not supported: agents are exported as files of many entities.");
}
