import type { Usage } from "@/lib/stream/item";
import type { ApprovalDecision, Message, StopReason, ToolCall } from "@/lib/stream/message";
import { toolCallsOf } from "@/lib/stream/message";
import type { AgentType } from "./agent-types";
import type { Answer } from "./call-tools";
import type { CompactionSettings } from "./compaction/settings";
import { estimateText } from "./estimate";
import { heartbeatMessage } from "./heartbeat";
import type { Block } from "./memory";
import type { Model, ModelFailure } from "./model";
import type { CompiledPrompt, RunEnd, RunError } from "./ports";
import { renderPrompt } from "./render";
import type { Section } from "./section";
import type { Tool } from "./tool";
import type { ToolRule, ToolUse } from "./tool-rules";
import type { Turn } from "./turn";
import type { StepOutcome, Verdict } from "./verdict";

/** One request to one agent, with all that it starts from. The run, its messages in, are durable before it begins. */
export type Run = {
  id: string;
  agentId: string;
  conversationId: string;
  type: AgentType;
  model: Model;
  /** For summaries; the agent's own where it has no other. */
  summarizer: Model;
  /** The contract's model settings. */
  settings: Record<string, unknown>;
  /** In tokens. */
  contextWindow: number;
  parallelToolCalls: boolean;
  /** Whether a dialect that needs it asks the model to think in an argument of its calls. */
  innerThoughtsInKwargs: boolean;
  /** See `TurnInput`: only for a replay of what an older version did. */
  requestsApart?: boolean;
  prompt: CompiledPrompt;
  /** Stands for the prompt's instructions in this request alone. */
  instructions: Section | null;
  /** Sections of this request alone, after the compiled ones: client skills. */
  extraSections: Section[];
  tools: Tool[];
  rules: ToolRule[];
  blocks: Block[];
  /** What is in context, without the system message, the request's own messages last. */
  transcript: Message[];
  /** Answers to the calls that the conversation waits for; null where it waits for none. */
  decisions: ApprovalDecision[] | null;
  compaction: CompactionSettings;
  /** Ids of messages that are marked: no compaction takes them out of context. */
  keptIds?: ReadonlySet<string>;
  /** Tokens in context after the last step, if one is known. */
  contextTokens: number | null;
  maxSteps: number;
  timezone: string;
  /** Items as fragments, as the model sends them, or as whole parts. */
  tokens: boolean;
  /** Also yield what a compaction did. */
  compactionItems: boolean;
  signal: AbortSignal;
};

/** What a run knows of itself as it goes; all of it can be rebuilt from what is saved. */
export type State = {
  prompt: CompiledPrompt;
  blocks: Block[];
  transcript: Message[];
  history: ToolUse[];
  usedCallIds: Set<string>;
  usage: Usage;
  /** What was in context after the last step or compaction, if that is known. */
  contextTokens: number | null;
  /** Whether `contextTokens` is an estimate of ours. */
  isEstimated: boolean;
};

export function initialState(run: Run): State {
  return {
    prompt: run.prompt,
    blocks: run.blocks,
    transcript: run.transcript,
    history: [],
    usedCallIds: callIds(run.transcript),
    usage: emptyUsage(),
    contextTokens: run.contextTokens,
    isEstimated: false,
  };
}

function callIds(transcript: readonly Message[]): Set<string> {
  return new Set(transcript.flatMap((message) => toolCallsOf(message).map((call) => call.id)));
}

/** Adds a turn to the run's usage. */
export function countUsage(state: State, turn: Turn): void {
  state.usage.stepCount += 1;
  if (!turn.usage) return;
  const { input, output, cachedInput, cacheWrite, reasoning } = turn.usage;
  state.usage.promptTokens += input;
  state.usage.completionTokens += output;
  state.usage.totalTokens += input + output;
  state.usage.cachedInputTokens = add(state.usage.cachedInputTokens, cachedInput);
  state.usage.cacheWriteTokens = add(state.usage.cacheWriteTokens, cacheWrite);
  state.usage.reasoningTokens = add(state.usage.reasoningTokens, reasoning);
  state.contextTokens = input + output;
  state.isEstimated = false;
}

const add = (a: number | null, b: number | null) => (b === null ? a : (a ?? 0) + b);

/** The usage of a run that asked no model. */
export function emptyUsage(): Usage {
  return {
    completionTokens: 0,
    promptTokens: 0,
    totalTokens: 0,
    stepCount: 0,
    runIds: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    contextTokens: null,
  };
}

export function failureEnd(run: Run, state: State, failure: ModelFailure): RunEnd {
  if (failure.kind === "context_window_exceeded" && promptTokens(state) > run.contextWindow) {
    const errorType = "context_window_overflow_in_system_prompt";
    return endOf(state, errorType, { errorType, message: failure.message, detail: failure.detail });
  }
  const errorType = failure.kind === "context_window_exceeded" ? "llm_bad_request" : failure.kind;
  const error: RunError = { errorType, message: failure.message, detail: failure.detail };
  return endOf(state, STOP_REASONS[failure.kind] ?? "llm_api_error", error);
}

/** Failures that have a stop reason of their own. */
const STOP_REASONS: Partial<Record<ModelFailure["kind"], StopReason>> = {
  llm_empty_response: "invalid_llm_response",
  llm_insufficient_credits: "insufficient_credits",
};

export function endOf(state: State, stopReason: StopReason, error: RunError | null = null): RunEnd {
  return { stopReason, usage: { ...state.usage, contextTokens: state.contextTokens }, error };
}

/** An estimate, in tokens, of what the system prompt takes. */
export function promptTokens(state: Pick<State, "prompt">): number {
  return estimateText(renderPrompt(state.prompt.sections));
}

/** The end of the run after a step, or null to go on. */
export function endAfter(state: State, verdict: Verdict | null, last: boolean): RunEnd | null {
  if (verdict && "stop" in verdict) return endOf(state, verdict.stop);
  return verdict && last ? endOf(state, "max_steps") : null;
}

export function stepOutcome(run: Run, state: State, turn: Turn, calls: ToolCall[], answers: Answer[]): StepOutcome {
  const history = [...state.history, ...answers.filter(counts).map(toUse)];
  return { finish: turn.finish, calls, answers, rules: run.rules, history };
}

/** The word to the model why the loop goes on, where there is one to say. */
export function heartbeats(
  run: Run,
  verdict: Verdict | null,
  at: { stepId: string | null; id: string; now: string },
): Message[] {
  const reason = verdict && "goOn" in verdict ? verdict.heartbeat : null;
  return reason ? [heartbeatMessage({ ...at, reason, runId: run.id, timezone: run.timezone })] : [];
}

/** A refused call is not in the history of the rules: it did not run. */
export function counts(answer: Answer): boolean {
  return !String(answer.outcome.content).startsWith("[ToolConstraintError]");
}

export function toUse(answer: Answer): ToolUse {
  const { content } = answer.outcome;
  return {
    name: answer.call.name,
    returned: typeof content === "string" ? content : JSON.stringify(content),
    status: answer.outcome.status,
  };
}
