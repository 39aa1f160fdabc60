import type { Cause } from "@/lib/engine/cause";
import { apiCause, type Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { startRun } from "../run/start";
import { forkAgent } from "./fork-agent";
import { forkIntoConversation } from "./fork-into-conversation";
import { keptMessages, lastOfUser } from "./fork-messages";
import type { Fork, Forked } from "./forking";
import { readStateAt } from "./state";

/**
 * A new agent whose state is exactly as of a step, or a new conversation with the memory of then, but for what is changed
 * on purpose. With another `message`, that message takes the place of the last one of the user and the agent is run on it.
 *
 * @throws ApiError 400 for a change that the fork can't have.
 */
export async function forkStep(ctx: Ctx, stepId: string, fork: Fork): Promise<Forked> {
  const state = await readStateAt(ctx, stepId, fork.moment);
  const cause: Cause = { ...apiCause(ctx), kind: "fork", step: stepId, target: stepId };
  const replaces = fork.changes?.message != null;
  const last = lastOfUser(state);
  if (replaces && last < 0) throw badRequest("INVALID_ARGUMENT: there is no message of the user to replace");
  const kept = replaces ? keptMessages(state, last) : keptMessages(state);
  const forking = { state, fork, kept, cause };
  const made = fork.into === "agent" ? await forkAgent(ctx, forking) : await forkIntoConversation(ctx, forking);
  return { ...made, run_id: await sayInstead(ctx, made.conversation_id, fork.changes?.message ?? null) };
}

async function sayInstead(ctx: Ctx, conversationId: string, message: string | null): Promise<string | null> {
  if (message === null) return null;
  const started = await startRun(ctx, {
    target: { conversationId },
    inputs: [{ type: "message", role: "user", content: message }],
    maxSteps: 50,
    tokens: true,
    background: true,
    compactionItems: true,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "fork",
    requestConfig: {},
    callbackUrl: null,
  });
  return "run" in started ? started.run.id : started.existingRunId;
}
