import type { CompiledPrompt } from "@/lib/engine/ports";
import type { CompactionStats, Message, ToolReturn } from "@/lib/stream/message";
import { toolReturnsOf } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import { loadCompiled } from "../conversations/compile";
import type { Ctx } from "../core/core";
import type { PackedEvent } from "../records/cassette";
import { type MessageRow, toMessage } from "../records/message-rows";
import type { RunRow } from "../run/runs";
import { getRun } from "../run/runs";
import { getStep, type StepRow } from "../run/steps";
import { messagesInRanges, readSnapshot, type StepSnapshot } from "./step-request";

/** `prompt` is the compile in force; what the request alone brought is in the snapshot. */
export type RecordedStep = { row: StepRow; snapshot: StepSnapshot; prompt: CompiledPrompt };
export type Cassette = {
  step_id: string | null;
  kind: "step" | "compaction";
  handle: string;
  request_hash: string;
  response: PackedEvent[];
  attempts: number;
  started_at: Date;
};
export type RecordedCompaction = {
  seq: number;
  trigger: string;
  context_before: [number, number][];
  kept: string[] | null;
  stats: CompactionStats;
};

/** A run with all that the ledger holds of it, and the state that it began with. */
export type RecordedRun = {
  run: RunRow;
  config: AgentConfig;
  /** In force when it began. */
  prompt: CompiledPrompt;
  steps: RecordedStep[];
  cassettes: Cassette[];
  compactions: RecordedCompaction[];
  /** What was in context when it began, the request's own messages last. */
  transcript: Message[];
  /** What the request brought. */
  incoming: Message[];
  /** What the run made, in order. */
  made: Message[];
  returns: Map<string, ToolReturn>;
};

/** @throws ApiError `not-found`. */
export async function readRecordedRun(ctx: Ctx, runId: string): Promise<RecordedRun> {
  const run = await getRun(ctx, runId);
  const ids = await ctx.db.query<{ id: string }>("SELECT id FROM step WHERE run_id = $1 ORDER BY position", [runId]);
  const steps: RecordedStep[] = [];
  for (const { id } of ids) {
    const row = await getStep(ctx, id);
    steps.push({
      row,
      snapshot: await readSnapshot(ctx, row),
      prompt: await loadCompiled(ctx.db, row.compile_id),
    });
  }
  const rows = await ctx.db.query<MessageRow>("SELECT * FROM message WHERE run_id = $1 ORDER BY seq", [runId]);
  const compactions = await ctx.db.query<RecordedCompaction>(
    "SELECT seq, trigger, context_before, kept, stats FROM compaction WHERE run_id = $1 ORDER BY seq",
    [runId],
  );
  const cassettes = await ctx.db.query<Cassette>(
    `SELECT step_id, kind, handle, request_hash, response, attempts, started_at FROM model_call WHERE run_id = $1
     ORDER BY seq`,
    [runId],
  );
  const made = rows.filter(isMade).map(toMessage);
  const incoming = rows.filter((row) => !isMade(row));
  const ranges = await firstRanges(ctx, { steps, compactions, rows, incoming });
  const shown = await messagesInRanges(ctx, run.conversationId, ranges);
  return {
    run,
    config: await configOf(ctx, run, steps),
    prompt: await firstPrompt(ctx, run, { steps, compactions }),
    steps,
    cassettes,
    compactions,
    transcript: shown.filter((row) => row.run_id !== runId || !isMade(row)).map(toMessage),
    incoming: incoming.map(toMessage),
    made,
    returns: new Map(made.flatMap(toolReturnsOf).map((one) => [one.toolCallId, one])),
  };
}

/**
 * Whether a message of a run was made by it: what a request brings belongs to no step. Nor does the return of a call that a
 * fork has from its original.
 */
function isMade(row: Pick<MessageRow, "step_id" | "role">): boolean {
  return row.step_id !== null || row.role === "summary" || row.role === "tool";
}

type Found = {
  steps: RecordedStep[];
  compactions: RecordedCompaction[];
  rows: MessageRow[];
  incoming: MessageRow[];
};

/** Places of the messages that the run began with: as its first record says, or the record that it answers. */
async function firstRanges(ctx: Ctx, { steps, compactions, rows, incoming }: Found): Promise<[number, number][]> {
  const [step, compaction] = [steps[0]?.row, compactions[0]];
  if (compaction && (!step || compaction.seq < step.seq)) return compaction.context_before;
  if (step) return step.context_ranges;
  const answered = rows.find((row) => row.step_id !== null)?.step_id;
  const last = incoming.at(-1)?.seq;
  if (!answered || last === undefined) return [];
  const before = (await getStep(ctx, answered)).context_ranges;
  return [...before, [(before.at(-1)?.[1] ?? 0) + 1, last]];
}

/** A compaction compiles anew: before it, the compile before was in force. */
async function firstPrompt(
  ctx: Ctx,
  run: RunRow,
  { steps, compactions }: Pick<Found, "steps" | "compactions">,
): Promise<CompiledPrompt> {
  const [step, compaction] = [steps[0], compactions[0]];
  if (step && !(compaction && compaction.seq < step.row.seq)) return step.prompt;
  const [row] = await ctx.db.query<{ id: string }>(
    "SELECT id FROM compile WHERE conversation_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1",
    [run.conversationId, compaction?.seq ?? Number(run.seq)],
  );
  return row ? loadCompiled(ctx.db, row.id) : { compileId: "", sections: [] };
}

async function configOf(ctx: Ctx, run: RunRow, steps: RecordedStep[]): Promise<AgentConfig> {
  const [row] = await ctx.db.query<{ config: AgentConfig }>(
    `SELECT config FROM agent_version WHERE agent_id = $1 AND CASE WHEN $2::text IS NULL THEN seq < $3 ELSE id = $2 END
     ORDER BY seq DESC LIMIT 1`,
    [run.agentId, steps[0]?.row.agent_version_id ?? null, Number(run.seq)],
  );
  if (!row) throw new Error(`the version of agent ${run.agentId} that run ${run.id} had is gone`);
  return row.config;
}
