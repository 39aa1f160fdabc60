import type { z } from "@hono/zod-openapi";
import type { contextDiffSchema, WireContextSection } from "@/lib/api/step-context";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { othersTurn } from "../db/others-turn";
import { CONTENT_OF_BLOCK, causesAlong } from "../records/version-line";
import { getStep } from "../run/steps";
import { compareTexts } from "../threads/compare-texts";
import { causesInConfig, causesOfTool, settingsBetween } from "./config-causes";
import { type StepContext, stepContext } from "./context";
import { areRelated } from "./origin";

export type ContextDiff = z.input<typeof contextDiffSchema>;
type SectionDiff = ContextDiff["sections"][number];

/**
 * What changed in the context from one step to another, section by section, with the causes between.
 *
 * @throws ApiError 400 for steps of two agents that have no past in common.
 */
export async function diffContexts(ctx: Ctx, fromStepId: string, toStepId: string): Promise<ContextDiff> {
  const [from, to] = await Promise.all([stepContext(ctx, fromStepId), stepContext(ctx, toStepId)]);
  if (!(await areRelated(ctx, from.agent_id, to.agent_id))) {
    throw badRequest(
      "INVALID_ARGUMENT: the two steps are of different agents, neither of which was forked from the other",
    );
  }
  const before = new Map(from.sections.map((section) => [keyOf(section), section]));
  const after = new Map(to.sections.map((section) => [keyOf(section), section]));
  const [first, last] = [await getStep(ctx, fromStepId), await getStep(ctx, toStepId)];
  const pair = [first.agent_version_id, last.agent_version_id] as const;
  const keys = [...after.keys(), ...[...before.keys()].filter((key) => !after.has(key))];
  return {
    from_step_id: from.step_id,
    to_step_id: to.step_id,
    token_delta: to.total_tokens - from.total_tokens,
    shared_prefix_chars: sharedPrefix(textOf(from), textOf(to)),
    sections: await diffSections(ctx, keys, before, after, pair),
    settings: await settingsBetween(ctx, first, last),
  };
}

/** The agent's versions at both steps. */
type Pair = readonly [string, string];

type Sections = ReadonlyMap<string, WireContextSection>;

/** One after the other, and the loop is others' between them: to compare long texts takes its time. */
async function diffSections(ctx: Ctx, keys: readonly string[], before: Sections, after: Sections, pair: Pair) {
  const sections: SectionDiff[] = [];
  for (const key of keys) {
    sections.push(await diffSection(ctx, before.get(key), after.get(key), pair));
    await othersTurn();
  }
  return sections;
}

const keyOf = (section: WireContextSection) => `${section.kind}\n${section.label}`;

async function diffSection(
  ctx: Ctx,
  before: WireContextSection | undefined,
  after: WireContextSection | undefined,
  pair: Pair,
): Promise<SectionDiff> {
  const { kind, label } = (after ?? before)!;
  const same = before?.hash === after?.hash;
  return {
    kind,
    label,
    change: same ? "same" : before ? (after ? "changed" : "removed") : "added",
    tokens_before: before?.tokens ?? 0,
    tokens_after: after?.tokens ?? 0,
    parts: same ? [] : await compareTexts(ctx, before?.text ?? "", after?.text ?? ""),
    causes: same ? [] : await causesBetween(ctx, before, after, pair),
  };
}

/** The versions of the section's source that came after the one before, up to the one after, and touched it; oldest first. */
async function causesBetween(
  ctx: Ctx,
  before: WireContextSection | undefined,
  after: WireContextSection | undefined,
  pair: Pair,
): Promise<Cause[]> {
  const [from, to] = [before?.source, after?.source] as ({ type?: string; id?: string } | undefined)[];
  const { kind, label } = (after ?? before)!;
  if (kind === "tools") return causesOfTool(ctx, label, pair);
  const isBlock = (to ?? from)?.type === "block-version" && from?.id && to?.id;
  const along = isBlock
    ? await causesAlong(ctx.db, "block_version", [from.id!, to!.id!], CONTENT_OF_BLOCK)
    : await causesInConfig(ctx, kind, pair);
  if (along) return along;
  const cause = (after ?? before)?.cause;
  return cause ? [cause] : [];
}

/** All that the model was shown, in one text: what a provider's prompt cache compares. */
function textOf(context: StepContext): string {
  return context.sections.map((section) => section.text).join("\n");
}

function sharedPrefix(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}
