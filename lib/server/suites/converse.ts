import type { SuiteCase } from "@/lib/api/suite-file";
import type { ObservedTurn } from "@/lib/engine/checks/check";
import { textOf } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { ApiError, badRequest, notFound } from "../core/errors";
import { type MessageRow, toMessage } from "../records/message-rows";
import { isBusy, pause, runEnded, waitsForApproval } from "../run/busy";
import { runIdOf } from "../run/send-messages";
import { startRun } from "../run/start";
import { readTurn } from "./observe";
import { type RecordedAnswers, recordedAnswers } from "./recorded-answers";
import { simulatedUser } from "./simulated-user";
import type { Said, Speaker } from "./speaker";

const BUSY_MS = 250;
const MOST_STEPS = 50;
const MOST_TURNS = 100;

/** @throws ApiError `not-found` for a recorded conversation that there is not; 400 for one in which no user speaks. */
export async function speakerOf(ctx: Ctx, agentId: string, { conversation }: SuiteCase): Promise<Speaker> {
  if (conversation === undefined) return async () => null;
  if (Array.isArray(conversation)) {
    const said = conversation.map(
      (turn): Said =>
        typeof turn === "string" ? { user: turn, checks: [] } : { user: turn.user, checks: turn.checks ?? [] },
    );
    return async (turns) => said[turns.length] ?? null;
  }
  if ("simulated" in conversation) return simulatedUser(ctx, agentId, conversation.simulated);
  const said = await recordedUser(ctx, conversation.recorded);
  return async (turns) => (said[turns.length] === undefined ? null : { user: said[turns.length]!, checks: [] });
}

async function recordedUser(ctx: Ctx, id: string): Promise<string[]> {
  const column = id.startsWith("run-") ? "run_id" : "conversation_id";
  const rows = await ctx.db.query<MessageRow>(
    `SELECT * FROM message WHERE ${column} = $1 AND organization_id = $2 AND role = 'user' ORDER BY seq LIMIT ${MOST_TURNS}`,
    [id, ctx.actor.organizationId],
  );
  if (rows.length === 0) {
    const known =
      column === "run_id"
        ? await ctx.db.prisma.run.findFirst({ where: { id, organizationId: ctx.actor.organizationId } })
        : await ctx.db.prisma.conversation.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
    if (!known) throw notFound(column === "run_id" ? "run" : "conversation", id);
    throw badRequest(`INVALID_ARGUMENT: nobody says anything in '${id}': it can't be said again`);
  }
  return rows.map((row) => textOf(toMessage(row))).filter((text) => text !== "");
}

/** The answers of a run, where a case is to be given them again. @throws ApiError 400 for what is no run. */
export async function answersOf(ctx: Ctx, { conversation }: SuiteCase): Promise<RecordedAnswers | null> {
  if (!conversation || Array.isArray(conversation) || !("recorded" in conversation) || !conversation.replay)
    return null;
  if (!conversation.recorded.startsWith("run-"))
    throw badRequest(`INVALID_ARGUMENT: only a run can be replayed, and '${conversation.recorded}' is none`);
  return recordedAnswers(ctx, conversation.recorded);
}

/**
 * Says one thing to the agent and waits for the end of the run. Where the organization has as many runs at work as it may,
 * it waits for its turn.
 *
 * @throws ApiError for what can't be said to it; when the signal aborts.
 */
export async function sayTo(
  ctx: Ctx,
  agentId: string,
  user: string,
  signal: AbortSignal,
  answers: RecordedAnswers | null = null,
): Promise<ObservedTurn> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const runId = runIdOf(
        await startRun(answers?.ctx ?? ctx, {
          target: { agentId },
          inputs: [{ type: "message", role: "user", content: user }],
          maxSteps: MOST_STEPS,
          tokens: false,
          background: true,
          compactionItems: false,
          clientTools: [],
          clientSkills: [],
          overrideModel: null,
          overrideSystem: null,
          runType: "suite",
          metadata: { suite_run_id: ctx.suiteRunId },
          requestConfig: {},
          callbackUrl: null,
          ...(answers ? { replaceTools: answers.replaceTools } : {}),
        }),
      );
      await runEnded(ctx, runId, signal);
      return await readTurn(ctx, runId, user);
    } catch (error) {
      if (!(error instanceof ApiError) || !isBusy(error) || waitsForApproval(error)) throw error;
      await pause(BUSY_MS, signal);
    }
  }
}
