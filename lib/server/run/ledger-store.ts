import type { Cause } from "@/lib/engine/cause";
import type { Block, MemoryWrite } from "@/lib/engine/memory";
import type { ModelAttempt } from "@/lib/engine/model";
import {
  type CompactionRecord,
  type CompiledPrompt,
  type ReturnsRecord,
  type RunEnd,
  RunLostError,
  type Store,
  type TurnRecord,
} from "@/lib/engine/ports";
import type { StopReason } from "@/lib/stream/message";
import { changeAttachments } from "../attachments";
import { BLOCKS_OF_CONVERSATION, compileConversation } from "../compile";
import type { Ctx } from "../core";
import type { Sql, Statement } from "../db/database";
import { storableJson } from "../db/json";
import { ApiError } from "../errors";
import { newId } from "../ids";
import { packEvents, requestHash } from "../ledger/cassette";
import { createBlobMemory, createSealCache, type Sealed } from "../ledger/sections";
import { defaultArchive } from "../memory/default-archive";
import { retried, transact } from "../transact";
import { closed, type Ranges, without } from "./ranges";
import { fromMessage } from "./rows";
import { SAVE_COMPACTION, SAVE_END, SAVE_RETURNS, SAVE_TURN } from "./statements";

/** What a store must know of the run that it keeps. */
export type StoredRun = {
  id: string;
  agentId: string;
  conversationId: string;
  agentVersionId: string;
  prompt: CompiledPrompt;
  blocks: Block[];
  context: Ranges;
  nextSeq: number;
  /** Place of each message in context, by id. */
  seqOf: Map<string, number>;
  startedAtMs: number;
  clearsBuffer: boolean;
  leaseOwner: string;
  leaseMs: number;
  /** Items not yet in the journal, to be kept with the next commit; null where there are none. */
  takeJournal(): JournalBatch | null;
  /** Gives back items that were not kept. */
  returnJournal(batch: JournalBatch): void;
  onCancelRequested(): void;
};

export type JournalBatch = { first: number; last: number; items: unknown[]; reserved: number };

const seal = createSealCache();
const blobs = createBlobMemory();

/** Run status by stop reason (letta-v1 §2.6). */
const COMPLETED: readonly StopReason[] = ["end_turn", "max_steps", "tool_rule", "requires_approval"];

export function statusOf(stopReason: StopReason): "completed" | "cancelled" | "failed" {
  if (COMPLETED.includes(stopReason)) return "completed";
  return stopReason === "cancelled" ? "cancelled" : "failed";
}

