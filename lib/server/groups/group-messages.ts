import type { Paging } from "@/lib/api/common";
import type { WireMessage } from "@/lib/stream/wire";
import { listMessages } from "../conversations/list-messages";
import { messagesToWire, type PresentOptions } from "../conversations/present";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { transact } from "../db/transact";
import { type Ranges, without } from "../records/ranges";
import { getGroup } from "./groups";

/** What agents took in and made for a group, oldest first within a page. @throws ApiError `not-found`. */
export async function listGroupMessages(
  ctx: Ctx,
  groupId: string,
  paging: Paging,
  present: PresentOptions,
): Promise<WireMessage[]> {
  await getGroup(ctx, groupId);
  const options = { cursors: "chronological", shown: "chronological", strict: true } as const;
  return messagesToWire(await listMessages(ctx, { groupId }, paging, options), present);
}

type InContext = { id: string; context: Ranges; seqs: number[]; is_active: boolean };

/**
 * Takes a group's messages out of the contexts of those that have them; they stay in the histories. Sleep-time agents are
 * next shown what comes from now on.
 *
 * @throws ApiError `not-found`; `conflict` while one of the agents works for the group.
 */
export async function resetGroupMessages(ctx: Ctx, groupId: string): Promise<void> {
  await getGroup(ctx, groupId);
  await transact(ctx, async (sql) => {
    await sql.query(
      `SELECT id FROM conversation WHERE organization_id = $2
         AND id IN (SELECT DISTINCT conversation_id FROM message WHERE group_id = $1) ORDER BY id FOR UPDATE`,
      [groupId, ctx.actor.organizationId],
    );
    const conversations = await sql.query<InContext>(
      `SELECT c.id, c.context, array_agg(m.seq ORDER BY m.seq) AS seqs,
         EXISTS (SELECT 1 FROM run WHERE active_key = c.id) AS is_active
       FROM message m JOIN conversation c ON c.id = m.conversation_id
       WHERE m.group_id = $1 AND m.organization_id = $2 GROUP BY c.id`,
      [groupId, ctx.actor.organizationId],
    );
    if (conversations.some((one) => one.is_active)) {
      throw conflict("CONFLICT: an agent of the group is at work; try again when its run is over");
    }
    for (const { id, context, seqs } of conversations) {
      await sql.query("UPDATE conversation SET context = $2::jsonb, context_tokens = NULL WHERE id = $1", [
        id,
        JSON.stringify(without(context, seqs)),
      ]);
    }
    await sql.query(
      `UPDATE agent_group SET turns_counter = CASE WHEN turns_counter IS NULL THEN NULL ELSE -1 END,
         last_processed_message_id = COALESCE((SELECT id FROM message WHERE agent_id = agent_group.manager_agent_id
           ORDER BY ledger_seq DESC LIMIT 1), last_processed_message_id)
       WHERE id = $1`,
      [groupId],
    );
  });
}
