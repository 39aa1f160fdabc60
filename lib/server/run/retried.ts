import { createHash } from "node:crypto";
import type { MessageInput } from "@/lib/api/messages";
import { pendingCalls } from "@/lib/engine/settle";
import type { ApprovalDecision, Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { type MessageRow, toMessage } from "../records/message-rows";
import type { Loaded } from "./load";
import { answersOf, givenOtids, namedBy, nothingPending, toParts } from "./request";

/**
 * What the messages of a request say, as one hash: without their otids, which name a try to send it, and the same for the
 * two ways to write a text.
 */
export function contentHashOf(inputs: readonly MessageInput[]): string {
  const said = inputs.map((input) => {
    const from = [input.sender_id ?? null, input.group_id ?? null];
    if (input.type === "message") return [input.role, toParts(input.content), input.name ?? null, ...from];
    const older =
      input.type === "approval" ? [input.approve ?? null, input.reason || null, input.approval_request_id ?? null] : [];
    return ["answers", answersOf(input, []).map(comparable), older, ...from];
  });
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/**
 * The run that a request started before, and whether its work is to be taken up where that run was broken off: by a run
 * whose metadata names it as `continues_run_id`.
 */
export type Retried = { runId: string; goesOn: boolean };

/**
 * The run that an earlier sending of the same request started, if there was one: by the otids that the client gave, or
 * because the calls that it answers have their returns already. An answer to a call whose run did not come to its end, and
 * after which nothing else was said, is no retry of the run but asks for the rest of it.
 *
 * @throws ApiError 409 where the same was sent before with other content, 400 for answers that nothing waits for.
 */
export async function findRetried(ctx: Ctx, loaded: Loaded, inputs: readonly MessageInput[]): Promise<Retried | null> {
  const otids = givenOtids(inputs);
  const hash = contentHashOf(inputs);
  const rows = otids.length === 0 ? [] : await readSent(ctx, loaded.conversationId, otids);
  if (rows.length > 0) {
    const known = rows.find((row) => row.run_id !== null);
    const isWhole = rows.length === new Set(otids).size && rows.every((row) => row.run_id === known?.run_id);
    if (!known || !isWhole) throw partlySent();
    if (known.request_hash !== null && known.request_hash !== hash) throw sentOtherwise(known.run_id!);
    return { runId: known.run_id!, goesOn: false };
  }
  const given = inputs.filter((input) => input.type !== "message");
  if (loaded.activeRunId || given.length === 0 || pendingCalls(loaded.transcript).request) return null;
  const asked = await readRequests(ctx, loaded.conversationId, given.flatMap(namedBy));
  const answers = given.flatMap((input) => answersOf(input, [...loaded.transcript, ...asked]));
  return answers.length === 0 ? null : answeredBefore(ctx, loaded, answers, hash);
}

/** Requests for approval that are named by their message, wherever in the conversation they are. */
async function readRequests(ctx: Ctx, conversationId: string, ids: readonly string[]): Promise<Message[]> {
  if (ids.length === 0) return [];
  const rows = await ctx.db.query<MessageRow>(
    "SELECT * FROM message WHERE conversation_id = $1 AND id = ANY($2::text[]) AND role = 'approval' ORDER BY seq",
    [conversationId, ids],
  );
  return rows.map(toMessage);
}

/** Messages of a conversation in which calls are answered or decided, oldest first, also what a compaction has hidden. */
async function readAnswers(ctx: Ctx, conversationId: string, callIds: readonly string[]): Promise<Message[]> {
  const rows = await ctx.db.query<MessageRow>(
    `SELECT * FROM message m WHERE conversation_id = $1 AND role IN ('tool', 'approval') AND EXISTS (
       SELECT 1 FROM jsonb_array_elements(m.parts) p
       WHERE p->>'toolCallId' = ANY($2::text[]) OR p->'decision'->>'toolCallId' = ANY($2::text[])) ORDER BY seq`,
    [conversationId, callIds],
  );
  return rows.map(toMessage);
}

type Sent = { run_id: string | null; request_hash: string | null };

function readSent(ctx: Ctx, conversationId: string, otids: readonly string[]): Promise<Sent[]> {
  return ctx.db.query<Sent>(
    `SELECT m.run_id, r.request_hash FROM message m LEFT JOIN run r ON r.id = m.run_id
     WHERE m.conversation_id = $1 AND m.otid = ANY($2::text[])`,
    [conversationId, otids],
  );
}

const partlySent = () =>
  conflict("CONFLICT: some of these messages were sent before, by their otid, and some were not");

const sentOtherwise = (runId: string) =>
  conflict(
    "CONFLICT: a message with this otid was sent before, with other content. To send it again, send the same; give a new message an otid of its own.",
    { run_id: runId },
  );

async function answeredBefore(
  ctx: Ctx,
  loaded: Loaded,
  answers: readonly ApprovalDecision[],
  hash: string,
): Promise<Retried | null> {
  const ids = answers.map(({ toolCallId }) => toolCallId);
  const recent = await readAnswers(ctx, loaded.conversationId, ids);
  const returned = new Set(
    recent.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "tool_return" ? [part.toolCallId] : []))),
  );
  if (!answers.every(({ toolCallId }) => returned.has(toolCallId))) return null;
  const response = recent.findLast((message) => decisionsOf(message).size > 0);
  if (!response?.runId) throw nothingPending();
  const given = decisionsOf(response);
  const last = await newestRun(ctx, loaded.conversationId);
  const runs = await ctx.db.query<Sent & { status: string; continues: string | null }>(
    "SELECT id AS run_id, request_hash, status, metadata->>'continues_run_id' AS continues FROM run WHERE id = ANY($1::text[])",
    [[response.runId, last]],
  );
  const run = runs.find((one) => one.run_id === response.runId);
  // Images of an answer are kept as references: only the hash of what was sent tells.
  const isSame = answers.every((answer) => sameDecision(answer, given.get(answer.toolCallId)));
  if (isSame || run?.request_hash === hash) {
    if (!run || run.status === "completed") return { runId: response.runId, goesOn: false };
    // It may have gone on already, or tried to.
    const newest = runs.find((one) => one.run_id === last && (one === run || one.continues === run.run_id));
    if (!newest) return { runId: response.runId, goesOn: false };
    return newest.status === "completed" ? { runId: last!, goesOn: false } : { runId: response.runId, goesOn: true };
  }
  throw conflict(
    "CONFLICT: this tool call was answered before, with another decision, which was carried out. A decision can't be changed.",
    { run_id: response.runId },
  );
}