/** The engine's store on the database: each method is one commit (see `statements.ts`). */
export function createLedgerStore(ctx: Ctx, run: StoredRun): Store {
  let { nextSeq, context, prompt, blocks } = run;
  let ttftNs: number | null = null;

  const cause = (extra: Partial<Cause> = {}): Cause => ({ kind: "agent", actor: run.agentId, run: run.id, ...extra });

  /** Runs a commit. What it changes here is changed only after it was kept. */
  async function commit(statement: Statement, payload: Record<string, unknown>, sql: Sql): Promise<void> {
    const journal = run.takeJournal();
    const json = storableJson({
      leaseUntil: new Date(Date.now() + run.leaseMs).toISOString(),
      end: null,
      messages: [],
      context: null,
      contextTokens: null,
      stalePrompts: 0,
      ttftNs,
      journal: journal && { first: journal.first, last: journal.last, items: journal.items },
      journalReserved: journal?.reserved ?? 0,
      ...payload,
    });
    const params = [json, run.id, run.leaseOwner];
    const [row] = await sql.query<{ cancel_requested: boolean }>(statement, params).catch((error: Error) => {
      if (journal) run.returnJournal(journal);
      if (error.message.includes("run-lost")) throw new RunLostError(`run ${run.id} is no longer ours`);
      throw error;
    });
    if (row?.cancel_requested) run.onCancelRequested();
  }

  /** A commit by itself: when Postgres picks it as the victim of two that wait for each other, it is made again. */
  function commitAlone(statement: Statement, payload: Record<string, unknown>): Promise<void> {
    return retried(() => commit(statement, payload, ctx.db));
  }

  function place(messages: TurnRecord["messages"]) {
    const placed = messages.map((message, index) => fromMessage(message, nextSeq + index));
    return { messages: placed, nextSeq: nextSeq + placed.length };
  }

  function kept(placed: ReturnType<typeof place>): void {
    for (const message of placed.messages) run.seqOf.set(message.id, message.seq);
    nextSeq = placed.nextSeq;
  }

  /** The part of a commit that ends the run. */
  function ending(end: RunEnd | null, nextSeqAfter: number): Record<string, unknown> {
    if (!end) return {};
    return {
      contextTokens: end.usage.contextTokens,
      ...(run.clearsBuffer && end.stopReason !== "requires_approval" ? { context: [[nextSeqAfter, null]] } : {}),
      end: {
        status: statusOf(end.stopReason),
        stopReason: end.stopReason,
        usage: end.usage,
        error: end.error,
        completedAt: ctx.now().toISOString(),
        durationNs: Math.round((ctx.monotonic() - run.startedAtMs) * 1e6),
      },
    };
  }

  return {
    async saveTurn(record) {
      const sealed = seal(record.sections);
      const missing = blobs.missing(run.agentId, sealed.blobs);
      const shown = closed(context, nextSeq);
      const placed = place(record.messages);
      if (ttftNs === null && record.timings.ttftMs !== null) ttftNs = Math.round(record.timings.ttftMs * 1e6);
      await commitAlone(SAVE_TURN, {
        ...placed,
        ...ending(record.end, placed.nextSeq),
        blobs: missing,
        step: stepRow(record, sealed, { run, prompt, blocks, shown, now: ctx.now().toISOString() }),
        toolCalls: record.toolCalls.map((call) => ({
          id: newId("call"),
          step_id: record.stepId,
          message_id: call.messageId,
          call_id: call.callId,
          name: call.name,
          arguments: call.arguments,
          status: call.status,
          started_at: ctx.now().toISOString(),
        })),
        cassettes: record.attempts.map((attempt, index) => turnCassette(record, attempt, index + 1)),
      });
      blobs.remember(run.agentId, missing);
      kept(placed);
      ctx.events.publish({ ...eventBase(ctx, run), type: "step", id: record.stepId, status: record.status });
    },

    async saveReturns(record) {
      const writes = record.returns.flatMap((call) => call.writes.map((write) => ({ write, callId: call.callId })));
      const structural = writes.filter(({ write }) => write.type === "block-create" || write.type === "block-detach");
      const archive = writes.some(({ write }) => write.type === "passage-insert")
        ? await defaultArchive(ctx, run.agentId)
        : null;
      const placed = place(record.messages);
      const because = (callId: string) =>
        cause({ step: record.stepId, toolCall: callId, message: placed.messages[0]?.id ?? "" });
      const payload = {
        ...placed,
        ...ending(record.end, placed.nextSeq),
        now: ctx.now().toISOString(),
        stepId: record.stepId,
        stepStatus: record.stepStatus,
        toolsMs: record.toolsMs,
        returns: record.returns.map(returnRow),
        ...blockRows(writes, because),
        ...passageRows(writes, because, archive),
      };
      try {
        if (structural.length === 0) await commitAlone(SAVE_RETURNS, payload);
        else {
          await transact(ctx, async (sql) => {
            const result = structural.map(({ write, callId }) => ({ write, cause: because(callId) }));
            run.agentVersionId = await changeAttachments(ctx, sql, run.agentId, result);
            await commit(SAVE_RETURNS, payload, sql);
          });
        }
      } catch (error) {
        if (!isConflict(error)) throw error;
        blocks = await readBlocks(ctx, run.conversationId);
        return { conflict: true, blocks };
      }
      kept(placed);
      if (structural.length > 0) blocks = await readBlocks(ctx, run.conversationId);
      else blocks = withHeads(blocks, payload.blockVersions);
      publishWrites(ctx, run, writes, record);
      return { conflict: false, blocks };
    },

    async saveCompaction(record) {
      const placed = place([record.summaryMessage]);
      const seqs = record.evicted.map((id) => run.seqOf.get(id)!);
      const summarySeq = placed.messages[0]!.seq;
      const after: Ranges = [[summarySeq, summarySeq], ...without(openFrom(context, placed.nextSeq, nextSeq), seqs)];
      await commitAlone(SAVE_COMPACTION, {
        ...placed,
        now: ctx.now().toISOString(),
        context: after,
        contextTokens: record.stats.contextTokensAfter,
        compaction: compactionRow(record, {
          before: closed(context, nextSeq),
          after,
          evicted: seqs,
          cause: cause({ kind: "compaction" }),
        }),
        cassettes: record.cassette ? [compactionCassette(record, ctx.now().toISOString())] : [],
      });
      kept(placed);
      context = after;
      ctx.events.publish({ ...eventBase(ctx, run), type: "compaction", id: record.summaryMessage.id });
      prompt = await compileConversation(ctx, run.conversationId, cause({ kind: "compaction" }));
      return prompt;
    },

    async finish(end) {
      await commitAlone(SAVE_END, { ...ending(end, nextSeq), nextSeq });
    },

    async compile() {
      prompt = await compileConversation(ctx, run.conversationId, cause());
      return prompt;
    },
  };
}

