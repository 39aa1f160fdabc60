import type { Item } from "@/lib/stream/item";
import type { CompactionStats, Message } from "@/lib/stream/message";
import { type CompactionMode, cutForCompaction, transcriptForSummary } from "./compaction-cut";
import { estimateTokens, shownPrompt } from "./context";
import { keepable } from "./keepable";
import type { Model, ModelEvent, ModelRequest } from "./model";
import type { CompiledPrompt, Ports } from "./ports";
import { COMPACTION_ACKNOWLEDGEMENT, COMPACTION_PROMPTS } from "./prompts/compaction";
import { renderPrompt } from "./render";
import { promptTokens, type Run, type State } from "./state";

export type CompactionSettings = {
  /** Null summarizes with the agent's own model. */
  model: string | null;
  modelSettings: Record<string, unknown> | null;
  /** Null is the mode's own prompt. */
  prompt: string | null;
  promptAcknowledgement: boolean;
  clipChars: number | null;
  mode: CompactionMode;
  slidingWindowPercentage: number;
};

export type CompactionInput = {
  run: Run;
  state: Pick<State, "prompt" | "transcript" | "contextTokens">;
  trigger: string;
  stepId: string | null;
};

export type Compacted = {
  prompt: CompiledPrompt;
  transcript: Message[];
  /** An estimate. */
  contextTokens: number;
  items: Item[];
  summary: string;
  countBefore: number;
  countAfter: number;
};

/**
 * Puts a summary in the place of the oldest messages in context, as a recorded event. Nothing is deleted.
 *
 * @returns null, with nothing changed, where nothing can be cut or the summarizer fails.
 */
export async function compact(input: CompactionInput, ports: Ports): Promise<Compacted | null> {
  const { run, state } = input;
  const before = state.contextTokens ?? contextTokens(state);
  const cut = cutForCompaction({
    messages: state.transcript,
    tokens: state.transcript.map(estimateTokens),
    fixedTokens: promptTokens(state),
    contextWindow: run.contextWindow,
    mode: run.compaction.mode,
    slidingWindowPercentage: run.compaction.slidingWindowPercentage,
  });
  if (!cut) return null;
  const asked = await summarize(run, state, cut.evict, ports);
  if (!asked.summary) return null;

  const draft = summaryMessage(asked.summary, null, run, input, ports);
  const transcript = [draft, ...cut.keep];
  const after = contextTokens({ ...state, transcript });
  const stats: CompactionStats = {
    trigger: input.trigger,
    contextTokensBefore: before,
    contextTokensAfter: after,
    contextWindow: run.contextWindow,
    messagesCountBefore: state.transcript.length + 1,
    messagesCountAfter: transcript.length + 1,
  };
  const message = { ...draft, parts: [{ type: "summary" as const, summary: asked.summary, stats }] };
  const prompt = await ports.store.saveCompaction({
    stepId: input.stepId,
    trigger: input.trigger,
    mode: run.compaction.mode,
    summary: asked.summary,
    summaryMessage: message,
    evicted: cut.evict.map((evicted) => evicted.id),
    stats,
    cassette: asked,
  });
  return {
    prompt,
    transcript: [message, ...cut.keep],
    contextTokens: after,
    items: itemsOf(message, before, stats, run, ports),
    summary: asked.summary,
    countBefore: stats.messagesCountBefore,
    countAfter: stats.messagesCountAfter,
  };
}

function contextTokens(state: Pick<State, "prompt" | "transcript">): number {
  return promptTokens(state) + state.transcript.reduce((sum, message) => sum + estimateTokens(message), 0);
}

type Asked = { summary: string; request: ModelRequest; model: Model; events: ModelEvent[]; durationMs: number };

async function summarize(
  run: Run,
  state: Pick<State, "prompt" | "transcript">,
  evict: Message[],
  ports: Ports,
): Promise<Asked> {
  const own = run.compaction.mode.startsWith("self_");
  const model = own ? run.model : run.summarizer;
  const request = own ? ownRequest(run, state, ports) : summarizerRequest(run, evict, ports);
  const began = ports.clock.monotonic();
  const events: ModelEvent[] = [];
  let summary = "";
  for await (const event of keepable(model.stream(request, run.signal))) {
    events.push(event);
    if (event.type === "text") summary += event.text;
    if (event.type === "error") summary = "";
  }
  return { summary: summary.trim(), request, model, events, durationMs: ports.clock.monotonic() - began };
}

/** The agent's own context, which a provider's cache may still hold, with the question at its end. */
function ownRequest(run: Run, state: Pick<State, "prompt" | "transcript">, ports: Ports): ModelRequest {
  return {
    system: renderPrompt(shownPrompt(run, state)),
    messages: [...state.transcript, userMessage(promptOf(run), ports)],
    tools: [],
    toolChoice: "none",
    parallelToolCalls: false,
    // A summary has no form.
    settings: { ...run.settings, response_format: null, response_schema: null },
  };
}

function summarizerRequest(run: Run, evict: Message[], ports: Ports): ModelRequest {
  const text = transcriptForSummary(evict, run.compaction.clipChars);
  const messages = [userMessage(text, ports)];
  if (run.compaction.promptAcknowledgement) {
    messages.push({ ...userMessage(COMPACTION_ACKNOWLEDGEMENT, ports), role: "assistant" });
  }
  return {
    system: promptOf(run),
    messages,
    tools: [],
    toolChoice: "none",
    parallelToolCalls: false,
    settings: run.compaction.modelSettings ?? {},
  };
}

const promptOf = (run: Run) => run.compaction.prompt ?? COMPACTION_PROMPTS[run.compaction.mode];

function userMessage(text: string, ports: Ports): Message {
  return {
    id: "message-compaction",
    role: "user",
    parts: [{ type: "text", text }],
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: ports.clock.now(),
  };
}

function summaryMessage(
  summary: string,
  stats: CompactionStats | null,
  run: Run,
  input: CompactionInput,
  ports: Ports,
): Message {
  const id = ports.newId("message");
  return {
    ...userMessage("", ports),
    id,
    role: "summary",
    parts: [{ type: "summary", summary, stats }],
    runId: run.id,
    stepId: input.stepId,
  };
}

function itemsOf(message: Message, before: number, stats: CompactionStats, run: Run, ports: Ports): Item[] {
  const envelope = {
    otid: null,
    date: message.createdAt,
    name: null,
    senderId: null,
    stepId: message.stepId,
    runId: run.id,
    isErr: null,
    seqId: null,
  };
  const eventData = { trigger: stats.trigger, context_token_estimate: before, context_window: stats.contextWindow };
  return [
    {
      ...envelope,
      id: ports.newId("message").replace(/^message-/, ""),
      type: "event",
      eventType: "compaction",
      eventData,
    },
    { ...envelope, id: message.id, type: "summary", summary: textOfSummary(message), stats },
  ];
}

function textOfSummary(message: Message): string {
  const part = message.parts.find((candidate) => candidate.type === "summary");
  return part?.summary ?? "";
}
