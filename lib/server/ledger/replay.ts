import { AGENT_TYPES } from "@/lib/engine/agent-types";
import { THOUGHT_TEXT } from "@/lib/engine/dialect";
import type { RunEnd } from "@/lib/engine/ports";
import { runAgent } from "@/lib/engine/run";
import type { Section } from "@/lib/engine/section";
import type { Run } from "@/lib/engine/state";
import { joinItems } from "@/lib/engine/whole-items";
import { fold, joinRequests } from "@/lib/stream/fold";
import type { Item, Usage } from "@/lib/stream/item";
import type { ApprovalDecision, Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { inTurns } from "../db/others-turn";
import { canonicalJson } from "../records/cassette";
import { erasureOf, inWords } from "../records/erasures";
import { endItems } from "../run/execute";
import { idsOfRun } from "../run/run-ids";
import { type RecordedRun, readRecordedRun } from "./recorded-run";
import { CassetteMissError, type Progress, replayModel, replayPorts, replayTools } from "./replay-ports";

export type Replay = {
  /** As the engine yields them, in fragments, with the run's end. */
  items: Item[];
  /** Whether they are those of the run: its journal if it had one, else the messages that it made. */
  identical: boolean;
  firstDifference: string | null;
  /** How many answers of models, and returns of tools, were taken from the record. */
  modelCalls: number;
  toolReturns: number;
  /** What the request had brought. */
  incoming: Message[];
};

/**
 * Runs a run again from its records, and compares (law 4): the model answers from cassettes, tools what they returned,
 * and ids and times are those of then. Nothing is written. A run that ended by a crash has no end to be compared.
 *
 * @throws ApiError `not-found`; `conflict` for a run of which something was erased.
 */
export async function replayRun(ctx: Ctx, runId: string): Promise<Replay> {
  const recorded = await readRecordedRun(ctx, runId);
  await requireWhole(ctx, recorded);
  const journal = await readJournal(ctx, runId);
  const items: Item[] = [];
  const progress: Progress = { turnsSaved: 0, modelCalls: 0, toolReturns: 0, controller: new AbortController() };
  const told = (firstDifference: string | null, given: Item[]): Replay => {
    const { modelCalls, toolReturns } = progress;
    const identical = firstDifference === null;
    return { items: given, identical, firstDifference, modelCalls, toolReturns, incoming: recorded.incoming };
  };
  try {
    const end = await rerun(recorded, progress, items);
    items.push(...endItems(end, { id: runId }));
  } catch (error) {
    if (!(error instanceof CassetteMissError)) throw error;
    return told(error.message, items);
  }
  const difference = journal.length > 0 ? await fromJournal(items, journal) : await fromMessages(items, recorded);
  return told(difference, recorded.run.background ? numbered(items) : items);
}

/** Nothing can be run again of which a part is gone: neither what was said in it, nor what it was shown. */
export async function requireWhole(ctx: Ctx, { run, steps, transcript, made }: RecordedRun): Promise<void> {
  const ids = [run.id, ...steps.map(({ row }) => row.id), ...[...transcript, ...made].map((message) => message.id)];
  const erased = await erasureOf(ctx.db, ids);
  if (erased) throw conflict(`CONFLICT: run ${run.id} can't be replayed: a part of it was ${inWords(erased)}`);
}

async function rerun(recorded: RecordedRun, progress: Progress, items: Item[]): Promise<RunEnd> {
  const run = recordedEngineRun(recorded, progress);
  if (recorded.run.stopReason === "cancelled" && recorded.steps.length === 0 && !run.decisions)
    progress.controller.abort();
  const source = runAgent(run, replayPorts(recorded, progress));
  // Nothing here waits for a network: without this, a run of many fragments would hold everybody up.
  const letOthers = inTurns();
  for (;;) {
    const next = await source.next();
    if (next.done) return next.value;
    items.push(next.value);
    await letOthers();
  }
}

/** How the model was spoken to then, as its tools were shown: how it would be now may be something else. */
function recordedWays({
  config,
  steps: [first],
}: RecordedRun): Pick<Run, "parallelToolCalls" | "innerThoughtsInKwargs"> {
  const tools = first?.snapshot.sections.filter(({ kind }) => kind === "tools") ?? [];
  return {
    parallelToolCalls: config.llm.parallelToolCalls ?? first?.row.settings?.parallel_tool_calls === true,
    innerThoughtsInKwargs: tools.some(({ text }) => text.includes(THOUGHT_TEXT)),
  };
}

const MOST_IDS = 1000;

/** Whether its requests for approval had ids of their own, as an older version gave them: the next of the run's ids. */
function hadRequestsApart({ run, made }: RecordedRun): boolean {
  const requests = made.filter(
    ({ role, parts }) => role === "approval" && parts.some(({ type }) => type === "tool_call"),
  );
  if (requests.length === 0) return false;
  const newId = idsOfRun(run.id);
  const own = new Set(Array.from({ length: MOST_IDS }, () => newId("message")));
  return requests.some(({ id }) => own.has(id));
}

function recordedEngineRun(recorded: RecordedRun, progress: Progress): Run {
  const { run, config, steps, transcript, incoming } = recorded;
  const first = steps[0];
  const handle = first?.row.model_handle ?? config.model;
  const tape = [...recorded.cassettes];
  const summaries = recorded.cassettes.find((cassette) => cassette.kind === "compaction")?.handle;
  const decisions = incoming.flatMap(({ parts }) =>
    parts.flatMap((part): ApprovalDecision[] => (part.type === "approval" ? [part.decision] : [])),
  );
  return {
    id: run.id,
    agentId: run.agentId,
    conversationId: run.conversationId,
    type: AGENT_TYPES[config.agentType],
    model: replayModel(recorded, handle, progress, tape),
    summarizer: replayModel(recorded, summaries ?? config.compaction.model ?? handle, progress, tape),
    settings: first?.row.settings ?? {},
    contextWindow: first?.row.context_window ?? recorded.compactions[0]?.stats.contextWindow ?? Number.MAX_SAFE_INTEGER,
    ...recordedWays(recorded),
    requestsApart: hadRequestsApart(recorded),
    prompt: recorded.prompt,
    instructions: first?.snapshot.sections.find(isInstructionsOfRequest) ?? null,
    extraSections: first?.snapshot.sections.filter(({ kind }) => kind === "skills") ?? [],
    tools: replayTools(recorded, progress),
    rules: config.toolRules,
    blocks: [],
    transcript,
    decisions: decisions.length > 0 ? decisions : null,
    compaction: config.compaction,
    keptIds: new Set(recorded.compactions.flatMap(({ kept }) => kept ?? [])),
    contextTokens: firstContextTokens(recorded),
    maxSteps: run.stopReason === "max_steps" ? steps.length : Number.MAX_SAFE_INTEGER,
    timezone: config.timezone,
    tokens: true,
    compactionItems: true,
    signal: progress.controller.signal,
  };
}

function isInstructionsOfRequest({ kind, source }: Section): boolean {
  return kind === "instructions" && source.type === "request";
}

/** Tokens in context when the run began, where its records depend on them: a compaction, or an end without usage. */
function firstContextTokens({ run, steps, compactions }: RecordedRun): number | null {
  const [compaction] = compactions;
  if (compaction && (!steps[0] || compaction.seq < steps[0].row.seq)) return compaction.stats.contextTokensBefore;
  const counted = steps.some(({ row }) => row.prompt_tokens !== null) || compactions.length > 0;
  return counted ? null : ((run.usage as Usage | null)?.contextTokens ?? null);
}

async function readJournal(ctx: Ctx, runId: string): Promise<Item[]> {
  const rows = await ctx.db.query<{ first_seq: number; last_seq: number; items: Item[] }>(
    "SELECT first_seq, last_seq, items FROM journal WHERE run_id = $1 ORDER BY first_seq",
    [runId],
  );
  const items: Item[] = [];
  for (const row of rows) items.push(...row.items.slice(Math.max(0, items.length - row.first_seq + 1)));
  return items;
}

/** As a run in the background numbers what it yields. */
function numbered(items: Item[]): Item[] {
  return items.map((item, index) => ("seqId" in item ? { ...item, seqId: index + 1 } : item));
}

/** The journal has fragments or whole items, and events of compaction where they were asked for. */
async function fromJournal(items: Item[], journal: Item[]): Promise<string | null> {
  const hasEvents = journal.some((item) => item.type === "event");
  const shown = hasEvents ? items : items.filter((item) => item.type !== "event");
  const forms = [shown, joinItems(shown)].map(numbered);
  const whole = await difference("item", journal, forms[0]!);
  return whole === null || (await difference("item", journal, forms[1]!)) === null ? null : whole;
}

/** Of a turn that was cut, calls were yielded that were not kept; of a reply that was thrown away, thoughts. */
async function fromMessages(items: Item[], { made, run }: RecordedRun): Promise<string | null> {
  const isWhole = run.status === "completed";
  const compared = ({ id, role, parts, createdAt }: Message) => {
    return [id, role, createdAt, isWhole ? parts : parts.filter(({ type }) => type !== "tool_call")];
  };
  const was = made.filter(({ role }) => role !== "user");
  const kept = new Set(was.map(({ id }) => id));
  const isThought = ({ parts }: Message) =>
    parts.every(({ type }) => type === "reasoning" || type === "hidden_reasoning");
  const now = fold(joinRequests(items)).filter((message) => kept.has(message.id) || (isWhole && !isThought(message)));
  return difference("message", was.map(compared), inOrder(now, was).map(compared));
}

/** An approval request is kept after what else was said, whichever came first. */
function inOrder(messages: Message[], order: Message[]): Message[] {
  const place = new Map(order.map(({ id }, at) => [id, at]));
  return messages.toSorted((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length));
}

async function difference(kind: string, was: readonly unknown[], now: readonly unknown[]): Promise<string | null> {
  const letOthers = inTurns();
  for (let at = 0; at < Math.max(was.length, now.length); at++) {
    const [before, after] = [was[at], now[at]].map((one) => (one === undefined ? "nothing" : canonicalJson(one)));
    if (before !== after) return `${kind} ${at + 1} was ${before!.slice(0, 300)} and is ${after!.slice(0, 300)}`;
    await letOthers();
  }
  return null;
}
