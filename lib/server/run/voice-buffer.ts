import type { RunEnd } from "@/lib/engine/ports";
import { voiceTenderMessage } from "@/lib/engine/prompts/voice-sleeptime";
import { spokenLine } from "@/lib/engine/tools/voice-tools";
import type { Message } from "@/lib/stream/message";
import { attachArchive, ensureDefaultArchive } from "../archives/archives";
import type { Ctx } from "../core/core";
import { log } from "../core/log";
import { transact } from "../db/transact";
import { without } from "../records/ranges";
import type { Execution } from "./execute";
import { type Loaded, loadConversation } from "./load";
import type { StartRun } from "./run-request";

/** Messages in context after which the oldest leave, and how many stay then, where the group does not say. */
const MAX_BUFFER = 30;
const MIN_BUFFER = 10;
const MAX_STEPS = 50;
const RUN_TYPE = "voice_sleeptime_agent_send_message_async";

type Group = { id: string; max: number | null; min: number | null; agent_ids: string[] };

/**
 * Keeps a voice agent's context short: when its group's buffer is full, the oldest messages leave the context, and the
 * group's other agents are set to work in the background on what leaves. They store it in the voice agent's archive,
 * which is attached to them. What left is named in the metadata of their runs.
 *
 * @returns the ids of the runs that began.
 */
export async function emptyVoiceBuffer(
  ctx: Ctx,
  startRun: StartRun,
  { live, loaded: before }: Execution,
  end: RunEnd,
): Promise<string[]> {
  if (!before.type.buffers || end.stopReason === "requires_approval" || end.error) return [];
  const [group] = await ctx.db.query<Group>(GROUP, [before.agentId, ctx.actor.organizationId]);
  if (!group) return [];
  const loaded = await loadConversation(ctx, { conversationId: before.conversationId });
  const cut = cutAt(loaded.transcript, group.max ?? MAX_BUFFER, group.min ?? MIN_BUFFER);
  if (cut === 0 || !(await evict(ctx, loaded, cut))) return [];
  const archiveId = await transact(ctx, (sql) => ensureDefaultArchive(ctx, sql, loaded.agentId));
  const lines = (messages: readonly Message[]) => messages.flatMap((message) => spokenLine(message) ?? []);
  const [leaving, staying] = [lines(loaded.transcript.slice(0, cut)), lines(loaded.transcript.slice(cut))];
  const metadata = {
    group_id: group.id,
    caused_by_run_id: live.id,
    evicted_message_ids: loaded.transcript.slice(0, cut).map((message) => message.id),
  };
  const started: string[] = [];
  for (const agentId of leaving.length === 0 ? [] : group.agent_ids) {
    await attachArchive(ctx, agentId, archiveId);
    const content = voiceTenderMessage(leaving, staying);
    const runId = await setToWork(ctx, startRun, { agentId, groupId: group.id, content, metadata });
    if (runId) started.push(runId);
  }
  if (started.length > 0) await ctx.db.query(TELL_RUN, [live.id, JSON.stringify(started)]);
  return started;
}

const TELL_RUN = "UPDATE run SET usage = jsonb_set(usage, '{runIds}', $2::jsonb) WHERE id = $1 AND usage IS NOT NULL";

const GROUP = `
SELECT id, max_message_buffer_length AS max, min_message_buffer_length AS min,
  ARRAY(SELECT agent_id FROM group_agent WHERE group_id = g.id AND agent_id <> $1 ORDER BY position) AS agent_ids
FROM agent_group g WHERE manager_agent_id = $1 AND organization_id = $2 AND manager_type = 'voice_sleeptime'
ORDER BY created_at, id LIMIT 1`;

/** How many of the oldest messages leave: up to a word of the user, so that calls and their returns stay together. */
function cutAt(transcript: readonly Message[], max: number, min: number): number {
  if (transcript.length <= max) return 0;
  const isWord = (message: Message) => message.role === "user" && spokenLine(message) !== null;
  const from = Math.max(transcript.length - min, 0);
  const after = transcript.findIndex((message, index) => index >= from && isWord(message));
  return Math.max(after >= 0 ? after : transcript.findLastIndex(isWord), 0);
}

/** False if the conversation has moved on: the next turn finds the buffer as full. */
async function evict(ctx: Ctx, loaded: Loaded, cut: number): Promise<boolean> {
  const seqs = loaded.transcript.slice(0, cut).map((message) => loaded.seqOf.get(message.id)!);
  const rows = await ctx.db.query(
    `WITH head AS (UPDATE conversation SET context = $3::jsonb, context_tokens = NULL
         WHERE id = $1 AND next_seq = $2 AND context = $4::jsonb AND NOT EXISTS (SELECT 1 FROM run WHERE active_key = $1)
         RETURNING id, agent_id),
       stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1 FROM head WHERE agent.id = head.agent_id)
     SELECT id FROM head`,
    [
      loaded.conversationId,
      loaded.nextSeq,
      JSON.stringify(without(loaded.context, seqs)),
      JSON.stringify(loaded.context),
    ],
  );
  return rows.length > 0;
}

type Work = { agentId: string; groupId: string; content: string; metadata: Record<string, unknown> };

/** Null if the agent can't work now: what left the context is in its conversation's history all the same. */
async function setToWork(ctx: Ctx, startRun: StartRun, work: Work): Promise<string | null> {
  try {
    const started = await startRun(ctx, {
      target: { agentId: work.agentId },
      inputs: [{ type: "message", role: "user", content: work.content, group_id: work.groupId }],
      maxSteps: MAX_STEPS,
      tokens: false,
      background: true,
      compactionItems: false,
      clientTools: [],
      clientSkills: [],
      overrideModel: null,
      overrideSystem: null,
      runType: RUN_TYPE,
      isPart: true,
      metadata: work.metadata,
      requestConfig: {},
      callbackUrl: null,
      groupId: work.groupId,
      causeKind: "sleep-time",
    });
    return "run" in started ? started.run.id : null;
  } catch (error) {
    log.error({ err: error, agent_id: work.agentId }, "a voice sleep-time agent could not be set to work");
    return null;
  }
}
