import type { Item } from "@/lib/stream/item";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { followRun } from "./follow";

type Wanted = { run_id?: string | null | undefined; otid?: string | null | undefined; starting_after: number };

/**
 * The stream of a conversation's run: the one named, the one that a message started, or the one that is active.
 *
 * @throws ApiError 400 if there is none.
 */
export async function followConversation(
  ctx: Ctx,
  conversationId: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ runId: string; items: AsyncGenerator<Item> }> {
  const [row] = await ctx.db.query<{ id: string }>(
    `SELECT r.id FROM run r WHERE r.conversation_id = $1 AND r.organization_id = $2 AND CASE
       WHEN $3::text IS NOT NULL THEN r.id = $3
       WHEN $4::text IS NOT NULL THEN r.id = (SELECT run_id FROM message WHERE conversation_id = $1 AND otid = $4)
       ELSE r.status IN ('created', 'running') END
     ORDER BY r.created_at DESC LIMIT 1`,
    [conversationId, ctx.actor.organizationId, wanted.run_id ?? null, wanted.otid ?? null],
  );
  if (!row) throw badRequest("No active runs found for this conversation.");
  return { runId: row.id, items: await followRun(ctx, row.id, wanted.starting_after, signal) };
}
