import type { Item } from "@/lib/stream/item";
import { type ApprovalDecision, type Message, type ToolCall, toolCallsOf, toolReturnsOf } from "@/lib/stream/message";
import { type Answer, applyWrites, type CallInput, returnItem, returnMessage, runCalls, writesOf } from "./call-tools";
import type { Block } from "./memory";
import type { FinishedCall, Ports, RunEnd } from "./ports";
import { counts, endOf, heartbeats, type Run, type State, toUse } from "./state";
import { prefilledArgs } from "./tool-rules";
import type { Verdict } from "./verdict";

export type Settlement = {
  /** Null for calls that came with a fork or a file: the step that made them is not the agent's own. */
  stepId: string | null;
  calls: ToolCall[];
  refusal: CallInput["refusal"];
  /** Answers that are known without running anything. */
  given: Map<string, Pick<Answer, "outcome" | "status">>;
  conclude: (answers: Answer[]) => { verdict: Verdict | null; end: RunEnd | null };
};

const CONFLICT_RERUNS = 50;
const CONTENDED = "Error: the memory is being changed by others all the time. Nothing was changed; try again later.";

/** Runs calls and commits their returns with their writes; when another writer came first, the writing ones run again. */
export async function* settleCalls(run: Run, state: State, ports: Ports, settling: Settlement) {
  const heartbeatId = ports.newId("message");
  const messageId = ports.newId("message");
  const tools = new Map(run.tools.map((tool) => [tool.name, tool]));
  const began = ports.clock.monotonic();
  let keep = new Map<string, Answer>();
  for (let conflicts = 0; ; ) {
    const toRun = settling.calls.filter((call) => !settling.given.has(call.id) && !keep.has(call.id));
    const ran = await runCalls(
      {
        calls: toRun,
        tools,
        refusal: (call) => settling.refusal(call) ?? (conflicts > CONFLICT_RERUNS ? CONTENDED : null),
        ownArguments: run.type.dialect.stripArguments,
        prefilled: (name) => prefilledArgs(run.rules, name, state.history),
        blocks: [...keep.values()].reduce((blocks, { outcome }) => applyWrites(blocks, outcome), state.blocks),
        pending: [...keep.values()].flatMap(({ outcome }) => writesOf(outcome)),
        agentId: run.agentId,
        conversationId: run.conversationId,
        runId: run.id,
        stepId: settling.stepId,
        timezone: run.timezone,
        signal: run.signal,
      },
      ports,
    );
    const fresh = new Map(ran.answers.map((answer) => [answer.call.id, answer]));
    const now = ports.clock.now();
    const answers = settling.calls.map(
      (call) =>
        fresh.get(call.id) ??
        keep.get(call.id) ?? { call, startedAt: now, endedAt: now, ...settling.given.get(call.id)! },
    );
    const message = returnMessage(answers, { messageId, runId: run.id, stepId: settling.stepId, now });
    // Said once: a cancellation that comes while this is saved is for the next step.
    const cancelled = run.signal.aborted;
    const { verdict, end } = cancelled ? { verdict: null, end: endOf(state, "cancelled") } : settling.conclude(answers);
    const messages = [message, ...heartbeats(run, verdict, { stepId: settling.stepId, id: heartbeatId, now })];
    const saved = await ports.store.saveReturns({
      stepId: settling.stepId,
      messages,
      returns: answers.map((answer) => finished(answer, messageId)),
      toolsMs: ports.clock.monotonic() - began,
      stepStatus: cancelled ? "cancelled" : "success",
      end,
    });
    state.blocks = saved.blocks;
    if (saved.conflict) {
      conflicts++;
      keep = new Map(answers.flatMap((answer) => kept(answer, saved.blocks)));
      continue;
    }
    yield returnItem(message);
    const restructured = answers.some(
      ({ outcome }) => outcome.recompile === true || outcome.writes?.some(changesPrompt),
    );
    if (restructured) state.prompt = await ports.store.compile();
    state.transcript = [...state.transcript, ...messages];
    state.history = [...state.history, ...answers.filter(counts).map(toUse)];
    return { answers, end };
  }
}

