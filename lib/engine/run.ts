import type { Item } from "@/lib/stream/item";
import { type ToolCall, toolCallsOf } from "@/lib/stream/message";
import { compact } from "./compaction/compact";
import { contextForStep, dialectOptions } from "./context";
import { isTooFull } from "./fullness";
import type { ModelAttempt, ModelFailure } from "./model";
import type { Ports, RunEnd, TurnRecord } from "./ports";
import { answerDecisions, settleCalls } from "./settle";
import {
  countUsage,
  endAfter,
  endOf,
  failureEnd,
  heartbeats,
  initialState,
  type Run,
  type State,
  stepOutcome,
} from "./state";
import type { Tool } from "./tool";
import {
  allowedTools,
  prefilledArgs,
  prefilledArgsError,
  requiresApproval,
  type ToolRule,
  violation,
} from "./tool-rules";
import { spoken, type Turn, takeTurn } from "./turn";
import { wholeItems } from "./whole-items";

const OVERFLOW_RETRIES = 3;

/**
 * Runs one agent until it stops, yielding each item as it happens, and returns how it ended.
 *
 * Contract: a failing model or tool is data (a stop reason, an error return), never a throw; only `RunLostError` of the
 * store leaves it. Every step is saved before the next one starts, so a killed process loses at most one step; the end
 * of the run is saved with its last step.
 */
export async function* runAgent(run: Run, ports: Ports): AsyncGenerator<Item, RunEnd> {
  const state = initialState(run);
  if (run.decisions) {
    const end = yield* answerDecisions(run, run.decisions, state, ports);
    if (end) return end;
  }
  for (let position = 0; position < run.maxSteps; position++) {
    if (run.signal.aborted) return finish(state, ports, "cancelled");
    if (isTooFull(run, state)) yield* compactContext(run, state, ports, null, "post_step_context_check");
    const end = yield* takeStep(run, state, ports, position);
    if (end) return end;
  }
  return finish(state, ports, "max_steps");
}

/** One step: a model turn and its calls. Answers the end of the run, or null to go on. */
async function* takeStep(run: Run, state: State, ports: Ports, position: number): AsyncGenerator<Item, RunEnd | null> {
  const stepId = ports.newId("step");
  const startedAt = ports.clock.now();
  const began = ports.clock.monotonic();
  const attempts: ModelAttempt[] = [];
  for (let attempt = 0; ; attempt++) {
    const names = run.tools.map((tool) => tool.name);
    const allowed = allowedTools(run.rules, names, state.history);
    const context = contextForStep(run, state, allowed);
    const contextMs = ports.clock.monotonic() - began;
    // A call that the rules refuse is answered at once: there is nothing to approve.
    const gated = new Set(
      allowed.filter((name) => run.tools.some((tool) => tool.name === name && isGated(tool, run.rules))),
    );
    const source = takeTurn(
      {
        model: run.model,
        request: context.request,
        dialect: run.type.dialect,
        dialectOptions: dialectOptions(run),
        stepId,
        runId: run.id,
        usedCallIds: state.usedCallIds,
        gated,
        requestsApart: run.requestsApart ?? false,
        maxCalls: context.request.parallelToolCalls ? Number.POSITIVE_INFINITY : 1,
        signal: run.signal,
      },
      ports,
    );
    const turn = yield* run.tokens ? source : wholeItems(source);
    attempts.push(...turn.attempts);
    const overflow = turn.failure?.kind === "context_window_exceeded" && attempt < OVERFLOW_RETRIES;
    if (overflow && (yield* compactContext(run, state, ports, stepId, "context_window_exceeded"))) continue;

    countUsage(state, turn);
    const record: TurnBegun = {
      stepId,
      position,
      startedAt,
      sections: context.sections,
      contextWindow: run.contextWindow,
      messageTokens: context.messageTokens,
      model: run.model,
      request: context.request,
      usage: turn.usage,
      timings: { contextMs, ttftMs: turn.ttftMs, modelMs: turn.modelMs },
      error: turn.failure,
      messages: turn.messages,
      attempts,
    };
    if (turn.failure || run.signal.aborted) return endBrokenTurn(run, state, ports, record, turn);
    return yield* settleTurn(run, state, ports, { record, turn, allowed, gated });
  }
}

/** What a turn's record says before it is known how the step ends. */
type TurnBegun = Omit<TurnRecord, "status" | "stopReason" | "toolCalls" | "end">;

type Settling = {
  record: TurnBegun;
  turn: Turn;
  allowed: string[];
  gated: ReadonlySet<string>;
};

