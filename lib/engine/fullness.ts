import { shownPrompt, shownTranscript } from "./context";
import { estimateText, estimateTokens, estimateTool, sumOf } from "./estimate";
import { renderPrompt } from "./render";
import type { Run, State } from "./state";

/** A context that takes more of its window is compacted before it is sent. */
const THRESHOLD = 0.9;

type Shown = Pick<State, "prompt" | "transcript">;

/** What stays in context whatever is cut, in tokens: the prompt with what the request brings, and the tools. An estimate. */
export function fixedTokens(run: Run, state: Pick<State, "prompt">): number {
  return estimateText(renderPrompt(shownPrompt(run, state))) + sumOf(run.tools, estimateTool);
}

/** How long the next request would be, in tokens. An estimate. */
export function requestTokens(run: Run, state: Shown): number {
  return fixedTokens(run, state) + sumOf(shownTranscript(state.transcript, run.contextWindow), estimateTokens);
}

/**
 * Whether the next request may be too long: by what the provider counted after the last step, with what has come since,
 * and by estimate, which alone counts where a provider counts nothing, or less than there is.
 */
export function isTooFull(run: Run, state: State): boolean {
  const limit = THRESHOLD * run.contextWindow;
  if (state.contextTokens !== null && !state.isEstimated && state.contextTokens + sinceThen(state) > limit) return true;
  const fixed = fixedTokens(run, state);
  // Where the prompt alone is too long, cutting messages does not help. Long returns are shown cut: the exact sum is only
  // made where it matters.
  if (fixed > limit || fixed + sumOf(state.transcript, estimateTokens) <= limit) return false;
  return requestTokens(run, state) > limit;
}

function sinceThen({ transcript }: State): number {
  const counted = transcript.findLastIndex(({ role, parts }) => role === "assistant" || parts.some(isCall));
  return sumOf(transcript.slice(counted + 1), estimateTokens);
}

const isCall = (part: { type: string }) => part.type === "tool_call";
