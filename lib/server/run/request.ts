import type { MessageInput, SendMessages, WireContent, WireDecision } from "@/lib/api/messages";
import { pythonRepr } from "@/lib/engine/python-repr";
import { pendingCalls } from "@/lib/engine/settle";
import type { Incoming } from "@/lib/stream/incoming";
import type { ApprovalDecision, ContentPart, Message, Part } from "@/lib/stream/message";
import { type ApiError, badRequest, conflict, invalid } from "../core/errors";
import { newId } from "../core/ids";
import { checkImages } from "./images";

/** The messages of a request's body: exactly one of `messages` and `input`, and not empty. */
export function messageInputs(body: Pick<SendMessages, "messages" | "input">): MessageInput[] {
  if (body.messages && body.input != null) {
    throw invalid("Cannot specify both 'input' and 'messages'. Use one or the other.");
  }
  const inputs: MessageInput[] | null | undefined =
    body.input != null ? [{ type: "message", role: "user", content: body.input }] : body.messages;
  if (!inputs) throw invalid("Must specify either 'input' or 'messages'.");
  if (inputs.length === 0) throw invalid("Messages must not be empty");
  for (const input of inputs) if (input.type === "message") checkImages(input.content);
  return inputs;
}

/** Ids that name a retry: only those that the client gave. */
export function givenOtids(inputs: readonly MessageInput[]): string[] {
  return inputs.flatMap((input) => (input.otid ? [input.otid] : []));
}

/**
 * Checks a request against what the conversation waits for, by the contract's protocol (letta-v1 §3.6), and makes the
 * messages to keep.
 *
 * @throws ApiError 409 `PENDING_APPROVAL` for an ordinary message while calls wait, 400 for answers that don't fit.
 */
export function toIncoming(inputs: readonly MessageInput[], transcript: readonly Message[], now: string): Incoming {
  const pending = pendingCalls(transcript);
  const answers = inputs.filter((input) => input.type !== "message");
  if (pending.request && answers.length === 0) throw pendingApproval(pending.request.id);
  const messages: Message[] = [];
  let decisions: ApprovalDecision[] | null = null;
  for (const input of inputs) {
    if (input.type === "message") {
      messages.push(toUserMessage(input, now));
      continue;
    }
    if (!pending.request) throw nothingPending();
    const expected = callsIn(pending.request.parts);
    decisions = decisionsOf(input, expected, pending.request.id);
    messages.push(approvalMessage(input, decisions, now));
  }
  return { messages, decisions, otids: givenOtids(inputs) };
}

function pendingApproval(requestId: string): ApiError {
  return conflict({
    code: "PENDING_APPROVAL",
    message:
      "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny the pending request before continuing.",
    pending_request_id: requestId,
  });
}

export function nothingPending(): ApiError {
  return badRequest(
    "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message to interact with the agent.",
  );
}

/** Ids by which an input names the message that asks, where older clients do. */
export function namedBy(input: ApprovalInput): string[] {
  const older = input.type === "approval" && input.approval_request_id ? [input.approval_request_id] : [];
  return [...older, ...wireDecisions(input).map((one) => one.tool_call_id)].filter((id) => id.startsWith("message-"));
}

export type ApprovalInput = Exclude<MessageInput, { type: "message" }>;

/**
 * What an input answers, by call. The older form names the request, or nothing: then the last one is meant. Empty where
 * that can't be told.
 */
export function answersOf(input: ApprovalInput, transcript: readonly Message[]): ApprovalDecision[] {
  const given = wireDecisions(input);
  const requests = transcript.flatMap(({ id, role, parts }) =>
    role === "approval" ? [{ id, calls: callsIn(parts) }] : [],
  );
  if (given.length > 0 || input.type !== "approval" || input.approve == null) {
    const only = (id: string) => requests.find((one) => one.id === id && one.calls.length === 1)?.calls[0] ?? id;
    return given.map((one) => toDecision({ ...one, tool_call_id: only(one.tool_call_id) }));
  }
  const { approval_request_id: named, approve } = input;
  const request = requests
    .filter((one) => one.calls.length > 0)
    .findLast(({ id, calls }) => !named || id === named || calls.includes(named));
  if (request?.calls.length !== 1) return [];
  return [{ type: "approval", toolCallId: request.calls[0]!, approve, reason: input.reason ?? null }];
}

const callsIn = (parts: readonly Part[]) => parts.flatMap((part) => (part.type === "tool_call" ? [part.id] : []));

function wireDecisions(input: ApprovalInput): WireDecision[] {
  return input.type === "tool_return" ? input.tool_returns : (input.approvals ?? []);
}

function decisionsOf(input: ApprovalInput, expected: string[], requestId: string): ApprovalDecision[] {
  const given = wireDecisions(input);
  if (given.length === 0 && input.type === "approval" && input.approve != null) {
    return [legacyDecision(input, expected, requestId)];
  }
  // Where one call waits, older clients name it by the message that asks.
  const [only] = expected.length === 1 ? expected : [];
  const named = given.map((one) => (only && one.tool_call_id === requestId ? { ...one, tool_call_id: only } : one));
  const received = named.map((decision) => decision.tool_call_id);
  const same = received.length === expected.length && expected.every((id) => received.includes(id));
  if (!same) throw otherCalls(expected, received);
  return named.map(toDecision);
}

/** In the original's words: its clients read the ids out of them. */
function otherCalls(expected: readonly string[], received: readonly string[]): ApiError {
  return badRequest(
    `Invalid tool call IDs. Expected '${pythonRepr(expected)}', but received '${pythonRepr(received)}'.`,
  );
}

/** The older form names the request message and works only for a single call. */
function legacyDecision(
  input: Extract<ApprovalInput, { type: "approval" }>,
  expected: string[],
  requestId: string,
): ApprovalDecision {
  const named = input.approval_request_id;
  if (named && named !== requestId && !expected.includes(named)) {
    throw badRequest(`Invalid approval request ID. Expected '${requestId}', but received '${named}'.`);
  }
  if (expected.length !== 1) throw otherCalls(expected, named ? [named] : []);
  return { type: "approval", toolCallId: expected[0]!, approve: input.approve === true, reason: input.reason ?? null };
}

function toDecision(decision: WireDecision): ApprovalDecision {
  if (decision.type === "approval") {
    return {
      type: "approval",
      toolCallId: decision.tool_call_id,
      approve: decision.approve,
      reason: decision.reason ?? null,
    };
  }
  return {
    type: "tool",
    toolCallId: decision.tool_call_id,
    status: decision.status,
    content: typeof decision.tool_return === "string" ? decision.tool_return : (decision.tool_return as ContentPart[]),
    stdout: decision.stdout ?? null,
    stderr: decision.stderr ?? null,
  };
}

function toUserMessage(input: Extract<MessageInput, { type: "message" }>, now: string): Message {
  return {
    ...blank(input, now),
    role: input.role,
    parts: toParts(input.content),
    otid: input.otid ?? crypto.randomUUID(),
    name: input.name ?? null,
  };
}

function approvalMessage(input: ApprovalInput, decisions: ApprovalDecision[], now: string): Message {
  return {
    ...blank(input, now),
    role: "approval",
    parts: decisions.map((decision) => ({ type: "approval", decision })),
    otid: input.otid ?? null,
    name: null,
  };
}

function blank(input: { sender_id?: string | null | undefined; group_id?: string | null | undefined }, now: string) {
  return {
    id: newId("message"),
    senderId: input.sender_id ?? null,
    groupId: input.group_id ?? null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: now,
  };
}

export function toParts(content: WireContent): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content as Part[];
}
