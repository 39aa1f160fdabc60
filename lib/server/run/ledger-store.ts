import type { Cause } from "@/lib/engine/cause";
import type { Block, MemoryWrite } from "@/lib/engine/memory";
import {
  type CompiledPrompt,
  type ReturnsRecord,
  type RunEnd,
  RunLostError,
  type Store,
  type TurnRecord,
} from "@/lib/engine/ports";
import type { StopReason } from "@/lib/stream/message";
import { ensureDefaultArchive } from "../archives/archives";
import { BLOCKS_OF_CONVERSATION, compileConversation } from "../conversations/compile";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql, Statement } from "../db/database";
import { storableJson } from "../db/json";
import { retried, transact } from "../db/transact";
import {
  blockRows,
  compactionCassette,
  compactionRow,
  fileRows,
  passageRows,
  proposalRows,
  returnRow,
  stepRow,
  turnCassette,
  type Writes,
  withHeads,
} from "../records/commit-rows";
import { fromMessage } from "../records/message-rows";
import { closed, type Ranges, without } from "../records/ranges";
import { createBlobMemory, createSealCache } from "../records/sections";
import { CONFLICT, SAVE_COMPACTION, SAVE_END, SAVE_RETURNS, SAVE_TURN } from "../records/statements";
import { again, isThere, persist } from "./persist";
import { changeAttachments } from "./tool-attachments";

/** What a store must know of the run that it keeps. */
export type StoredRun = {
  id: string;
  agentId: string;
  conversationId: string;
  agentVersionId: string;
  /** The group whose messages the run's are too. */
  groupId: string | null;
  /** Why what the run writes was written. */
  causeKind: Cause["kind"];
  prompt: CompiledPrompt;
  blocks: Block[];
  context: Ranges;
  nextSeq: number;
  /** Places of the messages that the request brought. */
  requestSeqs: readonly number[];
  /** Place of each message in context, by id. */
  seqOf: Map<string, number>;
  startedAtMs: number;
  clearsBuffer: boolean;
  leaseOwner: string;
  leaseMs: number;
  /** Items not yet in the journal, to be kept with the next commit; null where there are none. */
  takeJournal(): JournalBatch | null;
  /** Says that items were kept, after their commit. */
  keptJournal(batch: JournalBatch): void;
  /** Gives back items that were not kept. */
  returnJournal(batch: JournalBatch): void;
  onCancelRequested(): void;
};

export type JournalBatch = { first: number; last: number; items: unknown[]; reserved: number };

const seal = createSealCache();
const blobs = createBlobMemory();

