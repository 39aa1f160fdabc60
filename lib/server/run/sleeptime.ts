import { transcriptForSummary } from "@/lib/engine/compaction/cut";
import type { RunEnd } from "@/lib/engine/ports";
import { sleeptimeMessage } from "@/lib/engine/prompts/sleeptime-v2";
import type { Ctx } from "../core/core";
import { log } from "../core/log";
import type { Statement } from "../db/database";
import { type MessageRow, toMessage } from "../records/message-rows";
import type { Execution } from "./execute";
import type { StartRun } from "./run-request";

/** Ends of a run after which the agent's turn is over, and was not cut short. */
const WHOLE_TURNS: readonly RunEnd["stopReason"][] = ["end_turn", "tool_rule", "max_steps"];
const MAX_STEPS = 50;
const RUN_TYPE = "sleeptime_agent_send_message_async";

/**
 * Counts a turn of an agent that has sleep-time agents. On their turn these are set to work in the background on what
 * the agent has lived through since they last worked. A server that stops between a turn and its count forgets that turn;
 * one that stops right after they were set to work shows them the same again on their next turn.
 *
 * @returns the ids of the runs that began.
 */
export async function wakeSleeptime(
  ctx: Ctx,
  startRun: StartRun,
  { live, loaded, run }: Execution,
  end: RunEnd,
): Promise<string[]> {
  if (!loaded.config.enableSleeptime || !WHOLE_TURNS.includes(end.stopReason)) return [];
  const groups = await ctx.db.query<Due>(COUNT_TURN, [loaded.agentId, ctx.actor.organizationId]);
  const started: string[] = [];
  for (const group of groups.filter((one) => one.is_due)) {
    const { text, lastId } = await livedThrough(ctx, loaded.agentId, group, run.contextWindow);
    if (lastId === null) continue;
    const began: string[] = [];
    for (const agentId of group.agent_ids) {
      const runId = await setToWork(ctx, startRun, { agentId, groupId: group.id, text, causedBy: live.id });
      if (runId) began.push(runId);
    }
    await ctx.db.query(AFTER_WORK, [group.id, began.length > 0 ? lastId : null]);
    started.push(...began);
  }
  if (started.length > 0) {
    await ctx.db.query(
      "UPDATE run SET usage = jsonb_set(usage, '{runIds}', $2::jsonb) WHERE id = $1 AND usage IS NOT NULL",
      [live.id, JSON.stringify(started)],
    );
  }
  return started;
}

type Due = { id: string; last_processed_message_id: string | null; agent_ids: string[]; is_due: boolean };

const COUNT_TURN: Statement = {
  name: "sleeptime-count",
  text: `
UPDATE agent_group g SET turns_counter = (COALESCE(turns_counter, -1) + 1) % COALESCE(sleeptime_agent_frequency, 1)
  WHERE manager_agent_id = $1 AND organization_id = $2 AND manager_type = 'sleeptime'
RETURNING id, last_processed_message_id, turns_counter = 0 AS is_due,
  ARRAY(SELECT agent_id FROM group_agent WHERE group_id = g.id AND agent_id <> $1 ORDER BY position) AS agent_ids`,
};

/** If nobody could begin, they are tried again after the next turn. */
const AFTER_WORK = `
UPDATE agent_group SET last_processed_message_id = COALESCE($2, last_processed_message_id),
  turns_counter = CASE WHEN $2::text IS NULL THEN -1 ELSE turns_counter END WHERE id = $1`;

const MOST_MESSAGES = 200;
/** Of a window of so many tokens, what is shown may take about a third. */
const CHARS_PER_TOKEN_OF_WINDOW = 1.3;

/** What the agent took in and did in all of its conversations since the last message that the group has seen. */
async function livedThrough(
  ctx: Ctx,
  agentId: string,
  group: Pick<Due, "last_processed_message_id">,
  contextWindow: number,
): Promise<{ text: string; lastId: string | null }> {
  const rows = await ctx.db.query<MessageRow>(
    `SELECT * FROM message WHERE agent_id = $1 AND seq > 0
       AND ledger_seq > COALESCE((SELECT ledger_seq FROM message WHERE id = $2), 0)
     ORDER BY ledger_seq DESC LIMIT $3`,
    [agentId, group.last_processed_message_id, MOST_MESSAGES],
  );
  const messages = rows.toReversed().map(toMessage);
  // Thoughts stay with the one who thinks them.
  const spoken = messages.map((message) => ({
    ...message,
    parts: message.parts.filter((part) => part.type !== "reasoning" && part.type !== "hidden_reasoning"),
  }));
  const text = transcriptForSummary(spoken, Math.floor(contextWindow * CHARS_PER_TOKEN_OF_WINDOW));
  return { text, lastId: messages.at(-1)?.id ?? null };
}

type Work = { agentId: string; groupId: string; text: string; causedBy: string };

/** Null if the agent can't work now: it is at work already, waits for an approval, or its model is not there. */
async function setToWork(ctx: Ctx, startRun: StartRun, work: Work): Promise<string | null> {
  try {
    const started = await startRun(ctx, {
      target: { agentId: work.agentId },
      inputs: [{ type: "message", role: "user", content: sleeptimeMessage(work.text), group_id: work.groupId }],
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
      metadata: { group_id: work.groupId, caused_by_run_id: work.causedBy },
      requestConfig: {},
      callbackUrl: null,
      groupId: work.groupId,
      causeKind: "sleep-time",
    });
    return "run" in started ? started.run.id : null;
  } catch (error) {
    log.error({ err: error, agent_id: work.agentId }, "a sleep-time agent could not be set to work");
    return null;
  }
}
