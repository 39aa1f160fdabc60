import type { Ctx } from "../core/core";
import type { StepRow } from "../run/steps";
import type { Bound } from "./attached";

/** As the model was shown it, or with what the step then did. */
export type Moment = "before" | "after";

/** The last place in the ledger, and in the step's conversation, that a moment of a step has seen. */
export type MomentBound = Bound & {
  /** The last `message.seq` of the conversation. */
  messageSeq: number;
};

/** Where a moment of a step lies among all records. A step without messages of its own ends where it began. */
export async function boundOf(ctx: Ctx, step: StepRow, moment: Moment): Promise<MomentBound> {
  const [row] = await ctx.db.query<{ seq: number; before: number; after: number }>(
    `SELECT greatest($2::bigint, (SELECT max(ledger_seq) FROM message WHERE step_id = $1),
         (SELECT max(seq) FROM passage_event WHERE agent_id = $4 AND step_id = $1),
         (SELECT max(seq) FROM block_version WHERE step_id = $1),
         (SELECT max(seq) FROM workspace_version WHERE step_id = $1),
         (SELECT max(seq) FROM agent_version WHERE agent_id = $4 AND step_id = $1)) AS seq,
       coalesce((SELECT max(seq) FROM message WHERE conversation_id = $3 AND ledger_seq < $2
         AND step_id IS DISTINCT FROM $1), 0) AS before,
       coalesce((SELECT max(seq) FROM message WHERE conversation_id = $3 AND step_id = $1), 0) AS after`,
    [step.id, step.seq, step.conversation_id, step.agent_id],
  );
  const { seq, before, after } = row!;
  const agentId = step.agent_id;
  if (moment === "before") return { agentId, seq: step.seq, at: step.created_at, messageSeq: before };
  return { agentId, seq, at: step.completed_at ?? step.created_at, messageSeq: Math.max(before, after) };
}
