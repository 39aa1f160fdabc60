import type { z } from "@hono/zod-openapi";
import type { compactionStateSchema } from "@/lib/api/compactions";
import type { AgentConfig } from "../agent-config/agent-config";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import type { Ranges } from "../records/ranges";
import { closed } from "../records/ranges";
import { recordResources } from "../records/resource-events";

export type CompactionState = z.output<typeof compactionStateSchema>;

type Row = {
  agent_id: string;
  context: Ranges;
  next_seq: number;
  kept_seqs: number[];
  config: AgentConfig;
};
type Newest = {
  id: string;
  created_at: Date;
  mode: string;
  trigger: string;
  summary: string;
  summary_message_id: string;
  summary_seq: number;
  context_before: Ranges;
  stats: unknown;
};

/** @throws ApiError `not-found`. */
export async function readCompactionState(ctx: Ctx, conversationId: string): Promise<CompactionState> {
  const row = await readRow(ctx, ctx.db, conversationId);
  const newest = await readNewest(ctx.db, conversationId);
  const kept = await ctx.db.query<{ id: string }>(
    "SELECT id FROM message WHERE conversation_id = $1 AND seq = ANY($2::int[]) ORDER BY seq",
    [conversationId, row.kept_seqs],
  );
  return {
    conversation_id: conversationId,
    mode: row.config.compaction.mode,
    kept_message_ids: kept.map(({ id }) => id),
    newest: newest && {
      id: newest.id,
      created_at: newest.created_at.toISOString(),
      mode: newest.mode,
      trigger: newest.trigger,
      summary: newest.summary,
      can_undo: isInContext(row, newest.summary_seq),
    },
  };
}

async function readRow(ctx: Ctx, sql: Sql, conversationId: string): Promise<Row> {
  const [row] = await sql.query<Row>(
    `SELECT c.agent_id, c.context, c.next_seq, c.kept_seqs, v.config FROM conversation c
       JOIN agent a ON a.id = c.agent_id JOIN agent_version v ON v.id = a.version_id
     WHERE c.id = $1 AND c.organization_id = $2 AND c.deleted_at IS NULL`,
    [conversationId, ctx.actor.organizationId],
  );
  if (!row) throw notFound("conversation", conversationId);
  return row;
}

async function readNewest(sql: Sql, conversationId: string): Promise<Newest | null> {
  const [row] = await sql.query<Newest>(
    `SELECT c.id, c.created_at, c.mode, c.trigger, c.summary, c.summary_message_id, m.seq AS summary_seq, c.context_before, c.stats
     FROM compaction c JOIN message m ON m.id = c.summary_message_id
     WHERE c.conversation_id = $1 AND c.trigger <> $2 ORDER BY c.seq DESC LIMIT 1`,
    [conversationId, UNDO],
  );
  return row ?? null;
}

function isInContext({ context, next_seq }: Pick<Row, "context" | "next_seq">, seq: number): boolean {
  return closed(context, next_seq).some(([from, to]) => from <= seq && seq <= to!);
}

/** The trigger of a record that takes a compaction back. */
const UNDO = "undo";

/**
 * Takes the newest compaction back: what it took out of context is in it again, in the place of its summary, and all that
 * was said since comes after. The summary stays in the record. A context that is too long for its window is compacted again
 * by the next run.
 *
 * @throws ApiError `not-found`; 400 where there is no compaction; 409 where its summary is no longer in context, or the
 *   conversation has a run.
 */
