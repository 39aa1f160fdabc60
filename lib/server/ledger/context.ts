import type { z } from "@hono/zod-openapi";
import type { stepContextSchema, WireContextSection } from "@/lib/api/step-context";
import type { Cause } from "@/lib/engine/cause";
import { transcriptForSummary } from "@/lib/engine/compaction/cut";
import { contextForStep } from "@/lib/engine/context";
import { estimateTokens, sumOf } from "@/lib/engine/estimate";
import { charCount } from "@/lib/engine/render";
import type { Section } from "@/lib/engine/section";
import { initialState } from "@/lib/engine/state";
import { allowedTools } from "@/lib/engine/tool-rules";
import type { Message } from "@/lib/stream/message";
import { readCompileInputs, renderSections } from "../conversations/compile";
import { DEFAULT_PRESENT, messagesToWire } from "../conversations/present";
import type { Ctx } from "../core/core";
import { hashText, type SealedSection, sealSections } from "../records/sections";
import { causesOf } from "../records/version-line";
import { type Loaded, loadConversation, promptOf, type Target } from "../run/load";
import { previewRun } from "../run/start";
import { getStep, type StepRow } from "../run/steps";
import { windowOf } from "../run/window";
import { lastCauses } from "./config-causes";
import { readSnapshot } from "./step-request";

export type StepContext = z.input<typeof stepContextSchema>;

/** What the model was shown in a step, by section, each with its cause. */
export async function stepContext(ctx: Ctx, stepId: string): Promise<StepContext> {
  const step = await getStep(ctx, stepId);
  const snapshot = await readSnapshot(ctx, step);
  const { list, sections, messages } = snapshot;
  const [compile] = await ctx.db.query<{ compiled_at: Date; cause: Cause }>(
    "SELECT compiled_at, cause FROM compile WHERE id = $1",
    [step.compile_id],
  );
  const causes = await sectionCauses(ctx, list, step);
  const { total, estimated } = step.context_tokens;
  const counted = step.prompt_tokens !== null;
  return {
    step_id: step.id,
    agent_id: step.agent_id,
    conversation_id: step.conversation_id,
    model_handle: step.model_handle,
    context_window: step.context_window,
    total_tokens: step.prompt_tokens ?? total,
    total_estimated: !counted || estimated,
    compiled_at: (compile?.compiled_at ?? step.created_at).toISOString(),
    sections: [
      ...list.map((sealed, index) => toWireSection(sealed, sections[index]!.text, causes[index] ?? null)),
      ...(await messageSections(ctx, step.conversation_id, messages)),
    ],
    messages: messagesToWire(messages, { ...DEFAULT_PRESENT, compaction: true }),
  };
}

function toWireSection(sealed: SealedSection, text: string, cause: Cause | null): WireContextSection {
  const { kind, label, tokens, chars, hash, source } = sealed;
  return { kind, label, text, tokens, chars, hash, estimated: true, source: { ...source }, cause };
}

/** Why each section says what it says: the version that it shows, or the rendering itself. */
async function sectionCauses(
  ctx: Ctx,
  list: readonly SealedSection[],
  step: Pick<StepRow, "agent_version_id" | "compile_id">,
): Promise<(Cause | null)[]> {
  const idsOf = (type: "agent-version" | "block-version") =>
    list.flatMap(({ source }) => (source.type === type ? [source.id] : []));
  // All of a compile are of one version.
  const [compiled = step.agent_version_id] = idsOf("agent-version");
  const [blocks, compiles] = await Promise.all([
    causesOf(ctx.db, "block_version", idsOf("block-version")),
    causesOf(ctx.db, "compile", [step.compile_id]),
  ]);
  const { kinds } = await lastCauses(ctx, compiled);
  const { tools } = await lastCauses(ctx, step.agent_version_id);
  return list.map(({ source, kind, label }) => {
    switch (source.type) {
      case "agent-version":
        return kinds.get(kind) ?? null;
      case "block-version":
        return blocks.get(source.id) ?? null;
      case "compile":
        return compiles.get(step.compile_id) ?? null;
      case "tools":
        return tools.get(label) ?? null;
      default:
        return null;
    }
  });
}

