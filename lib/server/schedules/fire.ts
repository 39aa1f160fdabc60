import { sendMessagesBody } from "@/lib/api/messages";
import type { CreateSchedule } from "@/lib/api/schedules";
import { type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { ApiError } from "../core/errors";
import { newId } from "../core/ids";
import { log } from "../core/log";
import { jobKind, TryLater } from "../jobs/queue";
import { isBusy, runEnded, sentenceOf } from "../run/busy";
import { uuidFrom } from "../run/run-ids";
import { runIdOf, toRunRequest } from "../run/send-messages";
import { startRun } from "../run/start";
import { nextTime } from "./cron";

/** What is due later than this is armed by a sweep. */
export const ARM_AHEAD_MS = 2 * 60 * 1000;
/** A conversation that is busy for longer is not waited for. */
const WAIT_MS = 24 * 60 * 60 * 1000;

const SKIPPED = "Skipped: the messages of the time before have not been sent yet.";

/** Turns a due time of a schedule into a firing, and finds the next time. */
export const FIRE_SCHEDULE = jobKind<{ scheduleId: string }>({
  name: "fire-schedule",
  concurrency: 1,
  retries: 20,
  retryDelayS: 1,
  retryDelayMaxS: 60,
  timeoutS: 60,
  run: async (core, { scheduleId }) => {
    const claimed = await claimDue(core, scheduleId);
    if (!claimed) return;
    if (!claimed.skipped) await sendFiring(core, claimed.firingId);
    if (claimed.nextAt) await armSchedule(core, scheduleId, claimed.nextAt);
  },
});

/** Sends the messages of a firing; a busy conversation is waited for. */
export const SEND_FIRING = jobKind<{ firingId: string }>({
  name: "send-scheduled-messages",
  concurrency: 4,
  // Waiting for a conversation is a try too.
  retries: 10_000,
  retryDelayS: 1,
  retryDelayMaxS: 30,
  timeoutS: 120,
  run: (core, { firingId }) => start(core, firingId),
});

/** Has a schedule fire at a time, if that is near. */
export async function armSchedule(core: Core, scheduleId: string, at: Date): Promise<void> {
  if (at.getTime() > core.now().getTime() + ARM_AHEAD_MS) return;
  await core.jobs.send(FIRE_SCHEDULE, { scheduleId }, { startAfter: at, key: `${scheduleId}/${at.getTime()}` });
}

export async function sendFiring(core: Core, firingId: string): Promise<void> {
  await core.jobs.send(SEND_FIRING, { firingId }, { key: firingId });
}

type Due = { next_at: Date; cron: string | null; timezone: string };
type Claimed = { firingId: string; skipped: boolean; nextAt: Date | null };

/**
 * Records that a schedule fires, and moves it on, in one statement: of several that try, one does. Times that have
 * passed meanwhile are this one firing. Null when nothing is due.
 */
async function claimDue(core: Core, scheduleId: string): Promise<Claimed | null> {
  const [due] = await core.db.query<Due>(
    "SELECT next_at, cron, timezone FROM schedule WHERE id = $1 AND next_at IS NOT NULL",
    [scheduleId],
  );
  if (!due) return null;
  const now = core.now();
  // This process's clock may be behind the database's, which said that it is time.
  if (due.next_at > now) {
    if (due.next_at.getTime() - now.getTime() > ARM_AHEAD_MS) return null;
    throw new TryLater("not due yet");
  }
  const nextAt = due.cron === null ? null : nextTime(due.cron, due.timezone, now);
  const firingId = newId("firing");
  const [row] = await core.db.query<{ error: string | null }>(CLAIM, [
    scheduleId,
    due.next_at.toISOString(),
    nextAt?.toISOString() ?? null,
    firingId,
    now.toISOString(),
    SKIPPED,
  ]);
  return row ? { firingId, skipped: row.error !== null, nextAt } : null;
}

const CLAIM = `
WITH claimed AS (UPDATE schedule SET next_at = $3::timestamptz WHERE id = $1 AND next_at = $2::timestamptz RETURNING id, cron)
INSERT INTO schedule_firing (id, schedule_id, due_at, fired_at, trigger, error)
SELECT $4, id, $2::timestamptz, $5::timestamptz, 'due', CASE WHEN cron IS NOT NULL AND EXISTS
  (SELECT 1 FROM schedule_firing WHERE schedule_id = $1 AND run_id IS NULL AND error IS NULL) THEN $6 END
FROM claimed RETURNING error`;

type Firing = {
  id: string;
  schedule_id: string;
  fired_at: Date;
  agent_id: string;
  organization_id: string;
  created_by_id: string | null;
  request: Omit<CreateSchedule, "schedule">;
  callback_url: string | null;
};

async function start(core: Core, firingId: string): Promise<void> {
  const [firing] = await core.db.query<Firing>(
    `SELECT f.id, f.schedule_id, f.fired_at, s.agent_id, s.organization_id, s.created_by_id, s.request, s.callback_url
     FROM schedule_firing f JOIN schedule s ON s.id = f.schedule_id
     WHERE f.id = $1 AND f.run_id IS NULL AND f.error IS NULL`,
    [firingId],
  );
  if (!firing) return;
  const userId = firing.created_by_id ?? DEFAULT_ACTOR.userId;
  const ctx: Ctx = { ...core, actor: { organizationId: firing.organization_id, userId } };
  try {
    // A try whose process was gone before it said so has started the run already: the otids tell.
    const runId = runIdOf(await startRun(ctx, requestOf(firing)));
    await core.db.query("UPDATE schedule_firing SET run_id = $2 WHERE id = $1", [firingId, runId]);
    goOnAfter(ctx, firing.agent_id, runId);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const waited = core.now().getTime() - firing.fired_at.getTime();
    if (isBusy(error) && waited < WAIT_MS) {
      if (typeof error.extra.run_id === "string") goOnAfter(ctx, firing.agent_id, error.extra.run_id);
      throw new TryLater(sentenceOf(error));
    }
    await core.db.query("UPDATE schedule_firing SET error = $2 WHERE id = $1", [firingId, sentenceOf(error)]);
  }
}

/** Agents for whose run to end this process waits. */
const awaited = new Set<string>();
const NEVER = new AbortController().signal;

/**
 * Sends the oldest messages that wait for an agent as soon as its run is over. The queue, whose tries come at longer and
 * longer intervals, does it where this process does not live to.
 */
function goOnAfter(ctx: Ctx, agentId: string, runId: string): void {
  if (awaited.has(agentId)) return;
  awaited.add(agentId);
  void runEnded(ctx, runId, NEVER)
    .finally(() => awaited.delete(agentId))
    .then(async () => {
      const [next] = await ctx.db.query<{ id: string }>(NEXT_WAITING, [agentId]);
      if (next) await start(ctx, next.id);
    })
    .catch((error: unknown) => {
      if (!(error instanceof TryLater))
        log.debug({ err: error, agent_id: agentId }, "waiting messages are left to the queue");
    });
}

const NEXT_WAITING = `
SELECT f.id FROM schedule_firing f JOIN schedule s ON s.id = f.schedule_id
WHERE s.agent_id = $1 AND f.run_id IS NULL AND f.error IS NULL ORDER BY f.fired_at, f.id LIMIT 1`;

function requestOf(firing: Firing) {
  const { messages, max_steps, include_return_message_types } = firing.request;
  const body = sendMessagesBody.parse({
    messages: messages.map((message, index) => ({ ...message, otid: uuidFrom(`${firing.id}/${index}`) })),
    ...(max_steps == null ? {} : { max_steps }),
    include_return_message_types,
    callback_url: firing.callback_url,
  });
  const mode = { streaming: false, runType: "scheduled_message", background: true };
  return {
    ...toRunRequest({ agentId: firing.agent_id }, body, mode),
    metadata: { schedule_id: firing.schedule_id, firing_id: firing.id },
  };
}
