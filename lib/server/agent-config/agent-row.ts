import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { AgentModel } from "../db/generated/models";
import type { AgentConfig } from "./agent-config";

/** The agent's own row, without what belongs to it. @throws ApiError `not-found`. */
export async function getAgentRow(ctx: Ctx, id: string): Promise<AgentModel> {
  const row = await ctx.db.prisma.agent.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("agent", id);
  return row;
}

/** What the agent is now. @throws ApiError `not-found`. */
export async function getAgentConfig(ctx: Ctx, id: string): Promise<AgentConfig> {
  const where = { id, organizationId: ctx.actor.organizationId };
  const row = await ctx.db.prisma.agent.findFirst({ where, select: { version: { select: { config: true } } } });
  if (!row) throw notFound("agent", id);
  return row.version.config as AgentConfig;
}