/** Saves a good turn, runs its calls, saves their returns, and says how to go on. */
async function* settleTurn(run: Run, state: State, ports: Ports, step: Settling): AsyncGenerator<Item, RunEnd | null> {
  const { record, turn } = step;
  const calls = turn.messages.flatMap(toolCallsOf);
  const waits = calls.some((call) => step.gated.has(call.name));
  const verdict = calls.length === 0 ? run.type.verdict(stepOutcome(run, state, turn, calls, [])) : null;
  const last = record.position + 1 >= run.maxSteps;
  const end = waits ? endOf(state, "requires_approval") : endAfter(state, verdict, last);
  const at = { stepId: record.stepId, id: ports.newId("message"), now: ports.clock.now() };
  const messages = [...turn.messages, ...heartbeats(run, verdict, at)];
  await ports.store.saveTurn({
    ...record,
    messages,
    status: calls.length > 0 && !waits ? "pending" : "success",
    stopReason: end?.stopReason ?? null,
    toolCalls: turn.messages.flatMap((message) =>
      toolCallsOf(message).map((call) => ({
        callId: call.id,
        name: call.name,
        arguments: call.arguments,
        messageId: message.id,
        status: waits ? ("awaiting" as const) : ("pending" as const),
      })),
    ),
    end,
  });
  state.transcript = [...state.transcript, ...messages];
  for (const call of calls) state.usedCallIds.add(call.id);
  if (end || calls.length === 0) return end;
  return yield* answerCalls(run, state, ports, { stepId: record.stepId, turn, calls, allowed: step.allowed, last });
}

type Answering = { stepId: string; turn: Turn; calls: ToolCall[]; allowed: string[]; last: boolean };

async function* answerCalls(
  run: Run,
  state: State,
  ports: Ports,
  step: Answering,
): AsyncGenerator<Item, RunEnd | null> {
  const { end } = yield* settleCalls(run, state, ports, {
    stepId: step.stepId,
    calls: step.calls,
    refusal: (call) =>
      violation(run.rules, call.name, step.allowed, state.history) ?? prefillProblem(run, state, call.name),
    given: new Map(),
    conclude: (answers) => {
      const misfit = step.calls.some((call) => prefillProblem(run, state, call.name) !== null);
      if (misfit) return { verdict: null, end: endOf(state, "invalid_tool_call") };
      const verdict = run.type.verdict(stepOutcome(run, state, step.turn, step.calls, answers));
      return { verdict, end: endAfter(state, verdict, step.last) };
    },
  });
  return end;
}

/** What is wrong with the arguments that a rule sets for a call of this tool now, or null. */
function prefillProblem(run: Run, state: State, name: string): string | null {
  const tool = run.tools.find((candidate) => candidate.name === name);
  return tool ? prefilledArgsError(prefilledArgs(run.rules, name, state.history), tool.parameters) : null;
}

async function* compactContext(
  run: Run,
  state: State,
  ports: Ports,
  stepId: string | null,
  trigger: string,
): AsyncGenerator<Item, boolean> {
  const done = await compact({ run, state, trigger, stepId }, ports);
  if (!done) return false;
  state.prompt = done.prompt;
  state.transcript = done.transcript;
  state.contextTokens = done.contextTokens;
  state.isEstimated = true;
  for (const item of done.items) yield item;
  return true;
}

async function endBrokenTurn(run: Run, state: State, ports: Ports, record: TurnBegun, turn: Turn): Promise<RunEnd> {
  const cancelled = run.signal.aborted || turn.failure?.kind === "cancelled";
  const failed = cancelled ? endOf(state, "cancelled") : failureEnd(run, state, turn.failure!);
  const refused = !cancelled && run.decisions === null && record.position === 0 && isRefusal(turn.failure!);
  const end = refused ? withRefusal(failed) : failed;
  await ports.store.saveTurn({
    ...record,
    messages: spoken(record.messages),
    status: cancelled ? "cancelled" : "failed",
    stopReason: end.stopReason,
    error: cancelled ? null : turn.failure,
    toolCalls: [],
    end,
  });
  return end;
}

const REFUSALS: readonly (number | null)[] = [400, 413, 415, 422];
/** What is said of a message that a provider refused. */
export const REFUSED_NOTE =
  "The provider refused the request. Its new message stays in the record, and is left out of what the model is shown from now on, so that the conversation can go on.";

/** Whether a provider said no to what it was sent, rather than to who asked, or for now. */
function isRefusal({ kind, status }: ModelFailure): boolean {
  return kind === "context_window_exceeded" || (kind === "llm_bad_request" && REFUSALS.includes(status));
}

function withRefusal(end: RunEnd): RunEnd {
  if (!end.error) return end;
  const detail = end.error.detail ? `${end.error.detail}\n${REFUSED_NOTE}` : REFUSED_NOTE;
  return { ...end, refused: true, error: { ...end.error, detail } };
}

async function finish(state: State, ports: Ports, stopReason: RunEnd["stopReason"]): Promise<RunEnd> {
  const end = endOf(state, stopReason);
  await ports.store.finish(end);
  return end;
}

/** Whether a call of the tool waits: for the client that has the tool, or for a person's word. */
function isGated(tool: Tool, rules: readonly ToolRule[]): boolean {
  return !tool.run || requiresApproval(rules, tool.name);
}