export async function undoCompaction(ctx: Ctx, conversationId: string): Promise<CompactionState> {
  const agentId = await transact(ctx, async (sql) => {
    const row = await lock(ctx, sql, conversationId);
    const newest = await readNewest(sql, conversationId);
    if (!newest) throw badRequest("INVALID_ARGUMENT: this conversation was never compacted");
    if (!isInContext(row, newest.summary_seq))
      throw conflict("CONFLICT: the summary of the newest compaction is no longer in context; nothing is left to undo");
    const now = closed(row.context, row.next_seq);
    const since = now.flatMap(([from, to]): Ranges => {
      const first = Math.max(from, newest.summary_seq + 1);
      return first <= to! ? [[first, to]] : [];
    });
    const after: Ranges = [...closed(newest.context_before, newest.summary_seq), ...since];
    await sql.query("UPDATE conversation SET context = $2::jsonb, context_tokens = NULL WHERE id = $1", [
      conversationId,
      JSON.stringify([...after, [row.next_seq, null]]),
    ]);
    await sql.query(KEEP_UNDO, [
      newId("compaction"),
      newest.id,
      JSON.stringify([newest.summary_seq]),
      JSON.stringify(now),
      JSON.stringify(after),
      JSON.stringify({ ...apiCause(ctx), kind: "revert", target: newest.id }),
      ctx.now().toISOString(),
      UNDO,
    ]);
    return row.agent_id;
  });
  publish(ctx, agentId, conversationId);
  return readCompactionState(ctx, conversationId);
}

const KEEP_UNDO = `
INSERT INTO compaction (id, organization_id, agent_id, conversation_id, trigger, mode, summary_message_id, summary, evicted,
    context_before, context_after, stats, cause, created_at)
  SELECT $1, organization_id, agent_id, conversation_id, $8, mode, summary_message_id, '', $3::jsonb, $4::jsonb, $5::jsonb,
    stats, $6::jsonb, $7::timestamptz FROM compaction WHERE id = $2`;

async function lock(ctx: Ctx, sql: Sql, conversationId: string): Promise<Row> {
  await sql.query("SELECT id FROM conversation WHERE id = $1 FOR UPDATE", [conversationId]);
  const row = await readRow(ctx, sql, conversationId);
  const [active] = await sql.query<{ id: string }>("SELECT id FROM run WHERE active_key = $1", [conversationId]);
  if (active)
    throw conflict("CONFLICT: the conversation is in use; try again when its run is over", { run_id: active.id });
  return row;
}

/**
 * Says which messages no compaction takes out of context, whether they are in it now or not.
 *
 * @throws ApiError `not-found` for the conversation, 400 for what is no message of it; 409 while it has a run.
 */
export async function keepMessages(
  ctx: Ctx,
  conversationId: string,
  messageIds: readonly string[],
): Promise<CompactionState> {
  const agentId = await transact(ctx, async (sql) => {
    const row = await lock(ctx, sql, conversationId);
    const found = await sql.query<{ id: string; seq: number }>(
      `SELECT id, seq FROM message WHERE conversation_id = $1 AND seq > 0
         AND (id = ANY($2::text[]) OR seq = ANY($3::int[])) ORDER BY seq`,
      [conversationId, messageIds, row.kept_seqs],
    );
    const wanted = found.filter(({ id }) => messageIds.includes(id));
    const missing = messageIds.find((id) => !wanted.some((message) => message.id === id));
    if (missing) throw badRequest(`INVALID_ARGUMENT: '${missing}' is no message of this conversation`);
    const before = new Set(row.kept_seqs);
    const after = new Set(wanted.map(({ seq }) => seq));
    await sql.query("UPDATE conversation SET kept_seqs = $2::int[] WHERE id = $1", [conversationId, [...after]]);
    const event = (operation: "attach" | "detach") => (message: { id: string }) =>
      ({ resource: "kept-message", id: message.id, name: "", operation, agentIds: [row.agent_id] }) as const;
    await recordResources(ctx, sql, [
      ...found.filter(({ seq }) => after.has(seq) && !before.has(seq)).map(event("attach")),
      ...found.filter(({ seq }) => before.has(seq) && !after.has(seq)).map(event("detach")),
    ]);
    return row.agent_id;
  });
  publish(ctx, agentId, conversationId);
  return readCompactionState(ctx, conversationId);
}

function publish(ctx: Ctx, agentId: string, conversationId: string): void {
  const { organizationId } = ctx.actor;
  const at = ctx.now().toISOString();
  ctx.events.publish({ type: "compaction", organizationId, agentId, conversationId, id: conversationId, at });
}
