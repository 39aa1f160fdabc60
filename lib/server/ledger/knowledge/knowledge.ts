import type { Knowledge, KnowledgeEvent } from "@/lib/api/knowledge";
import { getAgentRow } from "../../agent-config/agent-row";
import type { Ctx } from "../../core/core";
import { badRequest, invalid } from "../../core/errors";
import { getStep } from "../../run/steps";
import { stepContext } from "../context";
import {
  countInContext,
  readBlockMoves,
  readBlocksNow,
  readEvictions,
  readPassages,
  readSayings,
  readSearches,
} from "./read";
import { verdictOf } from "./verdict";
import { excerptOf, lineWith, type Word, wordsOf } from "./words";

/** So many events are listed from the first on, and so many up to the last. */
const MOST_AT_AN_END = 100;

/**
 * The life of a fact in an agent: where it was said, written, dropped, archived and searched, and a verdict. With a step,
 * what the model was shown then.
 *
 * @throws ApiError `not-found` for the agent or the step, `invalid` where the query has no words.
 */
export async function readKnowledge(
  ctx: Ctx,
  agentId: string,
  { q, step_id }: { q: string; step_id?: string | null | undefined },
): Promise<Knowledge> {
  await getAgentRow(ctx, agentId);
  const words = wordsOf(q);
  if (words.length === 0) throw invalid("q: give at least one word to look for");
  const step = step_id ? await getStep(ctx, step_id) : null;
  if (step && step.agent_id !== agentId)
    throw badRequest(`Step '${step.id}' is one of agent '${step.agent_id}'. Ask that agent about it.`);
  const [sayings, moves, blocks, passages] = await Promise.all([
    readSayings(ctx, agentId, words),
    readBlockMoves(ctx, agentId, words),
    readBlocksNow(ctx, agentId, words),
    readPassages(ctx, agentId, words),
  ]);
  const [evictions, searches, inContext] = await Promise.all([
    readEvictions(ctx, agentId, sayings.list, words),
    readSearches(ctx, agentId, passages.holdings, words),
    countInContext(ctx, sayings.list),
  ]);
  const said = sayings.list.map(({ place: _place, ...event }): KnowledgeEvent => event);
  const all = [...said, ...moves.list, ...passages.list, ...evictions, ...searches.list].sort((a, b) => a.seq - b.seq);
  const unread = [sayings, moves, passages, searches].reduce((sum, { leftOut }) => sum + leftOut, 0);
  const now = {
    blocks,
    messages_in_context: inContext,
    passages: passages.there,
  };
  const shown = step ? { step_id: step.id, places: await placesShown(ctx, step.id, words) } : null;
  const events =
    all.length <= 2 * MOST_AT_AN_END ? all : [...all.slice(0, MOST_AT_AN_END), ...all.slice(-MOST_AT_AN_END)];
  return {
    query: q,
    words,
    verdict: verdictOf({ events: all, now, shown }),
    now,
    shown,
    events,
    left_out: unread + all.length - events.length,
  };
}

/** Sections of a step's context that say it. */
async function placesShown(ctx: Ctx, stepId: string, words: readonly Word[]) {
  const { sections } = await stepContext(ctx, stepId);
  return sections.flatMap(({ kind, label, text }) => {
    const line = lineWith(text, words);
    return line === null ? [] : [{ kind, label, text: excerptOf(line, words) }];
  });
}
