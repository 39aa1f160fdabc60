import { type CreateAgent, createAgentBody, type UpdateAgent } from "@/lib/api/agents";
import type { AgentTypeName } from "@/lib/engine/agent-types";
import type { AgentConfig } from "../agent-config/agent-config";
import { apiCause, type Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { insertGroup } from "../groups/groups";
import { ensureBuiltinTools } from "../tools/builtin-tools";
import { type PreparedAgent, prepareAgent } from "./create-agent";
import { sleeptimeBody, sleeptimeGroup, wantsSleeptime } from "./sleeptime-agent";

/** The sleep-time agent that a change of an agent asks for, ready to be written; null if it asks for none, or has one. */
export async function prepareTender(ctx: Ctx, agentId: string, body: UpdateAgent): Promise<PreparedAgent | null> {
  if (body.enable_sleeptime !== true || (await hasTender(ctx.db, agentId))) return null;
  const agent = await ctx.db.prisma.agent.findUniqueOrThrow({ where: { id: agentId }, include: { version: true } });
  const config = agent.version.config as AgentConfig;
  const primary: CreateAgent = createAgentBody.parse({
    agent_type: config.agentType,
    model: body.model ?? body.llm_config?.handle ?? config.model,
    embedding: body.embedding ?? config.embedding,
    timezone: body.timezone ?? config.timezone,
    project_id: agent.projectId,
    hidden: agent.hidden,
  });
  if (!wantsSleeptime({ ...primary, enable_sleeptime: true })) return null;
  await ensureBuiltinTools(ctx);
  // An older agent may have a name by which none could be made now; its tender is then named by chance.
  const name = createAgentBody.shape.name.safeParse(body.name ?? agent.name).data ?? null;
  return prepareAgent(ctx, sleeptimeBody({ ...primary, name }), { cause: apiCause(ctx) });
}

/** Writes it, with the blocks that the agent has now, unless another request was first. The agent is locked. */
export async function writeTender(ctx: Ctx, sql: Sql, agentId: string, tender: PreparedAgent): Promise<void> {
  if (await hasTender(sql, agentId)) return;
  const blocks = await sql.query<{ id: string }>(
    "SELECT block_id AS id FROM agent_block WHERE agent_id = $1 ORDER BY position",
    [agentId],
  );
  await tender.write(
    sql,
    blocks.map((block) => block.id),
  );
  const [agent] = await sql.query<{ type: AgentTypeName }>("SELECT agent_type AS type FROM agent WHERE id = $1", [
    agentId,
  ]);
  await insertGroup(ctx, sql, newId("group"), sleeptimeGroup(agent!.type, agentId, tender.id));
}

async function hasTender(sql: Sql, agentId: string): Promise<boolean> {
  const groups = await sql.query(
    "SELECT 1 FROM agent_group WHERE manager_agent_id = $1 AND manager_type IN ('sleeptime', 'voice_sleeptime') LIMIT 1",
    [agentId],
  );
  return groups.length > 0;
}