/** The run that last said something in a conversation. */
async function newestRun(ctx: Ctx, conversationId: string): Promise<string | null> {
  const [row] = await ctx.db.query<{ run_id: string | null }>(
    "SELECT run_id FROM message WHERE conversation_id = $1 AND role <> 'summary' ORDER BY seq DESC LIMIT 1",
    [conversationId],
  );
  return row?.run_id ?? null;
}

function decisionsOf({ parts }: Message): Map<string, ApprovalDecision> {
  return new Map(
    parts.flatMap((part) => (part.type === "approval" ? [[part.decision.toolCallId, part.decision] as const] : [])),
  );
}

function sameDecision(one: ApprovalDecision, other: ApprovalDecision | undefined): boolean {
  return other !== undefined && JSON.stringify(comparable(one)) === JSON.stringify(comparable(other));
}

function comparable(decision: ApprovalDecision): unknown[] {
  if (decision.type === "approval") return [decision.toolCallId, decision.approve, decision.reason || null];
  const { toolCallId, status, content, stdout, stderr } = decision;
  return [toolCallId, status, sorted(content), sorted(stdout), sorted(stderr)];
}

/** With keys in one order, whatever order the database gives them in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== "object") return value ?? null;
  const entries = Object.entries(value).filter(([, item]) => item != null);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]);
}
