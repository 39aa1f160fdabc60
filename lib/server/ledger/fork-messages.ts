import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { type Ranges, rangesOf } from "../records/ranges";
import type { StateAt } from "./state";

/** Which messages of a conversation a fork of it begins with. */
export type KeptMessages = {
  /** All up to this place are copied, to the same places. */
  last: number;
  /** But not these: what is said in their place is another. */
  dropped: number[];
  /** Which of them are in context. */
  context: Ranges;
};

/** Where the last word of the user stands among what is in context; -1 where there is none. */
export const lastOfUser = ({ messages }: StateAt) => messages.findLastIndex((message) => message.role === "user");

/** What was said as of a moment; of what is in context only the first `end`, where others are said in the others' place. */
export function keptMessages(state: StateAt, end = state.messages.length): KeptMessages {
  const { seqs, bound } = state;
  const dropped = seqs.slice(end);
  const first = Math.min(...dropped);
  // Places at the end are free again; a summary may stand after what was replaced, and stays where it is.
  const last = dropped.length === 0 ? bound.messageSeq : Math.max(first - 1, ...seqs.slice(0, end), 0);
  return { last, dropped: dropped.filter((seq) => seq <= last), context: rangesOf(seqs.slice(0, end), last + 1) };
}

const COPIED_AT_ONCE = 200;

type Copying = { from: string; agentId: string; conversationId: string; kept: KeptMessages };

/** Copies messages into a new conversation, where it has its own system message already, and puts them in context. */
export async function copyMessages(ctx: Ctx, sql: Sql, { from, agentId, conversationId, kept }: Copying) {
  for (let start = 0; start < kept.last; start += COPIED_AT_ONCE) {
    const end = Math.min(start + COPIED_AT_ONCE, kept.last);
    await sql.query(COPY_MESSAGES, [from, agentId, conversationId, start, end, kept.dropped]);
    await othersTurn();
  }
  await sql.query(
    `UPDATE conversation SET context = $2::jsonb, next_seq = $3, last_message_at = $4,
       kept_seqs = ARRAY(SELECT k FROM conversation o, unnest(o.kept_seqs) k WHERE o.id = $5 AND k < $3 AND k <> ALL($6::int[]))
     WHERE id = $1`,
    [
      conversationId,
      JSON.stringify(kept.context),
      kept.last + 1,
      kept.last > 0 ? ctx.now().toISOString() : null,
      from,
      kept.dropped,
    ],
  );
}

// A copy belongs to no run and no step, and a retry by the original's otid is not meant for it.
const COPY_MESSAGES = `
INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, name, sender_id, group_id, model,
    is_err, copied_from_id, created_at)
SELECT 'message-' || gen_random_uuid(), organization_id, $2, $3, seq, role, parts, name, sender_id, group_id, model,
    is_err, id, created_at
  FROM message WHERE conversation_id = $1 AND seq > $4 AND seq <= $5 AND seq <> ALL($6::int[]) ORDER BY seq`;

type NewConversation = {
  id: string;
  agentId: string;
  /** The conversation whose model and settings it has. */
  from: string;
  isDefault: boolean;
  summary: string | null;
  model: string | null | undefined;
  forkedFromStepId: string;
  forkedSeq: number;
  contextTokens: number | null;
  /** Its own blocks, where it has a memory of its own. */
  ownBlockIds: string[] | null;
};

/** A conversation with its system message alone, which speaks with the model and settings of another. */
export async function insertForkedConversation(ctx: Ctx, sql: Sql, made: NewConversation): Promise<void> {
  await sql.query(INSERT_CONVERSATION, [
    made.id,
    made.agentId,
    made.from,
    made.isDefault,
    made.summary,
    made.model ?? null,
    made.forkedFromStepId,
    made.forkedSeq,
    made.contextTokens,
    made.ownBlockIds ?? [],
    made.ownBlockIds !== null,
    newId("message"),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}

const INSERT_CONVERSATION = `
WITH made AS (INSERT INTO conversation (id, organization_id, agent_id, is_default, summary, model, model_settings, context_window_limit,
      isolated_block_ids, owns_memory, system_message_id, context, next_seq, context_tokens, forked_from_step_id, forked_seq,
      created_by_id, last_updated_by_id, created_at, updated_at)
    SELECT $1, c.organization_id, $2, $4, $5, coalesce($6, c.model), CASE WHEN $6::text IS NULL THEN c.model_settings END,
      c.context_window_limit, $10::text[], $11, $12, '[[1, null]]', 1, $9, $7, $8, $13, $13, $14::timestamptz, $14::timestamptz
    FROM conversation c WHERE c.id = $3 RETURNING organization_id)
INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, created_at)
  SELECT $12, organization_id, $2, $1, 0, 'system', '[]', $14::timestamptz FROM made`;
