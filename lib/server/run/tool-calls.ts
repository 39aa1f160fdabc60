import type { WireRunningCall } from "@/lib/api/runs";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { getRunHead } from "./follow";

/**
 * The calls that a run is at, on whichever server: those of its step that have begun and whose returns are not kept yet, or
 * were the last to be kept.
 *
 * @throws ApiError `not-found`.
 */
export async function listRunningCalls(ctx: Ctx, runId: string): Promise<WireRunningCall[]> {
  const { status } = await getRunHead(ctx, runId);
  const run = ctx.runs.find(runId);
  if (run?.ended() || (!run && status !== "running")) return [];
  const calls = run ? run.calls.list() : ((await ctx.relay.ask("running-calls", runId)) ?? []);
  const now = ctx.now().getTime();
  return calls.map((call) => ({
    tool_call_id: call.callId,
    tool_name: call.name,
    step_id: call.stepId,
    status: call.status,
    started_at: call.startedAt,
    ended_at: call.endedAt,
    elapsed_ms: Math.max(0, now - Date.parse(call.startedAt)),
    output: [...call.output],
    output_from: call.outputFrom,
  }));
}

/**
 * Ends one call of a run while it runs. Its return is an error that says so; the run and its other calls go on.
 *
 * @throws ApiError `not-found` for a run or a call that there is not; `conflict` for a call that does not run (any more,
 * or yet), or whose server can't be asked.
 */
export async function cancelToolCall(ctx: Ctx, runId: string, callId: string) {
  const { status } = await getRunHead(ctx, runId);
  const run = ctx.runs.find(runId);
  const isElsewhere = !run && status === "running";
  if (isElsewhere ? await ctx.relay.ask("cancel-call", { runId, callId }) : run?.calls.cancel(callId)) {
    return { run_id: runId, tool_call_id: callId, status: "cancelled" as const };
  }
  throw conflict(`CONFLICT: tool call ${callId} can't be cancelled: ${await whyNot(ctx, runId, callId)}`);
}

/** Why a call can't be cancelled. An approved call was made by the run that asked, and is run by the next one. */
async function whyNot(ctx: Ctx, runId: string, callId: string): Promise<string> {
  const [row] = await ctx.db.query<{ status: string }>(
    `SELECT c.status FROM run r JOIN tool_call c ON c.conversation_id = r.conversation_id AND c.call_id = $2
     LEFT JOIN message m ON m.id = c.return_message_id
     WHERE r.id = $1 AND (c.run_id = r.id OR m.run_id = r.id OR (c.ended_at IS NULL AND r.active_key IS NOT NULL))
     ORDER BY c.seq DESC LIMIT 1`,
    [runId, callId],
  );
  if (!row) throw notFound("tool call", callId);
  if (row.status === "awaiting") return "it waits for an approval, or for the client that has its tool";
  if (row.status === "pending") return "it has not begun, or the server that executes its run does not answer";
  return "it has its return already";
}
