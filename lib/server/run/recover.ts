import { returnMessage } from "@/lib/engine/call-tools";
import { pendingCalls } from "@/lib/engine/settle";
import type { Item } from "@/lib/stream/item";
import type { ApprovalDecision, Message, ToolCall } from "@/lib/stream/message";
import type { Core, Ctx } from "../core";
import { storableJson } from "../db/json";
import { newId } from "../ids";
import { fromMessage, type MessageRow, READ_TRANSCRIPT, toMessage } from "./rows";
import { SAVE_RETURNS } from "./statements";

const INTERRUPTED =
  "Error: the server stopped while this tool was running. It may or may not have taken effect; check before you call it again.";

type Orphan = {
  id: string;
  organization_id: string;
  agent_id: string;
  conversation_id: string;
  journal_reserved: number;
  background: boolean;
  next_seq: number;
  created_at: Date;
};

/**
 * Ends the runs whose owner is gone. A call without a return gets one that says that it was interrupted, so that the
 * conversation is valid and the next message works; a decision that was given is honoured where it says all there is.
 *
 * @param everything take runs with a live lease too: nobody else can be on this database.
 */
export async function recoverRuns(core: Core, everything = false): Promise<number> {
  const orphans = await core.db.query<Orphan>(
    `UPDATE run SET lease_owner = $1, lease_expires_at = $2::timestamptz FROM conversation c
     WHERE c.id = run.conversation_id AND run.status IN ('created', 'running') AND run.lease_owner IS DISTINCT FROM $1
       AND ($3 OR run.lease_expires_at IS NULL OR run.lease_expires_at < now())
     RETURNING run.id, run.organization_id, run.agent_id, run.conversation_id, run.journal_reserved, run.background,
       c.next_seq, run.created_at`,
    [core.config.instanceId, new Date(Date.now() + core.config.lease.durationMs).toISOString(), everything],
  );
  for (const orphan of orphans) {
    await endOrphan({ ...core, actor: { organizationId: orphan.organization_id, userId: "user-recovery" } }, orphan);
  }
  return orphans.length;
}

async function endOrphan(ctx: Ctx, orphan: Orphan): Promise<void> {
  const rows = await ctx.db.query<MessageRow>(READ_TRANSCRIPT, [orphan.conversation_id]);
  const transcript = rows.map(toMessage);
  const pending = pendingCalls(transcript);
  const now = ctx.now().toISOString();
  const answers = pending.calls.map((call) => ({ call, outcome: outcomeOf(call, decisionsIn(transcript)) }));
  const stepId = pending.stepId ?? "";
  const message =
    answers.length > 0 ? returnMessage(answers, { messageId: newId("message"), runId: orphan.id, stepId, now }) : null;
  const items: Item[] = [
    { type: "stop", stopReason: "error" },
    {
      type: "error",
      runId: orphan.id,
      errorType: "stream_incomplete",
      message: "The server stopped during this run.",
      detail: null,
      seqId: orphan.journal_reserved + 2,
    },
  ];
  const payload = {
    now,
    leaseUntil: now,
    messages: message ? [fromMessage(message, orphan.next_seq)] : [],
    nextSeq: orphan.next_seq + (message ? 1 : 0),
    context: null,
    contextTokens: null,
    stalePrompts: 0,
    ttftNs: null,
    stepId,
    stepStatus: "failed",
    toolsMs: 0,
    returns: answers.map(({ call, outcome }) => ({
      call_id: call.id,
      status: outcome.recorded,
      started_at: now,
      ended_at: now,
      stdout: null,
      stderr: null,
      return_message_id: message?.id,
    })),
    blockHeads: [],
    blockVersions: [],
    passages: [],
    passageEvents: [],
    journal: orphan.background
      ? { first: orphan.journal_reserved + 1, last: orphan.journal_reserved + items.length, items }
      : null,
    journalReserved: 0,
    end: {
      status: "failed",
      stopReason: "error",
      usage: null,
      error: { errorType: "stream_incomplete", message: "The server stopped during this run.", detail: null },
      completedAt: now,
      durationNs: Math.max(0, Date.parse(now) - orphan.created_at.getTime()) * 1e6,
    },
  };
  await ctx.db.query(SAVE_RETURNS, [storableJson(payload), orphan.id, ctx.config.instanceId]).catch((error: Error) => {
    if (!error.message.includes("run-lost")) throw error;
  });
}

/** The answers that the transcript ends with, if its last request was answered but not yet carried out. */
function decisionsIn(transcript: readonly Message[]): Map<string, ApprovalDecision> {
  const decisions = new Map<string, ApprovalDecision>();
  for (const message of transcript.slice(-20)) {
    for (const part of message.parts)
      if (part.type === "approval") decisions.set(part.decision.toolCallId, part.decision);
  }
  return decisions;
}

function outcomeOf(call: ToolCall, decisions: ReadonlyMap<string, ApprovalDecision>) {
  const decision = decisions.get(call.id);
  if (decision?.type === "tool") {
    return { status: decision.status, content: decision.content, recorded: decision.status };
  }
  if (decision?.type === "approval" && !decision.approve) {
    const content = `Error: request to call tool denied. User reason: ${decision.reason ?? ""}`;
    return { status: "error" as const, content, recorded: "denied" };
  }
  return { status: "error" as const, content: INTERRUPTED, recorded: "interrupted" };
}
