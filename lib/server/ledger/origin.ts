import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";

/** An agent that another one was forked from, and the last place of the ledger that is part of the fork's past. */
export type Origin = { agentId: string; seq: number };

type OriginRow = { agent_id: string; seq: number };

/**
 * The agents that an agent comes from, nearest first: what it was forked from, what that was forked from, and so on. One
 * that was deleted ends the line.
 */
export async function originsOf(ctx: Ctx, agentId: string, sql: Sql = ctx.db): Promise<Origin[]> {
  const rows = await sql.query<OriginRow>(ORIGINS, [agentId, ctx.actor.organizationId]);
  return rows.map((row) => ({ agentId: row.agent_id, seq: row.seq }));
}

// Forks of older versions do not say at which moment of the step they began: the step counts as part of their past.
const ORIGINS = `
WITH RECURSIVE line AS (
  SELECT s.agent_id, coalesce(a.forked_seq, s.seq) AS seq, 1 AS depth
    FROM agent a JOIN step s ON s.id = a.forked_from_step_id
    WHERE a.id = $1 AND a.organization_id = $2 AND s.organization_id = $2
  UNION ALL SELECT s.agent_id, least(coalesce(a.forked_seq, s.seq), line.seq), line.depth + 1
    FROM line JOIN agent a ON a.id = line.agent_id JOIN step s ON s.id = a.forked_from_step_id
    WHERE s.organization_id = $2)
SELECT agent_id, seq FROM line ORDER BY depth`;

/** Whether a step is an agent's own, or lies in the past that it has from those it was forked from. */
export async function isInPast(ctx: Ctx, agentId: string, step: { agent_id: string; seq: number }): Promise<boolean> {
  if (step.agent_id === agentId) return true;
  const origins = await originsOf(ctx, agentId);
  return origins.some((origin) => origin.agentId === step.agent_id && step.seq <= origin.seq);
}

/** Whether one of two agents was forked from the other, or both from a third. */
export async function areRelated(ctx: Ctx, a: string, b: string): Promise<boolean> {
  if (a === b) return true;
  const lineOf = async (id: string) => [id, ...(await originsOf(ctx, id)).map((origin) => origin.agentId)];
  const [left, right] = [await lineOf(a), await lineOf(b)];
  return left.some((id) => right.includes(id));
}
