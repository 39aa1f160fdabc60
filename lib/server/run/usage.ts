import type { Ctx } from "../core/core";
import { UNPRICED } from "../usage/unpriced";

/** Which steps are summed up: a run's, or an agent's. */
export type StepsOf = { runId: string } | { agentId: string };

type Sum = {
  steps: number;
  prompt: number;
  completion: number;
  cached: number | null;
  written: number | null;
  reasoning: number | null;
  cost: number | null;
  unpriced: number;
};

const SUMS = `SELECT count(*)::int AS steps, coalesce(sum(prompt_tokens), 0)::float AS prompt,
    coalesce(sum(completion_tokens), 0)::float AS completion, sum(cached_tokens)::float AS cached,
    sum(cache_write_tokens)::float AS written, sum(reasoning_tokens)::float AS reasoning, sum(cost) AS cost,
    ${UNPRICED} AS unpriced
  FROM step WHERE organization_id = $2`;

async function sumOf(ctx: Ctx, of: StepsOf): Promise<Sum> {
  const [column, id] = "runId" in of ? ["run_id", of.runId] : ["agent_id", of.agentId];
  const [sum] = await ctx.db.query<Sum>(`${SUMS} AND ${column} = $1`, [id, ctx.actor.organizationId]);
  return sum!;
}

/** The contract's sum of usage. A cost is only told where every step's is known. */
export async function usageOfSteps(ctx: Ctx, of: StepsOf) {
  const { prompt, completion, cached, written, reasoning, cost, unpriced } = await sumOf(ctx, of);
  return {
    completion_tokens: completion,
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    prompt_tokens_details:
      cached === null && written === null
        ? null
        : { cached_tokens: cached, cache_read_tokens: cached, cache_creation_tokens: written },
    completion_tokens_details: reasoning === null ? null : { reasoning_tokens: reasoning },
    cost: unpriced === 0 ? cost : null,
  };
}

/** What an agent has used since it was made, with how many of its steps have a price. */
export async function usageOfAgent(ctx: Ctx, agentId: string) {
  const sum = await sumOf(ctx, { agentId });
  return {
    ...(await usageOfSteps(ctx, { agentId })),
    steps: sum.steps,
    unpriced_steps: sum.unpriced,
    known_cost: sum.cost,
  };
}
