import type { Cause } from "@/lib/engine/cause";
import type { Block, MemoryWrite } from "@/lib/engine/memory";
import type { ModelAttempt } from "@/lib/engine/model";
import type { CompactionRecord, CompiledPrompt, ReturnsRecord, TurnRecord } from "@/lib/engine/ports";
import type { Edit } from "@/lib/text/edits";
import { newId } from "../core/ids";
import { packEvents, requestHash } from "./cassette";
import type { Ranges } from "./ranges";
import type { Sealed } from "./sections";

/** What the tools of a commit ask to have written, with the calls that ask. */
export type Writes = { write: MemoryWrite; callId: string }[];

export function stepRow(
  record: TurnRecord,
  sealed: Sealed,
  at: { run: { agentVersionId: string }; prompt: CompiledPrompt; blocks: Block[]; shown: Ranges; now: string },
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
    cost: record.usage?.cost ?? null,
    timings: record.timings,
    error: record.error,
    created_at: record.startedAt,
    completed_at: record.status === "pending" ? null : at.now,
  };
}

/** `attempts` is which asking of the step this was, from 1. */
export function turnCassette(record: TurnRecord, attempt: ModelAttempt, attempts: number) {
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

export function compactionCassette(record: CompactionRecord, now: string) {
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

export function compactionRow(
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
    kept: record.kept,
    stats: record.stats,
    cause: at.cause,
  };
}

export function returnRow(call: ReturnsRecord["returns"][number]) {
  return {
    call_id: call.callId,
    status: call.status,
    started_at: call.startedAt,
    ended_at: call.endedAt,
    stdout: call.stdout,
    stderr: call.stderr,
    sandbox: call.sandbox,
    memory_bytes: call.memoryBytes,
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
  edits: Edit[] | null;
  description: string | null;
  operation: string;
  cause: Cause;
};

/** Versions and heads of the blocks that calls changed; several changes of one block follow upon each other. */
export function blockRows(writes: Writes, because: (callId: string) => Cause) {
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
      edits: write.changes.edits ?? null,
      operation: write.operation,
      cause: because(callId),
      ...after,
    });
    heads.set(write.blockId, { block_id: write.blockId, base_version_id: base, version_id: id });
    state.set(write.blockId, after);
  }
  return { blockVersions: versions, blockHeads: [...heads.values()] };
}

/** Writes that wait for a person's review. */
export function proposalRows(writes: Writes, because: (callId: string) => Cause) {
  const proposals = writes.flatMap(({ write, callId }) => {
    if (write.type !== "block-propose") return [];
    return [
      {
        id: newId("proposal"),
        block_id: write.blockId,
        base_version_id: write.baseVersionId,
        detach: write.changes === null,
        label: write.changes?.label ?? null,
        value: write.changes?.value ?? null,
        description: write.changes?.description ?? null,
        edits: write.changes?.edits ?? null,
        operation: write.operation,
        cause: because(callId),
        expires_after_hours: write.expiresAfterHours,
      },
    ];
  });
  return { proposals };
}

export function withHeads(blocks: Block[], versions: VersionRow[]): Block[] {
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

/** Versions of workspace files. Several of one path in one turn follow upon each other. */
export function fileRows(writes: Writes, because: (callId: string) => Cause) {
  const workspaceVersions = writes.flatMap(({ write, callId }) => {
    if (write.type !== "file-write") return [];
    const { type: _, ...row } = write;
    return [{ id: newId("version"), ...row, cause: because(callId) }];
  });
  return { workspaceVersions };
}

export function passageRows(writes: Writes, because: (callId: string) => Cause, archiveId: string | null) {
  const passages: Record<string, unknown>[] = [];
  const events: Record<string, unknown>[] = [];
  for (const { write, callId } of writes) {
    if (write.type === "passage-insert") {
      const id = write.id ?? newId("passage");
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