/** The summary, if there is one, and the messages after it. */
async function messageSections(
  ctx: Ctx,
  conversationId: string,
  messages: readonly Message[],
): Promise<WireContextSection[]> {
  const summaries = messages.filter((message) => message.role === "summary");
  const others = messages.filter((message) => message.role !== "summary");
  const rows = await ctx.db.query<{ summary_message_id: string; cause: Cause }>(
    "SELECT summary_message_id, cause FROM compaction WHERE conversation_id = $1 AND summary_message_id = ANY($2::text[])",
    [conversationId, summaries.map((message) => message.id)],
  );
  const causes = new Map(rows.map((row) => [row.summary_message_id, row.cause]));
  return [
    ...summaries.map((message) => section("summary", "summary", [message], causes.get(message.id) ?? null)),
    section("messages", "messages", others, null),
  ];
}

function section(
  kind: "summary" | "messages",
  label: string,
  messages: readonly Message[],
  cause: Cause | null,
): WireContextSection {
  const text = transcriptForSummary([...messages], null);
  return {
    kind,
    label,
    text,
    tokens: sumOf(messages, estimateTokens),
    chars: charCount(text),
    hash: hashText(text),
    estimated: true,
    source:
      kind === "summary" ? { type: "message", id: messages[0]?.id } : { type: "messages", count: messages.length },
    cause,
  };
}

/** What the model would be shown if it were asked now. Reads only: a stale prompt is rendered, not put in force. */
export async function liveContext(
  ctx: Ctx,
  target: Target,
): Promise<{ loaded: Loaded; context: Omit<StepContext, "step_id"> }> {
  const loaded = await loadConversation(ctx, target);
  const prompt = await promptNow(ctx, loaded);
  const run = await previewRun(ctx, loaded, prompt);
  const shown = contextForStep(
    run,
    initialState(run),
    allowedTools(
      run.rules,
      run.tools.map((tool) => tool.name),
      [],
    ),
  );
  const { list } = sealSections(shown.sections);
  const causes = await sectionCauses(ctx, list, {
    agent_version_id: loaded.agentVersionId,
    compile_id: prompt.compileId,
  });
  const sections = [
    ...list.map((sealed, index) => toWireSection(sealed, shown.sections[index]!.text, causes[index] ?? null)),
    ...(await messageSections(ctx, loaded.conversationId, loaded.transcript)),
  ];
  const sum = sections.reduce((total, { tokens }) => total + tokens, 0);
  return {
    loaded,
    context: {
      agent_id: loaded.agentId,
      conversation_id: loaded.conversationId,
      model_handle: run.model.handle,
      context_window: run.contextWindow,
      context_window_source: windowOf(loaded, run.model).source,
      total_tokens: sum,
      total_estimated: true,
      compiled_at: prompt.compiledAt,
      sections,
      messages: messagesToWire(loaded.transcript, { ...DEFAULT_PRESENT, compaction: true }),
    },
  };
}

type PromptNow = {
  compileId: string;
  sections: Section[];
  blockVersionIds: string[];
  tokens: number;
  compiledAt: string;
};

/** The prompt that a run would begin with now; a stale one is rendered, not put in force. */
export async function promptNow(ctx: Ctx, loaded: Loaded): Promise<PromptNow> {
  if (loaded.isStale) {
    const inputs = await readCompileInputs(ctx, ctx.db, loaded.conversationId);
    const sections = renderSections(inputs);
    return { compileId: "", sections, blockVersionIds: [], tokens: 0, compiledAt: inputs.compiledAt };
  }
  const compiled = await promptOf(ctx, loaded);
  const [row] = await ctx.db.query<{ compiled_at: Date }>("SELECT compiled_at FROM compile WHERE id = $1", [
    compiled.compileId,
  ]);
  return { ...compiled, compiledAt: (row?.compiled_at ?? ctx.now()).toISOString() };
}