/** The answer of a call that does not run again because others have changed the blocks; nothing where it does. */
function kept(answer: Answer, blocks: Block[]): [string, Answer][] {
  const { outcome, call } = answer;
  if (!outcome.writes?.length) return [[call.id, answer]];
  return outcome.rebase ? [[call.id, { ...answer, outcome: outcome.rebase(blocks) }]] : [];
}

/** Blocks that come, go or are renamed are in the prompt at once; new values wait for the next compile. */
function changesPrompt(write: NonNullable<Answer["outcome"]["writes"]>[number]): boolean {
  if (write.type === "block-create" || write.type === "block-detach") return true;
  return (
    write.type === "block-update" && (write.changes.label !== undefined || write.changes.description !== undefined)
  );
}

/** Answers the calls that waited for a decision, and those that were held back with them. */
export async function* answerDecisions(
  run: Run,
  decisions: ApprovalDecision[],
  state: State,
  ports: Ports,
): AsyncGenerator<Item, RunEnd | null> {
  const waiting = pendingCalls(run.transcript);
  const stepId = waiting.stepId;
  if (waiting.calls.length === 0) return null;
  const byId = new Map(decisions.map((decision) => [decision.toolCallId, decision]));
  const given = new Map<string, Pick<Answer, "outcome" | "status">>();
  for (const call of waiting.calls) {
    const decision = byId.get(call.id);
    if (decision?.type === "tool") given.set(call.id, clientReturn(decision));
    if (decision?.type === "approval" && !decision.approve) given.set(call.id, denial(decision.reason));
  }
  const { answers, end } = yield* settleCalls(run, state, ports, {
    stepId,
    calls: waiting.calls,
    refusal: () => null,
    given,
    conclude: () => ({ verdict: null, end: null }),
  });
  if (end) return end;
  const ends = run.type.verdict({
    finish: "tool-calls",
    calls: waiting.calls,
    answers: answers.filter((answer) => answer.status === "success"),
    rules: run.rules,
    history: state.history,
  });
  // An approved call of a tool that ends the loop ends it; everything else goes on to the model, and so does what was
  // said along with the approval.
  const ended = "stop" in ends && (ends.stop === "tool_rule" || ends.stop === "end_turn") && !hasMore(run.transcript);
  if (!ended || !answers.some((answer) => answer.status === "success")) return null;
  const last = endOf(state, ends.stop);
  await ports.store.finish(last);
  return last;
}

function hasMore(transcript: readonly Message[]): boolean {
  const last = transcript.at(-1);
  return last !== undefined && last.role !== "approval";
}

/** Calls at the end of a transcript that have no return yet, and the step that made them. */
export function pendingCalls(transcript: readonly Message[]): {
  stepId: string | null;
  calls: ToolCall[];
  request: Message | null;
} {
  const returned = new Set<string>();
  const calls: ToolCall[] = [];
  let stepId: string | null = null;
  let request: Message | null = null;
  for (const message of transcript.toReversed()) {
    for (const ret of toolReturnsOf(message)) returned.add(ret.toolCallId);
    const open = toolCallsOf(message).filter((call) => !returned.has(call.id));
    if (message.role === "tool" || (message.role === "assistant" && open.length === 0)) break;
    if (open.length === 0) continue;
    calls.unshift(...open);
    stepId ??= message.stepId;
    if (message.role === "approval") request ??= message;
  }
  return { stepId, calls, request };
}

function finished(answer: Answer, returnMessageId: string): FinishedCall {
  return {
    callId: answer.call.id,
    name: answer.call.name,
    status: answer.status,
    startedAt: answer.startedAt,
    endedAt: answer.endedAt,
    stdout: answer.outcome.stdout ?? null,
    stderr: answer.outcome.stderr ?? null,
    sandbox: answer.outcome.sandbox ?? null,
    memoryBytes: answer.outcome.memoryBytes ?? null,
    returnMessageId,
    writes: [...writesOf(answer.outcome)],
  };
}

function denial(reason: string | null): Pick<Answer, "outcome" | "status"> {
  const content = `Error: request to call tool denied. User reason: ${reason ?? ""}`;
  return { status: "denied", outcome: { status: "error", content } };
}

function clientReturn(decision: Extract<ApprovalDecision, { type: "tool" }>): Pick<Answer, "outcome" | "status"> {
  const { status, content, stdout, stderr } = decision;
  return { status, outcome: { status, content, ...(stdout && { stdout }), ...(stderr && { stderr }) } };
}
