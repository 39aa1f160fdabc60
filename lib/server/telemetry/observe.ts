import type { CompactionRecord, FinishedCall, ReturnsRecord, RunEnd, Store, TurnRecord } from "@/lib/engine/ports";
import { toolReturnsOf } from "@/lib/stream/message";
import { log } from "../core/log";
import { chatAttributes, endAttributes, memoryOperation, recallSearch, runAttributes } from "./attributes";
import type { ObservedRun, OpenSpan, Spans, Telemetry } from "./telemetry";

export type ObserveOptions = { captureContent: boolean; nowMs: () => number };

/** Tools that look for what was said, and write nothing of it. */
const RECALL_TOOLS: ReadonlySet<string> = new Set(["conversation_search", "search_memory"]);

type Observed = {
  run: ObservedRun;
  root: OpenSpan;
  /** Arguments of calls, by call id, until they return. */
  args: Map<string, string>;
};

/**
 * Makes spans of what the stores of runs keep: one for the run, and in it one for each asking of the model, each call of
 * a tool and, in that, each operation on memory.
 */
export function createObserver(spans: Spans, options: ObserveOptions): Pick<Telemetry, "observe" | "abandon"> {
  const open = new Map<string, Observed>();
  /** The spans of the latest runs, over or not. */
  const roots = new Map<string, OpenSpan>();

  function observe(store: Store, run: ObservedRun): Store {
    const begin = {
      kind: "internal" as const,
      atMs: run.startedAtMs,
      attributes: runAttributes(run),
      parent: run.cause?.runId === undefined ? undefined : roots.get(run.cause.runId),
      traceparent: run.cause?.traceparent,
    };
    const observed = quietly(() => ({
      run,
      root: spans.begin(`invoke_agent ${run.agentName}`, begin),
      args: new Map(),
    }));
    if (!observed) return store;
    open.set(run.id, observed);
    // A run may cause others after its end.
    if (roots.size >= MOST_ROOTS) roots.delete(roots.keys().next().value!);
    roots.set(run.id, observed.root);
    const told = <Kept>(kept: Kept, tell: () => void): Kept => {
      quietly(tell);
      return kept;
    };
    return {
      ...store,
      saveTurn: async (record) => told(await store.saveTurn(record), () => tellTurn(observed, record)),
      saveReturns: async (record) => {
        const saved = await store.saveReturns(record);
        // What was not kept is run again.
        return saved.conflict ? saved : told(saved, () => tellReturns(observed, record));
      },
      saveCompaction: async (record) =>
        told(await store.saveCompaction(record), () => tellCompaction(observed, record)),
      finish: async (end) => told(await store.finish(end), () => endRun(observed, end)),
    };
  }

  function tellTurn(observed: Observed, record: TurnRecord): void {
    const { run, root, args } = observed;
    const last = record.attempts.length - 1;
    for (const [index, attempt] of record.attempts.entries()) {
      const atMs = Date.parse(attempt.startedAt);
      const { provider, name: model } = record.model;
      const ttftMs = index === last ? record.timings.ttftMs : null;
      const asked = { run, stepId: record.stepId, provider, model, attempt, ttftMs, ...options };
      const { failure } = attempt;
      spans
        .begin(`chat ${model}`, { kind: "client", atMs, attributes: chatAttributes(asked), parent: root })
        .end(atMs + attempt.durationMs, {}, failure && { type: failure.kind, message: failure.message });
    }
    for (const call of record.toolCalls) args.set(call.callId, call.arguments);
    if (record.end) endRun(observed, record.end);
  }

  function tellReturns(observed: Observed, record: ReturnsRecord): void {
    const contents = new Map(record.messages.flatMap(toolReturnsOf).map((one) => [one.toolCallId, one.content]));
    for (const call of record.returns) tellCall(observed, call, contents.get(call.callId), record.stepId);
    if (record.end) endRun(observed, record.end);
  }

  function tellCall(observed: Observed, call: FinishedCall, content: unknown, stepId: string | null): void {
    const { run, root, args } = observed;
    const given = args.get(call.callId);
    args.delete(call.callId);
    const endMs = Date.parse(call.endedAt);
    const result = typeof content === "string" ? content : JSON.stringify(content ?? null);
    const span = spans.begin(`execute_tool ${call.name}`, {
      kind: "internal",
      atMs: Date.parse(call.startedAt),
      parent: root,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.name,
        "gen_ai.tool.call.id": call.callId,
        "gen_ai.tool.type": "function",
        "gen_ai.conversation.id": run.conversationId,
        "memoir.run.id": run.id,
        "memoir.step.id": stepId ?? undefined,
        ...(options.captureContent
          ? { "gen_ai.tool.call.arguments": given, "gen_ai.tool.call.result": result.slice(0, MOST_RESULT_CHARS) }
          : {}),
      },
    });
    const operations = call.writes.map((write) => memoryOperation(write, run.agentId, options.captureContent));
    if (RECALL_TOOLS.has(call.name)) operations.push(recallSearch(run.agentId, given, options.captureContent));
    for (const [name, attributes] of operations) {
      // A search takes the time of its tool; a write is kept with its tool's return.
      const atMs = name === "search_memory" ? Date.parse(call.startedAt) : endMs;
      spans.begin(name, { kind: "internal", atMs, attributes, parent: span }).end(endMs);
    }
    const failed = call.status === "success" ? null : { type: call.status, message: result.slice(0, MOST_ERROR_CHARS) };
    span.end(endMs, {}, failed && (options.captureContent ? failed : { ...failed, message: call.status }));
  }

  function tellCompaction({ run, root }: Observed, record: CompactionRecord): void {
    if (!record.cassette) return;
    const { request, model, events, durationMs } = record.cassette;
    const usage = events.find((event) => event.type === "finish")?.usage ?? null;
    const attempt = { request, events, usage };
    const asked = { run, stepId: record.stepId, provider: model.provider, model: model.name, attempt, ttftMs: null };
    const endMs = options.nowMs();
    const attributes = { ...chatAttributes({ ...asked, ...options }), "memoir.purpose": "compaction" };
    spans
      .begin(`chat ${model.name}`, { kind: "client", atMs: endMs - durationMs, attributes, parent: root })
      .end(endMs);
  }

  function endRun({ run, root }: Observed, end: RunEnd): void {
    open.delete(run.id);
    const error = end.error && { type: end.error.errorType, message: end.error.message };
    root.end(options.nowMs(), endAttributes(end), error);
  }

  return {
    observe,
    abandon(runId, type, message) {
      const observed = open.get(runId);
      open.delete(runId);
      quietly(() => observed?.root.end(options.nowMs(), {}, { type, message }));
    },
  };
}

const MOST_ROOTS = 1000;
const MOST_RESULT_CHARS = 50_000;
const MOST_ERROR_CHARS = 1000;

function quietly<T>(tell: () => T): T | null {
  try {
    return tell();
  } catch (error) {
    log.error({ err: error }, "telemetry failed");
    return null;
  }
}
