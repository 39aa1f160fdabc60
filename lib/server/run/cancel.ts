import { returnMessage } from "@/lib/engine/call-tools";
import { pendingCalls } from "@/lib/engine/settle";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { newId } from "../core/ids";
import { storableJson } from "../db/json";
import { fromMessage, MESSAGE_RECORD } from "../records/message-rows";
import { runEnded } from "./busy";
import { loadConversation } from "./load";

export type CancelRequest = { agentId: string; conversationId?: string; runIds: string[] | null };

/** How long a run on another server is waited for. */
const ELSEWHERE_MS = 10_000;

const DENIED = "The user cancelled the request, so the tool call was denied.";

/**
 * Cancels runs: those named, or the latest active one. Calls that wait for approval are denied, so that the conversation
 * goes on.
 *
 * @returns run id → `cancelled`, or `failed` where there was nothing to cancel.
 * @throws ApiError 409 when no run is active and nothing waits.
 */
export async function cancelRuns(ctx: Ctx, request: CancelRequest): Promise<Record<string, string>> {
  const rows = await ctx.db.query<{ id: string }>(
    `UPDATE run SET cancel_requested_at = $5::timestamptz WHERE id IN (
       SELECT id FROM run WHERE organization_id = $1 AND agent_id = $2 AND ($3::text IS NULL OR conversation_id = $3)
         AND status IN ('created', 'running') AND ($4::text[] IS NULL OR id = ANY($4))
       ORDER BY created_at DESC LIMIT CASE WHEN $4::text[] IS NULL THEN 1 ELSE 1000 END)
     RETURNING id`,
    [
      ctx.actor.organizationId,
      request.agentId,
      request.conversationId ?? null,
      request.runIds,
      ctx.now().toISOString(),
    ],
  );
  for (const row of rows) ctx.runs.cancel(row.id);
  // One that another server has ends there; its database says so.
  const patience = AbortSignal.timeout(ELSEWHERE_MS);
  const ended = (id: string) => ctx.runs.find(id)?.done ?? runEnded(ctx, id, patience).catch(() => {});
  await Promise.all(rows.map((row) => ended(row.id)));
  const cancelled = Object.fromEntries(rows.map((row) => [row.id, "cancelled"]));
  if (request.runIds) return { ...Object.fromEntries(request.runIds.map((id) => [id, "failed"])), ...cancelled };
  if (rows.length > 0) return cancelled;
  const denied = await denyPending(ctx, request);
  if (denied) return { [denied]: "cancelled" };
  throw conflict(`CONFLICT: No active runs to cancel for agent ${request.agentId}`);
}

/** Answers the calls that wait for approval with a denial. Answers the run that asked, or null if nothing waits. */
async function denyPending(ctx: Ctx, request: CancelRequest): Promise<string | null> {
  const target = request.conversationId ? { conversationId: request.conversationId } : { agentId: request.agentId };
  const loaded = await loadConversation(ctx, target);
  const pending = pendingCalls(loaded.transcript);
  if (!pending.request?.runId || !pending.stepId) return null;
  const now = ctx.now().toISOString();
  const content = `Error: request to call tool denied. User reason: ${DENIED}`;
  const answers = pending.calls.map((call) => ({ call, outcome: { status: "error" as const, content } }));
  const runId = pending.request.runId;
  const message = returnMessage(answers, { messageId: newId("message"), runId, stepId: pending.stepId, now });
  const rows = await ctx.db.query(
    `WITH head AS (UPDATE conversation SET next_seq = next_seq + 1 WHERE id = $1 AND next_seq = $2
         AND NOT EXISTS (SELECT 1 FROM run WHERE active_key = $1) RETURNING organization_id, agent_id, id),
       calls AS (UPDATE tool_call SET status = 'denied', ended_at = $3::timestamptz, return_message_id = $6
         FROM head WHERE tool_call.conversation_id = head.id AND tool_call.step_id = $7 AND tool_call.status = 'awaiting')
     INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, run_id, step_id, is_err, created_at)
       SELECT m.id, head.organization_id, head.agent_id, head.id, m.seq, m.role, m.parts, $5, m.step_id, m.is_err, m.created_at
       FROM head, jsonb_to_recordset($4::jsonb) AS m${MESSAGE_RECORD} RETURNING id`,
    [
      loaded.conversationId,
      loaded.nextSeq,
      now,
      storableJson([fromMessage(message, loaded.nextSeq)]),
      runId,
      message.id,
      pending.stepId,
    ],
  );
  return rows.length > 0 ? runId : null;
}
