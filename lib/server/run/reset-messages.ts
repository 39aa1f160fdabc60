import { AGENT_TYPES } from "@/lib/engine/agent-types";
import { firstMessages } from "../conversations/first-messages";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { newId } from "../core/ids";
import { storableJson } from "../db/json";
import { fromMessage, MESSAGE_RECORD } from "../records/message-rows";
import { loadConversation } from "./load";

/**
 * Empties an agent's context; its messages stay, and are still listed. With `addInitial`, its type's first messages are
 * said again.
 *
 * @throws ApiError 409 while the conversation has a run.
 */
export async function resetMessages(ctx: Ctx, agentId: string, addInitial: boolean): Promise<void> {
  const loaded = await loadConversation(ctx, { agentId });
  const now = ctx.now().toISOString();
  const initial =
    addInitial && AGENT_TYPES[loaded.config.agentType].bootSequence
      ? firstMessages(ctx, {} as Parameters<typeof firstMessages>[1], loaded.config)
      : [];
  const messages = initial.map((message, index) =>
    fromMessage(
      {
        id: newId("message"),
        otid: null,
        name: null,
        senderId: null,
        groupId: null,
        runId: null,
        stepId: null,
        model: null,
        isErr: null,
        createdAt: now,
        ...message,
      },
      loaded.nextSeq + index,
    ),
  );
  const rows = await ctx.db.query(
    `WITH head AS (UPDATE conversation SET context = $3::jsonb, next_seq = next_seq + $4, context_tokens = NULL
         WHERE id = $1 AND next_seq = $2 AND NOT EXISTS (SELECT 1 FROM run WHERE active_key = $1)
         RETURNING id, organization_id, agent_id),
       stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1 FROM head WHERE agent.id = head.agent_id),
       said AS (INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, name, created_at)
         SELECT m.id, head.organization_id, head.agent_id, head.id, m.seq, m.role, m.parts, m.name, m.created_at
         FROM head, jsonb_to_recordset($5::jsonb) AS m${MESSAGE_RECORD})
     SELECT id FROM head`,
    [
      loaded.conversationId,
      loaded.nextSeq,
      JSON.stringify([[loaded.nextSeq, null]]),
      messages.length,
      storableJson(messages),
    ],
  );
  if (rows.length === 0) {
    throw conflict("CONFLICT: the conversation is in use; try again when its run is over", {
      ...(loaded.activeRunId ? { run_id: loaded.activeRunId } : {}),
    });
  }
}
