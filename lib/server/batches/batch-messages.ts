import type { Paging } from "@/lib/api/common";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { type MessageRow, toMessage } from "../records/message-rows";
import { toRawMessage } from "../search/raw-message";

type Row = MessageRow & { batch_item_id: string; is_default: boolean };
type Query = Paging & { agent_id?: string | null };

/**
 * A page of what the agents made of a batch's requests, in the contract's raw form; the requests' own messages are not
 * among it. A constant number of statements.
 *
 * @throws ApiError `not-found` for the batch and for an unknown cursor.
 */
export async function listBatchMessages(ctx: Ctx, batchId: string, query: Query) {
  const organizationId = ctx.actor.organizationId;
  const batch = await ctx.db.prisma.batch.findFirst({ where: { id: batchId, organizationId } });
  if (!batch) throw notFound("job", batchId);
  const [later, earlier] = query.order === "asc" ? [query.after, query.before] : [query.before, query.after];
  // With only `before`, the page is the one that ends at the cursor.
  const reverse = Boolean(query.before && !query.after);
  const direction = (query.order === "asc") === reverse ? "DESC" : "ASC";
  const rows = await ctx.db.query<Row>(
    `SELECT m.*, i.id AS batch_item_id, c.is_default FROM batch_item i
       JOIN message m ON m.run_id = i.run_id JOIN conversation c ON c.id = m.conversation_id
     WHERE i.batch_id = $1 AND m.organization_id = $2 AND m.step_id IS NOT NULL
       AND ($3::text IS NULL OR i.agent_id = $3)
       AND ($4::bigint IS NULL OR m.ledger_seq > $4) AND ($5::bigint IS NULL OR m.ledger_seq < $5)
     ORDER BY m.ledger_seq ${direction} LIMIT $6`,
    [
      batchId,
      organizationId,
      query.agent_id ?? null,
      await placeOf(ctx, later),
      await placeOf(ctx, earlier),
      query.limit,
    ],
  );
  return { messages: (reverse ? rows.toReversed() : rows).map(toRaw) };
}

async function placeOf(ctx: Ctx, messageId: string | null | undefined): Promise<number | null> {
  if (!messageId) return null;
  const [row] = await ctx.db.query<{ ledger_seq: number }>(
    "SELECT ledger_seq FROM message WHERE id = $1 AND organization_id = $2",
    [messageId, ctx.actor.organizationId],
  );
  if (!row) throw notFound("message", messageId);
  return row.ledger_seq;
}

function toRaw(row: Row): Record<string, unknown> {
  const owner = { agentId: row.agent_id, conversationId: row.is_default ? null : row.conversation_id };
  return { ...toRawMessage(toMessage(row), owner), batch_item_id: row.batch_item_id };
}
