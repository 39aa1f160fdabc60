import { compact } from "@/lib/engine/compaction/compact";
import type { CompactionSettings } from "@/lib/engine/compaction/settings";
import { endOf, initialState } from "@/lib/engine/state";
import type { Ctx } from "../core/core";
import { badRequest, conflict, invalid } from "../core/errors";
import { log } from "../core/log";
import { portsOf } from "./execute";
import type { Target } from "./load";
import { endUnfinished } from "./recover";
import { openRun } from "./start";

const FAILED = { errorType: "internal_error", message: "The compaction failed.", detail: null };

const MODES = ["sliding_window", "all", "self_compact_sliding_window", "self_compact_all"] as const;

/** What a preview showed: the summary, lines that it must have, and the next place of a message then. */
export type Given = { summary?: string | null; lines?: readonly string[]; baseSeq?: number | null };

export const NOTHING_TO_CUT =
  "Summarization failed to reduce the number of messages. You may not have enough messages to compact or need to use a different CompactionSettings (e.g. using `all` mode).";

/**
 * Compacts a conversation now. What the request says of the settings goes over the agent's own, field by field; another
 * mode without a prompt takes the mode's own.
 *
 * @throws ApiError 400 when it would not get shorter, 409 while the conversation has a run, or where something was said
 *   since the preview.
 */
export async function compactConversation(
  ctx: Ctx,
  target: Target,
  given: Record<string, unknown> | null,
  { summary = null, lines = [], baseSeq = null }: Given = {},
) {
  const opened = await openRun(ctx, {
    target,
    inputs: [],
    maxSteps: 0,
    tokens: false,
    background: false,
    compactionItems: false,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "compaction",
    requestConfig: {},
    callbackUrl: null,
  });
  if ("existingRunId" in opened)
    throw conflict("CONFLICT: the conversation has a run", { run_id: opened.existingRunId });
  const ports = portsOf(ctx, opened);
  let ended = false;
  try {
    if (baseSeq !== null && opened.loaded.nextSeq !== baseSeq) {
      throw conflict("CONFLICT: something was said in the conversation since the preview; preview it again", {
        next_seq: opened.loaded.nextSeq,
      });
    }
    const run = { ...opened.run, compaction: withSettings(opened.run.compaction, given) };
    const state = initialState(run);
    const done = await compact({ run, state, trigger: "manual", stepId: null, summary, lines }, ports);
    await ports.store.finish(endOf(state, done ? "end_turn" : "error"));
    ended = true;
    if (!done) {
      throw badRequest(NOTHING_TO_CUT);
    }
    return { summary: done.summary, num_messages_before: done.countBefore, num_messages_after: done.countAfter };
  } finally {
    if (!ended) ctx.telemetry?.abandon(opened.live.id, FAILED.errorType, FAILED.message);
    if (!ended)
      await endUnfinished(ctx, opened.live, FAILED).catch((error) =>
        log.error({ err: error, run_id: opened.live.id }, "a compaction could not be ended"),
      );
    opened.live.end();
  }
}

export function withSettings(own: CompactionSettings, given: Record<string, unknown> | null): CompactionSettings {
  if (!given) return own;
  const mode = MODES.find((known) => known === (given.mode ?? own.mode));
  if (!mode) throw invalid(`compaction_settings.mode must be one of ${MODES.join(", ")}`);
  const prompt = typeof given.prompt === "string" ? given.prompt : mode === own.mode ? own.prompt : null;
  return {
    ...own,
    mode,
    prompt,
    ...(typeof given.clip_chars === "number" ? { clipChars: given.clip_chars } : {}),
    ...(typeof given.sliding_window_percentage === "number"
      ? { slidingWindowPercentage: given.sliding_window_percentage }
      : {}),
  };
}
