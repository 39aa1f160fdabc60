import { type Message, toolCallsOf, toolReturnsOf } from "@/lib/stream/message";

/**
 * What a provider would refuse in a list of messages: a call without exactly one later return, a return without a call,
 * a call id that is used twice. Calls of the last request may wait for an answer, if `pending` says so.
 */
export function transcriptProblems(messages: readonly Message[], options: { pending?: boolean } = {}): string[] {
  const problems: string[] = [];
  const open = new Map<string, string>();
  const seen = new Set<string>();
  for (const message of messages) {
    for (const call of toolCallsOf(message)) {
      if (seen.has(call.id)) problems.push(`call ${call.id} is made twice`);
      seen.add(call.id);
      open.set(call.id, call.name);
    }
    for (const one of toolReturnsOf(message)) {
      if (!open.delete(one.toolCallId)) problems.push(`return of ${one.toolCallId} has no open call before it`);
    }
  }
  if (!options.pending) for (const [id, name] of open) problems.push(`call ${id} of ${name} has no return`);
  return problems;
}

/** As `transcriptProblems`, of what a model is shown: there, returns also follow right after their calls. */
export function requestProblems(messages: readonly Message[]): string[] {
  const problems = transcriptProblems(messages);
  let waiting = 0;
  for (const message of messages) {
    waiting -= toolReturnsOf(message).length;
    if (waiting > 0 && (message.role === "user" || message.role === "system")) {
      problems.push(`${message.id} stands between a call and its return`);
    }
    waiting += toolCallsOf(message).length;
  }
  return problems;
}
