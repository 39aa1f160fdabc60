import type { TokenLogprob } from "@/lib/engine/model";
import type { Ctx } from "../core/core";
import { type PackedEvent, unpackEvents } from "../records/cassette";

/** How likely each token was of a run's last answer, as its provider said; null where it was not asked, or did not say. */
export async function readLogprobs(
  ctx: Ctx,
  runId: string,
): Promise<{ content: TokenLogprob[]; refusal: null } | null> {
  const [row] = await ctx.db.query<{ response: PackedEvent[] }>(
    `SELECT response FROM model_call WHERE run_id = $1 AND organization_id = $2 AND kind = 'step'
     ORDER BY seq DESC LIMIT 1`,
    [runId, ctx.actor.organizationId],
  );
  const finish = unpackEvents(row?.response ?? []).find((event) => event.type === "finish");
  return finish?.logprobs ? { content: finish.logprobs, refusal: null } : null;
}