type Payload = Record<string, unknown> & { messages?: { id: string }[] };

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

  const cause = (extra: Partial<Cause> = {}): Cause => ({
    kind: run.causeKind,
    actor: run.agentId,
    run: run.id,
    ...extra,
  });

  /** Gives the items that the journal lacks to a commit, and says afterwards whether they were kept. */
  async function withJournal<T>(work: (journal: JournalBatch | null) => Promise<T>): Promise<T> {
    const journal = run.takeJournal();
    try {
      const result = await work(journal);
      if (journal) run.keptJournal(journal);
      return result;
    } catch (error) {
      if (journal) run.returnJournal(journal);
      throw error;
    }
  }

  /** Runs a commit. What it changes here is changed only after it was kept. */
  async function commit(
    statement: Statement,
    payload: Record<string, unknown>,
    { sql, journal }: { sql: Sql; journal: JournalBatch | null },
  ): Promise<void> {
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
      if (error.message.includes("run-lost")) throw new RunLostError(`run ${run.id} is no longer ours`);
      throw error;
    });
    if (row?.cancel_requested) run.onCancelRequested();
  }

  /**
   * A commit by itself: when Postgres picks it as the victim of two that wait for each other, it is made again, and when
   * the database is gone, it waits for it.
   *
   * @param stepId the step that it makes, if it makes one; otherwise its first message shows that it was kept.
   */
  async function commitAlone(statement: Statement, payload: Payload, stepId?: string): Promise<void> {
    const trace = stepId ? { stepId, runId: run.id } : { messageId: payload.messages?.[0]?.id, runId: run.id };
    await persist(
      () => retried(() => withJournal((journal) => commit(statement, payload, { sql: ctx.db, journal }))),
      () => isThere(ctx.db, trace),
    );
  }

  function place(messages: TurnRecord["messages"]) {
    const placed = messages.map((message, index) =>
      fromMessage({ ...message, groupId: run.groupId ?? message.groupId }, nextSeq + index),
    );
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
      ...(end.refused ? { context: without(context, run.requestSeqs) } : {}),
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
      const missing = blobs.missing(run.agentId, prompt.compileId, sealed.blobs);
      const shown = closed(context, nextSeq);
      const placed = place(record.messages);
      if (ttftNs === null && record.timings.ttftMs !== null) ttftNs = Math.round(record.timings.ttftMs * 1e6);
      await commitAlone(
        SAVE_TURN,
        {
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
        },
        record.stepId,
      );
      blobs.remember(run.agentId, prompt.compileId, missing);
      kept(placed);
      ctx.events.publish({ ...eventBase(ctx, run), type: "step", id: record.stepId, status: record.status });
    },

    async saveReturns(record) {
      const writes = record.returns.flatMap((call) => call.writes.map((write) => ({ write, callId: call.callId })));
      const structural = writes.filter(({ write }) => write.type === "block-create" || write.type === "block-detach");
      const step = record.stepId === null ? {} : { step: record.stepId };
      const archive = writes.some(({ write }) => write.type === "passage-insert")
        ? await again(() => transact(ctx, (sql) => ensureDefaultArchive(ctx, sql, run.agentId, cause(step))))
        : null;
      const placed = place(record.messages);
      const because = (callId: string) => cause({ ...step, toolCall: callId, message: placed.messages[0]?.id ?? "" });
      const payload = {
        ...placed,
        ...ending(record.end, placed.nextSeq),
        now: ctx.now().toISOString(),
        stepId: record.stepId,
        stepStatus: record.stepStatus,
        toolsMs: record.toolsMs,
        returns: record.returns.map(returnRow),
        ...blockRows(writes, because),
        ...proposalRows(writes, because),
        ...passageRows(writes, because, archive),
        ...fileRows(writes, because),
      };
      try {
        if (structural.length === 0) await commitAlone(SAVE_RETURNS, payload);
        else {
          const result = structural.map(({ write, callId }) => ({ write, cause: because(callId) }));
          const versionId = await persist(
            () =>
              withJournal((journal) =>
                transact(ctx, async (sql) => {
                  const changed = await changeAttachments(ctx, sql, run, result);
                  await commit(SAVE_RETURNS, payload, { sql, journal });
                  return changed;
                }),
              ),
            () => isThere(ctx.db, { messageId: placed.messages[0]?.id, runId: run.id }),
          );
          run.agentVersionId = versionId ?? (await again(() => readVersionId(ctx, run.agentId)));
        }
      } catch (error) {
        if (!isConflict(error)) throw error;
        blocks = await again(() => readBlocks(ctx, run.conversationId));
        return { conflict: true, blocks };
      }
      kept(placed);
      if (structural.length > 0) blocks = await again(() => readBlocks(ctx, run.conversationId));
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
      prompt = await again(() => compileConversation(ctx, run.conversationId, cause({ kind: "compaction" })));
      return prompt;
    },

    async finish(end) {
      await commitAlone(SAVE_END, { ...ending(end, nextSeq), nextSeq });
    },

    async compile() {
      prompt = await again(() => compileConversation(ctx, run.conversationId, cause()));
      return prompt;
    },
  };
}

/**
 * Whether somebody else changed what was to be changed: seen by ourselves, by the unique number of a block's versions
 * or of a workspace file (the other one was writing at the same moment), or where the agent's blocks are attached.
 */
function isConflict(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === "conflict";
  return error instanceof Error && CONFLICT.test(error.message);
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

function publishWrites(ctx: Ctx, run: StoredRun, writes: Writes, record: ReturnsRecord): void {
  for (const { write } of writes) {
    const id = "blockId" in write ? write.blockId : (record.stepId ?? run.id);
    const type = eventTypeOf(write.type);
    ctx.events.publish({ ...eventBase(ctx, run), type, id, detail: { step: record.stepId, write: write.type } });
  }
}

function eventTypeOf(write: MemoryWrite["type"]): "passage" | "workspace" | "memory" {
  if (write === "file-write") return "workspace";
  return write.startsWith("passage") ? "passage" : "memory";
}

async function readBlocks(ctx: Ctx, conversationId: string): Promise<Block[]> {
  const [row] = await ctx.db.query<{ blocks: Block[] | null }>(
    `SELECT ${BLOCKS_OF_CONVERSATION} AS blocks FROM conversation c JOIN agent a ON a.id = c.agent_id WHERE c.id = $1`,
    [conversationId],
  );
  return row?.blocks ?? [];
}

async function readVersionId(ctx: Ctx, agentId: string): Promise<string> {
  const [row] = await ctx.db.query<{ version_id: string }>("SELECT version_id FROM agent WHERE id = $1", [agentId]);
  return row?.version_id ?? "";
}
