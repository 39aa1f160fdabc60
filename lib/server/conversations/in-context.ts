import { messageToItems } from "@/lib/stream/fold";
import { itemToWire, type WireMessage } from "@/lib/stream/wire";
import type { Ctx } from "../core/core";
import type { Sql, Statement } from "../db/database";
import { type MessageRow, toMessage } from "../records/message-rows";
import { rangesOf } from "../records/ranges";

/** Of a conversation: ids of the messages in context after its system message, and what waits for an approval there. */
export type InContext = { messageIds: string[]; pendingApproval: WireMessage | null };

const NOTHING: InContext = { messageIds: [], pendingApproval: null };

/** What is in context of each conversation, in one statement. A conversation without messages has an empty entry. */
export async function readInContext(ctx: Ctx, conversationIds: readonly string[]): Promise<Map<string, InContext>> {
  const empty = new Map(conversationIds.map((id) => [id, NOTHING]));
  if (conversationIds.length === 0) return empty;
  const rows = await ctx.db.query<{ id: string; message_ids: string[]; last: LastMessage | null }>(IN_CONTEXT, [
    conversationIds,
  ]);
  const found = rows.map((row): [string, InContext] => [
    row.id,
    { messageIds: row.message_ids, pendingApproval: row.last && pendingApproval(row.last) },
  ]);
  return new Map([...empty, ...found]);
}

// A range may begin with the system message, which is not one of the messages that are counted here. Each range is read by
// itself, in the order of the index on (conversation, seq): joined to all ranges at once, a long conversation is read whole.
const IN_CONTEXT: Statement = {
  name: "in-context",
  text: `
SELECT c.id, x.ids AS message_ids,
  (SELECT to_jsonb(m) FROM message m WHERE m.id = x.ids[array_length(x.ids, 1)] AND m.role = 'approval') AS last
FROM conversation c CROSS JOIN LATERAL (
  SELECT array_agg(one.id ORDER BY r.n, one.seq) AS ids
  FROM jsonb_array_elements(c.context) WITH ORDINALITY AS r(span, n)
  CROSS JOIN LATERAL (SELECT m.id, m.seq FROM message m WHERE m.conversation_id = c.id
    AND m.seq BETWEEN greatest((r.span->>0)::int, 1) AND COALESCE((r.span->>1)::int, 2147483647)
    ORDER BY m.seq LIMIT 2147483647) one) x
WHERE c.id = ANY($1::text[]) AND x.ids IS NOT NULL`,
};

/** A message as JSON, its time as text. */
type LastMessage = Omit<MessageRow, "created_at"> & { created_at: string };

/** The last message waits for an approval if it asks for one: an answer would be a message after it. */
function pendingApproval(row: LastMessage): WireMessage | null {
  const message = toMessage({ ...row, created_at: new Date(row.created_at) });
  const request = messageToItems(message).find((item) => item.type === "approval-request");
  return request ? itemToWire(request) : null;
}

/**
 * Puts these messages of a conversation into its context, in this order; new ones follow. The system message, which
 * comes first anyway, may be among them.
 *
 * @returns an id that is no message of the conversation, and then nothing is changed; otherwise null.
 */
export async function setContext(
  sql: Sql,
  conversationId: string,
  messageIds: readonly string[],
): Promise<string | null> {
  await sql.query("SELECT id FROM conversation WHERE id = $1 FOR UPDATE", [conversationId]);
  const rows = await sql.query<{ id: string; seq: number }>(
    "SELECT id, seq FROM message WHERE conversation_id = $1 AND id = ANY($2::text[])",
    [conversationId, messageIds],
  );
  const seqOf = new Map(rows.map((row) => [row.id, row.seq]));
  const unknown = messageIds.find((id) => !seqOf.has(id));
  if (unknown !== undefined) return unknown;
  const [conversation] = await sql.query<{ next_seq: number }>("SELECT next_seq FROM conversation WHERE id = $1", [
    conversationId,
  ]);
  const seqs = messageIds.map((id) => seqOf.get(id)!).filter((seq) => seq > 0);
  await sql.query("UPDATE conversation SET context = $2::jsonb WHERE id = $1", [
    conversationId,
    JSON.stringify(rangesOf([...new Set(seqs)], conversation?.next_seq ?? 1)),
  ]);
  return null;
}
