import { createHash } from "node:crypto";
import type { MessageInput } from "@/lib/api/messages";
import type { ApprovalDecision, Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import type { Loaded } from "./load";
import { answersOf, givenOtids, nothingPending, toParts } from "./request";

/** An answer to a call is looked for among so many messages, the last ones. */
const RECENT = 10;

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
 * The run that an earlier sending of the same request started, if there was one: by the otids that the client gave, or
 * because the calls that it answers have their returns already.
 *
 * @throws ApiError 409 where the same was sent before with other content, 400 for answers that nothing waits for.
 */
export async function findRetried(ctx: Ctx, loaded: Loaded, inputs: readonly MessageInput[]): Promise<string | null> {
  const otids = givenOtids(inputs);
  const hash = contentHashOf(inputs);
  const rows = otids.length === 0 ? [] : await readSent(ctx, loaded.conversationId, otids);
  if (rows.length > 0) {
    const known = rows.find((row) => row.run_id !== null);
    const isWhole = rows.length === new Set(otids).size && rows.every((row) => row.run_id === known?.run_id);
    if (!known || !isWhole) throw partlySent();
    if (known.request_hash !== null && known.request_hash !== hash) throw sentOtherwise(known.run_id!);
    return known.run_id;
  }
  if (loaded.activeRunId) return null;
  const answers = inputs.flatMap((input) => (input.type === "message" ? [] : answersOf(input, loaded.transcript)));
  return answers.length === 0 ? null : answeredBefore(ctx, loaded.transcript, answers, hash);
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
  transcript: readonly Message[],
  answers: readonly ApprovalDecision[],
  hash: string,
): Promise<string | null> {
  const recent = transcript.slice(-RECENT);
  const returned = new Set(
    recent.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "tool_return" ? [part.toolCallId] : []))),
  );
  if (!answers.every(({ toolCallId }) => returned.has(toolCallId))) return null;
  const response = recent.findLast((message) => decisionsOf(message).size > 0);
  if (!response?.runId) throw nothingPending();
  const given = decisionsOf(response);
  if (answers.every((answer) => sameDecision(answer, given.get(answer.toolCallId)))) return response.runId;
  // Images of an answer are kept as references: only the hash of what was sent tells.
  const [run] = await ctx.db.query<Sent>("SELECT id AS run_id, request_hash FROM run WHERE id = $1", [response.runId]);
  if (run?.request_hash === hash) return response.runId;
  throw conflict(
    "CONFLICT: this tool call was answered before, with another decision, which was carried out. A decision can't be changed.",
    { run_id: response.runId },
  );
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