/**
 * Whether somebody else changed what was to be changed: seen by ourselves, by the unique number of a block's versions
 * (the other one was writing at the same moment), or where the agent's blocks are attached.
 */
function isConflict(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === "conflict";
  return error instanceof Error && /^conflict$|block_version_block_id_number_key/.test(error.message);
}

/** The open range moved past a message that is put in front of the context. */
function openFrom(context: Ranges, nextSeqAfter: number, nextSeq: number): Ranges {
  return [...closed(context, nextSeq), [nextSeqAfter, null]];
}

function eventBase(ctx: Ctx, run: StoredRun) {
  return {
    organizationId: ctx.actor.organizationId,
    agentId: run.agentId,
    conversationId: run.conversationId,
    runId: run.id,
    at: ctx.now().toISOString(),
  };
}

type Writes = { write: MemoryWrite; callId: string }[];

function publishWrites(ctx: Ctx, run: StoredRun, writes: Writes, record: ReturnsRecord): void {
  for (const { write } of writes) {
    const id = write.type === "block-update" || write.type === "block-detach" ? write.blockId : record.stepId;
    const type = write.type.startsWith("passage") ? ("passage" as const) : ("memory" as const);
    ctx.events.publish({ ...eventBase(ctx, run), type, id, detail: { step: record.stepId, write: write.type } });
  }
}

function stepRow(
  record: TurnRecord,
  sealed: Sealed,
  at: { run: StoredRun; prompt: CompiledPrompt; blocks: Block[]; shown: Ranges; now: string },
) {
  return {
    id: record.stepId,
    position: record.position,
    status: record.status,
    stop_reason: record.stopReason,
    model_handle: record.model.handle,
    context_window: record.contextWindow,
    settings: record.request.settings,
    agent_version_id: at.run.agentVersionId,
    compile_id: at.prompt.compileId,
    block_version_ids: at.blocks.map((block) => block.versionId),
    context_hash: sealed.listHash,
    context_ranges: at.shown,
    context_tokens: {
      prompt: sealed.tokens,
      messages: record.messageTokens,
      total: record.usage ? record.usage.input : sealed.tokens + record.messageTokens,
      estimated: record.usage === null,
    },
    prompt_tokens: record.usage?.input ?? null,
    completion_tokens: record.usage?.output ?? null,
    cached_tokens: record.usage?.cachedInput ?? null,
    cache_write_tokens: record.usage?.cacheWrite ?? null,
    reasoning_tokens: record.usage?.reasoning ?? null,
    timings: record.timings,
    error: record.error,
    created_at: record.startedAt,
    completed_at: record.status === "pending" ? null : at.now,
  };
}

/** `attempts` is which asking of the step this was, from 1. */
function turnCassette(record: TurnRecord, attempt: ModelAttempt, attempts: number) {
  return {
    id: newId("cassette"),
    step_id: record.stepId,
    kind: "step",
    handle: record.model.handle,
    request_hash: requestHash(record.model.handle, attempt.request),
    response: packEvents(attempt.events),
    usage: attempt.usage,
    error: attempt.failure,
    attempts,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
  };
}

function compactionCassette(record: CompactionRecord, now: string) {
  const { request, model, events, durationMs } = record.cassette!;
  return {
    id: newId("cassette"),
    step_id: record.stepId,
    kind: "compaction",
    handle: model.handle,
    request_hash: requestHash(model.handle, request),
    response: packEvents(events),
    usage: null,
    error: null,
    attempts: 1,
    started_at: now,
    duration_ms: durationMs,
  };
}

