import type { ManagerType, WireGroup } from "@/lib/api/group";
import type { Ctx } from "../core/core";
import type { Prisma } from "../db/generated/client";

/** What `toWireGroup` reads of a group: one statement each for its agents and blocks. */
export const GROUP_RELATIONS = {
  agents: { select: { agentId: true }, orderBy: { position: "asc" } },
  blocks: { select: { blockId: true }, where: { block: { deletedAt: null } }, orderBy: { blockId: "asc" } },
} satisfies Prisma.GroupInclude;

export type GroupRow = Prisma.GroupGetPayload<{ include: typeof GROUP_RELATIONS }>;

export function toWireGroup(row: GroupRow): WireGroup {
  return {
    id: row.id,
    manager_type: row.managerType as ManagerType,
    agent_ids: row.agents.map((link) => link.agentId),
    description: row.description,
    project_id: row.projectId,
    template_id: row.templateId,
    base_template_id: row.baseTemplateId,
    deployment_id: row.deploymentId,
    shared_block_ids: row.blocks.map((link) => link.blockId),
    manager_agent_id: row.managerAgentId,
    termination_token: row.terminationToken,
    max_turns: row.maxTurns,
    sleeptime_agent_frequency: row.sleeptimeAgentFrequency,
    turns_counter: row.turnsCounter,
    last_processed_message_id: row.lastProcessedMessageId,
    max_message_buffer_length: row.maxMessageBufferLength,
    min_message_buffer_length: row.minMessageBufferLength,
    hidden: row.hidden,
  };
}

const TENDING: readonly string[] = ["sleeptime", "voice_sleeptime"];

/** The group that each of these agents manages, by the agent's id: that of its sleep-time agents before all others. */
export async function managedGroups(ctx: Ctx, agentIds: readonly string[]): Promise<Map<string, WireGroup>> {
  const rows = await ctx.db.prisma.group.findMany({
    where: { organizationId: ctx.actor.organizationId, managerAgentId: { in: [...agentIds] } },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    include: GROUP_RELATIONS,
  });
  const tending = rows.filter((row) => TENDING.includes(row.managerType));
  const others = rows.filter((row) => !TENDING.includes(row.managerType));
  return new Map([...others, ...tending].map((row) => [row.managerAgentId!, toWireGroup(row)]));
}
