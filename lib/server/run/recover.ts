import { returnMessage } from "@/lib/engine/call-tools";
import type { RunError } from "@/lib/engine/ports";
import { pendingCalls } from "@/lib/engine/settle";
import type { Item } from "@/lib/stream/item";
import type { ApprovalDecision, Message, ToolCall } from "@/lib/stream/message";
import type { Core, Ctx } from "../core/core";
import { newId } from "../core/ids";
import { log } from "../core/log";
import { storableJson } from "../db/json";
import { fromMessage, type MessageRow, READ_TRANSCRIPT, toMessage } from "../records/message-rows";
import { SAVE_RETURNS } from "../records/statements";

const INTERRUPTED =
  "Error: the server stopped while this tool was running. It may or may not have taken effect; check before you call it again.";

/** What the model is told instead of a tool whose owner has given it the tag `idempotent`. */
const MAY_REPEAT = "Error: the server stopped while this tool was running. It is safe to call it again.";
const REPEATABLE_TAG = "idempotent";

type Orphan = {
  id: string;
  organization_id: string;
  conversation_id: string;
  journal_reserved: number;
  background: boolean;
  created_at: Date;
};

const STOPPED: RunError = {
  errorType: "stream_incomplete",
  message: "The server stopped during this run.",
  detail: null,
};

/**
 * Ends the runs whose owner is gone: those that don't run here and whose lease is out. A call without a return gets one
 * that says that it was interrupted, so that the conversation is valid and the next message works; a decision that was
 * given is honoured where it says all there is. A run that can't be ended now is taken up again when its lease is out.
 *
 * @param everything take runs with a live lease too: nobody else can be on this database.
 */
export async function recoverRuns(core: Core, everything = false): Promise<number> {
  const orphans = await core.db.query<Orphan>(
    `UPDATE run SET lease_owner = $1, lease_expires_at = $2::timestamptz, status = 'running'
     WHERE status IN ('created', 'running') AND id <> ALL($4::text[])
       AND ($3 OR lease_expires_at IS NULL OR lease_expires_at < now())
     RETURNING id, organization_id, conversation_id, journal_reserved, background, created_at`,
    [
      core.config.instanceId,
      new Date(Date.now() + core.config.lease.durationMs).toISOString(),
      everything,
      core.runs.active().map((run) => run.id),
    ],
  );
  for (const orphan of orphans) {
    const ctx = { ...core, actor: { organizationId: orphan.organization_id, userId: "user-recovery" } };
    const journal = orphan.background ? lastItems(orphan) : null;
    const run = { id: orphan.id, conversationId: orphan.conversation_id, startedAtMs: orphan.created_at.getTime() };
    await endUnfinished(ctx, run, STOPPED, journal).catch((error) =>
      log.error({ err: error, run_id: orphan.id }, "a run could not be recovered"),
    );
  }
  return orphans.length;
}

type Journaled = { first: number; last: number; items: Item[] };

/** How its stream ends for those who follow: numbered above all that was given out. */
function lastItems({ id, journal_reserved: reserved }: Orphan): Journaled {
  const items: Item[] = [
    { type: "stop", stopReason: "error" },
    { type: "error", runId: id, ...STOPPED, seqId: reserved + 2 },
  ];
  return { first: reserved + 1, last: reserved + items.length, items };
}

/** Ends a run that is ours with an error, and answers the calls that it has left open. */
export async function endUnfinished(
  ctx: Ctx,
  run: { id: string; conversationId: string; startedAtMs?: number },
  error: RunError,
  journal: Journaled | null = null,
): Promise<void> {
  const [conversation] = await ctx.db.query<{ next_seq: number }>("SELECT next_seq FROM conversation WHERE id = $1", [
    run.conversationId,
  ]);
  const rows = await ctx.db.query<MessageRow>(READ_TRANSCRIPT, [ctx.actor.organizationId, run.conversationId, null]);
  const transcript = rows.map(toMessage);
  const pending = pendingCalls(transcript);
  const decisions = decisionsIn(transcript);
  // Calls that wait for a person, and were not answered, go on waiting.
  const undecided = pending.request !== null && !pending.calls.some((call) => decisions.has(call.id));
  const calls = undecided ? [] : pending.calls;
  const repeatable = await repeatableTools(ctx, calls);
  const answers = calls.map((call) => ({ call, outcome: outcomeOf(call, decisions, repeatable) }));
  const now = ctx.now().toISOString();
  const stepId = calls.length > 0 ? (pending.stepId ?? "") : "";
  const message =
    answers.length > 0 ? returnMessage(answers, { messageId: newId("message"), runId: run.id, stepId, now }) : null;
  const nextSeq = conversation?.next_seq ?? 1;
  const payload = {
    now,
    leaseUntil: now,
    messages: message ? [fromMessage(message, nextSeq)] : [],
    nextSeq: nextSeq + (message ? 1 : 0),
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
      sandbox: null,
      memory_bytes: null,
      return_message_id: message?.id,
    })),
    blockHeads: [],
    blockVersions: [],
    passages: [],
    passageEvents: [],
    journal,
    journalReserved: 0,
    end: {
      status: "failed",
      stopReason: "error",
      usage: null,
      error,
      completedAt: now,
      durationNs: run.startedAtMs === undefined ? null : Math.max(0, Date.parse(now) - run.startedAtMs) * 1e6,
    },
  };
  await ctx.db.query(SAVE_RETURNS, [storableJson(payload), run.id, ctx.config.instanceId]).catch((failed: Error) => {
    if (!failed.message.includes("run-lost")) throw failed;
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

/** Of the called tools, the names of those that may run twice. Nothing is run again by itself. */
async function repeatableTools(ctx: Ctx, calls: readonly ToolCall[]): Promise<ReadonlySet<string>> {
  if (calls.length === 0) return new Set();
  const rows = await ctx.db.query<{ name: string }>(
    "SELECT name FROM tool WHERE organization_id = $1 AND name = ANY($2::text[]) AND $3 = ANY(tags)",
    [ctx.actor.organizationId, calls.map((call) => call.name), REPEATABLE_TAG],
  );
  return new Set(rows.map((row) => row.name));
}

function outcomeOf(call: ToolCall, decisions: ReadonlyMap<string, ApprovalDecision>, repeatable: ReadonlySet<string>) {
  const decision = decisions.get(call.id);
  if (decision?.type === "tool") {
    return { status: decision.status, content: decision.content, recorded: decision.status };
  }
  if (decision?.type === "approval" && !decision.approve) {
    const content = `Error: request to call tool denied. User reason: ${decision.reason ?? ""}`;
    return { status: "error" as const, content, recorded: "denied" };
  }
  const content = repeatable.has(call.name) ? MAY_REPEAT : INTERRUPTED;
  return { status: "error" as const, content, recorded: "interrupted" };
}
