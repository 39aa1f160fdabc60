import type { Usage } from "@/lib/stream/item";
import type { CompactionStats, Message, StopReason } from "@/lib/stream/message";
import type { Block, MemoryWrite } from "./memory";
import type { Model, ModelAttempt, ModelEvent, ModelFailure, ModelRequest, TokenUsage } from "./model";
import type { Section } from "./section";
import type { ToolOutcome } from "./tool";

/** All that the engine needs of the world. It reads no clock and makes no id by itself, so that a replay can give it recorded ones. */
export type Ports = {
  store: Store;
  clock: Clock;
  newId(prefix: "message" | "step" | "call"): string;
  countTokens(text: string): number;
  /** Without it, a call ends only by itself or with its run. */
  calls?: CallWatch;
};

/** Where a call is known while its tool runs, so that it can be cancelled by itself. */
export type CallWatch = {
  begin(call: { callId: string; name: string; stepId: string | null; startedAt: string }): WatchedCall;
};

export type WatchedCall = {
  /** Aborts with the run's signal, and when this call is cancelled. */
  signal: AbortSignal;
  /**
   * Settles only for a call that was cancelled, once its tool had a moment to stop: with what the tool had printed by
   * then, in lines. Never rejects.
   */
  stopped: Promise<Pick<ToolOutcome, "stdout" | "stderr">>;
  /** Whether a person cancelled this call. */
  isCancelled(): boolean;
  /** The call is answered: it can't be cancelled any more. */
  end(status: ToolOutcome["status"]): void;
};

export type Clock = {
  /** ISO 8601, UTC: what is written into records. */
  now(): string;
  /** Milliseconds from a fixed point: what durations are measured with. */
  monotonic(): number;
};

/**
 * Where a run is kept. Each method is one commit: all of it is kept, or none. Any of them throws `RunLostError` when the
 * run is no longer ours, and then nothing was kept.
 */
export type Store = {
  /** A model turn: its step, messages, the intents of its tool calls, its cassette; and the end of the run, if this is it. */
  saveTurn(record: TurnRecord): Promise<void>;
  /**
   * What tools returned, together with what they wrote. Answers `conflict` when another writer changed a block first:
   * nothing was kept, and the tools that write must be run again on `blocks`.
   */
  saveReturns(record: ReturnsRecord): Promise<{ conflict: boolean; blocks: Block[] }>;
  saveCompaction(record: CompactionRecord): Promise<CompiledPrompt>;
  /** Ends the run where no turn did: cancelled, out of steps, or failed. */
  finish(end: RunEnd): Promise<void>;
  /** Renders the system prompt anew from what is stored now. */
  compile(): Promise<CompiledPrompt>;
};

/** The run was taken from this process, or is already over. */
export class RunLostError extends Error {}

/** The system prompt in force: its sections, each with its text, in order. */
export type CompiledPrompt = { compileId: string; sections: Section[] };

export type RunEnd = {
  stopReason: StopReason;
  usage: Usage;
  error: RunError | null;
  /** The provider refused what the request brought: it stays in the record, and models are not shown it again. */
  refused?: boolean;
};
export type RunError = { errorType: string; message: string; detail: string | null };

export type StepTimings = {
  contextMs: number;
  ttftMs: number | null;
  modelMs: number;
  toolsMs?: number;
  saveMs?: number;
};

export type TurnRecord = {
  stepId: string;
  /** From 0, in the run. */
  position: number;
  startedAt: string;
  sections: Section[];
  /** In tokens: what the run counts with, which may be less than the model has. */
  contextWindow: number;
  /** Estimates, in tokens. */
  messageTokens: number;
  model: Model;
  request: ModelRequest;
  usage: TokenUsage | null;
  timings: StepTimings;
  status: "success" | "failed" | "cancelled" | "pending";
  stopReason: StopReason | null;
  error: ModelFailure | null;
  /** The turn's messages; empty when the model failed. */
  messages: Message[];
  toolCalls: { callId: string; name: string; arguments: string; messageId: string; status: "pending" | "awaiting" }[];
  /** Each time that the model was asked, the last of which is the turn. */
  attempts: ModelAttempt[];
  end: RunEnd | null;
};

export type ReturnsRecord = {
  stepId: string | null;
  messages: Message[];
  returns: FinishedCall[];
  toolsMs: number;
  stepStatus: "success" | "failed" | "cancelled";
  end: RunEnd | null;
};

export type FinishedCall = {
  callId: string;
  name: string;
  status: "success" | "error" | "denied" | "interrupted";
  startedAt: string;
  endedAt: string;
  stdout: string[] | null;
  stderr: string[] | null;
  sandbox: string | null;
  memoryBytes: number | null;
  returnMessageId: string;
  writes: MemoryWrite[];
};

export type CompactionRecord = {
  stepId: string | null;
  trigger: string;
  mode: string;
  summary: string;
  summaryMessage: Message;
  /** Ids of the messages that leave the context, in order. */
  evicted: string[];
  /** Ids of the marked messages, which stay. */
  kept: string[];
  stats: CompactionStats;
  cassette: { request: ModelRequest; model: Model; events: ModelEvent[]; durationMs: number } | null;
};

export type { ToolOutcome };
