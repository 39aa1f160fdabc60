import type { ShadowRun } from "./random-runs";

export type ShadowFilter = { agentId?: string | undefined; model?: string | undefined };

/** What runs used, added up without a database; times are exact. */
export function shadowFigures(runs: readonly ShadowRun[], { agentId, model }: ShadowFilter = {}) {
  const of = runs.filter(
    (run) => (!agentId || run.agentId === agentId) && (!model || run.steps.some((step) => step.model === model)),
  );
  const steps = of.flatMap((run) => run.steps.filter((step) => !model || step.model === model));
  const sum = (values: (number | null)[]) => values.reduce((total: number, value) => total + (value ?? 0), 0);
  const known = (values: (number | null)[]) => (values.every((value) => value === null) ? null : sum(values));
  const unpriced = steps.filter((step) => step.cost === null && (step.prompt !== null || !step.failed)).length;
  const cost = known(steps.map((step) => step.cost));
  const memory = model ? [] : of;
  const remembered = memory.flatMap((run) => run.steps);
  return {
    exact: {
      runs: of.length,
      failed: of.filter((run) => run.status === "failed").length,
      cancelled: of.filter((run) => run.status === "cancelled").length,
      steps: steps.length,
      prompt_tokens: sum(steps.map((step) => step.prompt)),
      completion_tokens: sum(steps.map((step) => step.completion)),
      cached_input_tokens: known(steps.map((step) => step.cached)),
      known_cost: cost,
      cost: unpriced === 0 ? cost : null,
      unpriced_steps: unpriced,
      memory_writes: sum(remembered.map((step) => step.writes)),
      compactions: sum(memory.map((run) => run.compactions)),
      searches: sum(remembered.map((step) => step.searches)),
      empty_searches: sum(remembered.map((step) => step.emptySearches)),
    },
    first_token_ms: shadowTimes(of.map((run) => run.firstMs)),
    duration_ms: shadowTimes(of.map((run) => run.wholeMs)),
  };
}

/** How one tool did. */
export function shadowTool(runs: readonly ShadowRun[], tool: string) {
  const calls = runs.flatMap((run) => run.calls).filter((call) => call.tool === tool);
  const of = (...statuses: string[]) => calls.filter((call) => statuses.includes(call.status)).length;
  return {
    exact: { calls: of("success", "error", "interrupted"), failures: of("error", "interrupted"), denied: of("denied") },
    duration_ms: shadowTimes(calls.map((call) => call.ms)),
  };
}

/** Percentiles by nearest rank. */
function shadowTimes(values: (number | null)[]) {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const at = (share: number) => known[Math.ceil(share * known.length) - 1] ?? null;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
