import type { Item } from "@/lib/stream/item";
import type { CompactionStats, Message } from "@/lib/stream/message";
import { shownPrompt } from "../context";
import { estimateText, estimateTokens, sumOf } from "../estimate";
import { fixedTokens, requestTokens } from "../fullness";
import { keepable } from "../keepable";
import type { Model, ModelEvent, ModelRequest } from "../model";
import type { CompiledPrompt, Ports } from "../ports";
import { renderPrompt } from "../render";
import type { Run, State } from "../state";
import { type Cut, cutAround, cutForCompaction, transcriptForSummary } from "./cut";
import { COMPACTION_ACKNOWLEDGEMENT, COMPACTION_PROMPTS } from "./prompts";

export type CompactionInput = {
  run: Run;
  state: Pick<State, "prompt" | "transcript" | "contextTokens">;
  trigger: string;
  stepId: string | null;
  /** A summary that a person has seen, or written: no model is asked. */
  summary?: string | null;
  /** Lines that are to stand in the summary word for word; those that it lacks are put at its end. */
  lines?: readonly string[];
};

export type Compacted = {
  prompt: CompiledPrompt;
  transcript: Message[];
  /** An estimate. */
  contextTokens: number;
  items: Item[];
  summary: string;
  /** What has left the context. */
  evicted: Message[];
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
  const estimated = requestTokens(run, state);
  const before = Math.max(state.contextTokens ?? 0, estimated);
  const cut = cutOf(run, state);
  if (!cut) return null;
  const given = input.summary ?? null;
  const refused = input.trigger === "context_window_exceeded" || estimated > run.contextWindow;
  const asked = given === null ? await summarize(input, cut.evict, ports, refused) : null;
  const summary = withLines(given ?? asked!.summary, input.lines ?? []);
  if (!(given ?? asked!.summary)) return null;

  const draft = summaryMessage(summary, null, run, input, ports);
  const transcript = [draft, ...cut.keep];
  const after = requestTokens(run, { ...state, transcript });
  const stats: CompactionStats = {
    trigger: input.trigger,
    contextTokensBefore: before,
    contextTokensAfter: after,
    contextWindow: run.contextWindow,
    messagesCountBefore: state.transcript.length + 1,
    messagesCountAfter: transcript.length + 1,
  };
  const message = { ...draft, parts: [{ type: "summary" as const, summary, stats }] };
  const prompt = await ports.store.saveCompaction({
    stepId: input.stepId,
    trigger: input.trigger,
    mode: run.compaction.mode,
    summary,
    summaryMessage: message,
    evicted: cut.evict.map((evicted) => evicted.id),
    kept: run.keptIds?.size ? cut.keep.flatMap(({ id }) => (run.keptIds!.has(id) ? [id] : [])) : [],
    stats,
    cassette: asked,
  });
  return {
    prompt,
    transcript: [message, ...cut.keep],
    contextTokens: after,
    items: itemsOf(message, before, stats, run, ports),
    summary,
    evicted: cut.evict,
    countBefore: stats.messagesCountBefore,
    countAfter: stats.messagesCountAfter,
  };
}

/** What a compaction would take out of context now; null where nothing can be cut. */
export const evictedBy = (run: Run, state: CompactionInput["state"]): Cut | null => cutOf(run, state);

const KEPT_LINES = "Kept word for word:";

function withLines(summary: string, lines: readonly string[]): string {
  const missing = lines.filter((line) => line.trim() !== "" && !summary.includes(line));
  return missing.length === 0 ? summary : `${summary}\n\n${KEPT_LINES}\n${missing.join("\n")}`;
}

/** What the request that is due asks stays, unless there is nothing else to cut. */
function cutOf(run: Run, { prompt, transcript }: CompactionInput["state"]): Cut | null {
  const keptIds = run.keptIds ?? new Set<string>();
  const asked = transcript.findLastIndex(({ role, runId }) => role !== "user" || runId !== run.id) + 1;
  const within = (messages: readonly Message[], kept: readonly Message[]) =>
    cutForCompaction({
      messages,
      tokens: messages.map(estimateTokens),
      fixedTokens: fixedTokens(run, { prompt }) + sumOf(kept, estimateTokens),
      contextWindow: run.contextWindow,
      mode: run.compaction.mode,
      slidingWindowPercentage: run.compaction.slidingWindowPercentage,
    });
  const question = transcript.slice(asked);
  const around = (cut: Cut | null) => cut && cutAround(cut, keptIds);
  const cut = question.length > 0 ? around(within(transcript.slice(0, asked), question)) : null;
  return cut ? { ...cut, keep: [...cut.keep, ...question] } : around(within(transcript, []));
}

type Asked = { summary: string; request: ModelRequest; model: Model; events: ModelEvent[]; durationMs: number };

async function summarize(
  { run, state, lines = [] }: CompactionInput,
  evict: Message[],
  ports: Ports,
  isTooLong: boolean,
): Promise<Asked> {
  const own = run.compaction.mode.startsWith("self_");
  const model = own ? run.model : run.summarizer;
  // A context that does not fit would not fit with a question at its end either.
  const told = lines.length > 0 ? { ...run, compaction: { ...run.compaction, prompt: promptWith(run, lines) } } : run;
  const request = own && !isTooLong ? ownRequest(told, state, ports) : summarizerRequest(told, model, evict, ports);
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

function summarizerRequest(run: Run, model: Model, evict: Message[], ports: Ports): ModelRequest {
  const text = fittingTranscript(run, model, evict);
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

/** Of the summarizer's window, for what it reads; the rest is for its instructions and for what it writes. */
const SUMMARIZER_SHARE = 0.7;
const MIN_CLIP_CHARS = 500;

/** The transcript, clipped as the settings say, and as far as the summarizer can read it at all. */
function fittingTranscript(run: Run, model: Model, evict: Message[]): string {
  const window = model.handle === run.model.handle ? run.contextWindow : model.contextWindow;
  const budget = SUMMARIZER_SHARE * window - estimateText(promptOf(run));
  let clipChars = run.compaction.clipChars;
  for (;;) {
    const text = transcriptForSummary(evict, clipChars);
    const tokens = estimateText(text);
    if (tokens <= budget || (clipChars !== null && clipChars <= MIN_CLIP_CHARS)) return text;
    const share = Math.max(0, budget) / tokens;
    clipChars = Math.max(MIN_CLIP_CHARS, Math.floor(Math.min(clipChars ?? text.length, text.length) * share * 0.95));
  }
}

const promptWith = (run: Run, lines: readonly string[]) =>
  `${promptOf(run)}\n\nThese lines must stand in the summary word for word:\n${lines.join("\n")}`;

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