function compactionRow(
  record: CompactionRecord,
  at: { before: Ranges; after: Ranges; evicted: number[]; cause: Cause },
) {
  return {
    id: newId("compaction"),
    step_id: record.stepId,
    trigger: record.trigger,
    mode: record.mode,
    summary_message_id: record.summaryMessage.id,
    summary: record.summary,
    evicted: at.evicted,
    context_before: at.before,
    context_after: at.after,
    stats: record.stats,
    cause: at.cause,
  };
}

function returnRow(call: ReturnsRecord["returns"][number]) {
  return {
    call_id: call.callId,
    status: call.status,
    started_at: call.startedAt,
    ended_at: call.endedAt,
    stdout: call.stdout,
    stderr: call.stderr,
    return_message_id: call.returnMessageId,
  };
}

type VersionRow = {
  id: string;
  block_id: string;
  parent_id: string;
  base_version_id: string;
  distance: number;
  label: string | null;
  value: string | null;
  description: string | null;
  operation: string;
  cause: Cause;
};

/** Versions and heads of the blocks that calls changed; several changes of one block follow upon each other. */
function blockRows(writes: Writes, because: (callId: string) => Cause) {
  const heads = new Map<string, { block_id: string; base_version_id: string; version_id: string }>();
  const state = new Map<
    string,
    { label: string | null; value: string | null; description: string | null; distance: number }
  >();
  const versions: VersionRow[] = [];
  for (const { write, callId } of writes) {
    if (write.type !== "block-update") continue;
    const id = newId("version");
    const before = state.get(write.blockId);
    const after = {
      label: write.changes.label ?? before?.label ?? null,
      value: write.changes.value ?? before?.value ?? null,
      description: write.changes.description ?? before?.description ?? null,
      distance: (before?.distance ?? 0) + 1,
    };
    const base = heads.get(write.blockId)?.base_version_id ?? write.baseVersionId;
    const parent = heads.get(write.blockId)?.version_id ?? write.baseVersionId;
    versions.push({
      id,
      block_id: write.blockId,
      parent_id: parent,
      base_version_id: base,
      operation: write.operation,
      cause: because(callId),
      ...after,
    });
    heads.set(write.blockId, { block_id: write.blockId, base_version_id: base, version_id: id });
    state.set(write.blockId, after);
  }
  return { blockVersions: versions, blockHeads: [...heads.values()] };
}

function withHeads(blocks: Block[], versions: VersionRow[]): Block[] {
  return versions.reduce(
    (current, version) =>
      current.map((block) =>
        block.id === version.block_id
          ? {
              ...block,
              versionId: version.id,
              label: version.label ?? block.label,
              value: version.value ?? block.value,
              description: version.description ?? block.description,
            }
          : block,
      ),
    blocks,
  );
}

function passageRows(writes: Writes, because: (callId: string) => Cause, archiveId: string | null) {
  const passages: Record<string, unknown>[] = [];
  const events: Record<string, unknown>[] = [];
  for (const { write, callId } of writes) {
    if (write.type === "passage-insert") {
      const id = newId("passage");
      passages.push({ id, archive_id: archiveId, text: write.text, tags: write.tags });
      events.push({
        id: newId("event"),
        archive_id: archiveId,
        passage_id: id,
        type: "insert",
        search: null,
        cause: because(callId),
      });
    } else if (write.type === "passage-search") {
      events.push({
        id: newId("event"),
        archive_id: null,
        passage_id: null,
        type: "search",
        search: write.search,
        cause: because(callId),
      });
    }
  }
  return { passages, passageEvents: events, stalePrompts: passages.length > 0 ? 1 : 0 };
}

async function readBlocks(ctx: Ctx, conversationId: string): Promise<Block[]> {
  const [row] = await ctx.db.query<{ blocks: Block[] | null }>(
    `SELECT ${BLOCKS_OF_CONVERSATION} AS blocks FROM conversation c JOIN agent a ON a.id = c.agent_id WHERE c.id = $1`,
    [conversationId],
  );
  return row?.blocks ?? [];
}
