import type { WireMemory } from "@/lib/api/agent-state";
import type { UpdateBlock, WireBlock } from "@/lib/api/blocks";
import type { Paging } from "@/lib/api/common";
import type { WireTool } from "@/lib/api/tools";
import type { AgentTypeName } from "@/lib/engine/agent-types";
import { getAgentRow } from "../agent-config/agent-row";
import { changeAgent, lockBlocks } from "../agent-config/agent-versions";
import { type BlockRow, getBlock, toWireBlock, updateBlock } from "../blocks/blocks";
import { apiCause, type Ctx } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { pageOfAll } from "../core/page-of-all";
import { configOf } from "../folders/agent-folders";
import { fileLimitsOf } from "../folders/directories";
import { fileBlocksOf } from "../folders/files-of-agent";
import { toWireTool } from "../tools/tools";

/** The blocks of an agent, in order of attachment. @throws ApiError `not-found`. */
async function blocksOf(ctx: Ctx, agentId: string): Promise<BlockRow[]> {
  await getAgentRow(ctx, agentId);
  const links = await ctx.db.prisma.agentBlock.findMany({
    where: { agentId, block: { deletedAt: null } },
    orderBy: { position: "asc" },
    include: { block: { include: { head: true } } },
  });
  // One that is deleted while they are read has no block, or no version, any more.
  return links.flatMap(({ block }) => (block?.head ? block : []));
}

/** @throws ApiError `not-found` for an agent without such a block. */
async function blockByLabel(ctx: Ctx, agentId: string, label: string): Promise<BlockRow> {
  const block = (await blocksOf(ctx, agentId)).find((row) => row.head.label === label);
  if (!block) throw new ApiError("not-found", `Block with label '${label}' not found on agent ${agentId}`);
  return block;
}

export async function retrieveMemory(ctx: Ctx, agentId: string): Promise<WireMemory> {
  const agent = await getAgentRow(ctx, agentId);
  const { viewWindowChars } = await fileLimitsOf(ctx, await configOf(ctx, agentId));
  const [rows, files] = await Promise.all([
    blocksOf(ctx, agentId),
    fileBlocksOf(ctx, [{ id: agentId, viewWindowChars }]),
  ]);
  return {
    agent_type: agent.agentType as AgentTypeName,
    git_enabled: false,
    blocks: rows.map(toWireBlock),
    file_blocks: files.get(agentId) ?? [],
    prompt_template: "",
  };
}

export async function listAgentBlocks(ctx: Ctx, agentId: string, paging: Paging): Promise<WireBlock[]> {
  return pageOfAll("block", await blocksOf(ctx, agentId), paging).map(toWireBlock);
}

export async function retrieveAgentBlock(ctx: Ctx, agentId: string, label: string): Promise<WireBlock> {
  return toWireBlock(await blockByLabel(ctx, agentId, label));
}

export async function updateAgentBlock(
  ctx: Ctx,
  agentId: string,
  label: string,
  body: UpdateBlock,
): Promise<WireBlock> {
  const block = await blockByLabel(ctx, agentId, label);
  return updateBlock(ctx, block.id, body);
}

/** Attaches a block; one that is attached stays where it is. @throws ApiError `not-found`; `conflict` for a label twice. */
export async function attachBlock(ctx: Ctx, agentId: string, blockId: string): Promise<void> {
  await changeAgent(ctx, agentId, {
    operation: "attach-block",
    cause: apiCause(ctx),
    before: async (sql) => {
      if ((await lockBlocks(ctx, sql, [blockId])).length === 0) throw notFound("block", blockId);
    },
    change: (config) =>
      config.blockIds.includes(blockId) ? config : { ...config, blockIds: [...config.blockIds, blockId] },
  });
}

/** @throws ApiError `not-found` for a block that is not attached. */
export async function detachBlock(ctx: Ctx, agentId: string, blockId: string): Promise<void> {
  await getBlock(ctx, blockId);
  await changeAgent(ctx, agentId, {
    operation: "detach-block",
    cause: apiCause(ctx),
    change: (config) => {
      if (!config.blockIds.includes(blockId)) {
        throw new ApiError("not-found", `No block with id '${blockId}' found attached to agent ${agentId}`);
      }
      return { ...config, blockIds: config.blockIds.filter((id) => id !== blockId) };
    },
  });
}

export async function listAgentTools(ctx: Ctx, agentId: string, paging: Paging): Promise<WireTool[]> {
  await getAgentRow(ctx, agentId);
  const links = await ctx.db.prisma.agentTool.findMany({
    where: { agentId },
    orderBy: { position: "asc" },
    include: { tool: true },
  });
  return pageOfAll(
    "tool",
    links.flatMap(({ tool }) => tool ?? []),
    paging,
  ).map(toWireTool);
}
