import type { MessageInput } from "@/lib/api/messages";
import type { ChangedReplay, WireReplayFork } from "@/lib/api/runs";
import type { Cause } from "@/lib/engine/cause";
import { deleteAgent } from "../agents/delete-agent";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, conflict } from "../core/errors";
import { startRun } from "../run/start";
import { forkAgent } from "./fork-agent";
import { keptMessages } from "./fork-messages";
import { type RecordedRun, readRecordedRun } from "./recorded-run";
import { requireWhole } from "./replay";
import { type ReplayTape, replayTape } from "./replay-tape";
import { readStateAt } from "./state";

const CHANGES = ["system", "model", "blocks", "message", "tool_returns"] as const;

/**
 * Runs a run again with something changed, on a fork of the agent as it was before the run: as long as the model is asked
 * what it was asked then, it answers as then; from the first request that differs on it is asked anew. Memory tools write
 * into the fork; other tools return what they returned, as long as the record goes on, and are run after that. At the end
 * the fork's run says in its `metadata.replay` how far the record went, and what differed first.
 *
 * @throws ApiError `not-found`; 400 without a change, or for one that it can't have; `conflict` for a run that is not over, of
 * which something was erased, or that no request of a message's began.
 */
export async function replayChanged(ctx: Ctx, runId: string, body: ChangedReplay): Promise<WireReplayFork> {
  const changed = CHANGES.filter((key) => body[key] != null && body[key] !== "");
  if (changed.length === 0) throw badRequest(`INVALID_ARGUMENT: nothing is changed; give one of ${CHANGES.join(", ")}`);
  const recorded = await readRecordedRun(ctx, runId);
  const first = recorded.steps[0]?.row;
  if (!recorded.run.completedAt)
    throw conflict(`CONFLICT: run ${runId} is not over yet: wait for its end, or cancel it`);
  if (!first) throw conflict(`CONFLICT: run ${runId} has no step: no model was asked`);
  await requireWhole(ctx, recorded);
  requireCalls(recorded, body.tool_returns ?? {});
  const inputs = inputsOf(recorded, body.message ?? null);

  const state = await readStateAt(ctx, first.id, "before");
  const told = new Set(recorded.incoming.map((message) => message.id));
  const end = state.messages.findIndex((message) => told.has(message.id));
  const cause: Cause = { ...apiCause(ctx), kind: "fork", step: first.id, target: first.id };
  const { system, model, blocks } = body;
  const made = await forkAgent(ctx, {
    state,
    kept: end < 0 ? keptMessages(state) : keptMessages(state, end),
    fork: { moment: "before", into: "agent", changes: { system, model, blocks, message: "" } },
    cause,
  });
  const tape = replayTape(recorded, made, body.tool_returns ?? {});
  try {
    const run = await runOn(ctx, { conversationId: made.conversation_id, inputs, tape, changed, runId });
    return { ...made, run_id: run };
  } catch (error) {
    await deleteAgent(ctx, made.agent_id);
    throw error;
  }
}

/** @throws ApiError 400 for a call that the run had not made. */
function requireCalls({ returns }: RecordedRun, given: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(given).find((id) => !returns.has(id));
  if (unknown) throw badRequest(`INVALID_ARGUMENT: the run has no call '${unknown}' that returned`);
}

/** What the request had brought, or another message in its place. */
function inputsOf({ run, incoming }: RecordedRun, message: string | null): MessageInput[] {
  if (message !== null) return [{ type: "message", role: "user", content: message }];
  const inputs = incoming.map(({ role, parts, name, senderId }): MessageInput | null => {
    const content = parts.filter((part) => part.type === "text" || part.type === "image");
    if ((role !== "user" && role !== "system") || content.length !== parts.length) return null;
    return { type: "message", role, content, name, sender_id: senderId } as MessageInput;
  });
  const given = inputs.filter((input) => input !== null);
  if (given.length === 0 || given.length < inputs.length)
    throw conflict(`CONFLICT: run ${run.id} did not begin with a message: give 'message', which is said instead`);
  return given;
}

type Running = {
  conversationId: string;
  inputs: MessageInput[];
  tape: ReplayTape;
  changed: readonly string[];
  runId: string;
};

async function runOn(ctx: Ctx, { conversationId, inputs, tape, changed, runId }: Running): Promise<string> {
  const started = await startRun(ctx, {
    target: { conversationId },
    inputs,
    maxSteps: 50,
    tokens: true,
    background: true,
    compactionItems: true,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "replay",
    metadata: { replay_of: runId, changed },
    requestConfig: {},
    callbackUrl: null,
    tape,
  });
  if (!("run" in started)) return started.existingRunId;
  const { id, done } = started.run;
  void done.then(() =>
    ctx.db
      .query("UPDATE run SET metadata = metadata || jsonb_build_object('replay', $2::jsonb) WHERE id = $1", [
        id,
        JSON.stringify(tape.told()),
      ])
      .catch(() => {}),
  );
  return id;
}
