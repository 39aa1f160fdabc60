import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import type { WireGroup } from "@/lib/api/group";
import {
  ENTITY_TYPES,
  type EntityType,
  type TemplateAgent,
  type TemplateBlock,
  type TemplateGroup,
  type WireEntity,
} from "@/lib/api/internal-templates";
import { retrieveAgent } from "../agents/agents";
import { createAgent } from "../agents/create-agent";
import { deleteAgent } from "../agents/delete-agent";
import { createBlock, toWireBlock } from "../blocks/blocks";
import { deleteBlock } from "../blocks/delete-block";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import { transact } from "../db/transact";
import { insertGroup, retrieveGroup } from "../groups/groups";

/** Makes an agent of a deployment that another program keeps. @throws ApiError as `createAgent`. */
export async function createTemplateAgent(ctx: Ctx, body: TemplateAgent): Promise<WireAgent> {
  const { deployment_id: deploymentId, entity_id: entityId, ...request } = body;
  return retrieveAgent(ctx, await createAgent(ctx, request, { deployment: { deploymentId, entityId } }));
}

/** Makes blocks of a deployment that another program keeps, all or none. @returns them in order. */
export async function createTemplateBlocks(ctx: Ctx, bodies: readonly TemplateBlock[]): Promise<WireBlock[]> {
  const ids = await transact(ctx, async (sql) => {
    const made: string[] = [];
    for (const body of bodies) made.push(await createBlock(ctx, body, sql));
    return made;
  });
  const rows = await ctx.db.prisma.block.findMany({ where: { id: { in: ids } }, include: { head: true } });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => toWireBlock(byId.get(id)!));
}

/** Makes a group of a deployment that another program keeps. @throws ApiError as `createGroup`. */
export async function createTemplateGroup(ctx: Ctx, body: TemplateGroup): Promise<WireGroup> {
  const id = newId("group");
  await transact(ctx, async (sql) => {
    await insertGroup(ctx, sql, id, body);
    await sql.query(
      "UPDATE agent_group SET template_id = $2, base_template_id = $3, deployment_id = $4 WHERE id = $1",
      [id, body.template_id, body.base_template_id, body.deployment_id],
    );
  });
  return retrieveGroup(ctx, id);
}

const ofDeployment = (ctx: Ctx, deploymentId: string) => ({
  where: { organizationId: ctx.actor.organizationId, deploymentId },
  orderBy: [{ createdAt: "asc" as const }, { id: "asc" as const }],
});

/** Blocks, agents and groups of a deployment, in this order; none for one that there is not. */
export async function listEntities(ctx: Ctx, deploymentId: string, types: readonly EntityType[] | undefined) {
  const wanted = types?.length ? types : ENTITY_TYPES;
  const { where, orderBy } = ofDeployment(ctx, deploymentId);
  const { prisma } = ctx.db;
  const blocks = await prisma.block.findMany({
    where: { ...where, deletedAt: null },
    orderBy,
    include: { head: true },
  });
  const agents = await prisma.agent.findMany({ where, orderBy });
  const groups = await prisma.group.findMany({ where, orderBy });
  const all: WireEntity[] = [
    ...blocks.map((row) => ({
      id: row.id,
      type: "block",
      name: row.head.label,
      description: row.head.description,
      entity_id: row.entityId,
      project_id: row.projectId,
    })),
    ...agents.map((row) => ({
      id: row.id,
      type: "agent",
      name: row.name,
      description: row.description,
      entity_id: row.entityId,
      project_id: row.projectId,
    })),
    ...groups.map((row) => ({
      id: row.id,
      type: "group",
      name: null,
      description: row.description,
      entity_id: null,
      project_id: row.projectId,
    })),
  ];
  const entities = all.filter((entity) => (wanted as readonly string[]).includes(entity.type));
  const message = `Found ${entities.length} entities for deployment ${deploymentId}`;
  return { entities, total_count: entities.length, deployment_id: deploymentId, message };
}

/** Deletes the blocks, agents and groups of a deployment, and the deployment, if it is one of a template here. */
export async function deleteEntities(ctx: Ctx, deploymentId: string) {
  const { entities } = await listEntities(ctx, deploymentId, undefined);
  const idsOf = (type: EntityType) => entities.filter((entity) => entity.type === type).map((entity) => entity.id);
  const [deleted_blocks, deleted_agents, deleted_groups] = [idsOf("block"), idsOf("agent"), idsOf("group")];
  for (const id of deleted_blocks) await deleteBlock(ctx, id);
  for (const id of deleted_agents) await deleteAgent(ctx, id);
  const mine = { organizationId: ctx.actor.organizationId };
  await ctx.db.prisma.group.deleteMany({ where: { id: { in: deleted_groups }, ...mine } });
  await ctx.db.prisma.deployment.deleteMany({ where: { id: deploymentId, ...mine } });
  const message = `Deleted ${entities.length} entities of deployment ${deploymentId}`;
  return { deleted_blocks, deleted_agents, deleted_groups, message };
}
