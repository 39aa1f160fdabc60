import type { WireCompactionPreview } from "@/lib/api/compactions";
import { compact, evictedBy } from "@/lib/engine/compaction/compact";
import { estimateTokens } from "@/lib/engine/estimate";
import { requestTokens } from "@/lib/engine/fullness";
import type { CompactionRecord, Ports } from "@/lib/engine/ports";
import { initialState, type Run } from "@/lib/engine/state";
import type { Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { newId } from "../core/ids";
import { countTokens } from "../models/tokens";
import { NOTHING_TO_CUT, withSettings } from "./compact";
import { keepCall } from "./generate";
import { loadConversation, promptOf, type Target } from "./load";
import { previewRun } from "./start";

type Wanted = {
  settings: Record<string, unknown> | null;
  lines: readonly string[];
  /** Whether the model is asked for a summary; what it answers is kept as an answer of no step. */
  summarize: boolean;
};

const SHOWN_CHARS = 200;

/**
 * What a compaction would do now. Nothing of the conversation changes.
 *
 * Where nothing can be cut, nothing would go, and a summary of it can't be asked for.
 *
 * @throws ApiError 400 for that; `model` where no summary came.
 */
export async function previewCompaction(
  ctx: Ctx,
  target: Target,
  { settings, lines, summarize }: Wanted,
): Promise<WireCompactionPreview> {
  const loaded = await loadConversation(ctx, target);
  const planned = await previewRun(ctx, loaded, await promptOf(ctx, loaded));
  const run: Run = { ...planned, compaction: withSettings(planned.compaction, settings) };
  const state = initialState(run);
  const found = evictedBy(run, state);
  if (!found && summarize) throw badRequest(NOTHING_TO_CUT);
  const cut = found ?? { evict: [], keep: state.transcript };
  const written = summarize ? await write(ctx, run, lines) : null;
  const before = requestTokens(run, state);
  return {
    mode: run.compaction.mode,
    next_seq: loaded.nextSeq,
    evicted: cut.evict.map(toShown),
    kept: cut.keep.filter(({ id }) => run.keptIds?.has(id)).map(toShown),
    messages_before: state.transcript.length + 1,
    messages_after: cut.keep.length + (found ? 2 : 1),
    tokens_before: Math.round(before),
    tokens_after: Math.round(
      written?.stats.contextTokensAfter ?? requestTokens(run, { ...state, transcript: cut.keep }),
    ),
    context_window: run.contextWindow,
    model: written?.cassette?.model.handle ?? null,
    summary: written?.summary ?? null,
  };
}

/** Runs the compaction itself, on ports that keep nothing of it but what the model answered. */
async function write(ctx: Ctx, run: Run, lines: readonly string[]): Promise<CompactionRecord> {
  let record: CompactionRecord | null = null;
  const startedAt = ctx.now().toISOString();
  const refuse = () => Promise.reject(new Error("a preview keeps nothing"));
  const ports: Ports = {
    store: {
      saveTurn: refuse,
      saveReturns: refuse,
      finish: refuse,
      compile: refuse,
      saveCompaction: async (made) => {
        record = made;
        return run.prompt;
      },
    },
    clock: { now: () => ctx.now().toISOString(), monotonic: () => ctx.monotonic() },
    newId: (prefix) => newId(prefix),
    countTokens,
  };
  await compact({ run, state: initialState(run), trigger: "manual", stepId: null, lines }, ports);
  const made = record as CompactionRecord | null;
  if (!made) throw new ApiError("model", "The model gave no summary. Try again, or choose another model or mode.");
  if (made.cassette) await keepCall(ctx, run.agentId, { ...made.cassette, startedAt });
  return made;
}

const toShown = (message: Message) => ({
  message_id: message.id,
  role: message.role,
  text: textOf(message).slice(0, SHOWN_CHARS),
  tokens: Math.round(estimateTokens(message)),
  created_at: message.createdAt,
});

function textOf({ parts }: Message): string {
  return parts
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "reasoning") return part.reasoning;
      if (part.type === "tool_call") return `${part.name}(${part.arguments})`;
      if (part.type === "tool_return") return typeof part.content === "string" ? part.content : "(content)";
      return part.type === "summary" ? part.summary : "";
    })
    .filter(Boolean)
    .join(" ");
}
